/**
 * Which lines are one entry, which are one connection, and how each began and ended.
 * Owns docs/reference.md, Entries and connections, its events too; rows are made of them in
 * connections.ts, circuits.ts and churn.ts.
 */
import type { Line, Snapshot, Tape, Told } from './model.ts';

export type End = 'open' | 'closed' | 'run-ended';

/** A connection's UPTIME, the greatest of its lines, in one snapshot. */
interface ConnectionSighting {
  readonly snapshot: Snapshot;
  readonly uptime: number;
}

/** An entry's line in one snapshot, and the connection it stood on. */
export interface Sighting {
  readonly snapshot: Snapshot;
  readonly line: Line;
  readonly connection: Connection;
}

interface Life<Seen> {
  readonly run: number;
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
  readonly openedKnown: boolean;
  /** In time order; none for a connection that only events told of. */
  readonly sightings: Seen[];
  /** What an event, or for a connection never seen the poll without it, said of the end. */
  closing: Closing | null;
}

interface Closing {
  readonly at: number;
  readonly end: 'closed' | 'run-ended';
  readonly reason: string;
  readonly told: boolean;
}

export interface Connection extends Life<ConnectionSighting> {
  readonly connId: number;
  /** The event that told of its opening. */
  readonly opening: Told | null;
}

export interface Entry extends Life<Sighting> {
  readonly connId: number;
  readonly circId: number;
}

/** When a life was seen and when it ended, milliseconds since the epoch. */
export interface Span {
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Null while it is open. */
  readonly closedBy: number | null;
  readonly end: End;
  readonly reason: string;
}

export interface Lives {
  /** In the order in which they began. */
  readonly connections: readonly Connection[];
  /** In the order of first appearance: by snapshot, then by place in the listing. */
  readonly entries: readonly Entry[];
}

/**
 * UPTIME is in whole seconds, so a line may seem born this much later than it was. It is counted to
 * the moment of the listing, which is anywhere between a poll's start and its end.
 */
const BIRTH_SLACK_MS = 1000;

/** Every connection and every entry of a tape. */
export function livesOf(tape: Tape): Lives {
  const connections: Connection[] = [];
  const entries: Entry[] = [];
  for (const snapshot of tape.snapshots) {
    for (const event of snapshot.events) apply(event, snapshot, connections, entries);
    const held = new Map<number, Connection>();
    for (const connId of new Set(snapshot.lines.map((line) => line.connId))) {
      held.set(connId, seeConnection(connId, snapshot, connections));
    }
    for (const line of snapshot.lines) {
      seeEntry(line, snapshot, held.get(line.connId)!, connections, entries);
    }
    for (const connection of connections) {
      if (connection.sightings.length > 0 || connection.closing !== null) continue;
      const end = connection.run === snapshot.run ? 'closed' : 'run-ended';
      connection.closing = { at: snapshot.at, end, reason: '', told: false };
    }
  }
  return { connections, entries };
}

function apply(
  event: Told,
  snapshot: Snapshot,
  connections: Connection[],
  entries: readonly Entry[],
): void {
  // What happened before the new process started happened in the old run.
  const old = snapshot.processStart !== null && event.at < snapshot.processStart;
  const run = old ? snapshot.run - 1 : snapshot.run;
  const open = connections.find(
    (connection) =>
      connection.run === run &&
      connection.connId === event.connId &&
      connection.closing === null &&
      (connection.sightings.length === 0 || wasInSnapshotBefore(connection, snapshot)),
  );
  if (event.what === 'opened') {
    if (open !== undefined) return;
    connections.push({
      run,
      connId: event.connId,
      openedAt: event.at,
      openedKnown: true,
      sightings: [],
      closing: null,
      opening: event,
    });
  } else if (open !== undefined) {
    const closing: Closing = { at: event.at, end: 'closed', reason: event.reason, told: true };
    open.closing = closing;
    for (const entry of entries) {
      const last = entry.sightings.at(-1)!;
      if (last.connection === open && wasInSnapshotBefore(entry, snapshot)) {
        entry.closing = closing;
      }
    }
  }
}

function wasInSnapshotBefore(
  life: Life<{ readonly snapshot: Snapshot }>,
  snapshot: Snapshot,
): boolean {
  return life.sightings.at(-1)!.snapshot.index === snapshot.index - 1;
}

/** Finds the connection that a snapshot's lines with one CONN_ID belong to, or opens one. */
function seeConnection(connId: number, snapshot: Snapshot, connections: Connection[]): Connection {
  const lines = snapshot.lines.filter((line) => line.connId === connId);
  const uptime = Math.max(...lines.map((line) => line.uptime));
  const sighting = { snapshot, uptime };
  const namesakes = connections.filter(
    (connection) => connection.run === snapshot.run && connection.connId === connId,
  );
  const announced = namesakes.find(
    (connection) => connection.sightings.length === 0 && connection.closing === null,
  );
  const known = announced ?? namesakes.findLast((connection) => connection.sightings.length > 0);
  if (known !== undefined) {
    const last = known.sightings.at(-1);
    const goesOn =
      last === undefined ||
      (!brokenByEvent(known, connections) &&
        uptime >= last.uptime &&
        bornInTime(uptime, snapshot, last.snapshot));
    if (goesOn) {
      known.sightings.push(sighting);
      return known;
    }
  }
  const oldest = lines.find((line) => line.uptime === uptime)!;
  const connection: Connection = {
    run: snapshot.run,
    connId,
    openedAt: snapshot.at - uptime * 1000,
    openedKnown: oldest.ageKnown,
    sightings: [sighting],
    closing: null,
    opening: null,
  };
  connections.push(connection);
  return connection;
}

/** Finds the entry that a line belongs to, or opens one. */
function seeEntry(
  line: Line,
  snapshot: Snapshot,
  connection: Connection,
  connections: readonly Connection[],
  entries: Entry[],
): void {
  const sighting = { snapshot, line, connection };
  const known = entries.findLast(
    (entry) =>
      entry.run === snapshot.run && entry.connId === line.connId && entry.circId === line.circId,
  );
  if (known !== undefined) {
    const last = known.sightings.at(-1)!;
    const goesOn =
      (last.connection === connection || !brokenByEvent(last.connection, connections)) &&
      line.uptime >= last.line.uptime &&
      line.read >= last.line.read &&
      line.written >= last.line.written &&
      bornInTime(line.uptime, snapshot, last.snapshot);
    if (goesOn) {
      known.sightings.push(sighting);
      return;
    }
  }
  entries.push({
    run: snapshot.run,
    connId: line.connId,
    circId: line.circId,
    openedAt: connection.opening?.at ?? snapshot.at - line.uptime * 1000,
    openedKnown: connection.opening !== null || line.ageKnown,
    sightings: [sighting],
    closing: null,
  });
}

function bornInTime(uptime: number, now: Snapshot, last: Snapshot): boolean {
  return now.at - uptime * 1000 <= last.at + last.pollMs + BIRTH_SLACK_MS;
}

/** Whether an event since closed a connection or one after it with its CONN_ID, or opened such. */
function brokenByEvent(connection: Connection, connections: readonly Connection[]): boolean {
  const later = connections
    .slice(connections.indexOf(connection) + 1)
    .filter(({ run, connId }) => run === connection.run && connId === connection.connId);
  return (
    connection.closing !== null ||
    later.some(({ opening, closing }) => opening !== null || closing !== null)
  );
}

/** When a life was seen and how it ended; for one that was never listed by its events. */
export function spanOf(life: Entry | Connection, tape: Tape): Span {
  const { closing } = life;
  const first = life.sightings[0]?.snapshot;
  const last = life.sightings.at(-1)?.snapshot;
  if (first === undefined || last === undefined) {
    const lastSeen = closing!.told ? closing!.at : life.openedAt;
    const { at, end, reason } = closing!;
    return { firstSeen: life.openedAt, lastSeen, closedBy: at, end, reason };
  }
  const seen = { firstSeen: first.at, lastSeen: last.at };
  if (closing !== null) {
    return { ...seen, closedBy: closing.at, end: closing.end, reason: closing.reason };
  }
  const next = tape.snapshots[last.index + 1];
  if (next === undefined) return { ...seen, closedBy: null, end: 'open', reason: '' };
  const end = next.run === life.run ? 'closed' : 'run-ended';
  return { ...seen, closedBy: next.at, end, reason: '' };
}
