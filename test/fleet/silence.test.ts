/** What counts as a recording that does not answer, and what as a program that fails. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { heard } from '../../src/fleet/silence.ts';
import { stillOpen } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';

async function tape(): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, stillOpen);
  return path;
}

function thrower(code: string | undefined) {
  return () => {
    throw Object.assign(new Error('it failed'), code === undefined ? {} : { code });
  };
}

describe('heard', () => {
  it.each([
    ['SQLITE_BUSY', 'it failed'],
    ['SQLITE_FULL', 'the disk is full'],
    ['EACCES', 'no permission'],
  ])('takes %s for silence', async (code, why) => {
    const path = await tape();
    const { silence } = await heard(path, undefined, thrower(code));
    expect(silence).toMatchObject({ path, reason: 'failed', why });
  });

  it.each([[undefined], ['ERR_INVALID_ARG_TYPE']])('lets a mistake through: %s', async (code) => {
    await expect(heard(await tape(), undefined, thrower(code))).rejects.toThrow('it failed');
  });

  it('names a file that is not there', async () => {
    const path = join(temporaryFolder(), 'none.tape');
    const { silence } = await heard(path, undefined, () => 1);
    expect(silence).toMatchObject({ reason: 'failed', why: 'there is no such file' });
  });
});
