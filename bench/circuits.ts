/**
 * A relay whose few connections carry many circuits, as a transcript.
 * Owns the course of the circuits; how bytes move is connections.ts's, the lines are workload.ts's.
 *
 * A circuit is one line with its own bytes and age, on a connection that stays; the connection's line
 * with CIRC_ID 0 has the rest.
 */
import {
  CELL,
  ConnectionFactory,
  type Counters,
  countersFrom,
  liveThrough,
} from './connections.ts';
import { Random } from './random.ts';
import { BEGIN, headerLine, LATENESS_MS, LIFETIME, snapshotLine } from './workload.ts';

export interface CircuitOptions {
  readonly connections: number;
  /** Open at once, at every moment. */
  readonly circuits: number;
  readonly snapshots: number;
  /** Seconds between two polls. */
  readonly interval: number;
  readonly seed: number;
}

/** The connections have stood for a day. */
const AGE_MS = 86_400_000;

interface Line extends Counters {
  readonly connId: number;
  /** CONN_ID to TYPE_FLAGS. */
  readonly label: string;
}

interface Slot {
  circuit: Line;
  endsAt: number;
}

/** The lines of the transcript, each with its line end: the header, then the snapshots. */
export function* circuitWorkload(options: CircuitOptions): Generator<string, void> {
  const random = new Random(options.seed);
  const factory = new ConnectionFactory(random);
  const connections: Line[] = Array.from({ length: options.connections }, () => {
    const connection = factory.open(BEGIN - AGE_MS);
    return { ...connection, label: onCircuit(connection.label, 0) };
  });
  let circuits = 0;
  const open = (bornAt: number): Line => {
    const { connId, label } = connections[random.below(connections.length)]!;
    return { connId, label: onCircuit(label, ++circuits), ...countersFrom(bornAt, random) };
  };
  const slots: Slot[] = Array.from({ length: options.circuits }, () => {
    const lifetime = random.logNormal(LIFETIME) * 1000;
    const bornAt = Math.floor(BEGIN - lifetime * random.next());
    return { circuit: open(bornAt), endsAt: bornAt + lifetime };
  });
  yield headerLine(options.interval, 'entry');
  for (let poll = 0; poll < options.snapshots; poll++) {
    const at = BEGIN + poll * options.interval * 1000 + random.below(LATENESS_MS);
    for (const slot of slots) {
      while (slot.endsAt <= at) {
        slot.circuit = open(Math.floor(slot.endsAt));
        slot.endsAt += random.logNormal(LIFETIME) * 1000;
      }
    }
    const lines = [...connections, ...slots.map(({ circuit }) => circuit)];
    // Tor lists connection by connection.
    lines.sort((a, b) => a.connId - b.connId);
    for (const line of lines) liveThrough(line, options.interval, random, CELL);
    const conn = lines.map((line) => textOf(line, at)).join('\n');
    yield snapshotLine(at, conn, connections.length, poll === 0);
  }
}

function onCircuit(label: string, circId: number): string {
  return label.replace(/^(\d+) \d+/, `$1 ${circId}`);
}

function textOf({ label, read, written, bornAt }: Line, at: number): string {
  return `${label} ${read} ${written} ${Math.floor((at - bornAt) / 1000)}`;
}
