/**
 * Reports that are SQL: the files in queries/, run on a recording.
 * Owns loading them and binding their parameters; what they ask stands in them.
 */
import { readFileSync } from 'node:fs';
import type { Sqlite } from '../recording/store.ts';
import type { Column, Report, ReportInput, Row } from './report.ts';

/** `dist/reports` and `src/reports` lie equally deep, so both find the package's folder. */
const QUERIES = new URL('../../queries/', import.meta.url);

/** The report whose rows are what `queries/NAME.sql` selects, column by column. */
export function sqlReport(name: string, question: string, columns: readonly Column[]): Report {
  return {
    name,
    question,
    columns,
    analyse: (input) => ({
      *rows() {
        fillOpenCounters(input);
        yield* select(input.recording.db, name, parameters(input));
      },
    }),
  };
}

function parameters({ window, bucketMs }: ReportInput): Record<string, number> {
  return { from_ms: window.from, to_ms: window.to, bucket_ms: bucketMs };
}

/** Rows of a query, read as they are asked for. */
function* select(db: Sqlite, name: string, values: Record<string, number>): IterableIterator<Row> {
  const sql = readFileSync(new URL(`${name}.sql`, QUERIES), 'utf8');
  const named = new Set([...sql.matchAll(/:([a-z_]+)/g)].map((match) => match[1]!));
  const used = Object.fromEntries(Object.entries(values).filter(([key]) => named.has(key)));
  yield* db.prepare<[Record<string, number>], Row>(sql).raw().iterate(used);
}

/**
 * READ and WRITE of open entries as of the last snapshot, where the queries look for them: in a
 * temporary table that stands before the empty one of the file.
 */
export function fillOpenCounters({ recording }: ReportInput): void {
  const { db } = recording;
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS open_counter (
    conn_id INTEGER NOT NULL, circ_id INTEGER NOT NULL,
    read INTEGER NOT NULL, written INTEGER NOT NULL,
    PRIMARY KEY (conn_id, circ_id)) WITHOUT ROWID;
    DELETE FROM temp.open_counter`);
  const last = recording.snapshotAt(Number.POSITIVE_INFINITY);
  if (last === undefined) return;
  const { labels, read, written } = recording.stateAt(last);
  const insert = db.prepare('INSERT INTO temp.open_counter VALUES (?, ?, ?, ?)');
  db.transaction(() => {
    for (let row = 0; row < labels.length; row++) {
      const { connId, circId } = labels[row]!;
      insert.run(connId, circId, read[row], written[row]);
    }
  })();
}
