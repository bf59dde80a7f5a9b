/**
 * The index of lives: which entries and connections are open, and which ended, in tables.
 * Owns writing them, in proportion to what a snapshot changed. Reading them is the queries'.
 *
 * Most connections have one entry, and live and end with it: such an entry "stands for" its
 * connection (`alone` = 1). A connection gets a row of its own as soon as that is no longer so.
 */
import type { Changes, ConnectionLife, EntryLife, Life, OpeningKnown } from '../../listing/life.ts';
import type { PeerBook } from '../peers.ts';
import type { Sqlite } from '../sqlite.ts';

/** How an opening is known, as it is stored: by its place. */
export const OPENINGS: readonly OpeningKnown[] = ['unknown', 'uptime', 'event'];

export class LifeIndex {
  readonly #book: PeerBook;
  readonly #sql: ReturnType<typeof statements>;
  /** The entry that stands for a connection. */
  readonly #standIns = new WeakMap<ConnectionLife, EntryLife>();
  /** The connection that an entry stands for. */
  readonly #stoodFor = new WeakMap<EntryLife, ConnectionLife>();
  /** Connections with a row of their own. */
  readonly #ownRow = new WeakSet<ConnectionLife>();
  /** Rows of ended lives, in case the end is taken back. */
  readonly #endedRow = new WeakMap<Life, number>();

  /** @param db a recording opened for writing; the caller holds the transaction. */
  constructor(db: Sqlite, book: PeerBook) {
    this.#book = book;
    this.#sql = statements(db);
  }

  /** Takes note of a life that is stored already. */
  restoreEntry(entry: EntryLife, alone: boolean, endedRow?: number): void {
    if (alone) this.#standIn(entry, entry.connection);
    if (endedRow !== undefined) this.#endedRow.set(entry, endedRow);
  }

  restoreConnection(connection: ConnectionLife, endedRow?: number): void {
    this.#ownRow.add(connection);
    if (endedRow !== undefined) this.#endedRow.set(connection, endedRow);
  }

  write(changes: Changes): void {
    for (const entry of changes.closed) this.#close(entry);
    for (const connection of changes.closedConnections) this.#closeConnection(connection);
    for (const connection of changes.resumedConnections) this.#resumeConnection(connection);
    for (const entry of changes.resumed) this.#resume(entry, changes.snapshot);
    for (const entry of changes.opened) this.#open(entry);
    for (const connection of changes.openedConnections) {
      if (!this.#standIns.has(connection)) this.#giveRow(connection);
    }
    for (const { entry, before } of changes.relabelled) {
      const { connId, circId, flags } = entry.label;
      this.#sql.relabel.run(...this.#labelColumns(entry), connId, circId);
      if (before.flags !== flags) {
        this.#sql.reflagged.run(changes.snapshot, connId, circId, before.flags);
      }
    }
    for (const { life, label } of changes.passed) {
      const { connId, orId, flags } = label;
      const [snapshot, closedMs, reason] = endColumns(life);
      this.#sql.passed.run(
        life.run,
        connId,
        orId,
        flags,
        life.openedAt,
        closedMs,
        reason,
        snapshot,
      );
    }
  }

  #open(entry: EntryLife): void {
    const { connection } = entry;
    const alone =
      !this.#ownRow.has(connection) &&
      connection.entryCount === 1 &&
      connection.firstSnapshot === entry.firstSnapshot &&
      connection.openedAt === entry.openedAt;
    if (alone) this.#standIn(entry, connection);
    else this.#giveRow(connection);
    this.#insertOpen(entry, alone);
  }

  #close(entry: EntryLife): void {
    const { connection } = entry;
    if (this.#stoodFor.has(entry) && connection.closedBy !== entry.closedBy) {
      this.#giveRow(connection);
    }
    const { connId, circId } = entry.label;
    this.#sql.deleteOpen.run(connId, circId);
    const row = this.#sql.ended.run(
      entry.run,
      connId,
      circId,
      ...this.#labelColumns(entry),
      ...openingColumns(entry),
      ...endColumns(entry),
      entry.read,
      entry.written,
      entry.uptime,
      this.#stoodFor.has(entry) ? 1 : 0,
    );
    this.#endedRow.set(entry, Number(row.lastInsertRowid));
  }

  #closeConnection(connection: ConnectionLife): void {
    const standIn = this.#standIns.get(connection);
    if (standIn?.end === 'open') this.#giveRow(connection);
    else if (standIn === undefined) {
      this.#sql.deleteOpenConnection.run(connection.connId);
      this.#insertEndedConnection(connection);
    }
  }

  #resumeConnection(connection: ConnectionLife): void {
    const row = this.#endedRow.get(connection);
    if (row !== undefined) {
      this.#sql.deleteEndedConnection.run(row);
      this.#endedRow.delete(connection);
      this.#insertOpenConnection(connection);
    } else {
      this.#giveRow(connection);
    }
  }

  #resume(entry: EntryLife, snapshot: number): void {
    const stoodFor = this.#stoodFor.get(entry);
    if (stoodFor !== undefined) this.#giveRow(stoodFor);
    this.#giveRow(entry.connection);
    this.#sql.deleteEnded.run(this.#endedRow.get(entry)!);
    this.#endedRow.delete(entry);
    this.#insertOpen(entry, false);
    const { connId, circId } = entry.label;
    this.#sql.absent.run(connId, circId, entry.lastSnapshot + 1, snapshot - 1);
  }

  #standIn(entry: EntryLife, connection: ConnectionLife): void {
    this.#standIns.set(connection, entry);
    this.#stoodFor.set(entry, connection);
  }

  /** Gives a connection a row of its own, whatever its state; nothing where it has one. */
  #giveRow(connection: ConnectionLife): void {
    if (this.#ownRow.has(connection)) return;
    const standIn = this.#standIns.get(connection);
    if (standIn !== undefined) {
      this.#standIns.delete(connection);
      this.#stoodFor.delete(standIn);
      const endedRow = this.#endedRow.get(standIn);
      const { connId, circId } = standIn.label;
      if (endedRow !== undefined) this.#sql.notAloneEnded.run(endedRow);
      else this.#sql.notAloneOpen.run(connId, circId);
    }
    this.#ownRow.add(connection);
    if (connection.end === 'open') this.#insertOpenConnection(connection);
    else this.#insertEndedConnection(connection);
  }

  #insertOpen(entry: EntryLife, alone: boolean): void {
    const { connId, circId } = entry.label;
    this.#sql.open.run(
      entry.run,
      connId,
      circId,
      ...this.#labelColumns(entry),
      ...openingColumns(entry),
      alone ? 1 : 0,
    );
  }

  #insertOpenConnection(connection: ConnectionLife): void {
    this.#sql.openConnection.run(connection.run, connection.connId, ...openingColumns(connection));
  }

  #insertEndedConnection(connection: ConnectionLife): void {
    const row = this.#sql.endedConnection.run(
      connection.run,
      connection.connId,
      ...openingColumns(connection),
      ...endColumns(connection),
      connection.uptime,
    );
    this.#endedRow.set(connection, Number(row.lastInsertRowid));
  }

  /** peer, port, l_port, type_flags, extra. */
  #labelColumns(entry: EntryLife) {
    const { orId, ip, port, lPort, flags, extra } = entry.label;
    const peer = this.#book.numberOf(orId, ip);
    return [peer, port, lPort, flags, extra === '' ? null : extra] as const;
  }
}

/** age_ms, opening, first_snapshot. */
function openingColumns(life: Life) {
  return [
    life.firstSeen - life.openedAt,
    OPENINGS.indexOf(life.openingKnown),
    life.firstSnapshot,
  ] as const;
}

/** last_snapshot, closed_ms, reason. */
function endColumns(life: Life) {
  return [
    life.lastSnapshot,
    life.closedByEvent ? life.closedBy! : null,
    life.reason === '' ? null : life.reason,
  ] as const;
}

function statements(db: Sqlite) {
  const label = 'peer, port, l_port, type_flags, extra';
  const opening = 'age_ms, opening, first_snapshot';
  const end = 'last_snapshot, closed_ms, reason';
  const insert = (table: string, columns: string) => {
    const values = columns.replace(/\w+/g, '?');
    return db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${values})`);
  };
  return {
    open: insert('open_entry', `run, conn_id, circ_id, ${label}, ${opening}, alone`),
    ended: insert(
      'ended_entry',
      `run, conn_id, circ_id, ${label}, ${opening}, ${end}, read, written, uptime, alone`,
    ),
    openConnection: insert('open_connection', `run, conn_id, ${opening}`),
    endedConnection: insert('ended_connection', `run, conn_id, ${opening}, ${end}, uptime`),
    passed: insert(
      'passed_connection',
      'run, conn_id, or_id, type_flags, opened_ms, closed_ms, reason, snapshot',
    ),
    reflagged: insert('reflagged', 'snapshot, conn_id, circ_id, type_flags'),
    absent: insert('absent', 'conn_id, circ_id, from_snapshot, to_snapshot'),
    relabel: db.prepare(
      `UPDATE open_entry SET peer = ?, port = ?, l_port = ?, type_flags = ?, extra = ?
       WHERE conn_id = ? AND circ_id = ?`,
    ),
    notAloneOpen: db.prepare('UPDATE open_entry SET alone = 0 WHERE conn_id = ? AND circ_id = ?'),
    notAloneEnded: db.prepare('UPDATE ended_entry SET alone = 0 WHERE id = ?'),
    deleteOpen: db.prepare('DELETE FROM open_entry WHERE conn_id = ? AND circ_id = ?'),
    deleteEnded: db.prepare('DELETE FROM ended_entry WHERE id = ?'),
    deleteOpenConnection: db.prepare('DELETE FROM open_connection WHERE conn_id = ?'),
    deleteEndedConnection: db.prepare('DELETE FROM ended_connection WHERE id = ?'),
  };
}
