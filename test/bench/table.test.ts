/** What the benchmark prints, and when it says that two answers differ; nothing here is timed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { disagreements } from '../../bench/agreement.ts';
import type { Place } from '../../bench/system.ts';
import { type Measured, type Step, tableOf } from '../../bench/table.ts';

function measured(title: string, cpu: Readonly<Record<string, number>>): Measured {
  const step = (cpuMs: number): Step => ({ cpuMs, wallMs: 2 * cpuMs, peakMb: 100, parts: {} });
  const steps = new Map(Object.entries(cpu).map(([name, cpuMs]) => [name, step(cpuMs)]));
  return { title, bytes: 2000, steps };
}

/** The cells of the row of this name. */
function rowOf(table: string, name: string): string[] {
  const row = table.split('\n').find((line) => line.startsWith(`| ${name}`))!;
  return row
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

describe('the table', () => {
  const table = tableOf({
    workload: 'standard',
    observations: 1000,
    systems: new Map([
      ['conntape', measured('conntape', { import: 1, asymmetry: 60, churn: 90, audit: 150 })],
      ['duckdb', measured('DuckDB', { import: 2, asymmetry: 100 })],
    ]),
  });

  it('has a figure a system, the target, whether it is met, and the ratio', () => {
    expect(rowOf(table, 'bytes an observation')).toEqual([
      ...['2.00', '2.00', '≤ 1.8', 'no', '1.00 × DuckDB'],
    ]);
    // 1 ms of CPU for 1,000 is 1 µs each; the clock said twice that.
    expect(rowOf(table, 'import, µs')).toEqual([
      ...['1.00 (2.00)', '2.00 (4.00)', '≤ 0.5', 'no', '0.50 × DuckDB'],
    ]);
    expect(rowOf(table, 'asymmetry, ms')).toEqual([
      ...['60 (120)', '100 (200)', '≤ 0.5 × DuckDB', 'no', '0.60 × DuckDB'],
    ]);
  });

  it('holds what only conntape answers against asymmetry', () => {
    expect(rowOf(table, 'report churn')).toEqual([
      ...['90 (180)', '', '≤ asymmetry', 'no', '1.50 × asymmetry'],
    ]);
    expect(rowOf(table, 'audit')).toEqual([
      ...['150 (300)', '', '≤ 3 × asymmetry', 'yes', '2.50 × asymmetry'],
    ]);
  });

  it('leaves out what nobody was measured in', () => {
    expect(table).not.toContain('replay');
  });
});

const LIFETIMES = {
  ours: 'subject,group,count,closed,open\nconnection,all,3,2,1\nconnection,relay,3,2,1\n',
  theirs: 'subject,grp,entries,closed,still_open\nconnection,all,3,2,1\n',
};

const ASYMMETRY = {
  ours: 'bucket_start,circ_id,read_bytes,written_bytes\n1970-01-01T00:10:00.000Z,7,514,1028\n',
  theirs: 'bucket_ms,circ_id,read_bytes,written_bytes\n600000,7,514,1028\n',
};

describe('answers', () => {
  it('agree where the counts that both have and all bytes are the same', () => {
    expect(differing(LIFETIMES.theirs, ASYMMETRY.theirs)).toEqual([]);
  });

  it('differ by a life, a byte, a circuit', () => {
    expect(differing(LIFETIMES.theirs.replace('3,2,1', '3,1,2'), ASYMMETRY.theirs)).toEqual([
      'lifetimes: 1 rows differ, first connection all: 3 2 1, not 3 1 2',
    ]);
    expect(differing(LIFETIMES.theirs, ASYMMETRY.theirs.replace('514', '515'))).toEqual([
      'asymmetry: 1 rows differ, first 600000 7: 514 1028, not 515 1028',
    ]);
    expect(differing(LIFETIMES.theirs, `${ASYMMETRY.theirs}600000,8,1,1\n`)).toEqual([
      'asymmetry: 1 rows differ, first 600000 8: undefined, not 1 1',
    ]);
  });

  it('do not agree by being empty', () => {
    const [header] = LIFETIMES.theirs.split('\n');
    expect(differing(`${header}\n`, ASYMMETRY.theirs)).toEqual(['lifetimes: there is no answer']);
  });
});

function differing(lifetimes: string, asymmetry: string): string[] {
  const root = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const place = (name: string, answers: Readonly<Record<string, string>>): Place => {
    const folder = join(root, name);
    mkdirSync(folder);
    for (const [question, csv] of Object.entries(answers)) {
      writeFileSync(join(folder, `${question}.csv`), csv);
    }
    return { transcript: '', folder, interval: 10 };
  };
  return disagreements(
    place('ours', { lifetimes: LIFETIMES.ours, asymmetry: ASYMMETRY.ours }),
    place('theirs', { lifetimes, asymmetry }),
  );
}
