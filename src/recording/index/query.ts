/**
 * The files in queries/, run on a recording.
 * Owns loading them and binding their parameters; what they ask stands in them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Listing } from '../../listing/listing.ts';
import type { Sqlite } from '../sqlite.ts';

/** `dist/recording/index` and `src/recording/index` lie equally deep: both find the package. */
const QUERIES = new URL('../../../queries/', import.meta.url);

/** What can be asked, in the order of the alphabet: a file in queries/ each. */
export const QUERY_NAMES: readonly string[] = readdirSync(QUERIES)
  .filter((name) => name.endsWith('.sql'))
  .map((name) => name.slice(0, -'.sql'.length))
  .sort();

/** Rows with their counters. */
export type Counters = Pick<Listing, 'labels' | 'read' | 'written'>;

/** The text of `queries/NAME.sql`. Throws where there is no such file. */
export function queryText(name: string): string {
  return readFileSync(new URL(`${name}.sql`, QUERIES), 'utf8');
}

/** Rows of `queries/NAME.sql`, read as they are asked for. */
export function* select<Row>(
  db: Sqlite,
  name: string,
  values: Readonly<Record<string, number>>,
): Generator<Row, void> {
  const sql = queryText(name);
  const named = new Set([...sql.matchAll(/:([a-z_]+)/g)].map((match) => match[1]!));
  const used = Object.fromEntries(Object.entries(values).filter(([key]) => named.has(key)));
  const statement = db.prepare<unknown[], Row>(sql).raw();
  yield* named.size === 0 ? statement.iterate() : statement.iterate(used);
}

/**
 * READ and WRITE of open entries as of the last snapshot, where the queries look for them: in a
 * temporary table that stands before the empty one of the file.
 */
export function fillOpenCounters(db: Sqlite, counters: Counters | undefined): void {
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS open_counter (
    conn_id INTEGER NOT NULL, circ_id INTEGER NOT NULL,
    read INTEGER NOT NULL, written INTEGER NOT NULL,
    PRIMARY KEY (conn_id, circ_id)) WITHOUT ROWID;
    DELETE FROM temp.open_counter`);
  if (counters === undefined) return;
  const { labels, read, written } = counters;
  const insert = db.prepare('INSERT INTO temp.open_counter VALUES (?, ?, ?, ?)');
  db.transaction(() => {
    for (let row = 0; row < labels.length; row++) {
      const { connId, circId } = labels[row]!;
      insert.run(connId, circId, read[row], written[row]);
    }
  })();
}
