/**
 * Reports as files: golden CSV, and what the options do to it.
 * Owns the transcripts that the golden files come from; the arithmetic stands beside each.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { REPORTS } from '../../src/reports/reports.ts';
import {
  endedForGood,
  events,
  gaps,
  restart,
  shapes,
  shared,
  shortLived,
  splitEntry,
} from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

/**
 * A relay's evening, polled every 10 s; seconds after 20:00:00.
 *
 * Connection 1 is a client's, inbound, opened at 0 − 100 = −100, on circuit 5 all along: lifetime at
 * least 20 + 100 = 120, at most 30 + 100 = 130 s; its bytes when last seen are 4000 and 90.
 * Connection 2 goes on from circuit 5 to a relay, opened at 10 − 4 = 6, still there at 30: at least
 * 30 − 6 = 24 s. Told as `closed` at 28 with TLS_ERROR is 3, outbound to the own network, opened at
 * 20 − 2 = 18: at least 20 − 18 = 2, at most 28 − 18 = 10 s; it was in no circuit.
 * Connection 4 lived from 22 to 24, between two polls: 2 s both ways, no bytes known.
 *
 * Circuit 5: connection 1 from −100, closed by 30, and 2 from 6, open at 30: outbound-only at 30,
 * inbound-only at 0, relay at 10 and 20, so relay with two of four. From −100 to the end: at least
 * 30 + 100 = 130 s. Read 4000 + 60 = 4060, written 90 + 3800 = 3890.
 *
 * Churn in buckets of 20 s, aligned to the epoch. 0 to 20 (20 s observed): open at the start 1;
 * opened 2 (at 6) and 3 (at 18), 2 / (20 / 60) = 6 a minute; none closed; open at the end 3.
 * 20 to 40: observed 10 s; opened 4, 1 / (10 / 60) = 6 a minute; closed 4, 3 and 1: 18 a minute;
 * 4 lived 2 s and 3 at most 10: short-lived 2 of 3; open at the end 1, connection 2.
 */
const evening = [
  '{"transcript":1,"source":"native","interval_s":10}',
  '{"at":"2026-11-23T20:00:00Z","conn":"1 5 0 198.51.100.7 4000 9001 IRt 1000 10 100"}',
  `{"at":"2026-11-23T20:00:10Z","conn":"1 5 0 0 0 0 IRt 2000 50 110\\n2 5 ${'AB'.repeat(20)} 203.0.113.2 443 33002 ORT 40 1900 4"}`,
  `{"at":"2026-11-23T20:00:20Z","conn":"1 5 0 0 0 0 IRt 4000 90 120\\n2 5 ${'AB'.repeat(20)} 203.0.113.2 443 33002 ORT 60 3800 14\\n3 0 0 192.168.1.9 8080 33003 ORt 7 8 2"}`,
  `{"at":"2026-11-23T20:00:30Z","conn":"2 5 ${'AB'.repeat(20)} 203.0.113.2 443 33002 ORT 60 3800 24","events":[{"at":"2026-11-23T20:00:22Z","conn_id":4,"what":"opened","type_flags":"IRt"},{"at":"2026-11-23T20:00:24Z","conn_id":4,"what":"closed","reason":"DONE"},{"at":"2026-11-23T20:00:28Z","conn_id":3,"what":"closed","reason":"TLS_ERROR"}]}`,
];

const TRANSCRIPTS: Readonly<Record<string, readonly string[]>> = {
  evening,
  // The arithmetic of these stands beside them, in test/oracle/cases.ts.
  gaps,
  restart,
  events,
  'ended-for-good': endedForGood,
  shapes,
  'shared-connection': shared('connection'),
  'shared-entry': shared('entry'),
  'split-entry': splitEntry,
  'short-lived': shortLived,
};

const GOLDEN: readonly (readonly [name: string, report: string, ...options: string[]])[] = [
  ['evening', 'connections'],
  ['evening', 'circuits'],
  ['evening', 'churn', '--bucket', '20s'],
  ['gaps', 'connections'],
  ['gaps', 'churn', '--bucket', '1m'],
  ['restart', 'connections'],
  ['restart', 'circuits'],
  ['restart', 'churn', '--bucket', '1m'],
  ['events', 'connections'],
  ['ended-for-good', 'connections'],
  ['shapes', 'circuits'],
  ['shared-connection', 'circuits'],
  ['shared-entry', 'circuits'],
  ['split-entry', 'circuits'],
  ['short-lived', 'churn', '--bucket', '1m'],
];

const FIXTURES = fileURLToPath(new URL('../fixtures/golden/', import.meta.url));

async function tapeOf(lines: readonly string[]): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, lines);
  return path;
}

describe('report', () => {
  it.each(GOLDEN)('%s, %s: the golden file', async (name, report, ...options) => {
    const tape = await tapeOf(TRANSCRIPTS[name]!);
    const ran = await run(['report', report, tape, '--format', 'csv', ...options]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toBe(readFileSync(join(FIXTURES, `${name}.${report}.csv`), 'utf8'));
  });

  it('gives the same rows in every format', async () => {
    const tape = await tapeOf(evening);
    const in_ = async (format: string) =>
      (await run(['report', 'connections', tape, '--format', format])).stdout;
    const csv = parse(await in_('csv'), { columns: true }) as Record<string, string>[];
    const json = JSON.parse(await in_('json')) as Record<string, unknown>[];
    const lines = (await in_('ndjson')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(json);
    const asText = (value: unknown) => (value === null ? '' : String(value));
    expect(
      json.map((row) =>
        Object.fromEntries(Object.entries(row).map(([key, value]) => [key, asText(value)])),
      ),
    ).toEqual(csv);
    const table = (await in_('table')).trimEnd().split('\n');
    expect(table[0]!.trim().split(/ +/)).toEqual(Object.keys(csv[0]!));
    expect(table.filter((line) => line.includes('ORT'))).toHaveLength(1);
  });

  it('is a table unless it goes to a file or a spreadsheet', async () => {
    const tape = await tapeOf(evening);
    const path = join(temporaryFolder(), 'out.csv');
    const csv = (await run(['report', 'churn', tape, '--format', 'csv'])).stdout;
    const table = (await run(['report', 'churn', tape, '--format', 'table'])).stdout;
    expect((await run(['report', 'churn', tape])).stdout).toBe(table);
    const ran = await run(['report', 'churn', tape, '--output', path]);
    expect([ran.code, ran.stdout]).toEqual([0, '']);
    expect(readFileSync(path, 'utf8')).toBe(csv);
    await run(['report', 'churn', tape, '--output', path, '--format', 'table']);
    expect(readFileSync(path, 'utf8')).toBe(table);
  });

  it('shapes CSV for a spreadsheet', async () => {
    const tape = await tapeOf(evening);
    const { stdout } = await run(['report', 'connections', tape, '--excel']);
    expect(stdout.startsWith('\ufeffrun,conn_id,')).toBe(true);
    expect(stdout).toContain(',2026-11-23 20:00:10,');
    const plain = await run(['report', 'connections', tape, '--format', 'csv']);
    expect(plain.stdout).not.toContain('\ufeff');
  });

  it('sorts, takes so many rows, and picks columns in the order wanted', async () => {
    const tape = await tapeOf(evening);
    const rowsOf = async (...options: string[]) => {
      const { stdout } = await run(['report', 'connections', tape, '--format', 'csv', ...options]);
      return (parse(stdout) as string[][]).map((cells) => cells.join());
    };
    const all = await rowsOf('--columns', 'read_bytes,conn_id');
    expect(all[0]).toBe('read_bytes,conn_id');
    // What is not known comes last.
    const read = (row: string) => Number(row.split(',')[0] || Number.POSITIVE_INFINITY);
    const least = all.slice(1).toSorted((a, b) => read(a) - read(b));
    expect(new Set(least.map(read)).size).toBeGreaterThan(1);
    const sorted = await rowsOf('--sort', 'read_bytes', '--columns', 'read_bytes,conn_id');
    expect(sorted.slice(1).map(read)).toEqual(least.map(read));
    const [, greatest, ...rest] = await rowsOf('--sort', '-read_bytes', '--limit', '1');
    expect(greatest).toContain(String(Math.max(...least.map(read).filter(Number.isFinite))));
    expect(rest).toEqual([]);
    expect(await rowsOf('--limit', '2')).toHaveLength(3);
  });

  it.each([
    ['--sort', 'age', 'it has run, conn_id'],
    ['--columns', 'conn_id,age', 'it has run, conn_id'],
    ['--limit', '0', 'such as --limit 10'],
  ])('refuses %s %s, and says what would do', async (option, value, hint) => {
    const ran = await run(['report', 'connections', await tapeOf(evening), option, value]);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain(hint);
  });

  it('limits the rows of all reports, and has one order for none', async () => {
    const tape = await tapeOf(evening);
    const { stdout } = await run(['report', 'all', tape, '--format', 'ndjson', '--limit', '1']);
    const names = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).report as string);
    expect(names.length).toBe(new Set(names).size);
    expect((await run(['report', 'all', tape, '--sort', 'run'])).code).toBe(2);
  });

  it('guards what a spreadsheet would take for a formula', async () => {
    const { stdout } = await run([
      'report',
      'connections',
      await tapeOf(events),
      '--format',
      'csv',
    ]);
    const rows = parse(stdout, { columns: true }) as Record<string, string>[];
    expect(rows.map((row) => row['close_reason'])).toContain(`'=TLS, "error"`);
  });

  it('writes negative numbers as numbers', async () => {
    // Took in 3000 and sent out 1000: (1000 − 3000) / 4000.
    const tape = await tapeOf([
      '{"transcript":1,"source":"native","interval_s":10}',
      '{"at":"2026-11-23T20:00:00Z","conn":"1 5 0 0 0 0 IRt 1000 10 100"}',
      '{"at":"2026-11-23T20:00:10Z","conn":"1 5 0 0 0 0 IRt 4000 1010 110"}',
    ]);
    const { stdout } = await run(['report', 'asymmetry', tape, '--format', 'csv']);
    const rows = parse(stdout, { columns: true }) as Record<string, string>[];
    expect(rows.map((row) => row['pcr'])).toEqual(['-0.5']);
  });

  it('all: every report, under its name or with it in each row', async () => {
    const tape = await tapeOf(evening);
    const alone = async (name: string) =>
      (await run(['report', name, tape, '--format', 'ndjson'])).stdout.trimEnd().split('\n');
    const tables = (await run(['report', 'all', tape])).stdout;
    const lines = (await run(['report', 'all', tape, '--format', 'ndjson'])).stdout;
    const rows = lines.trimEnd().split('\n');
    for (const { name } of REPORTS) {
      const table = (await run(['report', name, tape])).stdout;
      expect(`\n${tables}`).toContain(`\n${name}\n${table}\n`);
      const ofIt = rows.map((row) => JSON.parse(row)).filter((row) => row.report === name);
      const expected = (await alone(name)).filter((line) => line !== '');
      expect(ofIt).toEqual(expected.map((line) => ({ report: name, ...JSON.parse(line) })));
    }
    const path = join(temporaryFolder(), 'all.ndjson');
    await run(['report', 'all', tape, '--format', 'ndjson', '--output', path]);
    expect(readFileSync(path, 'utf8')).toBe(lines);
  });

  it.each([['--format', 'csv'], ['--format', 'json'], ['--excel']])(
    'all as %s %s: says what to do instead',
    async (...options) => {
      const ran = await run(['report', 'all', await tapeOf(evening), ...options]);
      expect([ran.code, ran.stdout]).toEqual([2, '']);
      expect(ran.stderr).toContain('conntape export');
    },
  );

  it('keeps to its window, and tells it', async () => {
    const window = ['--from', '20:00:25', '--to', '20:00:30'];
    const ran = await run([
      'report',
      'connections',
      await tapeOf(evening),
      ...window,
      '--format',
      'json',
    ]);
    const rows = JSON.parse(ran.stdout) as Record<string, unknown>[];
    expect(rows.map((row) => row['conn_id'])).toEqual([2]);
    expect(ran.stderr).toBe(
      'conntape: window 2026-11-23T20:00:25.000Z to 2026-11-23T20:00:30.000Z\n',
    );
  });

  it('never shows the address of a client', async () => {
    const tape = await tapeOf(evening);
    for (const report of ['connections', 'circuits', 'churn']) {
      const ran = await run(['report', report, tape, '--format', 'csv']);
      expect(ran.stdout + ran.stderr).not.toContain('198.51.100.7');
    }
  });
});
