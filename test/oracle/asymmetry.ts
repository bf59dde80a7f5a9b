/**
 * The rows of `report asymmetry` (docs/reference.md).
 * Owns the deltas, the buckets and the formulas; what an entry and a connection are is lives.ts's,
 * what a circuit is and its shape circuits.ts's.
 *
 * Order: by bucket, run, CIRC_ID, then the circuit's opening.
 */
import { type Circuit, circuitsOf, shapeOf } from './circuits.ts';
import { ALL_TIME, type Window } from './lifetimes.ts';
import { type Connection, type Entry, livesOf, spanOf } from './lives.ts';
import { type Gap, type Line, readTape, type Snapshot } from './model.ts';
import { observed, stepsOf } from './steps.ts';
import type { Cell, Table } from './table.ts';

const COLUMNS: Table['columns'] = [
  ['bucket_start', 'time'],
  ['bucket_end', 'time'],
  ['run', 'integer'],
  ['circ_id', 'integer'],
  ['shape', 'text'],
  ['observed_s', 'decimal'],
  ['read_bytes', 'integer'],
  ['written_bytes', 'integer'],
  ['read_rate', 'decimal'],
  ['written_rate', 'decimal'],
  ['ratio', 'decimal'],
  ['pcr', 'decimal'],
  ['share_of_bytes', 'decimal'],
  ['circuit_opened_at', 'time'],
  ['forward_in', 'integer'],
  ['forward_out', 'integer'],
  ['backward_in', 'integer'],
  ['backward_out', 'integer'],
];

/** What the counters of an entry, or the totals of a connection, said over time. */
interface Counted {
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly counts: readonly Count[];
}

interface Count {
  readonly snapshot: Snapshot;
  /** The first letter of TYPE_FLAGS, of an entry. */
  readonly letter: string;
  readonly read: number;
  readonly written: number;
}

/** What was moved up to a snapshot, since the one that counted it last. */
interface Gain {
  readonly snapshot: Snapshot;
  readonly letter: string;
  readonly read: bigint;
  readonly written: bigint;
}

/**
 * The asymmetry report of a transcript given as its lines; no snapshots in the window, no rows. The
 * first snapshot of the window is the baseline, and its circuits are those of what it saw.
 * @param bucketMs the length of a bucket, a whole number of milliseconds above 0.
 */
export function asymmetryReport(
  transcript: readonly string[],
  bucketMs: number,
  window: Window = ALL_TIME,
): Table {
  const tape = readTape(transcript);
  const { gaps } = tape;
  const { connections, entries } = livesOf(tape);
  const snapshots = tape.snapshots.filter(({ at }) => window.from <= at && at <= window.to);
  const seen = entries.filter((entry) => {
    const { firstSeen, lastSeen } = spanOf(entry, tape);
    return lastSeen >= window.from && firstSeen <= window.to;
  });
  const circuits = circuitsOf(seen, tape).map((members) => ({
    members,
    gains: members.flatMap((entry) => gainsOf(countedOf(entry), snapshots, gaps)),
    isTold: tape.bytes === 'entry' || !isShared(members, entries),
  }));
  circuits.sort((a, b) => inOrder(a.members, b.members));
  // Where lines repeat their connection's totals, whatever carries a circuit counts once.
  const everything =
    tape.bytes === 'entry'
      ? circuits.flatMap(({ gains }) => gains)
      : connections.flatMap((connection) =>
          gainsOf(totalsOf(connection), snapshots, gaps).filter(({ snapshot }) =>
            linesOf(connection, snapshot).some(({ circId }) => circId !== 0),
          ),
        );
  const steps = stepsOf({ snapshots, gaps });
  const rows: Cell[][] = [];
  const [first, last] = [snapshots[0]?.at, snapshots.at(-1)?.at];
  if (first === undefined || last === undefined) return { columns: COLUMNS, rows };
  for (let start = first - (first % bucketMs); start <= last; start += bucketMs) {
    const end = start + bucketMs;
    const isHere = ({ snapshot }: { readonly snapshot: Snapshot }) =>
      snapshots.includes(snapshot) && start <= snapshot.at && snapshot.at < end;
    const observedMs = observed(steps, start, end);
    const total = sumOf(everything.filter(isHere), ['read', 'written']);
    for (const { members, gains, isTold } of circuits) {
      const read = sumOf(gains.filter(isHere), ['read']);
      const written = sumOf(gains.filter(isHere), ['written']);
      if (read + written === 0n) continue;
      const { run, circId } = members[0]!;
      const shape = shapeOf(members.flatMap(({ sightings }) => sightings.filter(isHere)));
      const cells = isTold
        ? formulas(read, written, observedMs, total)
        : new Array<Cell>(7).fill(null);
      const legs = isTold ? legsOf(gains.filter(isHere)) : new Array<Cell>(4).fill(null);
      const openedAt = openingOf(members);
      rows.push([start, end, run, circId, shape, observedMs / 1000, ...cells, openedAt, ...legs]);
    }
  }
  return { columns: COLUMNS, rows };
}

function inOrder(a: Circuit, b: Circuit): number {
  return a[0]!.run - b[0]!.run || a[0]!.circId - b[0]!.circId || openingOf(a) - openingOf(b);
}

function openingOf(circuit: Circuit): number {
  return Math.min(...circuit.map((entry) => entry.openedAt));
}

/** forward_in to backward_out; unknown where something moved on a leg of no known direction. */
function legsOf(gains: readonly Gain[]): Cell[] {
  const moved = gains.filter(({ read, written }) => read + written > 0n);
  if (moved.some(({ letter }) => !'IiOo'.includes(letter))) return [null, null, null, null];
  const inbound = moved.filter(({ letter }) => 'Ii'.includes(letter));
  const outbound = moved.filter(({ letter }) => 'Oo'.includes(letter));
  return [
    sumOf(inbound, ['read']),
    sumOf(outbound, ['written']),
    sumOf(outbound, ['read']),
    sumOf(inbound, ['written']),
  ];
}

/** read_bytes to share_of_bytes of a circuit that moved something. */
function formulas(read: bigint, written: bigint, observedMs: number, total: bigint): Cell[] {
  const rate = (bytes: bigint) => (observedMs === 0 ? null : (Number(bytes) * 1000) / observedMs);
  return [
    read,
    written,
    rate(read),
    rate(written),
    read === 0n ? null : Number(written) / Number(read),
    Number(written - read) / Number(written + read),
    Number(read + written) / Number(total),
  ];
}

function sumOf(gains: readonly Gain[], counters: readonly ('read' | 'written')[]): bigint {
  let sum = 0n;
  for (const gain of gains) for (const counter of counters) sum += gain[counter];
  return sum;
}

function countedOf({ openedAt, openedKnown, sightings }: Entry): Counted {
  const counts = sightings.map(({ snapshot, line: { read, written, flags } }) => {
    return { snapshot, letter: flags[0]!, read, written };
  });
  return { openedAt, openedKnown, counts };
}

/** Of lines that repeat a connection's totals but disagree, the greatest. */
function totalsOf(connection: Connection): Counted {
  const { openedAt, openedKnown, sightings } = connection;
  const counts = sightings.map(({ snapshot }) => {
    const lines = linesOf(connection, snapshot);
    const read = Math.max(...lines.map((line) => line.read));
    const written = Math.max(...lines.map((line) => line.written));
    return { snapshot, letter: '', read, written };
  });
  return { openedAt, openedKnown, counts };
}

function linesOf({ connId }: Connection, snapshot: Snapshot): Line[] {
  return snapshot.lines.filter((line) => line.connId === connId);
}

/**
 * What was moved from one of these snapshots to the next, or since the one that counted it last
 * where some did not. A first value counts where it is known to have been born after the snapshot
 * before; totals that fell begin anew; what crossed a gap belongs nowhere.
 */
function gainsOf(
  { openedAt, openedKnown, counts }: Counted,
  snapshots: readonly Snapshot[],
  gaps: readonly Gap[],
): Gain[] {
  const here = counts.filter(({ snapshot }) => snapshots.includes(snapshot));
  return here.flatMap(({ snapshot, letter, read, written }, place) => {
    const before = snapshots[snapshots.indexOf(snapshot) - 1];
    const last = here[place - 1];
    if (before === undefined) return [];
    if (last === undefined && !(openedKnown && openedAt > before.at)) return [];
    const since = last?.snapshot ?? before;
    if (stepsOf({ snapshots: [since, snapshot], gaps })[0]!.isBlind) return [];
    const rise = (now: number, then: number) => (now > then ? BigInt(now) - BigInt(then) : 0n);
    return [
      {
        snapshot,
        letter,
        read: rise(read, last?.read ?? 0),
        written: rise(written, last?.written ?? 0),
      },
    ];
  });
}

/**
 * Whether a circuit stood on a connection that carried another one at whatever time, or beside a
 * line with CIRC_ID 0: its totals are then nobody's in particular.
 */
function isShared(circuit: Circuit, entries: readonly Entry[]): boolean {
  const connections = new Set(
    circuit.flatMap(({ sightings }) => sightings.map(({ connection }) => connection)),
  );
  return [...connections].some((connection) => {
    const carried = entries.filter(({ sightings }) =>
      sightings.some((sighting) => sighting.connection === connection),
    );
    return carried.some((a) =>
      carried.some((b) => a.circId > b.circId && (b.circId !== 0 || areBeside(a, b))),
    );
  });
}

function areBeside(a: Entry, b: Entry): boolean {
  const firsts = [a, b].map(({ sightings }) => sightings[0]!.snapshot.index);
  const lasts = [a, b].map(({ sightings }) => sightings.at(-1)!.snapshot.index);
  return Math.max(...firsts) <= Math.min(...lasts);
}
