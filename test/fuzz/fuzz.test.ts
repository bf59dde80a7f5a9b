/** The fuzzers in the suite: few inputs of each, and that a promise that is broken is found. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Random } from '../damage/random.ts';
import { Fuzzing } from './fuzzing.ts';
import { PARSERS } from './parsers.ts';
import { mustHold, type Target } from './target.ts';

const INPUTS = 300;
const SEED = 7;

async function failureOf(target: Target, inputs: number) {
  const fuzzing = new Fuzzing(target, new Random(SEED));
  for (let count = 0; count < inputs; count++) {
    const failure = await fuzzing.next();
    if (failure !== undefined) return failure;
  }
  return undefined;
}

describe('made-up bytes', () => {
  it.each(PARSERS.map((target) => [target.name, target] as const))(
    '%s stands them',
    async (_, target) => {
      expect(await failureOf(target, INPUTS)).toBeUndefined();
    },
  );

  it('find a promise that is not kept, and the same one every time', async () => {
    const broken: Target = {
      name: 'broken',
      corpus: [Buffer.from('abc')],
      run: (input) => {
        mustHold(!input.includes('"'), 'it cannot stand quotes');
        return 'fine';
      },
    };
    const first = await failureOf(broken, 10_000);
    expect(first?.why).toContain('it cannot stand quotes');
    expect(await failureOf(broken, 10_000)).toEqual({ ...first, why: expect.any(String) });
  });

  it('reach recordings and transcripts by the command', () => {
    const main = fileURLToPath(new URL('fuzz.ts', import.meta.url));
    const args = [main, '--target', 'small', '--cases', '15', '--minutes', '5', '--seed', '3'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^fuzz: seed 3\n/);
    expect(stdout).toMatch(/^file of small +15 inputs/m);
  });
});
