/**
 * The circuits of others that pass through, from `CELL_STATS`: on testing networks only.
 * Owns their CIRC_ID and when they are there; what is a circuit's of a connection's bytes, lane.ts
 * says.
 *
 * Tor knows such a circuit by the channel that it came by and its 32-bit number there. Its CIRC_ID
 * is channel × 2^32 + number: 2^32 or more, since channels are counted from 1, and the same for
 * every recorder. Circuits of Tor's own are below.
 *
 * `InboundRemoved` is what was sent towards the client, on the inbound connection, `OutboundRemoved`
 * what was sent away from it, on the outbound one. What came in is not reported. It is taken to be what
 * was sent on, as far as the connection received that much: a relay neither makes nor eats cells.
 * At the last hop nothing is sent on; what came in stays with the connection's line of CIRC_ID 0.
 *
 * Nothing reports a circuit's end. It drops from the listing when one of its connections ends, when a
 * dump says that a channel of it carries none, or when no cell crossed it for ten minutes.
 */
import type { Channels } from './channels.ts';
import type { Connection } from './connection.ts';
import type { Dump } from './dump.ts';
import { CELL_BYTES, type CellQueue, type CellStatsEvent } from './events.ts';
import { type CircuitLine, Lane } from './lane.ts';

const NUMBERS = 2 ** 32;

/** The last channel whose circuits have a CIRC_ID below 2^53: more than a process ever has. */
const MAX_CHANNEL = 2 ** 21 - 1;

/** Several times what a testing network's relay carries. */
const MAX_CIRCUITS = 1 << 16;

/** After this long Tor gives a circuit no new stream (MaxCircuitDirtiness). */
const IDLE_MS = 600_000;

interface Hop {
  readonly channel: number;
  readonly queue: number;
  readonly lane: Lane;
}

interface Transit {
  readonly id: number;
  readonly openedAt: number;
  readonly ageKnown: boolean;
  readonly inbound: Hop;
  outbound: Hop | undefined;
  lastAt: number;
  /** Whether cells crossed it since the last poll. */
  moved: boolean;
}

export class TransitCircuits {
  readonly #channels: Channels;
  /** Those that cells crossed last, last. */
  readonly #circuits = new Map<number, Transit>();
  readonly #exits = new WeakMap<Connection, Lane>();
  /** Whether there was a poll since the subscription: before it, events are of what was long ago. */
  #polled = false;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  /** The next events will be of what went on while nobody listened. */
  resume(): void {
    this.#polled = false;
  }

  /** @param at when it came, milliseconds since the epoch. */
  onCellStats(inbound: CellQueue, event: CellStatsEvent, at: number): void {
    const id = inbound.channel * NUMBERS + inbound.queue;
    if (inbound.channel > MAX_CHANNEL || inbound.queue >= NUMBERS) return;
    const circuit = this.#circuits.get(id) ?? {
      id,
      openedAt: at,
      ageKnown: event.created && this.#polled,
      inbound: hopOf(inbound),
      outbound: undefined,
      lastAt: at,
      moved: true,
    };
    circuit.lastAt = at;
    circuit.moved = true;
    this.#circuits.delete(id);
    this.#circuits.set(id, circuit);
    for (const longest of this.#circuits.keys()) {
      if (this.#circuits.size <= MAX_CIRCUITS) break;
      this.#circuits.delete(longest);
    }
    const { outbound } = event;
    if (outbound !== undefined && !isAt(circuit.outbound, outbound)) {
      circuit.outbound = hopOf(outbound);
    }
    const back = inbound.removed * CELL_BYTES;
    const forth = (outbound?.removed ?? 0) * CELL_BYTES;
    circuit.inbound.lane.expect(forth, back);
    circuit.outbound?.lane.expect(back, forth);
  }

  /** Forgets the circuits of channels that carry none. */
  learn(dump: Dump): void {
    const carrying = new Set<number>();
    for (const { channel, circuits } of dump.channels) if (circuits > 0) carrying.add(channel);
    for (const { id, inbound, outbound, lastAt } of this.#circuits.values()) {
      if (lastAt >= dump.at) continue;
      if (!carrying.has(inbound.channel) || (outbound && !carrying.has(outbound.channel))) {
        this.#circuits.delete(id);
      }
    }
  }

  /** Whether cells crossed a channel since the last poll that no dump listed. */
  get needDump(): boolean {
    for (const { moved, inbound, outbound } of this.#circuits.values()) {
      if (!moved) continue;
      if (!this.#channels.knows(inbound.channel)) return true;
      if (outbound !== undefined && !this.#channels.knows(outbound.channel)) return true;
    }
    return false;
  }

  /**
   * The lines of the circuits that there are now: one for each connection, one at a last hop. A
   * circuit has none unless all its connections are known, since half of it would look like another
   * kind of circuit; `unplaced` counts those that cells crossed since the last poll. Exit
   * connections are their circuit's with all their bytes.
   */
  lines(open: readonly Connection[], at: number): { lines: CircuitLine[]; unplaced: number } {
    const lines: CircuitLine[] = [];
    let unplaced = 0;
    this.#polled = true;
    for (const circuit of this.#circuits.values()) {
      const { moved, inbound, outbound } = circuit;
      circuit.moved = false;
      const near = this.#open(inbound);
      const far = outbound === undefined ? undefined : this.#open(outbound);
      if (near === undefined || (outbound !== undefined && far === undefined)) {
        inbound.lane.forgo();
        outbound?.lane.forgo();
        if (moved) unplaced++;
      } else if (at - circuit.lastAt <= IDLE_MS) {
        lines.push(lineOf(circuit, inbound, near, true));
        if (outbound !== undefined && far !== undefined) {
          lines.push(lineOf(circuit, outbound, far, false));
        }
      }
    }
    return { lines: [...lines, ...this.#exitLines(lines, open)], unplaced };
  }

  /** The number of a circuit is its channel's: where two circuits have it, nothing is said. */
  #exitLines(circuits: readonly CircuitLine[], open: readonly Connection[]): CircuitLine[] {
    const exits = open.filter(({ exitCircuit }) => exitCircuit !== undefined);
    if (exits.length === 0) return [];
    const byNumber = new Map<number, CircuitLine | undefined>();
    for (const circuit of circuits) {
      const number = circuit.circId % NUMBERS;
      if (circuit.inbound) byNumber.set(number, byNumber.has(number) ? undefined : circuit);
    }
    return exits.flatMap((connection) => {
      const circuit = byNumber.get(connection.exitCircuit!);
      return circuit === undefined ? [] : [this.#exitLine(circuit, connection)];
    });
  }

  #exitLine(circuit: CircuitLine, connection: Connection): CircuitLine {
    const lane = this.#exits.get(connection) ?? new Lane();
    this.#exits.set(connection, lane);
    const { own, shared } = connection;
    lane.expect(
      connection.read - own.read - shared.read,
      connection.written - own.written - shared.written,
    );
    return { ...circuit, connection, lane, inbound: false };
  }

  #open({ channel }: Hop): Connection | undefined {
    const connection = this.#channels.connectionOf(channel);
    return connection?.ending === undefined ? connection : undefined;
  }
}

function hopOf({ channel, queue }: CellQueue): Hop {
  return { channel, queue, lane: new Lane() };
}

function isAt(hop: Hop | undefined, { channel, queue }: CellQueue): boolean {
  return hop?.channel === channel && hop.queue === queue;
}

function lineOf(
  circuit: Transit,
  { lane }: Hop,
  connection: Connection,
  inbound: boolean,
): CircuitLine {
  const { id, openedAt, ageKnown } = circuit;
  return { connection, lane, circId: id, inbound, usage: 'R', openedAt, ageKnown };
}
