/** Everything of a recording as CSV files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { gaps, restart } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { REPORT_NAMES } from './reportNames.ts';
import { run } from './running.ts';

async function exported(lines: readonly string[], ...options: string[]) {
  const folder = temporaryFolder();
  const tape = join(folder, 'a.tape');
  const dir = join(folder, 'new', 'deeper');
  await importInto(tape, lines);
  const ran = await run(['export', tape, dir, ...options]);
  const rows = (name: string) =>
    parse(readFileSync(join(dir, `${name}.csv`)), { columns: true, bom: true }) as Record<
      string,
      string
    >[];
  return { ran, dir, tape, rows };
}

describe('export', () => {
  it('writes a file a report, and snapshots, info, gaps and runs', async () => {
    const { ran, dir, tape } = await exported(gaps);
    expect([ran.code, ran.stdout]).toEqual([0, '']);
    const names = [...REPORT_NAMES, 'gaps', 'info', 'runs', 'snapshots'];
    expect(readdirSync(dir).sort()).toEqual(names.map((name) => `${name}.csv`).sort());
    expect(ran.stderr).toContain(`wrote ${names.length} files into ${dir}`);
    for (const name of REPORT_NAMES) {
      const { stdout } = await run(['report', name, tape, '--format', 'csv']);
      expect(readFileSync(join(dir, `${name}.csv`), 'utf8')).toBe(stdout);
    }
  });

  it('tells every gap, declared or implied', async () => {
    const told = (await exported(gaps)).rows('gaps');
    expect(
      told.map((row) => [
        ...[row['from']?.slice(17, 19), row['seconds'], row['declared']],
        ...[row['snapshot_before'], row['snapshot_after']],
      ]),
    ).toEqual([
      ['10', '30', 'false', '2', '3'],
      ['52', '6', 'true', '4', '5'],
    ]);
  });

  it('tells snapshots, runs and info values', async () => {
    const { rows } = await exported(restart);
    expect(rows('snapshots').map((row) => [row['number'], row['run'], row['entries']])).toEqual([
      ['1', '1', '2'],
      ['2', '1', '2'],
      ['3', '2', '1'],
    ]);
    expect(
      rows('runs').map((row) => [row['run'], row['first_snapshot'], row['last_snapshot']]),
    ).toEqual([
      ['1', '1', '2'],
      ['2', '3', '3'],
    ]);
    expect(rows('info').map((row) => [row['key'], row['value']])).toEqual([
      ['info/uptime-process', '100'],
      ['info/uptime-process', '3'],
    ]);
  });

  it('cuts the reports to the window and into buckets', async () => {
    const { rows } = await exported(gaps, '--from', '00:00:40', '--bucket', '10s');
    expect(rows('churn').map((row) => row['bucket_start']?.slice(17, 19))).toEqual([
      '40',
      '50',
      '00',
    ]);
  });

  it('shapes all of them for a spreadsheet', async () => {
    const { dir } = await exported(gaps, '--excel');
    for (const file of readdirSync(dir)) {
      expect(readFileSync(join(dir, file), 'utf8')).toMatch(/^\ufeff[^\r]+\r\n/);
    }
    expect(readFileSync(join(dir, 'gaps.csv'), 'utf8')).toContain('2026-11-23 00:00:10,');
  });

  it('replaces what an export before wrote', async () => {
    const { dir, tape } = await exported(gaps);
    const before = readFileSync(join(dir, 'connections.csv'), 'utf8');
    await run(['export', tape, dir, '--from', '00:00:50']);
    expect(readFileSync(join(dir, 'connections.csv'), 'utf8').length).toBeLessThan(before.length);
    await run(['export', tape, dir]);
    expect(readFileSync(join(dir, 'connections.csv'), 'utf8')).toBe(before);
  });
});
