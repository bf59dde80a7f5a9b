/** Windows in which nothing was recorded, and those that reach beyond what was. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../commands/running.ts';
import { gaps, nothing, stillOpen } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';

/** The commands that look at a window, as they are typed up to `--from`. */
const COMMANDS: readonly (readonly string[])[] = [
  ['audit', 'TAPE'],
  ['export', 'TAPE', 'DIR'],
  ['replay', 'TAPE'],
  ['report', 'all', 'TAPE'],
  ['report', 'churn', 'TAPE', '--format', 'csv'],
  ['report', 'findings', 'TAPE', '--format', 'json'],
];

async function asked(command: readonly string[], lines: readonly string[], window: string) {
  const folder = temporaryFolder();
  const [tape, dir] = ['a.tape', 'out'].map((name) => join(folder, name));
  await importInto(tape!, lines);
  const words = command.map((word) => (word === 'TAPE' ? tape! : word === 'DIR' ? dir! : word));
  const ran = await run([...words, ...window.split(' ').filter((word) => word !== '')]);
  return { ...ran, wrote: existsSync(dir!) };
}

const HOLDS = 'it holds 2026-11-23T00:00:00.000Z to 2026-11-23T00:01:00.000Z, 5 snapshots';

/** What is asked of `gaps`: snapshots at 0, 10, 40, 50 and 60 s, and gaps in between. */
const NOTHING_THERE: readonly (readonly [window: string, says: string])[] = [
  ['--from 23:00', 'nothing was recorded from 2026-11-23T23:00:00.000Z on'],
  ['--from now', 'nothing was recorded from 2026-11-23T01:00:00.000Z on'],
  ['--from 2027-11-23', 'nothing was recorded from 2027-11-23T00:00:00.000Z on'],
  [
    '--from 2027-11-23 --to 2027-11-24',
    'nothing was recorded from 2027-11-23T00:00:00.000Z to 2027-11-24T00:00:00.000Z',
  ],
  ['--to 2026-11-22', 'nothing was recorded until 2026-11-22T00:00:00.000Z'],
  [
    '--from 00:00:20 --to 00:00:30',
    'nothing was recorded from 2026-11-23T00:00:20.000Z to 2026-11-23T00:00:30.000Z',
  ],
];

describe.each(COMMANDS.map((command) => [command] as const))('%j', (command) => {
  it.each(NOTHING_THERE)('of %s fails, and says what there is', async (window, says) => {
    const { code, stdout, stderr, wrote } = await asked(command, gaps, window);
    expect([code, stdout, wrote]).toEqual([1, '', false]);
    expect(stderr).toContain(`${says}\n  ${HOLDS}`);
  });

  it('of a recording without a snapshot fails', async () => {
    for (const window of ['', '--from -1h', '--from now']) {
      const { code, stdout, stderr, wrote } = await asked(command, nothing, window);
      expect([code, stdout, wrote]).toEqual([1, '', false]);
      expect(stderr).toContain('it holds no snapshot');
    }
  });

  it('of one snapshot does not', async () => {
    const { code, stderr } = await asked(command, gaps, '--from 00:00:35 --to 00:00:45');
    expect([code, stderr]).toEqual([0, expect.stringContaining('window ')]);
  });
});

describe('info', () => {
  const END = Date.parse('2026-11-23T00:00:20Z');

  it.each([
    [100_000, undefined],
    [100_001, 'the recording ends at 2026-11-23T00:00:20.000Z, 1m40s ago'],
    [90_000_000, 'the recording ends at 2026-11-23T00:00:20.000Z, 1d1h ago'],
  ])('%i ms after the end of polls of 10 s: %s', async (ms, says) => {
    const tape = join(temporaryFolder(), 'a.tape');
    await importInto(tape, stillOpen);
    const { stdout } = await run(['info', tape], { now: END + ms });
    expect(/the recording ends .*/.exec(stdout)?.[0]).toBe(says);
  });
});

describe('a window', () => {
  it.each([
    [
      '--from 00:00:20 --to 00:00:30',
      'snapshots 2 and 3, 2026-11-23T00:00:10.000Z and 2026-11-23T00:00:40.000Z: a gap (no snapshots)',
    ],
    [
      '--from 00:00:53 --to 00:00:55',
      'snapshots 4 and 5, 2026-11-23T00:00:50.000Z and 2026-11-23T00:01:00.000Z: a gap (control port closed)',
    ],
    [
      '--from 00:00:02 --to 00:00:05',
      'snapshots 1 and 2, 2026-11-23T00:00:00.000Z and 2026-11-23T00:00:10.000Z: no poll was due in between',
    ],
  ])('%s lies between two snapshots, and why', async (window, says) => {
    const { code, stderr } = await asked(['replay', 'TAPE'], gaps, window);
    expect(code).toBe(1);
    expect(stderr).toContain(`${HOLDS}; between ${says}\n`);
  });

  it.each([
    ['', []],
    ['--from +0s --to -0s', []],
    // As long as a step that is not a gap.
    ['--from 2026-11-22T23:59:35Z --to 00:00:45', []],
    [
      '--from 2026-11-22T23:59:34Z',
      ['nothing was recorded before 2026-11-23T00:00:00.000Z: the window begins 26s earlier'],
    ],
    [
      '--to now',
      ['nothing was recorded after 2026-11-23T00:00:20.000Z: the window ends 59m40s later'],
    ],
    [
      '--from yesterday --to 2026-11-25',
      [
        'nothing was recorded before 2026-11-23T00:00:00.000Z: the window begins 1d earlier',
        'nothing was recorded after 2026-11-23T00:00:20.000Z: the window ends 1d23h later',
      ],
    ],
  ])('%j that reaches beyond the recording says so', async (window, says) => {
    const { code, stderr } = await asked(['report', 'churn', 'TAPE'], stillOpen, window);
    expect(code).toBe(0);
    const lines = stderr.split('\n').filter((line) => line.includes('nothing was recorded'));
    expect(lines.map((line) => line.replace('conntape: ', ''))).toEqual(says);
  });
});
