/**
 * Whether a recording is whole: the file, the chain over its tape, the index beside it.
 * Owns the checks; what is printed of them is commands/verify.ts's.
 */
import Database from 'better-sqlite3';
import { messageOf } from '../error.ts';
import { changesIn, type InfoValues } from './aside.ts';
import { CHAIN_START, linkOf } from './chain.ts';
import { Indexer } from './indexer.ts';
import { PeerTable } from './peerTable.ts';
import type { Recording } from './reader.ts';
import { createSchema } from './store.ts';
import { rowsFrom, TapeDecoder } from './tape.ts';

/** Something that is not as the recorder wrote it. */
export interface Damage {
  /** Where: `the file`, `item 17 of the tape`, `the index`. */
  readonly where: string;
  readonly what: string;
}

export interface Verification {
  readonly items: number;
  /** The link of the last item, 64 hex digits; undefined for an empty tape. */
  readonly head: string | undefined;
  /** In the order found; empty for a recording that is whole. */
  readonly damages: readonly Damage[];
}

export interface VerifyOptions {
  /** Whether to derive the index again and compare it. */
  readonly rebuild: boolean;
  /** Told how many items were checked. */
  readonly progress: (items: number) => void;
}

/** So much is told of a damaged file; the rest follows from the first. */
const MAX_DAMAGES = 20;

/** The tables that a rebuild must find equal. `recording` and `peer` are no index but its ground. */
const INDEX_TABLES = [
  'session',
  'snapshot',
  'run',
  'gap',
  'info_change',
  'quarantine',
  'open_entry',
  'ended_entry',
  'open_counter',
  'open_connection',
  'ended_connection',
  'passed_connection',
  'reflagged',
  'absent',
] as const;

/**
 * Checks a recording from end to end; nothing is thrown for damage. A tape cut off at its end is
 * still a whole tape: only its `head`, kept elsewhere, tells.
 */
export function verifyRecording(recording: Recording, options: VerifyOptions): Verification {
  const damages: Damage[] = fileDamages(recording);
  const rebuilt = options.rebuild ? new Rebuild(recording) : undefined;
  const peers = new PeerTable(recording.db);
  const decoder = new TapeDecoder(peers);
  let chain: Uint8Array = CHAIN_START;
  let items = 0;
  let info: InfoValues = new Map();
  try {
    for (const row of rowsFrom(recording.db, 0)) {
      items++;
      options.progress(items);
      const where = `item ${row.seq} of the tape`;
      if (row.seq !== items) {
        damages.push({ where, what: `item ${items} is missing` });
        break;
      }
      const item = decoder.read(row);
      if (!linkOf(chain, row, item.peers, peers).equals(row.chain)) {
        damages.push({ where, what: 'it is not what was written, or not where' });
        break;
      }
      chain = row.chain;
      if (item.kind === 'session') rebuilt?.indexer.session(row.at, item.session.header);
      else if (item.kind === 'gap') rebuilt?.indexer.gap(item.gap);
      else {
        rebuilt?.indexer.snapshot(item.snapshot, changesIn(info, item.state.info), row.seq);
        info = item.state.info;
      }
    }
    if (damages.length === 0) damages.push(...(rebuilt?.damages() ?? []));
  } catch (thrown) {
    damages.push({ where: `item ${items} of the tape`, what: messageOf(thrown) });
  } finally {
    rebuilt?.close();
  }
  return {
    items,
    head: items === 0 ? undefined : Buffer.from(chain).toString('hex'),
    damages,
  };
}

function fileDamages(recording: Recording): Damage[] {
  const found = recording.db.pragma(`integrity_check(${MAX_DAMAGES})`) as {
    integrity_check: string;
  }[];
  return found
    .map((row) => row.integrity_check)
    .filter((text) => text !== 'ok')
    .map((what) => ({ where: 'the file', what }));
}

/** An index derived anew in a temporary database, to be compared with the recording's. */
class Rebuild {
  readonly #db = new Database('');
  readonly indexer: Indexer;

  constructor(recording: Recording) {
    createSchema(this.#db);
    this.#db.pragma('synchronous = OFF');
    this.#db.prepare('ATTACH ? AS recorded').run(recording.path);
    this.#db.exec('BEGIN; INSERT INTO peer SELECT * FROM recorded.peer WHERE id > 0');
    this.indexer = new Indexer(this.#db, new PeerTable(this.#db));
  }

  damages(): Damage[] {
    const damages = INDEX_TABLES.flatMap((table) => {
      const [recorded, main] = [this.#rows('recorded', table), this.#rows('main', table)];
      const differing = this.#count(
        `SELECT max(
           (SELECT count(*) FROM (
             SELECT * FROM (${recorded} EXCEPT ${main})
             UNION ALL
             SELECT * FROM (${main} EXCEPT ${recorded}))),
           abs((SELECT count(*) FROM recorded.${table}) - (SELECT count(*) FROM main.${table})))`,
      );
      const what = `${differing} rows of ${table} are not what the tape gives`;
      return differing === 0 ? [] : [{ where: 'the index', what }];
    });
    const strangers = this.#count(
      `SELECT count(*) FROM main.session, recorded.recording
       WHERE header ->> '$.relay.fingerprint' <> fingerprint OR header ->> '$.bytes' <> bytes`,
    );
    const what = 'the relay, or what its bytes are, is not what the tape gives';
    return strangers === 0 ? damages : [...damages, { where: 'the index', what }];
  }

  /** The rows of a table, as SQL. One peer may have several numbers: it is what it stands for. */
  #rows(schema: 'main' | 'recorded', table: string): string {
    const columns = this.#db
      .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
      .pluck()
      .all(table);
    const peer = ['or_id', 'ip'].map((of) => `(SELECT ${of} FROM ${schema}.peer WHERE id = peer)`);
    const values = columns.flatMap((column) => (column === 'peer' ? peer : [column]));
    return `SELECT ${values.join(', ')} FROM ${schema}.${table}`;
  }

  #count(sql: string): number {
    return this.#db.prepare(sql).pluck().get() as number;
  }

  close(): void {
    this.#db.close();
  }
}
