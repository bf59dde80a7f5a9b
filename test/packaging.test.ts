/** What the package promises before any of its code runs: which Node it needs, no compiler, what is in it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);
const MAIN = fileURLToPath(new URL('dist/main.js', ROOT));

function json(path: string) {
  return JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));
}

describe('on an older Node', () => {
  it('says in a sentence which Node it needs, and loads nothing that would end the process', () => {
    // The version is all that the check reads, so an older one stands in for an older Node; .ci/run
    // runs a real one.
    const pretend = "Object.defineProperty(process.versions, 'node', { value: '20.20.2' })";
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${pretend}`, MAIN, '--version'],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe(
      'conntape: needs Node 22 or newer, and this is Node 20.20.2: install a newer one, or put one first on your PATH\n',
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  it('asks for the Node that package.json names', () => {
    const [least] = /\d+/.exec(readFileSync(new URL('src/main.ts', ROOT), 'utf8').split('=')[1]!)!;
    expect(json('package.json').engines.node).toBe(`>=${least}`);
  });
});

describe('the lock file', () => {
  it('keeps npm 10 from building the SQLite binding, which brings its binaries', () => {
    // `npm install` drops this line each time it writes the lock file: put it back beside the
    // version of better-sqlite3, or `npm ci` asks for Python and a compiler again.
    const { packages } = json('package-lock.json');
    expect(packages['node_modules/better-sqlite3'].gypfile).toBe(false);
  });
});

describe('the packed package', () => {
  it('has the page that browsers are given, as one script and one style, without their sources', () => {
    const { status, stdout } = spawnSync(
      'npm',
      ['pack', '--dry-run', '--json', '--ignore-scripts'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    expect(status).toBe(0);
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string; size: number }[] }];
    const page = files.filter(({ path }) => /^dist\/page\/(?:page\.|browser)/.test(path));
    expect(page.map(({ path }) => path).sort()).toEqual([
      'dist/page/page.css',
      'dist/page/page.js',
    ]);
    for (const { size } of page) expect(size).toBeGreaterThan(1000);
  });
});
