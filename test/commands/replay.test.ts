/** What `conn/all` said, at one moment or over time, in every format. */
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transcripts } from '../oracle/arbitrary.ts';
import { addresses, events, gaps, stillOpen } from '../oracle/cases.ts';
import { importInto, temporaryFolder, withRecording } from '../recording/tapes.ts';
import { run } from './running.ts';

async function tapeOf(lines: readonly string[]): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, lines);
  return path;
}

const at = (second: string) => `2026-11-23T00:00:${second}.000Z`;

describe('replay --at', () => {
  it.each([
    ['00:00:00', '00', '5'],
    ['00:00:10', '10', '15'],
    ['00:00:19.999', '10', '15'],
    ['-1s', '10', '15'],
    ['+20s', '20', '25'],
    ['-0s', '20', '25'],
  ])('%s: the listing that stood then', async (time, second, uptime) => {
    const ran = await run(['replay', await tapeOf(stillOpen), '--at', time]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toBe(`1 0 0 0 0 0 IRt 10 20 ${uptime}\n`);
    expect(ran.stderr).toBe(`conntape: snapshot of ${at(second)}\n`);
  });

  it('after the last snapshot is the last, and says that it was', async () => {
    const ran = await run(['replay', await tapeOf(stillOpen), '--at', 'now']);
    expect([ran.code, ran.stdout]).toEqual([0, '1 0 0 0 0 0 IRt 10 20 25\n']);
    expect(ran.stderr).toBe(
      `conntape: snapshot of ${at('20')}, the last: nothing was recorded after\n`,
    );
  });

  it('before the first snapshot is an error, which says what there is', async () => {
    const ran = await run(['replay', await tapeOf(stillOpen), '--at', '2026-11-22T23:59:59.999Z']);
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain(
      `nothing was recorded at 2026-11-22T23:59:59.999Z\n  it holds ${at('00')} to ${at('20')}, 3 snapshots`,
    );
  });

  it.each([
    // Implied by a step of three intervals, and declared.
    ['00:00:20', '10', '(no snapshot|.+)', 2],
    ['00:00:53', '50', 'control port closed', 4],
  ])('%s lies in a gap, and says so', async (time, second, reason, lines) => {
    const ran = await run(['replay', await tapeOf(gaps), '--at', time]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(new RegExp(`lies in a gap \\(${reason}\\): what follows is from`));
    expect(ran.stderr).toContain(`snapshot of ${at(second)}`);
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(lines);
  });

  it.each(['00:00:10', '00:00:40', '00:00:52', '00:00:58'])(
    '%s is only the edge of one',
    async (time) => {
      const ran = await run(['replay', await tapeOf(gaps), '--at', time]);
      expect(ran.stderr).not.toContain('gap');
    },
  );
});

describe('replay of a window', () => {
  it('is every snapshot in turn, an empty line between', async () => {
    const { stdout, stderr } = await run(['replay', await tapeOf(stillOpen)]);
    expect(stdout).toBe(
      ['5', '15', '25'].map((uptime) => `1 0 0 0 0 0 IRt 10 20 ${uptime}\n`).join('\n'),
    );
    expect(stderr).toBe(`conntape: window ${at('00')} to ${at('20')}\n`);
  });

  it.each([
    ['00:00:00', '00:00:10', 2],
    ['00:00:10', '00:00:10', 1],
    ['00:00:00.001', '00:00:19.999', 1],
  ])('holds its ends: %s to %s', async (from, to, snapshots) => {
    const ran = await run(['replay', await tapeOf(stillOpen), '--from', from, '--to', to]);
    expect(ran.code).toBe(0);
    expect(ran.stdout.split('\n').filter((line) => line !== '')).toHaveLength(snapshots);
  });

  it('is paced by --speed', async () => {
    const tape = await tapeOf(gaps);
    const sum = (waits: readonly number[]) => waits.reduce((a, b) => a + b, 0);
    expect((await run(['replay', tape])).waits).toEqual([]);
    expect(sum((await run(['replay', tape, '--speed', '1'])).waits)).toBe(60_000);
    expect(sum((await run(['replay', tape, '--speed', '0.5'])).waits)).toBe(120_000);
    const part = ['--from', '00:00:10', '--to', '00:00:50'];
    expect((await run(['replay', tape, '--speed', '10', ...part])).waits).toEqual([3000, 1000]);
  });
});

const COLUMNS =
  'at,conn_id,circ_id,or_id,ip,port,l_port,type_flags,read_bytes,written_bytes,uptime_s,extra';

describe('replay --format', () => {
  it('csv has a row a line', async () => {
    const ran = await run(['replay', await tapeOf(addresses), '--format', 'csv']);
    const [columns, first, ...rest] = parse(ran.stdout) as string[][];
    expect(columns).toEqual(COLUMNS.split(','));
    expect(first).toEqual([
      ...[at('00'), '1', '0', 'AB'.repeat(20), '198.51.100.1', '9001', '443', 'IRT'],
      ...['1', '2', '3', ''],
    ]);
    expect(rest).toHaveLength(7);
    expect(ran.stdout).not.toMatch(/203\.0\.113\.[58]|172\.32/);
  });

  it('json is one array of objects', async () => {
    const ran = await run(['replay', await tapeOf(stillOpen), '--format', 'json']);
    const rows = JSON.parse(ran.stdout) as Record<string, unknown>[];
    expect(rows.map((row) => [row['at'], row['uptime_s']])).toEqual([
      [at('00'), 5],
      [at('10'), 15],
      [at('20'), 25],
    ]);
    expect(Object.keys(rows[0]!).join()).toBe(COLUMNS);
  });

  it('table is for people', async () => {
    const ran = await run(['replay', await tapeOf(stillOpen), '--format', 'table', '--at', 'now']);
    const [columns, ...rows] = ran.stdout.trimEnd().split('\n');
    expect(columns!.trim().split(/ +/).join()).toBe(COLUMNS);
    expect(rows.at(-1)).toContain(at('20'));
  });

  it('transcript keeps events and gaps', async () => {
    const lines = (await run(['replay', await tapeOf(events), '--format', 'transcript'])).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[3]!['events']).toEqual(
      (JSON.parse(events[3]!) as Record<string, unknown>)['events'],
    );
  });

  it('transcript is imported again to an equal recording', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        await withRecording(lines, async ({ extent }, path) => {
          if (extent === undefined) return;
          const transcript = (await run(['replay', path, '--format', 'transcript'])).stdout;
          const again = `${path}.again`;
          const ran = await run(['import', '-', again], { stdin: transcript });
          expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('imported')]);
          const second = (await run(['replay', again, '--format', 'transcript'])).stdout;
          expect(second).toBe(transcript);
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('replay, narrowed down', () => {
  it('has the lines that match, and says to what', async () => {
    const lines = ['1 0 0 0 0 0 IRt 1 1 5', '2 7 0 0 0 0 IRt 1 1 5', '3 7 0 0 0 0 ODt 1 1 5'];
    const tape = await tapeOf([
      '{"transcript":1,"source":"native","interval_s":10}',
      JSON.stringify({ at: at('00'), conn: lines.join('\n') }),
    ]);
    const some = await run(['replay', tape, '--circuit', '7', '--flags', 'D']);
    expect([some.code, some.stdout]).toEqual([0, `${lines[2]}\n`]);
    expect(some.stderr).toContain('narrowed to --circuit 7 --flags D');
    const none = await run(['replay', tape, '--at', '00:00', '--connection', '4']);
    expect([none.code, none.stdout]).toEqual([0, '']);
  });
});
