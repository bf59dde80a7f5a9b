/**
 * What the report of circuits says of one.
 * Owns the shape of it, and how it is written where it waits in a file; making it is circuits.ts's.
 */
import { ENDS, type End } from '../listing/life.ts';
import { SHAPES, type Shape } from '../listing/shape.ts';
import type { ByteReader, ByteWriter } from '../recording/bytes.ts';
import { readNear, writeNear } from '../recording/index/packedLives.ts';
import type { Packing } from '../recording/queues.ts';

/** The life of a circuit, from its entries'. Times are milliseconds since the epoch. */
export interface CircuitLife {
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Null while it is open. */
  readonly closedBy: number | null;
  readonly end: End;
}

export interface Circuit extends CircuitLife {
  readonly run: number;
  readonly circId: number;
  readonly shape: Shape;
  readonly inbound: number;
  readonly outbound: number;
  /** Null where they cannot be separated from those of another circuit. */
  readonly bytes: readonly [read: bigint, written: bigint] | null;
}

export const CIRCUIT_PACKING: Packing<Circuit> = {
  write(circuit, into) {
    const { firstSeen, closedBy, bytes } = circuit;
    into.uint(circuit.run);
    into.uint(circuit.circId);
    into.uint(SHAPES.indexOf(circuit.shape));
    into.uint(ENDS.indexOf(circuit.end));
    into.uint(circuit.openedKnown ? 1 : 0);
    writeNear(into, firstSeen, 0);
    writeNear(into, circuit.openedAt, firstSeen);
    writeNear(into, circuit.lastSeen, firstSeen);
    into.uint(closedBy === null ? 0 : 1);
    if (closedBy !== null) writeNear(into, closedBy, circuit.lastSeen);
    into.uint(circuit.inbound);
    into.uint(circuit.outbound);
    into.uint(bytes === null ? 0 : 1);
    for (const sum of bytes ?? []) writeSum(into, sum);
  },
  read(from) {
    const run = from.uint();
    const circId = from.uint();
    const shape = SHAPES[from.uint()]!;
    const end = ENDS[from.uint()]!;
    const openedKnown = from.uint() === 1;
    const firstSeen = readNear(from, 0);
    const openedAt = readNear(from, firstSeen);
    const lastSeen = readNear(from, firstSeen);
    const closedBy = from.uint() === 0 ? null : readNear(from, lastSeen);
    const inbound = from.uint();
    const outbound = from.uint();
    const bytes = from.uint() === 0 ? null : ([readSum(from), readSum(from)] as const);
    const life = { openedAt, openedKnown, firstSeen, lastSeen, closedBy, end };
    return { run, circId, shape, ...life, inbound, outbound, bytes };
  },
};

const HALF = 2n ** 48n;

/** Several counters come to more than 2^53. */
function writeSum(into: ByteWriter, sum: bigint): void {
  into.uint(Number(sum / HALF));
  into.uint(Number(sum % HALF));
}

function readSum(from: ByteReader): bigint {
  return BigInt(from.uint()) * HALF + BigInt(from.uint());
}
