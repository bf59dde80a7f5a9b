/** What the design promises of src as a whole: who imports whom, and how a file looks. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Rooms of src that a room may import, types included; the main program starts the commands. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['heap.ts', 'process.ts'],
  'heap.ts': [],
  'process.ts': ['commands', 'cli', 'sockets'],
  'error.ts': [],
  'addresses.ts': [],
  listing: [],
  control: [],
  sockets: [],
  transcript: ['listing'],
  sources: ['listing', 'control', 'sockets', 'transcript'],
  recording: ['listing'],
  output: ['listing'],
  reports: ['listing', 'recording', 'output'],
  fleet: ['listing', 'recording', 'reports', 'output'],
  library: ['listing', 'recording', 'reports', 'output'],
  'serving/live': ['listing', 'control', 'transcript', 'sources', 'serving'],
  'serving/replayed': ['listing', 'control', 'transcript', 'sources', 'recording', 'serving'],
  serving: ['listing', 'control', 'transcript', 'sources'],
  demo: ['listing', 'transcript', 'serving', 'output'],
  page: ['listing', 'recording', 'reports', 'output'],
  'page/server': ['listing', 'recording', 'reports', 'output', 'page'],
  'page/browser': ['page'],
  cli: ['listing', 'control', 'sources', 'recording', 'reports', 'output', 'fleet'],
  commands: [
    ...['listing', 'control', 'sockets', 'transcript', 'sources', 'recording', 'reports', 'output'],
    ...[
      'serving',
      'serving/live',
      'serving/replayed',
      'demo',
      'fleet',
      'page',
      'page/server',
      'cli',
    ],
  ],
};

/** What every room may import. */
const EVERYWHERE: readonly string[] = ['error.ts', 'addresses.ts'];

/** The main program: it alone writes to the console and ends the process. */
const OWNERS_OF_THE_PROCESS = ['main.ts', 'process.ts'];

/** Well above the 250 that a module should have, below what nobody reads in one go. */
const MAX_LINES = 320;

/** Rooms within a room that import otherwise than it. */
const SUBROOMS = ['serving/live', 'serving/replayed', 'page/server', 'page/browser'];

interface Module {
  /** Relative to src, with slashes. */
  readonly path: string;
  readonly text: string;
  /** What it imports, types too. */
  readonly imports: readonly string[];
}

/** The import and export statements with a source, and dynamic imports. */
const IMPORT =
  /^(?:import|export)\s+[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;

const modules: Module[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const path = name.replaceAll('\\', '/');
    const text = readFileSync(join(SRC, name), 'utf8');
    const imports = [...text.matchAll(IMPORT)]
      .map((match) => (match[1] ?? match[2] ?? match[3])!)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.normalize(posix.join(dirname(path), specifier)));
    return { path, text, imports };
  });

function roomOf(path: string): string {
  return SUBROOMS.find((room) => path.startsWith(`${room}/`)) ?? path.split('/')[0]!;
}

function allows(from: string, target: string): boolean {
  const [here, there] = [roomOf(from), roomOf(target)];
  if (here === there || EVERYWHERE.includes(target)) return true;
  return (MAY_IMPORT[here] ?? []).includes(there);
}

/** The modules on a way back to one of them that begins at `path`; undefined where there is none. */
function cycleFrom(path: string, way: readonly string[], done: Set<string>): string[] | undefined {
  if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
  if (done.has(path)) return undefined;
  const module = modules.find((candidate) => candidate.path === path);
  for (const target of module?.imports ?? []) {
    const cycle = cycleFrom(target, [...way, path], done);
    if (cycle !== undefined) return cycle;
  }
  done.add(path);
  return undefined;
}

const COMMENT = /^ *\/\*\*[\s\S]*?\*\/|^ *\/\/.*/gm;

/** `reader.ts`, `index/indexer.ts`. */
const FILE_NAME = /(?<![\w./-])(?:[\w-]+\/)*[\w-]+\.ts\b/g;

/** What a module exports at the place where it is defined; overloads of a function are one. */
const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:class|interface|type|enum|function\*?|const|let) ([\w$]+)/gm;

/** Names that are still defined twice, a name a line: to be renamed, none to be added. */
const DEFINED_TWICE: readonly string[] = [];

describe('src', () => {
  it('is read by this test', () => {
    expect(modules.length).toBeGreaterThan(80);
    expect(modules.flatMap((module) => module.imports).length).toBeGreaterThan(200);
    const folders = new Set(modules.map(({ path }) => roomOf(path)));
    expect([...folders].filter((folder) => MAY_IMPORT[folder] === undefined)).toEqual([]);
  });

  it('imports what is there, by its whole name', () => {
    const paths = new Set(modules.map(({ path }) => path));
    const missing = modules.flatMap(({ path, imports }) =>
      imports.filter((target) => !paths.has(target)).map((target) => `${path} → ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('imports only what the design allows', () => {
    const forbidden = modules.flatMap(({ path, imports }) =>
      imports.filter((target) => !allows(path, target)).map((target) => `${path} → ${target}`),
    );
    expect(forbidden).toEqual([]);
  });

  it('has no import cycle', () => {
    const done = new Set<string>();
    for (const { path } of modules) expect(cycleFrom(path, [], done)).toBeUndefined();
  });

  it('exports by name only', () => {
    const others = modules.filter(({ text }) => /^export (?:default|\*)/m.test(text));
    expect(others.map(({ path }) => path)).toEqual([]);
  });

  it('names in its comments only files that are there, as seen from its folder or from src', () => {
    const paths = new Set(modules.map(({ path }) => path));
    const strange = modules.flatMap(({ path, text }) =>
      [...text.matchAll(COMMENT)]
        .flatMap(([comment]) => [...comment.matchAll(FILE_NAME)])
        .map(([name]) => name)
        .filter((name) => !paths.has(name) && !paths.has(posix.join(dirname(path), name)))
        .map((name) => `${path}: ${name}`),
    );
    expect(strange).toEqual([]);
  });

  it('defines no exported name twice', () => {
    const definers = new Map<string, Set<string>>();
    for (const { path, text } of modules) {
      for (const [, name] of text.matchAll(EXPORT)) {
        definers.set(name!, (definers.get(name!) ?? new Set()).add(path));
      }
    }
    const twice = [...definers].filter(([, paths]) => paths.size > 1);
    expect(definers.size).toBeGreaterThan(500);
    expect(
      twice
        .filter(([name]) => !DEFINED_TWICE.includes(name))
        .map(([name, paths]) => `${name}: ${[...paths].join(', ')}`),
    ).toEqual([]);
  });

  it.each(modules.map(({ path, text }) => [path, text]))(
    '%s is short and says what it is',
    (_path, text) => {
      expect(text.split('\n').length - 1).toBeLessThanOrEqual(MAX_LINES);
      const comment = /^(?:#!.*\n)?\/\*\*\n((?: \*.*\n)+?) \*\/\n/.exec(text)?.[1] ?? '';
      const sentences = comment.replace(/^ \* ?/gm, '').match(/[^.]*\S[.](?=\s|$)/g) ?? [];
      expect(sentences.length).toBeGreaterThanOrEqual(2);
      expect(comment).toMatch(/\bOwns\b|\bowns\b/);
    },
  );

  it('writes to the console and ends the process nowhere but in the main program', () => {
    const loud = modules.filter(
      ({ path, text }) =>
        !OWNERS_OF_THE_PROCESS.includes(path) &&
        // The example in a comment is another program's.
        /\bconsole\.|\bprocess\.(?:exit|stdout|stderr)/.test(text.replace(/^ \*.*/gm, '')),
    );
    expect(loud.map(({ path }) => path)).toEqual([]);
  });
});
