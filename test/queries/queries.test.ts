/** The files in queries/: each runs in any SQLite shell and answers what the report says. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordingTables } from '../../src/cli/recordingTables.ts';
import { EVERYTHING, Recording, type Window } from '../../src/recording/reader.ts';
import { REPORTS } from '../../src/reports/reports.ts';
import * as cases from '../oracle/cases.ts';
import { SHELLS } from '../recording/shells.ts';
import { importInto, tableOf, temporaryFolder } from '../recording/tapes.ts';

const FOLDER = new URL('../../queries/', import.meta.url);

const QUERIES = readdirSync(FOLDER).map((file) => ({
  name: file.replace(/\.sql$/, ''),
  sql: readFileSync(new URL(file, FOLDER), 'utf8'),
}));

const TRANSCRIPTS = Object.entries(cases).filter(([, lines]) => Array.isArray(lines)) as [
  string,
  string[],
][];

/** The rows of a report, or of a table beside the reports, with what a shell cannot know left empty. */
function reportRows(recording: Recording, name: string, window: Window, bucketMs: number) {
  const report = REPORTS.find((each) => each.name === name);
  const table =
    report === undefined
      ? recordingTables(recording).find((each) => each.name === name)!
      : tableOf(report, recording, { window, bucketMs });
  const columns = table.columns.map((column) => column.name);
  return [...table.rows].map((values) => {
    const row = Object.fromEntries(columns.map((column, index) => [column, values[index]]));
    return row['end'] === 'open' ? { ...row, read_bytes: null, written_bytes: null } : row;
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
        };
        const some = ask(path, sql, parameters);
        expect(some).toEqual(reportRows(recording, name, window, 20_000));
        expect(some).not.toEqual(ask(path, sql));
        recording.close();
      });
    });
  }
});
