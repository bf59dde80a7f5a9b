/**
 * A recording that begins at a key frame of another one, and knows what that knows of before.
 * Owns which rows those are; what comes behind the key frame is derived (deriving.ts).
 */
import { isMetric } from '../listing/metrics.ts';
import { type SnapshotPlace, type TapeBeginning, writeBeginning } from './beginning.ts';
import { TRAIT_COLUMNS } from './index/traits.ts';
import { NO_PEER_NUMBER, PeerTable } from './peerTable.ts';
import { RowWriter } from './rows.ts';
import type { Sqlite } from './sqlite.ts';
import type { SummedTable, Value } from './sums.ts';
import { type StoredRow, stateAt } from './tape.ts';

/** Copies an item of another recording's tape, as its last. */
export function copyItem(into: Sqlite, from: Sqlite, seq: number): void {
  const item = from
    .prepare<[number], StoredRow>('SELECT seq, kind, at, payload, chain FROM tape WHERE seq = ?')
    .get(seq)!;
  into
    .prepare('INSERT INTO tape (seq, kind, at, payload, chain) VALUES (?, ?, ?, ?, ?)')
    .run(item.seq, item.kind, item.at, item.payload, item.chain);
  into.prepare('UPDATE mark SET seq = ?, chain = ?').run(item.seq, item.chain);
}

/**
 * Fills a recording that holds a key frame and its peers with what another one is as of that: who is
 * open, since when, and what was said before and holds on.
 * @param into the caller holds its transaction; its sums are written.
 * @param from in a transaction that holds it as it is.
 * @param key where `into` begins.
 */
export function seed(
  into: Sqlite,
  from: Sqlite,
  key: SnapshotPlace,
  beginning: TapeBeginning,
): void {
  const rows = new RowWriter(into);
  writeBeginning(rows.table('beginning'), beginning);
  const copy = (
    table: SummedTable,
    sql: string,
    value: number,
    isMeant: (row: readonly Value[]) => boolean = () => true,
  ) => {
    for (const row of from.prepare<[{ value: number }], Value[]>(sql).raw().iterate({ value })) {
      if (isMeant(row)) rows.table(table).insert(row);
    }
  };
  copy(
    'session',
    `SELECT * FROM session WHERE id = (SELECT max(id) FROM session WHERE seq < @value)`,
    key.seq,
  );
  copy('run', 'SELECT * FROM run WHERE id = @value', beginning.run);
  copy('trait', `SELECT id, ${TRAIT_COLUMNS} FROM trait WHERE run = @value`, beginning.run);
  copyEntries(into, from, rows, key);
  // Of those that were there: an entry that is all of its connection has no other one beside it.
  const several = 'SELECT conn_id FROM open_entry JOIN trait ON trait.id = trait WHERE NOT alone';
  const listed = new Set(into.prepare<[], Value>(several).pluck().all());
  copy('open_connection', OPEN_CONNECTIONS, key.number, ([connId]) => listed.has(connId!));
  copy('snapshot', 'SELECT * FROM snapshot WHERE number = @value', key.number);
  const began = into
    .prepare<[{ value: number }], number>(
      `SELECT first_snapshot FROM open_entry WHERE first_snapshot < @value
       UNION SELECT first_snapshot FROM open_connection WHERE first_snapshot < @value
       UNION SELECT first_snapshot FROM run WHERE first_snapshot < @value`,
    )
    .pluck()
    .all({ value: key.number });
  for (const number of began) {
    copy(
      'snapshot',
      'SELECT number, at, poll_ms, 0, entries, quarantined FROM snapshot WHERE number = @value',
      number,
    );
  }
  rows.write();
}

// Of two with one number the younger is the one that was there: the other was away.
const OPEN_CONNECTIONS = `
  SELECT conn_id, run, age_ms, opening, max(first_snapshot) FROM (
    SELECT conn_id, run, age_ms, opening, first_snapshot FROM open_connection
    UNION ALL
    SELECT conn_id, run, age_ms, opening, first_snapshot FROM ended_connection
    WHERE last_snapshot >= @value)
  WHERE first_snapshot <= @value GROUP BY conn_id`;

const OPEN_ENTRIES = `
  SELECT conn_id, circ_id, peer, port, trait, age, max(first_snapshot) FROM (
    SELECT conn_id, circ_id, peer, port, trait, age, first_snapshot FROM open_entry
    UNION ALL
    SELECT conn_id, circ_id, peer, port, trait, age, first_snapshot FROM ended_entry
    WHERE first_snapshot + held >= @value)
  WHERE first_snapshot <= @value GROUP BY conn_id, circ_id`;

/** The entries of the key frame's rows, with the fields past the tenth that they had then. */
function copyEntries(
  into: Sqlite,
  from: Sqlite,
  rows: RowWriter,
  { seq, number }: SnapshotPlace,
): void {
  const { labels, info } = stateAt(into, seq, new PeerTable(into));
  const extra = new Map(labels.map((label) => [`${label.connId} ${label.circId}`, label.extra]));
  const entries = from.prepare<[{ value: number }], number[]>(OPEN_ENTRIES).raw();
  for (const row of entries.iterate({ value: number })) {
    const [connId, circId] = row;
    const fields = extra.get(`${connId} ${circId}`);
    // It was away just then.
    if (fields === undefined) continue;
    rows.table('open_entry').insert(row);
    if (fields !== '') rows.table('open_detail').insert([connId!, circId!, fields]);
  }
  const strangers = into
    .prepare<[], number>('SELECT peer FROM open_entry WHERE peer NOT IN (SELECT id FROM peer)')
    .pluck()
    .all();
  if (strangers.length > 0) copyPeers(into, from, (id) => strangers.includes(id));
  for (const [key, value] of info) {
    if (!isMetric(key)) rows.table('info_change').insert([number, key, value]);
  }
}

/** Copies those of another recording's peers that are referred to. */
export function copyPeers(into: Sqlite, from: Sqlite, isMeant: (id: number) => boolean): void {
  const peers = new RowWriter(into);
  const rows = from.prepare<[], [number, Value, Value]>('SELECT id, or_id, ip FROM peer').raw();
  for (const row of rows.iterate()) {
    if (row[0] !== NO_PEER_NUMBER && isMeant(row[0])) peers.table('peer').insert(row);
  }
  peers.write();
}
