/** The files in queries/: each runs in any SQLite shell and answers what the report says. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordingTables } from '../../src/cli/recordingTables.ts';
import { FLEET_TABLES } from '../../src/fleet/schema.ts';
import type { Row, Table } from '../../src/output/table.ts';
import { EVERYTHING, Recording, type Window } from '../../src/recording/reader.ts';
import { REPORTS } from '../../src/reports/reports.ts';
import * as cases from '../oracle/cases.ts';
import { SHELLS } from '../recording/shells.ts';
import { importInto, tableOf, temporaryFolder } from '../recording/tapes.ts';

const FOLDER = new URL('../../queries/', import.meta.url);

/** Those of a recording; queries/fleet/ is asked of other engines. */
const QUERIES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => ({
    name: file.replace(/\.sql$/, ''),
    sql: readFileSync(new URL(file, FOLDER), 'utf8'),
  }));

const TRANSCRIPTS = Object.entries(cases).filter(([, lines]) => Array.isArray(lines)) as [
  string,
  string[],
][];

/** The snapshots of a window, by number. */
function snapshotsIn(recording: Recording, { from, to }: Window) {
  const first = (recording.snapshotAt(from - 1)?.number ?? 0) + 1;
  return { first, last: recording.snapshotAt(to)?.number ?? 0 };
}

/** The lives that a fleet's files have, without the columns that are made of others. */
function livesTable(recording: Recording, window: Window): Table {
  const columns = FLEET_TABLES.lives
    .filter(({ name }) => !name.startsWith('lifetime'))
    .map(({ name }) => ({ name, kind: 'text' as const }));
  const values = { from_ms: window.from, to_ms: window.to, ...snapshotsIn(recording, window) };
  return { name: 'lives', columns, rows: recording.index.select<Row>('lives', values) };
}

function tableNamed(recording: Recording, name: string, window: Window, bucketMs: number): Table {
  if (name === 'lives') return livesTable(recording, window);
  const report = REPORTS.find((each) => each.name === name);
  if (report !== undefined) return tableOf(report, recording, { window, bucketMs });
  return recordingTables(recording).find((each) => each.name === name)!;
}

/** The rows of a report, or of a table beside the reports, with what a shell cannot know left empty. */
function reportRows(recording: Recording, name: string, window: Window, bucketMs: number) {
  const table = tableNamed(recording, name, window, bucketMs);
  const columns = table.columns.map((column) => column.name);
  return [...table.rows].map((values) => {
    const row = Object.fromEntries(columns.map((column, index) => [column, values[index]]));
    const isOpen = (row['end'] ?? row['ended_how']) === 'open';
    return isOpen ? { ...row, read_bytes: null, written_bytes: null } : row;
  });
}

describe('the queries', () => {
  it.each(QUERIES)('$name opens with its question, its parameters and its columns', ({ sql }) => {
    expect(sql).toMatch(/^-- [A-Z].*\?\n--\n-- Parameters: [\s\S]*?\n-- Columns: /);
    const named = new Set([...sql.replace(/^--.*$/gm, '').matchAll(/:[a-z_]+/g)].map(String));
    const header = sql.slice(0, sql.indexOf('\n-- Columns:'));
    for (const parameter of named) expect(header).toContain(parameter);
  });

  for (const { name: shell, ask } of SHELLS) {
    describe.each(QUERIES)(`$name in ${shell}`, ({ name, sql }) => {
      it.each(TRANSCRIPTS)('is the report on %s', async (_, lines) => {
        const path = `${temporaryFolder()}/test.tape`;
        await importInto(path, lines);
        const recording = Recording.open(path);
        const whole = reportRows(recording, name, recording.extent ?? EVERYTHING, 600_000);
        expect(ask(path, sql)).toEqual(whole);
        recording.close();
      });

      it.runIf(/:[a-z]/.test(sql))('takes a window and a bucket', async () => {
        const path = `${temporaryFolder()}/test.tape`;
        await importInto(path, cases.gaps);
        const recording = Recording.open(path);
        const window = { from: cases.MIDNIGHT + 10_000, to: cases.MIDNIGHT + 50_000 };
        const parameters = {
          from_ms: window.from,
          to_ms: window.to,
          bucket_ms: 20_000,
          short_lived_ms: 30_000,
          ...snapshotsIn(recording, window),
        };
        const some = ask(path, sql, parameters);
        expect(some).toEqual(reportRows(recording, name, window, 20_000));
        expect(some).not.toEqual(ask(path, sql));
        recording.close();
      });
    });
  }
});
