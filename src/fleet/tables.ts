/**
 * The rows of a fleet's tables for one day of one recording.
 * Owns what of which report and of which query goes into which table; their columns are schema.ts's.
 */
import type { Cell, Row, Table } from '../output/table.ts';
import type { Recording } from '../recording/reader.ts';
import { circuits } from '../reports/circuits.ts';
import { destinations } from '../reports/destinations.ts';
import { findings } from '../reports/findings.ts';
import { load } from '../reports/load.ts';
import { peers } from '../reports/peers.ts';
import type { Report, ReportInput } from '../reports/report.ts';
import { tablesOf } from '../reports/tables.ts';
import type { Day } from './days.ts';
import { FLEET_TABLES, type FleetColumn, type FleetTableName } from './schema.ts';

export interface FleetTable {
  readonly name: FleetTableName;
  readonly columns: readonly FleetColumn[];
  /** Read once. */
  readonly rows: Iterable<Row>;
}

const MINUTE_MS = 60_000;

/** A report, and the column that says to which day a row belongs. */
interface Reported {
  readonly report: Report;
  readonly dated: string;
}

type RowsOfDay = (recording: Recording, day: Day) => Iterable<Row>;

/** What fills each table. */
const FILLED_BY: Readonly<Record<FleetTableName, Reported | RowsOfDay>> = {
  lives,
  circuits: { report: circuits, dated: 'last_seen' },
  findings: { report: findings, dated: 'last_seen' },
  load: { report: load, dated: 'bucket_start' },
  peers: { report: peers, dated: 'last_seen' },
  destinations: { report: destinations, dated: 'last_seen' },
  gaps,
  sessions,
  observations,
};

/** Columns that a report calls otherwise. */
const REPORTED_AS: Readonly<Record<string, string>> = { ended_how: 'end', minute: 'bucket_start' };

/** What the reports of a day are made from; each day is judged by itself. */
export function dayInput(recording: Recording, day: Day): ReportInput {
  return {
    recording,
    window: day.played,
    bucketMs: MINUTE_MS,
    // Whether a destination is new is not asked: it would read all that was before.
    baselineMs: 0,
    thresholds: new Map(),
  };
}

/**
 * The order in which a day's parts are written, and which of them one play of the tape makes: the audit
 * holds about as much of a busy day as all other reports together. Load comes last: until it is
 * there, the questions say of a day that nobody was looking.
 */
const PLAYS: readonly (readonly FleetTableName[])[] = [
  ['sessions', 'gaps', 'lives', 'circuits', 'observations'],
  ['findings'],
  ['peers', 'destinations', 'load'],
];

/** Tables in the order in which they are written, in groups, for each of which the tape is played by itself. */
export function inPlays(names: readonly FleetTableName[]): FleetTableName[][] {
  const groups = PLAYS.map((play) => play.filter((name) => names.includes(name)));
  return groups.filter((group) => group.length > 0);
}

/**
 * Tables of a day, in the order of their names; the tape is played once for all, as rows are read.
 * @param onSnapshot called as the tape goes by.
 */
export function dayTables(
  recording: Recording,
  day: Day,
  names: readonly FleetTableName[],
  onSnapshot: (at: number) => void,
): FleetTable[] {
  const reports = names.flatMap((name) => reportOf(name)?.report ?? []);
  const reported = tablesOf(reports, dayInput(recording, day), onSnapshot);
  return names.map((name) => {
    const filling = FILLED_BY[name];
    const rows =
      typeof filling === 'function'
        ? filling(recording, day)
        : rowsOfDay(name, filling.dated, reported.find((table) => table.name === name)!, day);
    return { name, columns: FLEET_TABLES[name], rows };
  });
}

function reportOf(name: FleetTableName): Reported | undefined {
  const filling = FILLED_BY[name];
  return typeof filling === 'function' ? undefined : filling;
}

/** Rows of a report that belong to a day, with the cells of the table that it fills. */
function* rowsOfDay(
  name: FleetTableName,
  dated: string,
  { columns, rows }: Table,
  { from, to }: Day,
): Generator<Row, void> {
  const placeOf = (column: string) => columns.findIndex((each) => each.name === column);
  const dating = placeOf(dated);
  const places = FLEET_TABLES[name].map((column) =>
    placeOf(REPORTED_AS[column.name] ?? column.name),
  );
  for (const row of rows) {
    const at = Number(row[dating]);
    if (at >= from && at <= to) yield places.map((place) => row[place]!);
  }
}

/** The columns of queries/lives.sql, with how long each lived behind them. */
function* lives({ index }: Recording, day: Day): Generator<Row, void> {
  const window = { from_ms: reportedFrom(day), to_ms: day.played.to };
  const rows = index.select<Cell[]>('lives', { first: day.first, last: day.last, ...window });
  for (const row of rows) {
    const bytes = row.splice(BYTES_OF_LIFE);
    const [opened, openedKnown, , lastSeen, closedBy] = row.slice(OPENED_OF_LIFE) as number[];
    const longest = closedBy === null || openedKnown === 0 ? null : secondsFrom(opened!, closedBy!);
    row.push(secondsFrom(opened!, lastSeen!), longest, ...bytes);
    yield row;
  }
}

/** Where in a row of queries/lives.sql the opening stands, and where the bytes do. */
const OPENED_OF_LIFE = placeInLives('opened_at');
const BYTES_OF_LIFE = placeInLives('lifetime_min_s');

function placeInLives(name: string): number {
  return FLEET_TABLES.lives.findIndex((column) => column.name === name);
}

function secondsFrom(from: number, to: number): number {
  return (to - from) / 1000;
}

/** From when on what no snapshot held is a day's: its first snapshot reported what was since the last one before. */
function reportedFrom({ played, from }: Day): number {
  return played.from < from ? played.from + 1 : Number.MIN_SAFE_INTEGER;
}

function* gaps(recording: Recording, day: Day): Generator<Row, void> {
  const from = reportedFrom(day);
  for (const [began, over, , reason, declared] of recording.index.select<Row>('gaps')) {
    const end = over as number;
    if (end >= from && end <= day.played.to) yield [began!, end, reason!, declared!];
  }
}

/** The session that holds at the beginning of the day, and those that began in it. */
function* sessions(recording: Recording, { played }: Day): Generator<Row, void> {
  const all = recording.sessions;
  for (const [place, { at, header }] of all.entries()) {
    const until = all[place + 1]?.at ?? Number.POSITIVE_INFINITY;
    if (at > played.to || until <= played.from) continue;
    const { source, intervalMs, bytes, relay, config, observes } = header;
    yield [
      at,
      source,
      intervalMs / 1000,
      bytes,
      relay.nickname,
      relay.torVersion,
      JSON.stringify(config),
      JSON.stringify(observes),
    ];
  }
}

function* observations(recording: Recording, day: Day): Generator<Row, void> {
  const runs = recording.index.runs();
  let run = 0;
  let number = day.first;
  for (const item of recording.frames({ from: day.from, to: day.to })) {
    if (item.kind !== 'frame') continue;
    while (runs[run + 1] !== undefined && runs[run + 1]!.firstSnapshot <= number) run++;
    number++;
    const { slots, connId, circId, read, written } = item.standing;
    for (const slot of slots) {
      const counters = [read[slot]!, written[slot]!];
      yield [item.at, runs[run]!.id, connId[slot]!, circId[slot]!, ...counters];
    }
  }
}
