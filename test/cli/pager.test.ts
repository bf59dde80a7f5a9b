/** Long output on a terminal: a real one, with the compiled program and pagers of the test's own. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as cases from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { onTerminal, type Shown, terminalAvailable } from './terminal.ts';

const PROGRAM = `'${process.execPath}' '${join(process.cwd(), 'dist/main.js')}'`;

/** What `command`, with `conntape` in it, shows on a terminal 80 columns wide. */
function shown(command: string, env: Record<string, string>): Promise<Shown> {
  return onTerminal(command.replace('conntape', PROGRAM), {
    env: { PATH: process.env['PATH'], ...env },
  });
}

describe.skipIf(!terminalAvailable('THE PAGER'))('on a terminal', () => {
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
    const { screen, status } = await shown(`conntape report connections '${path}'`, {
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
    const { status } = await shown(`conntape report churn ${options} '${path}'`, { PAGER: pager });
    expect(status).toBe(0);
    expect(existsSync(paged)).toBe(false);
  });

  it.each(['', 'cat'])('not where PAGER is "%s"', async (pager) => {
    const { path } = await world();
    const { screen } = await shown(`conntape report connections '${path}'`, { PAGER: pager });
    expect(screen).toContain('conn_id  ip');
  });

  it('not where standard output is a pipe', async () => {
    const { path, pager, paged } = await world();
    const { screen } = await shown(`conntape report connections '${path}' | cat`, { PAGER: pager });
    expect(screen).toContain('lifetime_max_s');
    expect(existsSync(paged)).toBe(false);
  });

  it('what a pager leaves unread is no error', async () => {
    const { path } = await world();
    const { status } = await shown(`conntape report connections '${path}'`, { PAGER: 'true' });
    expect(status).toBe(0);
  });

  it('a pager that is not there is named, with the way out', async () => {
    const { path } = await world();
    const { screen } = await shown(`conntape report churn '${path}'`, { PAGER: '/nowhere/pager' });
    expect(screen).toMatch(/the pager is not there: set PAGER, or give --no-pager/);
  });

  it('an error before the first row starts none', async () => {
    const { path, pager, paged } = await world();
    const { status } = await shown(`conntape report churn --sort no '${path}'`, { PAGER: pager });
    expect(status).toBe(2);
    expect(existsSync(paged)).toBe(false);
  });
});
