/**
 * The rows of `report lifetimes` (docs/reference.md).
 * Owns groups, what is watched from when, and what is short-lived; what an entry, a connection and
 * a circuit are is lives.ts's and circuits.ts's, the estimate productLimit.ts's.
 */
import { circuitsOf, shapeOf } from './circuits.ts';
import { type Connection, type End, livesOf, spanOf } from './lives.ts';
import { readTape, type Tape } from './model.ts';
import { ageAt, type Watched } from './productLimit.ts';
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

/** A connection or a circuit, as the window sees it. */
interface Subject {
  readonly openedAt: number;
  readonly openedKnown: boolean;
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
    groups: ['all', ...groupsOf(lastFlags(connection))],
  }));
  const circuits = circuitsOf(lives.entries, tape).map((circuit) => circuitOf(circuit, tape));
  const order = 'inbound outbound client relay control hidden-service directory'.split(' ');
  const shapes = 'relay blocked outbound-only inbound-only pending'.split(' ');
  const began = Math.max(first, window.from);
  return {
    columns: COLUMNS,
    rows: [
      ...rowsOf('connection', ['all', ...order], connections, window, began),
      ...rowsOf('circuit', ['all', ...shapes], circuits, window, began),
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
  window: Window,
  began: number,
): Cell[][] {
  const seen = all.filter(
    ({ firstSeen, lastSeen }) => lastSeen >= window.from && firstSeen <= window.to,
  );
  return groups
    .map((group) => ({ group, members: seen.filter(({ groups }) => groups.includes(group)) }))
    .filter(({ members }) => members.length > 0)
    .map(({ group, members }) => [subject, group, ...cellsOf(members, window, began)]);
}

function cellsOf(members: readonly Subject[], window: Window, began: number): Cell[] {
  const isOver = ({ closedBy }: Subject) => closedBy !== null && closedBy <= window.to;
  const closed = members.filter((life) => isOver(life) && life.end === 'closed');
  const open = members.filter((life) => !isOver(life));
  const short = closed.filter(
    ({ openedAt, openedKnown, closedBy }) => openedKnown && closedBy! - openedAt < 30_000,
  );
  const curves = [false, true].map((isMax) =>
    members
      .filter(({ openedKnown }) => openedKnown)
      .map((life): Watched => {
        const died = closed.includes(life);
        const lastAlive = Math.min(life.lastSeen, window.to);
        const until = died ? (isMax ? life.closedBy! : life.lastSeen) : lastAlive;
        const isOlder = life.openedAt < began;
        const watchedSince = isOlder ? Math.max(life.firstSeen, window.from) : life.openedAt;
        return { from: watchedSince - life.openedAt, until: until - life.openedAt, died };
      }),
  );
  const ages = [1, 5, 9].flatMap((tenths) => curves.map((lives) => ageAt(tenths, lives)));
  return [
    members.length,
    closed.length,
    open.length,
    ...ages.map((age) => (age === null ? null : age / 1000)),
    closed.length === 0 ? null : short.length / closed.length,
  ];
}
