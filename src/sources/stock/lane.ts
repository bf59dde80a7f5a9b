/**
 * A circuit's line on one of its connections, and which of the connection's bytes are its own.
 * Owns the accounts; which circuits there are, ownCircuits.ts and transitCircuits.ts say.
 *
 * The cells that Tor reports and the bytes that the system counts are not of the same moment, and
 * TLS adds to the bytes. So the bytes are what counts: of those that are new since the last poll,
 * each circuit gets what its cells say, as far as it is there, and the connection's line of
 * CIRC_ID 0 the rest. The lines of a connection add up to its totals at every poll.
 */
import type { Label } from '../../listing/label.ts';
import type { Entry } from '../../listing/listing.ts';
import type { Bytes, Connection } from './connection.ts';

/** What a circuit has had of a connection's bytes, and what its cells say is still to come. */
export class Lane {
  readonly bytes: Bytes = { read: 0, written: 0 };
  readonly owed: Bytes = { read: 0, written: 0 };
  /** What the cells since the last poll said. */
  readonly fresh: Bytes = { read: 0, written: 0 };
  #label: Label | undefined;
  #of: Label | undefined;

  expect(read: number, written: number): void {
    this.fresh.read += read;
    this.fresh.written += written;
  }

  /** Nobody knows on which connection it moved them: they are that connection's own now. */
  forgo(): void {
    for (const bytes of [this.fresh, this.owed]) {
      bytes.read = 0;
      bytes.written = 0;
    }
  }

  /** The label of the line: the same object as long as nothing changes. */
  label(line: CircuitLine, ageKnown: boolean): Label {
    const { connection, circId, inbound, usage } = line;
    const of = connection.label();
    const known = this.#label;
    if (this.#of !== of || known?.flags[1] !== usage || known.ageKnown !== ageKnown) {
      this.#label = connection.circuitLabel(circId, inbound, usage, ageKnown);
      this.#of = of;
      return this.#label;
    }
    return known;
  }
}

export interface CircuitLine {
  readonly connection: Connection;
  readonly lane: Lane;
  readonly circId: number;
  /** Whether the client is on this side. */
  readonly inbound: boolean;
  readonly usage: string;
  /** Milliseconds since the epoch; the first sight where `ageKnown` is false. */
  readonly openedAt: number;
  readonly ageKnown: boolean;
}

/** Shares out the new bytes of connections to their circuits' lines and their own. */
export function shareOut(connections: readonly Connection[], lines: readonly CircuitLine[]): void {
  const lanes = new Map<Connection, Lane[]>();
  for (const { connection, lane } of lines) {
    const known = lanes.get(connection);
    if (known === undefined) lanes.set(connection, [lane]);
    else known.push(lane);
  }
  for (const connection of connections) {
    const members = lanes.get(connection) ?? [];
    share(connection, members, 'read');
    share(connection, members, 'written');
  }
}

function share(connection: Connection, lanes: readonly Lane[], way: keyof Bytes): void {
  const { own, shared } = connection;
  const bytes = Math.max(0, connection[way] - own[way] - shared[way]);
  let owed = 0;
  for (const lane of lanes) {
    lane.owed[way] += lane.fresh[way];
    owed += lane.owed[way];
  }
  const part = owed > bytes ? bytes / owed : 1;
  let left = bytes;
  for (const lane of lanes) {
    const share = Math.min(left, Math.floor(lane.owed[way] * part));
    lane.bytes[way] += share;
    left -= share;
    // What is not there yet comes with the next poll; what is not there then never came.
    lane.owed[way] = Math.min(lane.owed[way] - share, lane.fresh[way]);
    lane.fresh[way] = 0;
  }
  shared[way] += bytes - left;
  own[way] += left;
}

/** @param perCircuit whether its bytes are the circuit's, or repeat the connection's. */
export function entryOfCircuit(line: CircuitLine, at: number, perCircuit: boolean): Entry {
  const { connection, lane, openedAt } = line;
  const age = Math.max(0, Math.floor((at - openedAt) / 1000));
  // The greatest UPTIME of a connection's lines is taken for the connection's, and a circuit may
  // have waited for its connection to open.
  const uptime = Math.min(age, connection.uptimeAt(at));
  const ageKnown = line.ageKnown && (connection.ageKnown || age <= uptime);
  const { read, written } = perCircuit ? lane.bytes : connection;
  return { label: lane.label(line, ageKnown), read, written, uptime };
}

/** The line with CIRC_ID 0. */
export function entryOfConnection(connection: Connection, at: number, perCircuit: boolean): Entry {
  const { read, written } = perCircuit ? connection.own : connection;
  return { label: connection.label(), read, written, uptime: connection.uptimeAt(at) };
}
