/**
 * The index of lives: which entries and connections are open, and which ended, in tables.
 * Owns writing them, in proportion to what a snapshot changed. Reading them is the queries'.
 *
 * Most connections have one entry, and live and end with it: such an entry "stands for" its
 * connection (`alone` = 1). A connection gets a row of its own as soon as that no longer holds.
 * An entry that opened gets its row by `flush`, at the end of a transaction: one that ended before
 * never had one among the open.
 */
import type { Changes, ConnectionLife, EntryLife } from '../../listing/life.ts';
import type { PeerBook } from '../peers.ts';
import type { RowWriter } from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';
import {
  ageOf,
  connectionColumns,
  endColumns,
  latenessOf,
  type OpenRow,
  rowOfEnded,
} from './lifeRows.ts';
import { ownPort, TraitBook } from './traits.ts';

/** An open entry's row, and whether it stands in the table, or will. */
interface Open {
  row: OpenRow;
  extra: string;
  state: 'pending' | 'stored' | 'gone';
}

export class LifeIndex {
  readonly #db: Sqlite;
  readonly #book: PeerBook;
  readonly #rows: RowWriter;
  readonly #traits: TraitBook;
  /** By the slots of open entries. */
  readonly #open: (Open | undefined)[] = [];
  /** Those whose row is to be written, and some that ended meanwhile. */
  #pending: Open[] = [];

  /** @param db a recording opened for writing; the caller holds the transaction. */
  constructor(db: Sqlite, book: PeerBook, rows: RowWriter) {
    this.#db = db;
    this.#book = book;
    this.#rows = rows;
    this.#traits = new TraitBook(db, rows.table('trait'));
  }

  /** Takes note of an open entry that is stored already, and of its slot. */
  restoreOpen(entry: EntryLife, row: OpenRow, alone: boolean): void {
    if (alone) this.#standIn(entry, entry.connection);
    this.#open[entry.slot] = { row, extra: entry.label.extra, state: 'stored' };
  }

  /** Writes the rows of open entries again that say what only came to be known of them later. */
  settle(entries: readonly EntryLife[]): void {
    for (const entry of entries) {
      const row = this.#rowOf(entry);
      if (row.some((value, place) => this.#open[entry.slot]?.row[place] !== value)) {
        this.#rewrite(entry);
      }
    }
  }

  /** Takes note of an entry that ended, and of its row. */
  restoreEnded(entry: EntryLife, alone: boolean, endedRow: number): void {
    if (alone) this.#standIn(entry, entry.connection);
    entry.endedRow = endedRow;
  }

  restoreConnection(connection: ConnectionLife, endedRow = 0): void {
    connection.hasRow = true;
    connection.endedRow = endedRow;
  }

  write(changes: Changes): void {
    for (const entry of changes.closed) this.#close(entry);
    for (const connection of changes.closedConnections) this.#closeConnection(connection);
    for (const connection of changes.resumedConnections) this.#resumeConnection(connection);
    for (const entry of changes.resumed) this.#resume(entry, changes.snapshot);
    for (const entry of changes.opened) this.#begin(entry);
    for (const connection of changes.openedConnections) {
      if (connection.standIn === undefined) this.#giveRow(connection);
    }
    for (const { entry, before } of changes.relabelled) {
      this.#rewrite(entry);
      const { connId, circId, flags } = entry.label;
      if (before.flags !== flags) {
        this.#rows.table('reflagged').insert([changes.snapshot, connId, circId, before.flags]);
      }
    }
    for (const { life, label } of changes.passed) {
      const { connId, orId, flags } = label;
      const [snapshot, closedMs, reason] = endColumns(life);
      this.#rows
        .table('passed_connection')
        .insert([null, life.run, connId, orId, flags, life.openedAt, closedMs, reason, snapshot]);
    }
  }

  /** Writes the rows of open entries that have none yet: at the end of a transaction. */
  flush(): void {
    for (const open of this.#pending) if (open.state === 'pending') this.#store(open);
    this.#pending = [];
  }

  /** Fills the pages of the open entries, which come and go, and gives back what that leaves. */
  compact(): void {
    this.#rows.table('open_entry').writeAgain();
    this.#db.pragma('incremental_vacuum');
  }

  #begin(entry: EntryLife): void {
    const { connection } = entry;
    const alone =
      !connection.hasRow &&
      connection.entryCount === 1 &&
      connection.firstSnapshot === entry.firstSnapshot &&
      connection.openedAt === entry.openedAt;
    if (alone) this.#standIn(entry, connection);
    else this.#giveRow(connection);
    this.#await(entry);
  }

  #await(entry: EntryLife): void {
    const open: Open = { row: this.#rowOf(entry), extra: entry.label.extra, state: 'pending' };
    this.#open[entry.slot] = open;
    this.#pending.push(open);
  }

  #rowOf(entry: EntryLife): OpenRow {
    const { label, firstSnapshot } = entry;
    const { connId, circId, orId, ip } = label;
    const trait = this.#traits.numberOf(entry, label, entry.standsFor !== undefined);
    const peer = this.#book.numberOf(orId, ip);
    return [connId, circId, peer, ownPort(label), trait, ageOf(entry), firstSnapshot];
  }

  #store(open: Open): void {
    this.#rows.table('open_entry').insert(open.row);
    const [connId, circId] = open.row;
    if (open.extra !== '') this.#rows.table('open_detail').insert([connId, circId, open.extra]);
    open.state = 'stored';
  }

  #unstore(open: Open): void {
    if (open.state !== 'stored') return;
    this.#rows.table('open_entry').remove(open.row);
    const [connId, circId] = open.row;
    if (open.extra !== '') this.#rows.table('open_detail').remove([connId, circId, open.extra]);
    open.state = 'gone';
  }

  /** An open entry's row as it is now: its label changed, or it stands for its connection no more. */
  #rewrite(entry: EntryLife): void {
    const open = this.#open[entry.slot];
    if (open === undefined) return;
    const wasStored = open.state === 'stored';
    this.#unstore(open);
    open.row = this.#rowOf(entry);
    open.extra = entry.label.extra;
    if (wasStored) this.#store(open);
  }

  #close(entry: EntryLife): void {
    const { connection } = entry;
    if (entry.standsFor !== undefined && connection.closedBy !== entry.closedBy) {
      this.#giveRow(connection);
    }
    const open = this.#open[entry.slot]!;
    this.#unstore(open);
    open.state = 'gone';
    this.#open[entry.slot] = undefined;
    const { row, extra } = open;
    const late = latenessOf(entry);
    const alone = entry.standsFor !== undefined;
    const trait = late === 0 ? row[4] : this.#traits.numberOf(entry, entry.label, alone, late);
    const number = this.#rows.table('ended_entry').insert(rowOfEnded(entry, row, trait));
    const [, closedMs, reason] = endColumns(entry);
    if (closedMs !== null || reason !== null || extra !== '') {
      const detail = [number, closedMs, reason, extra === '' ? null : extra];
      this.#rows.table('ended_detail').insert(detail);
    }
    entry.endedRow = number;
  }

  #closeConnection(connection: ConnectionLife): void {
    const { standIn } = connection;
    if (standIn?.end === 'open') this.#giveRow(connection);
    else if (standIn === undefined) {
      this.#rows.table('open_connection').removeWhere('conn_id = ?', connection.connId);
      this.#insertEndedConnection(connection);
    }
  }

  #resumeConnection(connection: ConnectionLife): void {
    if (connection.endedRow !== 0) {
      this.#rows.table('ended_connection').removeWhere('id = ?', connection.endedRow);
      connection.endedRow = 0;
      this.#insertOpenConnection(connection);
    } else {
      this.#giveRow(connection);
    }
  }

  #resume(entry: EntryLife, snapshot: number): void {
    if (entry.standsFor !== undefined) this.#giveRow(entry.standsFor);
    this.#giveRow(entry.connection);
    this.#rows.table('ended_entry').removeWhere('id = ?', entry.endedRow);
    this.#rows.table('ended_detail').removeWhere('entry = ?', entry.endedRow);
    entry.endedRow = 0;
    this.#await(entry);
    const { connId, circId } = entry.label;
    this.#rows.table('absent').insert([connId, circId, entry.lastSnapshot + 1, snapshot - 1]);
  }

  #standIn(entry: EntryLife, connection: ConnectionLife): void {
    connection.standIn = entry;
    entry.standsFor = connection;
  }

  /** Gives a connection a row of its own, whatever its state; nothing where it has one. */
  #giveRow(connection: ConnectionLife): void {
    if (connection.hasRow) return;
    const { standIn } = connection;
    if (standIn !== undefined) {
      connection.standIn = undefined;
      standIn.standsFor = undefined;
      const { endedRow } = standIn;
      if (endedRow === 0) {
        this.#rewrite(standIn);
      } else {
        const late = latenessOf(standIn);
        const trait = this.#traits.numberOf(standIn, standIn.label, false, late);
        this.#rows.table('ended_entry').update('trait = ?', [trait], 'id = ?', [endedRow]);
      }
    }
    connection.hasRow = true;
    if (connection.end === 'open') this.#insertOpenConnection(connection);
    else this.#insertEndedConnection(connection);
  }

  #insertOpenConnection(connection: ConnectionLife): void {
    this.#rows.table('open_connection').insert(connectionColumns(connection));
  }

  #insertEndedConnection(connection: ConnectionLife): void {
    const [connId, run, ...opening] = connectionColumns(connection);
    const row = [null, run!, connId!, ...opening, ...endColumns(connection), connection.uptime];
    connection.endedRow = this.#rows.table('ended_connection').insert(row);
  }
}
