/** `conntape queries`: what it prints, a plain sqlite3 shell runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as cases from '../oracle/cases.ts';
import { SHELLS } from '../recording/shells.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

describe('conntape queries', () => {
  it('lists what can be asked, with the question', async () => {
    const { code, stdout } = await run(['queries']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^churn +How many connections opened and closed .*\?$/m);
    expect(stdout).toMatch(/^gaps +When could nothing be recorded, and why\?$/m);
  });

  it('prints a query as it is in the package', async () => {
    const { stdout } = await run(['queries', 'gaps']);
    expect(stdout).toBe(readFileSync(new URL('../../queries/gaps.sql', import.meta.url), 'utf8'));
  });

  it.each(SHELLS)('prints what $name runs', async ({ ask }) => {
    const path = join(temporaryFolder(), 'relay.tape');
    await importInto(path, cases.stillOpen);
    const { stdout } = await run(['queries', 'snapshots']);
    expect(ask(path, stdout).length).toBeGreaterThan(0);
  });

  it('names those that there are where one is not', async () => {
    const { code, stderr } = await run(['queries', '../churn']);
    expect(code).toBe(2);
    expect(stderr).toContain('churn, connections, gaps');
  });
});
