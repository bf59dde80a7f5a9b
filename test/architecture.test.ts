/** What the design promises of src as a whole: who imports whom, and how a file looks. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Folders of src that a folder may import; the main program starts the commands. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['process.ts'],
  'process.ts': ['commands', 'sockets'],
  'error.ts': [],
  listing: [],
  control: [],
  sockets: [],
  sources: ['listing', 'control', 'sockets'],
  recording: ['listing'],
  reports: ['listing', 'recording'],
  output: ['listing', 'types of reports'],
  serving: ['listing', 'control', 'output', 'sources'],
  commands: [
    ...['listing', 'control', 'sockets', 'sources', 'recording', 'reports', 'output', 'serving'],
  ],
};

/** The main program: it alone writes to the console and ends the process. */
const OWNERS_OF_THE_PROCESS = ['main.ts', 'process.ts'];

/** Well above the 250 that a module should have, below what nobody reads in one go. */
const MAX_LINES = 320;

interface Import {
  readonly target: string;
  readonly isType: boolean;
}

interface Module {
  /** Relative to src, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** The import and export statements with a source, and dynamic imports. */
const IMPORT =
  /^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|^import\s+()'([^']+)'|\bimport\(\s*()'([^']+)'/gm;

const modules: Module[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const path = name.replaceAll('\\', '/');
    const text = readFileSync(join(SRC, name), 'utf8');
    const imports = [...text.matchAll(IMPORT)]
      .map((match) => ({
        isType: match[1] !== undefined,
        specifier: (match[2] ?? match[4] ?? match[6])!,
      }))
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ isType, specifier }) => ({
        isType,
        target: posix.normalize(posix.join(dirname(path), specifier)),
      }));
    return { path, text, imports };
  });

function folderOf(path: string): string {
  return path.split('/')[0]!;
}

function allows(from: string, { target, isType }: Import): boolean {
  const [here, there] = [folderOf(from), folderOf(target)];
  if (here === there || target === 'error.ts') return true;
  const allowed = MAY_IMPORT[here] ?? [];
  return allowed.includes(there) || (isType && allowed.includes(`types of ${there}`));
}

/** The modules on a way back to one of them that begins at `path`; undefined where there is none. */
function cycleFrom(path: string, way: readonly string[], done: Set<string>): string[] | undefined {
  if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
  if (done.has(path)) return undefined;
  const module = modules.find((candidate) => candidate.path === path);
  for (const { target, isType } of module?.imports ?? []) {
    // A type is gone when the program runs.
    if (isType) continue;
    const cycle = cycleFrom(target, [...way, path], done);
    if (cycle !== undefined) return cycle;
  }
  done.add(path);
  return undefined;
}

describe('src', () => {
  it('is read by this test', () => {
    expect(modules.length).toBeGreaterThan(80);
    expect(modules.flatMap((module) => module.imports).length).toBeGreaterThan(200);
    const folders = new Set(modules.map(({ path }) => folderOf(path)));
    expect([...folders].filter((folder) => MAY_IMPORT[folder] === undefined)).toEqual([]);
  });

  it('imports what is there, by its whole name', () => {
    const paths = new Set(modules.map(({ path }) => path));
    const missing = modules.flatMap(({ path, imports }) =>
      imports.filter(({ target }) => !paths.has(target)).map(({ target }) => `${path} → ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('imports only what the design allows', () => {
    const forbidden = modules.flatMap(({ path, imports }) =>
      imports.filter((one) => !allows(path, one)).map(({ target }) => `${path} → ${target}`),
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
        /\bconsole\.|\bprocess\.(?:exit|stdout|stderr)/.test(text),
    );
    expect(loud.map(({ path }) => path)).toEqual([]);
  });
});
