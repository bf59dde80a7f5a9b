/**
 * The connections of more than one entry that rollups know: those that are open, and those that may
 * be back.
 * Owns finding them by CONN_ID, in the recording too where a writer before this one followed them;
 * what is kept of each is carriers.ts's.
 */
import type { Changes, ConnectionLife } from '../../../listing/life.ts';
import { Remembered } from '../../../listing/remembered.ts';
import type { Sqlite } from '../../sqlite.ts';
import { type CarriedEntry, Carrier } from './carriers.ts';

/** An entry of a connection as the index has it; one that is open has no last snapshot. */
interface EntryOfConnection {
  readonly connId: number;
  readonly circId: number;
  readonly first: number;
  readonly last: number | null;
  readonly read: number;
  readonly written: number;
}

const ENDED = `SELECT conn_id AS connId, circ_id AS circId, first_snapshot AS first,
    first_snapshot + held AS last, read, written
  FROM ended_entry JOIN trait ON trait.id = trait WHERE run = ?`;

export class CarrierBook {
  readonly #db: Sqlite;
  readonly #open = new Map<number, Carrier>();
  readonly #past = new Remembered<Carrier>();
  /** How many connections are open, these and those of one entry. */
  openCount = 0;
  /** Whether each line of a connection has its totals. */
  repeats = true;

  /** @param db a recording opened for writing. */
  constructor(db: Sqlite) {
    this.#db = db;
  }

  /** Whether any connection has, or had, more than one entry. */
  get hasAny(): boolean {
    return this.#open.size > 0;
  }

  /** Undefined where it has one entry, and always had. */
  open(connId: number): Carrier | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(connId);
  }

  /** Takes note of a connection that has more than one entry, or lives otherwise than its only one. */
  admit(connection: ConnectionLife): Carrier {
    const carrier = new Carrier(lifeOf(connection), this.repeats);
    this.#open.set(connection.connId, carrier);
    return carrier;
  }

  /** Takes over the connections that are open. @param number the last snapshot. */
  restore(connections: ReadonlySet<ConnectionLife>, number: number): void {
    this.openCount = connections.size;
    const entriesOf = this.#entriesOfSeveral();
    for (const connection of connections) {
      if (connection.entryCount < 2) continue;
      const rows = entriesOf.get(connection.connId) ?? [];
      this.admit(connection).restore(entriesWithin(rows, connection, number), number);
    }
  }

  /** Takes note of what a snapshot did to connections. */
  follow({ runStarted, closedConnections, ...changes }: Changes): void {
    const { openedConnections, resumedConnections } = changes;
    this.openCount += openedConnections.length + resumedConnections.length;
    this.openCount -= closedConnections.length;
    if (this.#open.size > 0) {
      for (const { connId, closedByEvent } of closedConnections) {
        const carrier = this.#open.get(connId);
        if (carrier === undefined) continue;
        this.#open.delete(connId);
        if (!closedByEvent) this.#past.add(connId, 0, carrier);
      }
    }
    // Ids mean nothing beyond a run.
    if (runStarted) this.#past.clear();
    for (const { connId, firstSnapshot } of resumedConnections) {
      const known = this.#past.take(connId, 0);
      if (known?.life.firstSnapshot === firstSnapshot) this.#open.set(connId, known);
    }
  }

  /**
   * Takes note of a connection that is back, and of which nobody knew that it has several entries.
   * @returns those that it had.
   */
  admitReturned(connection: ConnectionLife): readonly CarriedEntry[] {
    const { run, connId, lastSnapshot, lastSeen } = connection;
    const rows = this.#db
      .prepare<[number, number], EntryOfConnection>(`${ENDED} AND conn_id = ?`)
      .all(run, connId);
    const carrier = this.admit(connection);
    const entries = entriesWithin(rows, connection, lastSnapshot);
    carrier.restore(entries, lastSnapshot);
    carrier.leftWith(lastSeen);
    for (const { last, read, written } of rows) {
      if (last === lastSnapshot) carrier.keepTotals(read, written);
    }
    return entries;
  }

  /** The entries of open connections that several entries are, or were, of. */
  #entriesOfSeveral(): Map<number, EntryOfConnection[]> {
    const run = this.#db.prepare('SELECT max(id) FROM run').pluck().get() as number;
    const rows = this.#db
      .prepare<[number], EntryOfConnection>(
        `SELECT conn_id AS connId, circ_id AS circId, first_snapshot AS first,
           NULL AS last, 0 AS read, 0 AS written
         FROM open_entry WHERE conn_id IN (SELECT conn_id FROM open_connection)
         UNION ALL ${ENDED} AND NOT alone AND conn_id IN (SELECT conn_id FROM open_connection)`,
      )
      .iterate(run);
    const byConnId = new Map<number, EntryOfConnection[]>();
    for (const row of rows) {
      const known = byConnId.get(row.connId);
      if (known === undefined) byConnId.set(row.connId, [row]);
      else known.push(row);
    }
    return byConnId;
  }
}

function lifeOf({ run, connId, openedAt, openingKnown, firstSnapshot }: ConnectionLife) {
  return { run, connId, openedAt, openedKnown: openingKnown !== 'unknown', firstSnapshot };
}

/** Those that stood on a connection of their CONN_ID. @param number the last snapshot. */
function entriesWithin(
  rows: readonly EntryOfConnection[],
  { firstSnapshot }: ConnectionLife,
  number: number,
): CarriedEntry[] {
  return rows
    .map(({ circId, first, last }) => ({ circId, first, last: last ?? number }))
    .filter(({ last, first }) => last >= firstSnapshot && first <= number);
}
