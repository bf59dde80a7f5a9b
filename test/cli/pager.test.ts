/** Long output on a terminal: a real one, with the compiled program and pagers of the test's own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as cases from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';

/** util-linux's, which gives a command a terminal: skips loudly where it is missing, but not in CI. */
function scriptAvailable(): boolean {
  if (/util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')) {
    return true;
  }
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error('script is missing');
  console.warn('THE PAGER IS NOT TESTED: script, of util-linux, is missing');
  return false;
}

interface Shown {
  readonly screen: string;
  readonly status: number | null;
}

/** What `command`, with `conntape` in it, shows on a terminal 80 columns wide. */
function onTerminal(command: string, env: Record<string, string>): Shown {
  const program = `'${process.execPath}' '${join(process.cwd(), 'dist/main.js')}'`;
  const line = `stty cols 80 rows 24; ${command.replace('conntape', program)}`;
  const { stdout, status } = spawnSync('script', ['-qec', line, '/dev/null'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TERM: 'xterm', ...env },
    input: '',
  });
  return { screen: stdout.replaceAll('\r', ''), status };
}

describe.skipIf(!scriptAvailable())('on a terminal', () => {
  async function world() {
    const folder = temporaryFolder();
    const path = join(folder, 'relay.tape');
    await importInto(path, cases.stillOpen);
    const pager = join(folder, 'pager');
    const paged = join(folder, 'paged');
    writeFileSync(pager, `#!/bin/sh\nexec cat > '${paged}'\n`);
    chmodSync(pager, 0o755);
    return { folder, path, pager, paged };
  }

  it('a report goes through $PAGER, as wide as the terminal is', async () => {
    const { path, pager, paged } = await world();
    const { screen, status } = onTerminal(`conntape report connections '${path}'`, {
      PAGER: pager,
    });
    expect(status).toBe(0);
    expect(screen).not.toContain('conn_id  ip');
    const text = readFileSync(paged, 'utf8');
    expect(text).toMatch(/^conn_id {2}ip/);
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
    // What is left out is said on standard error, beside it.
    expect(screen).toMatch(/not shown: .*lifetime_min_s.*--columns/s);
  });

  it.each(['--no-pager', '--output OUT'])('not with %s', async (option) => {
    const { folder, path, pager, paged } = await world();
    const options = option.replace('OUT', `'${join(folder, 'out.csv')}'`);
    const { status } = onTerminal(`conntape report churn ${options} '${path}'`, { PAGER: pager });
    expect(status).toBe(0);
    expect(existsSync(paged)).toBe(false);
  });

  it.each(['', 'cat'])('not where PAGER is "%s"', async (pager) => {
    const { path } = await world();
    const { screen } = onTerminal(`conntape report connections '${path}'`, { PAGER: pager });
    expect(screen).toContain('conn_id  ip');
  });

  it('not where standard output is a pipe', async () => {
    const { path, pager, paged } = await world();
    const { screen } = onTerminal(`conntape report connections '${path}' | cat`, { PAGER: pager });
    expect(screen).toContain('lifetime_max_s');
    expect(existsSync(paged)).toBe(false);
  });

  it('what a pager leaves unread is no error', async () => {
    const { path } = await world();
    const { status } = onTerminal(`conntape report connections '${path}'`, { PAGER: 'true' });
    expect(status).toBe(0);
  });

  it('a pager that is not there is named, with the way out', async () => {
    const { path } = await world();
    const { screen } = onTerminal(`conntape report churn '${path}'`, { PAGER: '/nowhere/pager' });
    expect(screen).toMatch(/the pager is not there: set PAGER, or give --no-pager/);
  });

  it('an error before the first row starts none', async () => {
    const { path, pager, paged } = await world();
    const { status } = onTerminal(`conntape report churn --sort no '${path}'`, { PAGER: pager });
    expect(status).toBe(2);
    expect(existsSync(paged)).toBe(false);
  });
});
