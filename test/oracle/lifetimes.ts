/**
 * The rows of `report lifetimes` (docs/reference.md).
 * Owns groups, what is watched from when, and what is short-lived; what an entry, a connection and
 * a circuit are is lives.ts's and circuits.ts's, the estimate productLimit.ts's.
 */
import { circuitsOf, shapeOf } from './circuits.ts';
import { type Connection, type End, livesOf, spanOf } from './lives.ts';
import { readTape, type Tape } from './model.ts';
import { agesAt, type Watched } from './productLimit.ts';
import type { Cell, Table } from './table.ts';

const COLUMNS: Table['columns'] = [
  ['subject', 'text'],
  ['group', 'text'],
  ['count', 'integer'],
  ['closed', 'integer'],
  ['open', 'integer'],
  ['p10_min_s', 'decimal'],
  ['p10_max_s', 'decimal'],
  ['median_min_s', 'decimal'],
  ['median_max_s', 'decimal'],
  ['p90_min_s', 'decimal'],
  ['p90_max_s', 'decimal'],
  ['short_lived_share', 'decimal'],
  ['from_age_s', 'decimal'],
];

/** Milliseconds since the epoch, both included. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export const ALL_TIME: Window = {
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
};

/** A window, when it or the recording began, whichever is later, and the interval; milliseconds. */
interface Watch extends Window {
  readonly began: number;
  readonly interval: number;
}

/** A connection or a circuit, as the window sees it. */
interface Subject {
  readonly openedAt: number;
  readonly openedKnown: boolean;
  /** Whether an event told when it opened. */
  readonly openingTold: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly closedBy: number | null;
  readonly end: End;
  readonly groups: readonly string[];
}

/** The lifetimes report of a transcript given as its lines; no snapshots, no rows. */
export function lifetimesReport(transcript: readonly string[], window = ALL_TIME): Table {
  const tape = readTape(transcript);
  const first = tape.snapshots[0]?.at;
  if (first === undefined) return { columns: COLUMNS, rows: [] };
  const lives = livesOf(tape);
  const connections = lives.connections.map((connection) => ({
    ...spanOf(connection, tape),
    openedAt: connection.openedAt,
    openedKnown: connection.openedKnown,
    openingTold: connection.opening !== null,
    groups: ['all', ...groupsOf(lastFlags(connection))],
  }));
  const circuits = circuitsOf(lives.entries, tape).map((circuit) => circuitOf(circuit, tape));
  const order = 'inbound outbound client relay control hidden-service directory'.split(' ');
  const shapes = 'relay blocked outbound-only inbound-only pending'.split(' ');
  const watch = { ...window, began: Math.max(first, window.from), interval: tape.intervalMs };
  return {
    columns: COLUMNS,
    rows: [
      ...rowsOf('connection', ['all', ...order], connections, watch),
      ...rowsOf('circuit', ['all', ...shapes], circuits, watch),
    ],
  };
}

/** TYPE_FLAGS of its line with the lowest CIRC_ID in the last snapshot, or what events told. */
function lastFlags(connection: Connection): string {
  const last = connection.sightings.at(-1)?.snapshot;
  if (last === undefined) return connection.opening!.flags;
  const lines = last.lines.filter(({ connId }) => connId === connection.connId);
  return lines.sort((a, b) => a.circId - b.circId)[0]!.flags;
}

function groupsOf(flags: string): string[] {
  const directions: Record<string, string> = { I: 'inbound', O: 'outbound' };
  const usages: Record<string, string> = {
    C: 'client',
    R: 'relay',
    X: 'control',
    H: 'hidden-service',
    D: 'directory',
  };
  const direction = directions[flags.charAt(0).toUpperCase()];
  const usage = usages[flags.charAt(1)];
  return [direction, usage].filter((group) => group !== undefined);
}

function circuitOf(circuit: ReturnType<typeof circuitsOf>[number], tape: Tape): Subject {
  const spans = circuit.map((entry) => spanOf(entry, tape));
  const ends = spans.map(({ end }) => end);
  const isOpen = ends.includes('open');
  return {
    openedAt: Math.min(...circuit.map(({ openedAt }) => openedAt)),
    openedKnown: circuit.every(({ openedKnown }) => openedKnown),
    // Events tell of connections.
    openingTold: false,
    firstSeen: Math.min(...spans.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...spans.map(({ lastSeen }) => lastSeen)),
    closedBy: isOpen ? null : Math.max(...spans.map(({ closedBy }) => closedBy!)),
    end: isOpen ? 'open' : ends.includes('run-ended') ? 'run-ended' : 'closed',
    groups: ['all', shapeOf(circuit.flatMap(({ sightings }) => sightings))],
  };
}

function rowsOf(
  subject: string,
  groups: readonly string[],
  all: readonly Subject[],
  watch: Watch,
): Cell[][] {
  const seen = all.filter(
    ({ firstSeen, lastSeen }) => lastSeen >= watch.from && firstSeen <= watch.to,
  );
  return groups
    .map((group) => ({ group, members: seen.filter(({ groups }) => groups.includes(group)) }))
    .filter(({ members }) => members.length > 0)
    .map(({ group, members }) => [subject, group, ...cellsOf(members, watch)]);
}

function cellsOf(members: readonly Subject[], watch: Watch): Cell[] {
  const isOver = ({ closedBy }: Subject) => closedBy !== null && closedBy <= watch.to;
  const closed = members.filter((life) => isOver(life) && life.end === 'closed');
  const open = members.filter((life) => !isOver(life));
  const aged = members.filter(({ openedKnown }) => openedKnown);
  const short = closed.filter(
    (life) => aged.includes(life) && life.closedBy! - life.openedAt < 30_000,
  );
  const areTold = aged.length > 0 && aged.every(({ openingTold }) => openingTold);
  const fromAge = areTold ? 0 : watch.interval;
  const curves = [false, true].map((isMax) =>
    aged.flatMap((life): Watched[] => {
      const died = closed.includes(life);
      const lastAlive = Math.min(life.lastSeen, watch.to) - life.openedAt;
      const greatest = died ? life.closedBy! - life.openedAt : lastAlive;
      if (greatest <= fromAge) return [];
      const firstWatched = Math.max(life.firstSeen, watch.from) - life.openedAt;
      const isFromBirth = life.openingTold && life.openedAt >= watch.began;
      const from = Math.max(isFromBirth ? 0 : firstWatched, fromAge);
      const least = Math.max(lastAlive, fromAge + 1);
      return [{ from, until: isMax ? greatest : least, died }];
    }),
  );
  const ages = curves.map((lives) => agesAt([1, 5, 9], lives));
  return [
    members.length,
    closed.length,
    open.length,
    ...[0, 1, 2].flatMap((place) => ages.map((each) => each[place]!)).map(secondsOf),
    closed.length === 0 ? null : short.length / closed.length,
    fromAge / 1000,
  ];
}

function secondsOf(age: number | null): number | null {
  return age === null ? null : age / 1000;
}
