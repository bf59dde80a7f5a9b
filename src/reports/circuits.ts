/**
 * The report of circuits: which there were, of what shape, from when to when, with what bytes.
 * Owns its columns and formulas (docs/reference.md, circuits); what an entry is, the index says.
 */

import type { IntervalAt } from '../listing/circuit.ts';
import { type Direction, directionOf } from '../listing/flags.ts';
import { type Shape, Sides } from '../listing/shape.ts';
import type { Cell, Row } from '../output/table.ts';
import type { ConnectionLives } from '../recording/index/connectionLives.ts';
import type { History, Listed } from '../recording/index/history.ts';
import type { CountedEntry } from '../recording/index/indexedLives.ts';
import type { CountedColumns } from '../recording/index/lifeColumns.ts';
import { intervalsOf } from '../recording/intervals.ts';
import { mergedBy } from '../recording/merging.ts';
import { Queues } from '../recording/queues.ts';
import type { Window } from '../recording/reader.ts';
import { CIRCUIT_PACKING, type Circuit, type CircuitLife } from './circuit.ts';
import { circuitPlaces } from './circuitPlaces.ts';
import type { Report, ReportInput } from './report.ts';
import { ShapeTally } from './shapeTally.ts';

export const circuits: Report = {
  name: 'circuits',
  question: 'Which circuits were there, of what shape, from when to when, and what did they carry?',
  columns: [
    { name: 'run', kind: 'integer' },
    { name: 'circ_id', kind: 'integer' },
    { name: 'shape', kind: 'text' },
    { name: 'opened_at', kind: 'time' },
    { name: 'first_seen', kind: 'time' },
    { name: 'last_seen', kind: 'time' },
    { name: 'closed_by', kind: 'time' },
    { name: 'end', kind: 'text' },
    { name: 'lifetime_min_s', kind: 'seconds' },
    { name: 'lifetime_max_s', kind: 'seconds' },
    { name: 'inbound', kind: 'integer' },
    { name: 'outbound', kind: 'integer' },
    { name: 'read_bytes', kind: 'integer' },
    { name: 'written_bytes', kind: 'integer' },
  ],
  narrowing: (lines) => (cell) => lines.hasCircuit(cell('run'), cell('circ_id')),
  leading: [
    'circ_id',
    'shape',
    'opened_at',
    'closed_by',
    'read_bytes',
    'written_bytes',
    'inbound',
    'outbound',
    'end',
  ],
  analyse: (input) => ({ rows: () => circuitRows(input) }),
};

/**
 * A row a circuit, in order of run, first sight and CIRC_ID; whole if the window saw it.
 * @param livesALot as `lotsFor` has it.
 */
export function* circuitRows(
  { recording, window }: Pick<ReportInput, 'recording' | 'window'>,
  livesALot?: number,
): Generator<Row, void> {
  const { index } = recording;
  const history = index.history();
  const lives = index.connectionLives(recording.header.bytes);
  const entries = index.countedLots(livesALot);
  const openCounters = index.openCounters();
  index.visitEntries((entry) => {
    if (entry.circId === 0) return;
    if (entry.closedBy !== null) entries.add(entry.circId, entry);
    else {
      const [read, written] = openCounters(entry);
      entries.add(entry.circId, { ...entry, read, written });
    }
  });
  function* circuitsOf(lot: number): Generator<Circuit, void> {
    for (const members of circuitsInOrder(entries.take(lot), intervalsOf(recording))) {
      const circuit = circuitOf(members, history, lives);
      if (wasSeenIn(circuit, window)) yield circuit;
    }
  }
  for (const circuit of inOrderOfLots(entries.count, circuitsOf)) yield rowOf(circuit);
}

/** The entries of each circuit, the circuits in order of run, first sight and CIRC_ID. */
function* circuitsInOrder(
  entries: CountedColumns,
  intervalAt: IntervalAt,
): Generator<CountedEntry[], void> {
  const first: number[] = [];
  const several = new Map<number, readonly number[]>();
  const seenAt: number[] = [];
  for (const places of circuitPlaces(entries, intervalAt)) {
    if (places.length > 1) several.set(first.length, places);
    first.push(places[0]!);
    let seen = Number.POSITIVE_INFINITY;
    for (const place of places) seen = Math.min(seen, entries.firstSeen(place));
    seenAt.push(seen);
  }
  const { run, circId } = entries;
  const order = Uint32Array.from(first, (_, number) => number).sort((a, b) => {
    const [placeA, placeB] = [first[a]!, first[b]!];
    return (
      run[placeA]! - run[placeB]! || seenAt[a]! - seenAt[b]! || circId[placeA]! - circId[placeB]!
    );
  });
  for (const number of order) {
    yield (several.get(number) ?? [first[number]!]).map((place) => entries.at(place));
  }
}

/** Those of all lots in the order that each lot has: one alone as it comes, several by way of a file. */
function* inOrderOfLots(
  count: number,
  circuitsOf: (lot: number) => Iterable<Circuit>,
): Generator<Circuit, void> {
  if (count === 1) {
    yield* circuitsOf(0);
    return;
  }
  const queues = new Queues(CIRCUIT_PACKING);
  for (let lot = 0; lot < count; lot++) {
    for (const circuit of circuitsOf(lot)) queues.add(lot, circuit);
  }
  const sorted = Array.from({ length: count }, (_, lot) => queues.take(lot));
  yield* mergedBy(
    sorted,
    (a, b) => a.run - b.run || a.firstSeen - b.firstSeen || a.circId - b.circId,
  );
}

function circuitOf(
  members: readonly CountedEntry[],
  history: History,
  lives: ConnectionLives,
): Circuit {
  const { run, circId } = members[0]!;
  const directions = directionsOf(members, history, lives);
  return {
    run,
    circId,
    shape: prevailingShape(members, history),
    ...circuitLife(members),
    inbound: directions.filter((direction) => direction === 'inbound').length,
    outbound: directions.filter((direction) => direction === 'outbound').length,
    bytes: bytesOf(members, lives),
  };
}

/** From the first opening to the last end; the opening is known if that of every entry is. */
export function circuitLife(members: readonly CircuitLife[]): CircuitLife {
  let openedAt = Number.POSITIVE_INFINITY;
  let firstSeen = Number.POSITIVE_INFINITY;
  let lastSeen = Number.NEGATIVE_INFINITY;
  let closedBy: number | null = Number.NEGATIVE_INFINITY;
  for (const entry of members) {
    openedAt = Math.min(openedAt, entry.openedAt);
    firstSeen = Math.min(firstSeen, entry.firstSeen);
    lastSeen = Math.max(lastSeen, entry.lastSeen);
    closedBy =
      closedBy === null || entry.closedBy === null ? null : Math.max(closedBy, entry.closedBy);
  }
  const openedKnown = members.every((entry) => entry.openedKnown);
  const runEnded = members.some((entry) => entry.end === 'run-ended');
  const end = closedBy === null ? 'open' : runEnded ? 'run-ended' : 'closed';
  return { openedAt, openedKnown, firstSeen, lastSeen, closedBy, end };
}

/** For each connection of a circuit the direction that it had when last seen on it. */
function directionsOf(
  members: readonly CountedEntry[],
  history: History,
  lives: ConnectionLives,
): Direction[] {
  const last = new Map<object, { readonly snapshot: number; readonly flags: string }>();
  for (const entry of members) {
    const stretches = history.stretchesOf(entry);
    for (const life of lives.of(entry)) {
      const there = stretches.filter(({ from }) => from <= life.lastSnapshot).at(-1);
      if (there === undefined) continue;
      const snapshot = Math.min(there.until - 1, life.lastSnapshot);
      const known = last.get(life);
      if (known === undefined || snapshot >= known.snapshot) {
        last.set(life, { snapshot, flags: there.flags });
      }
    }
  }
  return [...last.values()].map(({ flags }) => directionOf(flags));
}

/**
 * What the entries of a circuit moved, each byte once: where they repeat their connection's totals,
 * several of one connection count the same bytes, and the greatest of them is what it moved.
 */
function bytesOf(members: readonly CountedEntry[], lives: ConnectionLives): Circuit['bytes'] {
  if (!lives.repeatTotals) return [sumOf(members, 'read'), sumOf(members, 'written')];
  if (members.some((entry) => lives.isShared(entry))) return null;
  const totals = new Map<object, { read: number; written: number }>();
  for (const entry of members) {
    const connection = lives.of(entry).at(-1)!;
    const { read, written } = totals.get(connection) ?? { read: 0, written: 0 };
    totals.set(connection, {
      read: Math.max(read, entry.read),
      written: Math.max(written, entry.written),
    });
  }
  const each = [...totals.values()];
  return [sumOf(each, 'read'), sumOf(each, 'written')];
}

function sumOf(
  counters: readonly Pick<CountedEntry, 'read' | 'written'>[],
  counter: 'read' | 'written',
): bigint {
  return counters.reduce((sum, each) => sum + BigInt(each[counter]), 0n);
}

/** The shape that the circuit had in most of its snapshots; the later one on a tie. */
export function prevailingShape(members: readonly Listed[], history: History): Shape {
  const [first] = members;
  // Most circuits are one entry that was the same all along, and reports ask for very many.
  if (members.length === 1 && history.isSteady(first!)) return shapeOfOne(first!.flags);
  const sides = new Sides();
  const turns: { readonly snapshot: number; readonly flags: string; readonly count: 1 | -1 }[] = [];
  for (const entry of members) {
    for (const { from, until, flags } of history.stretchesOf(entry)) {
      turns.push({ snapshot: from, flags, count: 1 }, { snapshot: until, flags, count: -1 });
    }
  }
  turns.sort((a, b) => a.snapshot - b.snapshot);
  const tally = new ShapeTally();
  for (const [index, turn] of turns.entries()) {
    sides.add(turn.flags, turn.count);
    const next = turns[index + 1]?.snapshot ?? turn.snapshot;
    if (sides.entries > 0) tally.add(sides.shape, next - turn.snapshot, next - 1);
  }
  return tally.prevailing;
}

/** There are a few dozen TYPE_FLAGS. */
const shapesOfOne = new Map<string, Shape>();

/** The shape of a circuit of one entry. */
function shapeOfOne(flags: string): Shape {
  let shape = shapesOfOne.get(flags);
  if (shape === undefined) {
    const sides = new Sides();
    sides.add(flags, 1);
    shape = sides.shape;
    shapesOfOne.set(flags, shape);
  }
  return shape;
}

function wasSeenIn(circuit: Circuit, window: Window): boolean {
  return circuit.lastSeen >= window.from && circuit.firstSeen <= window.to;
}

function rowOf(circuit: Circuit): Cell[] {
  const { openedAt, openedKnown, lastSeen, closedBy, bytes } = circuit;
  const longest = closedBy === null || !openedKnown ? null : (closedBy - openedAt) / 1000;
  return [
    circuit.run,
    circuit.circId,
    circuit.shape,
    openedAt,
    circuit.firstSeen,
    lastSeen,
    closedBy,
    circuit.end,
    (lastSeen - openedAt) / 1000,
    longest,
    circuit.inbound,
    circuit.outbound,
    bytes?.[0] ?? null,
    bytes?.[1] ?? null,
  ];
}
