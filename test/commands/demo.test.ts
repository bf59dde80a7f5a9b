/** `demo`: everything at once, as a user meets it first. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../recording/tapes.ts';
import { tooWide } from './printing.ts';
import { REPORT_NAMES } from './reportNames.ts';
import { run } from './running.ts';

/** Servers and sockets of this process. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
}

describe('demo', () => {
  it('records, prints every report and writes every file', async () => {
    const dir = join(temporaryFolder(), 'demo');
    const before = handles();
    const { code, stdout, stderr } = await run(['demo', dir]);
    expect([code, stderr]).toEqual([0, '']);
    expect(handles()).toBe(before);
    for (const name of REPORT_NAMES) {
      expect(stdout).toContain(`\nconntape report ${name}\n`);
      const rows = parse(readFileSync(join(dir, `${name}.csv`))) as string[][];
      expect(rows.length).toBeGreaterThan(5);
    }
    const files = [...REPORT_NAMES, 'gaps', 'info', 'runs', 'snapshots'].map(
      (name) => `${name}.csv`,
    );
    expect(readdirSync(dir).sort()).toEqual([...files, 'demo.tape'].sort());
    expect(stdout).toContain(`(${files.length} files)`);

    const tape = join(dir, 'demo.tape');
    const verified = await run(['verify', tape, '--rebuild']);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringMatching(/^whole: /)]);
    await tells(stdout, dir);
    // Bars of four minutes: each turn of the story shows where it came.
    const bars = barsIn(stdout);
    expect(bars.size).toBe(7);
    const highest = (at: string) =>
      [...bars.get(at)!].flatMap((bar, i) => (bar === '█' ? [i] : []));
    const lower = (at: string) => [...bars.get(at)!].findIndex((bar) => bar < '█');
    expect(lower('02:25')).toBe(6);
    expect(highest('02:40')[0]).toBe(10);
    expect(highest('03:00')).toEqual([15]);
    expect(highest('03:10')).toEqual([17]);
    expect(highest('03:20')).toEqual([20, 21]);
    expect(highest('03:35').at(-1)).toBe(22);

    // Every command that it proposes is one.
    const [, last = ''] = stdout.split('What to look at\n');
    const proposed = [...last.matchAll(/^ {2}# .+\n {2}(conntape .+)$/gm)];
    expect(proposed).toHaveLength(4);
    for (const [, line] of proposed) {
      const [program, ...args] = line!.split(' ');
      const ran = await run(args);
      expect([program, ran.code]).toEqual(['conntape', 0]);
      expect(ran.stdout.split('\n').length).toBeGreaterThan(3);
    }

    // And again, on a wide terminal: the same story, and the same recording.
    const again = await run(['demo', dir], { columns: 200 });
    expect([again.code, tooWide(again.stdout + again.stderr, 200)]).toEqual([0, []]);
    const told = (text: string) => text.split(/conntape report \w+\n|(?=The story)/);
    expect([told(again.stdout)[0], told(again.stdout).at(-1)]).toEqual([
      told(stdout)[0],
      told(stdout).at(-1),
    ]);
  });
});

/** The lines of bars, by the time of their turn of the story. */
function barsIn(stdout: string): Map<string, string> {
  const [, rest = ''] = stdout.split('four minutes a bar\n');
  const lines = rest.split('\n\n')[0]!.split('\n').slice(0, 7);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  return new Map(lines.map((line) => [line.trim().slice(0, 5), line.split('  ')[2]!]));
}

/** The story: 721 moments of which 11 fell to a gap of two minutes, and a restart. */
async function tells(stdout: string, dir: string): Promise<void> {
  expect(stdout).toMatch(/^snapshots +710$/m);
  expect(stdout).toMatch(/^runs of Tor +2$/m);
  expect(stdout).toMatch(/^gaps +1, 2m in all$/m);
  const connections = parse(readFileSync(join(dir, 'connections.csv')), {
    columns: true,
  }) as Record<string, string>[];
  expect(connections.filter((row) => row['close_reason'] === 'CONNRESET')).toHaveLength(40);
  expect(connections.filter((row) => row['ip'] === '192.168.1.20')).toHaveLength(1);
  expect(connections.some((row) => row['end'] === 'run-ended')).toBe(true);
}
