/**
 * The rows of `report circuits` (docs/reference.md).
 * Owns which entries are one circuit, its shape and its sums; what an entry is lives.ts says.
 *
 * Order: by run, first_seen, circ_id.
 */
import { type Connection, type Entry, livesOf, type Sighting, spanOf } from './lives.ts';
import { readTape, type Tape } from './model.ts';
import type { Cell, Table } from './table.ts';

const COLUMNS: Table['columns'] = [
  ['run', 'integer'],
  ['circ_id', 'integer'],
  ['shape', 'text'],
  ['opened_at', 'time'],
  ['first_seen', 'time'],
  ['last_seen', 'time'],
  ['closed_by', 'time'],
  ['end', 'text'],
  ['lifetime_min_s', 'decimal'],
  ['lifetime_max_s', 'decimal'],
  ['inbound', 'integer'],
  ['outbound', 'integer'],
  ['read_bytes', 'integer'],
  ['written_bytes', 'integer'],
];

export type Circuit = readonly Entry[];

/** The circuits report of a transcript given as its lines; no circuits, no rows. */
export function circuitsReport(transcript: readonly string[]): Table {
  const tape = readTape(transcript);
  const { entries } = livesOf(tape);
  const circuits = circuitsOf(entries, tape);
  const firstSeen = (circuit: Circuit) =>
    Math.min(...circuit.map((entry) => spanOf(entry, tape).firstSeen));
  circuits.sort(
    (a, b) => a[0]!.run - b[0]!.run || firstSeen(a) - firstSeen(b) || a[0]!.circId - b[0]!.circId,
  );
  return { columns: COLUMNS, rows: circuits.map((circuit) => rowOf(circuit, entries, tape)) };
}

/**
 * Groups the entries of each CIRC_ID of a run: two are in one circuit where their lives, from
 * opened_at to closed_by, overlap or follow within one interval, or where a third joins them.
 */
export function circuitsOf(entries: readonly Entry[], tape: Tape): Circuit[] {
  let circuits: Circuit[] = [];
  for (const entry of entries) {
    if (entry.circId === 0) continue;
    const joined = circuits.filter((circuit) =>
      circuit.some((other) => belongTogether(entry, other, tape)),
    );
    circuits = circuits.filter((circuit) => !joined.includes(circuit));
    circuits.push([...joined.flat(), entry]);
  }
  return circuits;
}

function belongTogether(a: Entry, b: Entry, tape: Tape): boolean {
  const endOf = (entry: Entry) => spanOf(entry, tape).closedBy ?? Number.POSITIVE_INFINITY;
  return (
    a.run === b.run &&
    a.circId === b.circId &&
    a.openedAt <= endOf(b) + tape.intervalMs &&
    b.openedAt <= endOf(a) + tape.intervalMs
  );
}

function rowOf(circuit: Circuit, entries: readonly Entry[], tape: Tape): Cell[] {
  const spans = circuit.map((entry) => spanOf(entry, tape));
  const openedAt = Math.min(...circuit.map((entry) => entry.openedAt));
  const lastSeen = Math.max(...spans.map((span) => span.lastSeen));
  const ends = spans.map((span) => span.end);
  const open = ends.includes('open');
  const closedBy = open ? null : Math.max(...spans.map((span) => span.closedBy!));
  // An opening of unknown age may lie before every other: nothing bounds the lifetime then.
  const bounded = closedBy !== null && circuit.every((entry) => entry.openedKnown);
  const sightings = circuit.flatMap((entry) => entry.sightings);
  const attributable =
    tape.bytes === 'entry' ||
    !connectionsOf(sightings).some((connection) => isShared(connection, entries));
  return [
    circuit[0]!.run,
    circuit[0]!.circId,
    shapeOf(sightings),
    openedAt,
    Math.min(...spans.map((span) => span.firstSeen)),
    lastSeen,
    closedBy,
    open ? 'open' : ends.includes('run-ended') ? 'run-ended' : 'closed',
    (lastSeen - openedAt) / 1000,
    bounded ? (closedBy - openedAt) / 1000 : null,
    countOf(sightings, 'Ii'),
    countOf(sightings, 'Oo'),
    attributable ? bytesOf(circuit, 'read', tape) : null,
    attributable ? bytesOf(circuit, 'written', tape) : null,
  ];
}

/**
 * The counters of a circuit's entries when last seen. Where they are their connection's totals, the
 * bytes count once for each connection, whatever number of entries tells of it.
 */
function bytesOf(circuit: Circuit, counter: 'read' | 'written', tape: Tape): bigint {
  const last = circuit.map((entry) => entry.sightings.at(-1)!);
  const counted =
    tape.bytes === 'entry'
      ? last.map(({ line }) => line[counter])
      : connectionsOf(last).map((connection) =>
          Math.max(
            ...last
              .filter((each) => each.connection === connection)
              .map(({ line }) => line[counter]),
          ),
        );
  return counted.reduce((total, bytes) => total + BigInt(bytes), 0n);
}

function connectionsOf(sightings: readonly Sighting[]): Connection[] {
  return [...new Set(sightings.map((sighting) => sighting.connection))];
}

/**
 * Whether a connection carried several circuits over its life, or one beside the rest of it, a line
 * with CIRC_ID 0.
 */
function isShared(connection: Connection, entries: readonly Entry[]): boolean {
  const there = entries.filter((entry) =>
    entry.sightings.some((sighting) => sighting.connection === connection),
  );
  const circuits = there.filter((entry) => entry.circId !== 0);
  const rest = there.filter((entry) => entry.circId === 0);
  return (
    new Set(circuits.map((entry) => entry.circId)).size > 1 ||
    circuits.some((circuit) => rest.some((other) => areBeside(circuit, other)))
  );
}

function areBeside(a: Entry, b: Entry): boolean {
  const firstOf = (entry: Entry) => entry.sightings[0]!.snapshot.index;
  const lastOf = (entry: Entry) => entry.sightings.at(-1)!.snapshot.index;
  return firstOf(a) <= lastOf(b) && firstOf(b) <= lastOf(a);
}

/** How many of a circuit's connections had one of these first letters when last seen on it. */
function countOf(sightings: readonly Sighting[], letters: string): number {
  const inOrder = inTimeOrder(sightings);
  return connectionsOf(sightings).filter((connection) => {
    const last = inOrder.findLast((sighting) => sighting.connection === connection)!;
    return letters.includes(last.line.flags[0]!);
  }).length;
}

function inTimeOrder(sightings: readonly Sighting[]): Sighting[] {
  return [...sightings].sort((a, b) => a.snapshot.index - b.snapshot.index);
}

/** What a circuit was in most of the snapshots that held a line of it; the later on a tie. */
export function shapeOf(sightings: readonly Sighting[]): string {
  const indices = [...new Set(inTimeOrder(sightings).map(({ snapshot }) => snapshot.index))];
  const shapes = indices.map((index) => {
    const there = sightings.filter(({ snapshot }) => snapshot.index === index);
    return shapeWith(there.map(({ line }) => line.flags[0]!));
  });
  const count = (shape: string) => shapes.filter((other) => other === shape).length;
  const most = Math.max(...shapes.map(count));
  return shapes.findLast((shape) => count(shape) === most)!;
}

/** The shape of a circuit whose lines have these first letters. */
function shapeWith(letters: readonly string[]): string {
  const has = (letter: string) => letters.includes(letter);
  const inbound = has('I') || has('i');
  const outbound = has('O') || has('o');
  if (has('I') && has('O')) return 'relay';
  if (inbound && has('o')) return 'blocked';
  if (outbound && !inbound) return 'outbound-only';
  if (inbound && !outbound) return 'inbound-only';
  return 'pending';
}
