/**
 * The report of circuits: which there were, of what shape, from when to when, with what bytes.
 * Owns the contract's definition of a circuit (section 5); what an entry is, the index says.
 */
import { type Direction, directionOf } from '../listing/flags.ts';
import { type Shape, Sides } from '../listing/shape.ts';
import type { Window } from '../recording/reader.ts';
import {
  type CircuitEntry,
  ConnectionLives,
  circuitEntries,
  circuitsAmong,
  History,
} from './circuitEntries.ts';
import { fillOpenCounters } from './query.ts';
import type { Cell, Report, ReportInput, Row } from './report.ts';

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
  analyse: (input) => ({ rows: () => rows(input) }),
};

/** A row a circuit, in order of run, first sight and CIRC_ID; told whole if the window saw it. */
function* rows(input: ReportInput): Iterable<Row> {
  const { recording, window } = input;
  fillOpenCounters(input);
  const history = new History(recording.db);
  const lives = new ConnectionLives(recording);
  const found: Circuit[] = [];
  const entries = circuitEntries(recording.db, window);
  for (const members of circuitsAmong(entries, recording.header.intervalMs)) {
    const circuit = circuitOf(members, history, lives);
    if (wasSeenIn(circuit, window)) found.push(circuit);
  }
  found.sort((a, b) => a.run - b.run || a.firstSeen - b.firstSeen || a.circId - b.circId);
  for (const circuit of found) yield rowOf(circuit);
}

interface Circuit {
  readonly run: number;
  readonly circId: number;
  readonly shape: Shape;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly closedBy: number | null;
  readonly end: string;
  readonly inbound: number;
  readonly outbound: number;
  /** Null where they cannot be told from those of another circuit. */
  readonly bytes: readonly [read: bigint, written: bigint] | null;
}

function circuitOf(
  members: readonly CircuitEntry[],
  history: History,
  lives: ConnectionLives,
): Circuit {
  const { run, circId } = members[0]!;
  const isOpen = members.some((entry) => entry.end === 'open');
  const runEnded = members.some((entry) => entry.end === 'run-ended');
  const directions = directionsOf(members, history, lives);
  const attributable = !members.some((entry) => lives.isShared(entry));
  return {
    run,
    circId,
    shape: prevailingShape(members, history),
    openedAt: Math.min(...members.map((entry) => entry.openedAt)),
    openedKnown: members.every((entry) => entry.openedKnown === 1),
    firstSeen: Math.min(...members.map((entry) => entry.firstSeen)),
    lastSeen: Math.max(...members.map((entry) => entry.lastSeen)),
    closedBy: isOpen ? null : Math.max(...members.map((entry) => entry.closedBy!)),
    end: isOpen ? 'open' : runEnded ? 'run-ended' : 'closed',
    inbound: directions.filter((direction) => direction === 'inbound').length,
    outbound: directions.filter((direction) => direction === 'outbound').length,
    bytes: attributable ? [sumOf(members, 'read'), sumOf(members, 'written')] : null,
  };
}

/** For each connection of a circuit the direction that it had when last seen on it. */
function directionsOf(
  members: readonly CircuitEntry[],
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

function sumOf(members: readonly CircuitEntry[], counter: 'read' | 'written'): bigint {
  return members.reduce((sum, entry) => sum + BigInt(entry[counter]), 0n);
}

/** The shape that the circuit had in most of its snapshots; the later one on a tie. */
function prevailingShape(members: readonly CircuitEntry[], history: History): Shape {
  const turns = members
    .flatMap((entry) => history.stretchesOf(entry))
    .flatMap(({ from, until, flags }) => [
      { snapshot: from, flags, count: 1 as const },
      { snapshot: until, flags, count: -1 as const },
    ])
    .sort((a, b) => a.snapshot - b.snapshot);
  const sides = new Sides();
  const snapshots = new Map<Shape, number>();
  const latest = new Map<Shape, number>();
  for (const [index, turn] of turns.entries()) {
    sides.add(turn.flags, turn.count);
    const length = (turns[index + 1]?.snapshot ?? turn.snapshot) - turn.snapshot;
    if (length === 0 || sides.entries === 0) continue;
    const { shape } = sides;
    snapshots.set(shape, (snapshots.get(shape) ?? 0) + length);
    latest.set(shape, turn.snapshot);
  }
  const ranked = [...snapshots].sort(
    ([a, countA], [b, countB]) => countB - countA || latest.get(b)! - latest.get(a)!,
  );
  return ranked[0]?.[0] ?? 'pending';
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
