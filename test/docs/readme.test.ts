/** README and its kin: their commands are run, their links lead to what ships, rules are all there. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/reports/findings/rules.ts';
import { NAMED_REPORTS } from '../../src/reports/reports.ts';
import { run } from '../commands/running.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { allDocumentPaths, blocksOf, headingsOf, rowsOf, sectionOf, textAt } from './documents.ts';

const README = textAt('README.md');
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const { scripts, files } = JSON.parse(textAt('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
};

/** What a reader is told to type, line by line. */
const TYPED = blocksOf(README, 'sh').flatMap((block) => block.trimEnd().split('\n'));

/** A folder as a reader's: a recording, the queries, and conntape on the path. */
async function readersFolder(): Promise<{ folder: string; env: NodeJS.ProcessEnv }> {
  const folder = temporaryFolder();
  const { code, stderr } = await run(['demo', join(folder, 'demo')]);
  expect(code, stderr).toBe(0);
  renameSync(join(folder, 'demo', 'demo.tape'), join(folder, 'relay.tape'));
  symlinkSync(join(ROOT, 'queries'), join(folder, 'queries'));
  mkdirSync(join(folder, 'bin'));
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'dist/main.js')}' "$@"\n`;
  writeFileSync(join(folder, 'bin', 'conntape'), program, { mode: 0o755 });
  const path = `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`;
  return { folder, env: { ...process.env, PATH: path } };
}

/** Those that go on until they are stopped, and need a Tor: they are stopped at once. */
const GO_ON = /^conntape (?:record|serve)\b/;

const ITS_OWN = /^(?:conntape|sqlite3)\b/;

const hasSqlite = spawnSync('sqlite3', ['-version']).status === 0;

describe('the commands of README', () => {
  it('run', async () => {
    const { folder, env } = await readersFolder();
    const lines = TYPED.filter((line) => ITS_OWN.test(line) && !GO_ON.test(line));
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) {
      if (line.startsWith('sqlite3') && !hasSqlite) continue;
      const { status, stderr } = spawnSync('sh', ['-c', line], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
      expect({ line, status, stderr }).toMatchObject({
        status: line.includes('--fail-on') ? 3 : 0,
      });
    }
  });

  it('are understood where they go on until they are stopped', async () => {
    const interrupted = AbortSignal.abort();
    const lines = TYPED.filter((line) => GO_ON.test(line));
    expect(lines.length).toBeGreaterThan(1);
    const folder = temporaryFolder();
    for (const line of lines) {
      const args = line
        .split(' ')
        .slice(1)
        .map((arg) =>
          arg.replace('/run/tor/', `${folder}/`).replace('relay.tape', join(folder, 'relay.tape')),
        );
      const { code, stderr } = await run(args, { interrupted });
      expect(code, stderr).not.toBe(2);
    }
  });

  it('are scripts that there are, where they are npm’s', () => {
    const asked = TYPED.filter((line) => !ITS_OWN.test(line)).flatMap((line) => line.split(' && '));
    expect(
      asked.filter((line) => !/^npm (?:ci|test|run \w+|install --global \.)$/.test(line)),
    ).toEqual([]);
    const named = asked.flatMap((line) => /^npm run (\w+)$/.exec(line)?.[1] ?? []);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(scripts['test']).toBeDefined();
  });
});

describe('README', () => {
  it('has every rule and every report, in order', () => {
    const rules = rowsOf(sectionOf(README, 'Audit'), 'rule').map(([name]) => name);
    expect(rules).toEqual(RULES.map(({ name }) => name));
    const reports = rowsOf(sectionOf(README, 'Read a recording'), 'report').map(([name]) => name);
    expect(reports).toEqual(NAMED_REPORTS.map(({ name }) => name));
  });

  it('links to every other document', () => {
    const linked = linksIn('README.md').map(({ path }) => path);
    const others = allDocumentPaths().filter((path) => path !== 'README.md');
    expect(others.filter((path) => !linked.includes(path))).toEqual([]);
  });
});

interface Link {
  /** From the root. */
  readonly path: string;
  /** As in a URL; empty for none. */
  readonly fragment: string;
}

/** The links of a document to others, and to places in itself. */
function linksIn(document: string): Link[] {
  return [...textAt(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(
    ([, path, fragment = '']) => ({
      path: path === '' ? document : new URL(path!, `file:///${document}`).pathname.slice(1),
      fragment,
    }),
  );
}

function fragmentOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

describe('links', () => {
  it.each(allDocumentPaths())('of %s lead to what there is, and to what ships', (document) => {
    for (const { path, fragment } of linksIn(document)) {
      const ships = files.some((file) => path === file || path.startsWith(`${file}/`));
      expect(ships || path === 'README.md', path).toBe(true);
      expect(() => textAt(path), path).not.toThrow();
      if (fragment !== '') expect(headingsOf(textAt(path)).map(fragmentOf)).toContain(fragment);
    }
  });
});

/** Places in the repository, as documents name them; a NAME in one is the reader's. */
const PLACE = /(?<![\w/.-])(?:src|test|bench|queries|migrations|\.ci)\/[\w./-]*\w/g;

describe('places', () => {
  it.each(allDocumentPaths())('that %s names are there', (document) => {
    const named = [...textAt(document).matchAll(PLACE)].map(([place]) => place);
    const missing = named.filter((place) => {
      return !place.includes('NAME') && !existsSync(join(ROOT, place));
    });
    expect(missing).toEqual([]);
  });
});
