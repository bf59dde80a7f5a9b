/**
 * The connections of a relay that never was: who they are and how many bytes they move.
 * Owns the distributions; when connections begin and end is workload.ts's.
 */
import type { LogNormal, Random } from './random.ts';

/** Bytes a second while it is active, each way: median 148, mean 3,400. */
const RATE: LogNormal = { mean: 5, deviation: 2.5 };

/**
 * A connection is active in 5 to 55 % of the polls. The cube favours the idle end, so that 15 % of
 * all connections change between two polls.
 */
const activityFrom = (draw: number) => 0.05 + 0.5 * draw ** 3;

/** A cell of link protocol 4 (tor-spec, section 3). */
export const CELL = 514;

/** The link's own negotiation moves 3 to 7 cells each way before any circuit does. */
const LEAST_OPENING_CELLS = 3;
const OPENING_CELL_CHOICES = 5;

/** The consensus has about so many relays. */
const RELAYS = 8000;

const RELAY_SHARE = 0.6;
const OUTBOUND_SHARE = 0.5;
const CIRCUIT_SHARE = 0.5;

const OR_PORT = 9001;

/** Linux's ephemeral ports, 32768 to 60999. */
const FIRST_EPHEMERAL_PORT = 32_768;
const EPHEMERAL_PORTS = 28_232;

/** A process that has been up for some weeks has counted so many connections. */
const CONNECTIONS_BEFORE = 10_000_000;

export interface Connection {
  readonly connId: number;
  /** CONN_ID to TYPE_FLAGS: the line up to its counters. */
  readonly label: string;
  /** Milliseconds since the epoch. */
  readonly bornAt: number;
  /** The share of the polls in which it moves something. */
  readonly activity: number;
  /** Bytes a second while active. */
  readonly readRate: number;
  readonly writeRate: number;
  read: number;
  written: number;
}

/** How the connections opened so far are divided, as shares of all. */
export interface Shares {
  readonly outboundShare: number;
  readonly relayShare: number;
  readonly circuitShare: number;
}

/** Opens connections, one id after the other, and pairs them to circuits. */
export class ConnectionFactory {
  readonly #random: Random;
  readonly #relays: readonly { readonly orId: string; readonly ip: string }[];
  /** For each direction the circuit that still wants a connection in it. */
  readonly #wanting: Record<'I' | 'O', number | undefined> = { I: undefined, O: undefined };
  #opened = 0;
  #outbound = 0;
  #toRelays = 0;
  #onCircuits = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#relays = Array.from({ length: RELAYS }, (_, index) => ({
      orId: Array.from({ length: 5 }, () => random.word().toString(16).padStart(8, '0'))
        .join('')
        .toUpperCase(),
      ip: addressOf(index),
    }));
  }

  open(bornAt: number): Connection {
    const random = this.#random;
    const direction = random.next() < OUTBOUND_SHARE ? 'O' : 'I';
    const circId = random.next() < CIRCUIT_SHARE ? this.#circuit(direction) : 0;
    this.#opened++;
    if (direction === 'O') this.#outbound++;
    if (circId !== 0) this.#onCircuits++;
    const connId = CONNECTIONS_BEFORE + this.#opened;
    return {
      connId,
      label: `${connId} ${circId} ${this.#peer(direction)}`,
      ...countersFrom(bornAt, random),
    };
  }

  shares(): Shares {
    return {
      outboundShare: this.#outbound / this.#opened,
      relayShare: this.#toRelays / this.#opened,
      circuitShare: this.#onCircuits / this.#opened,
    };
  }

  /** The circuit that waits for this direction, or a new one, which then waits for the other. */
  #circuit(direction: 'I' | 'O'): number {
    const waiting = this.#wanting[direction];
    this.#wanting[direction] = undefined;
    if (waiting !== undefined) return waiting;
    const circId = this.#random.word() || 1;
    this.#wanting[direction === 'I' ? 'O' : 'I'] = circId;
    return circId;
  }

  /** OR_ID to TYPE_FLAGS. */
  #peer(direction: 'I' | 'O'): string {
    const random = this.#random;
    if (random.next() >= RELAY_SHARE) return `0 0 0 0 ${direction}Rt`;
    this.#toRelays++;
    const { orId, ip } = this.#relays[random.below(RELAYS)]!;
    const ephemeral = FIRST_EPHEMERAL_PORT + random.below(EPHEMERAL_PORTS);
    const ports = direction === 'O' ? `${OR_PORT} ${ephemeral}` : `${ephemeral} ${OR_PORT}`;
    return `${orId} ${ip} ${ports} ${direction}RT`;
  }
}

/** Those of a connection, or of a circuit on one, that is born then. */
export function countersFrom(bornAt: number, random: Random): Counters {
  return {
    bornAt,
    activity: activityFrom(random.next()),
    readRate: random.logNormal(RATE),
    writeRate: random.logNormal(RATE),
    read: (LEAST_OPENING_CELLS + random.below(OPENING_CELL_CHOICES)) * CELL,
    written: (LEAST_OPENING_CELLS + random.below(OPENING_CELL_CHOICES)) * CELL,
  };
}

/** What grows while a connection, or a circuit on one, is active. */
export type Counters = Pick<
  Connection,
  'bornAt' | 'activity' | 'readRate' | 'writeRate' | 'read' | 'written'
>;

/**
 * Lets a connection move bytes through an interval in which it may be active.
 * @param interval seconds.
 * @param cell what it moves are multiples of so many bytes.
 * @returns whether it moved any.
 */
export function liveThrough(
  connection: Counters,
  interval: number,
  random: Random,
  cell: number,
): boolean {
  if (random.next() >= connection.activity) return false;
  // Half as much to half as much again: no two intervals are alike.
  const seconds = () => interval * (0.5 + random.next());
  return move(connection, seconds(), seconds(), cell);
}

/** Gives a connection what it moved before the recording began. */
export function liveUntil(connection: Counters, at: number, cell: number): void {
  const active = ((at - connection.bornAt) / 1000) * connection.activity;
  move(connection, active, active, cell);
}

function move(
  connection: Counters,
  readSeconds: number,
  writeSeconds: number,
  cell: number,
): boolean {
  const read = Math.floor((connection.readRate * readSeconds) / cell) * cell;
  const written = Math.floor((connection.writeRate * writeSeconds) / cell) * cell;
  connection.read += read;
  connection.written += written;
  return read + written > 0;
}

/** Of the network 198.18.0.0/15, which is set aside for benchmarks (RFC 2544): nobody's. */
function addressOf(index: number): string {
  // An odd factor spreads the 8,000 over the network's 2^17 addresses without a collision.
  const host = (index * 40_503) % 2 ** 17;
  return `198.${18 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`;
}
