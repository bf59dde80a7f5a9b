/**
 * The rows of `report destinations` and `report concentration` (docs/reference.md).
 * Owns where lines lead, what is moved between two snapshots, and the beacon score; what an entry
 * and a connection are is lives.ts's.
 */
import { ALL_TIME, type Window } from './lifetimes.ts';
import { type Connection, type Entry, type Lives, livesOf, spanOf } from './lives.ts';
import { isLocal, type Line, readTape, type Snapshot, type Tape } from './model.ts';
import { observed, stepsOf } from './steps.ts';
import type { Cell, Table } from './table.ts';

const DESTINATIONS: Table['columns'] = [
  ['ip', 'text'],
  ['or_id', 'text'],
  ['ports', 'text'],
  ['connections', 'integer'],
  ['max_concurrent', 'integer'],
  ['share_of_connections', 'decimal'],
  ['read_bytes', 'integer'],
  ['written_bytes', 'integer'],
  ['share_of_bytes', 'decimal'],
  ['first_seen', 'time'],
  ['last_seen', 'time'],
  ['local_network', 'boolean'],
  ['beacon_score', 'decimal'],
  ['new', 'boolean'],
  ['period_s', 'decimal'],
  ['chance', 'decimal'],
];

const MEASURES = ['top_share', 'hhi', 'gini', 'entropy'];

const CONCENTRATION: Table['columns'] = [
  ['bucket_start', 'time'],
  ['bucket_end', 'time'],
  ['observed_s', 'decimal'],
  ['connections', 'integer'],
  ['destinations', 'integer'],
  ...MEASURES.map((name) => [`${name}_of_connections`, 'decimal'] as const),
  ['bytes', 'integer'],
  ...MEASURES.map((name) => [`${name}_of_bytes`, 'decimal'] as const),
  ['withheld_connections', 'integer'],
  ['withheld_bytes', 'integer'],
];

/** A line that leads somewhere, in one snapshot. */
interface Sight {
  readonly snapshot: Snapshot;
  readonly line: Line;
  readonly connection: Connection;
  /** Since it was last seen, or since the snapshot before. */
  readonly read: bigint;
  readonly written: bigint;
  readonly acrossGap: boolean;
}

/** The destinations report of a transcript given as its lines; no snapshots, no rows. */
export function destinationsReport(
  transcript: readonly string[],
  window: Window = ALL_TIME,
  baselineMs = Number.POSITIVE_INFINITY,
): Table {
  const tape = readTape(transcript);
  if (tape.snapshots.length === 0) return { columns: DESTINATIONS, rows: [] };
  const lives = livesOf(tape);
  const sights = sightsIn(window, tape, lives);
  const unlisted = lives.connections
    .filter(({ sightings, opening }) => sightings.length === 0 && leadsOut(opening!.flags))
    .map((connection) => spanOf(connection, tape))
    .filter(({ firstSeen, lastSeen }) => lastSeen >= window.from && firstSeen <= window.to);
  const ips = new Set(sights.map(({ line }) => line.ip));
  if (unlisted.length > 0) ips.add('0');
  const earlier = tape.snapshots.filter(
    ({ at }) => at < window.from && at >= window.from - baselineMs,
  );
  const known = earlier.flatMap(({ lines }) =>
    lines.filter(({ flags }) => leadsOut(flags)).map(({ ip }) => ip),
  );
  const rows = [...ips].map((ip) => {
    const here = sights.filter(({ line }) => line.ip === ip);
    const connections = [...new Set(here.map(({ connection }) => connection))];
    const others = ip === '0' ? unlisted : [];
    const perSnapshot = here.map(
      ({ snapshot }) =>
        new Set(here.filter((s) => s.snapshot === snapshot).map((s) => s.connection)).size,
    );
    const times = [
      ...here.map(({ snapshot }) => snapshot.at),
      ...others.map(({ firstSeen }) => Math.max(firstSeen, window.from)),
      ...others.map(({ lastSeen }) => Math.min(lastSeen, window.to)),
    ];
    const orIds = [...new Set(here.map(({ line }) => line.orId))].filter((orId) => orId !== '0');
    return {
      ip,
      orIds,
      ports: [...new Set(here.map(({ line }) => line.port))].sort((a, b) => a - b),
      connections: connections.length + others.length,
      most: Math.max(0, ...perSnapshot),
      read: sum(here.map(({ read }) => read)),
      written: sum(here.map(({ written }) => written)),
      firstSeen: Math.min(...times),
      lastSeen: Math.max(...times),
      score: scoreOf(connections, window, tape),
      rhythm: ip === '0' ? null : rhythmOf(connections, window, tape, orIds.length > 0),
    };
  });
  const looked = rows.filter(({ rhythm }) => rhythm !== null).length;
  const allConnections = rows.reduce((total, { connections }) => total + connections, 0);
  const allBytes = sum(rows.map(({ read, written }) => read + written));
  rows.sort((a, b) => b.connections - a.connections || (a.ip < b.ip ? -1 : 1));
  return {
    columns: DESTINATIONS,
    rows: rows.map((row) => {
      const kept = row.ip !== '0';
      return [
        row.ip,
        kept && row.orIds.length < 2 ? (row.orIds[0] ?? '0') : null,
        kept ? row.ports.join(';') : null,
        row.connections,
        row.most,
        row.connections / allConnections,
        row.read,
        row.written,
        allBytes === 0n ? null : Number(row.read + row.written) / Number(allBytes),
        row.firstSeen,
        row.lastSeen,
        kept ? isLocal(row.ip) : null,
        kept ? row.score : null,
        kept && earlier.length > 0 ? !known.includes(row.ip) : null,
        row.rhythm?.period ?? null,
        row.rhythm === null ? null : Math.min(1, looked * 2 * row.rhythm.chance),
      ];
    }),
  };
}

/** The concentration report of a transcript given as its lines; no snapshots, no rows. */
export function concentrationReport(
  transcript: readonly string[],
  bucketMs: number,
  window: Window = ALL_TIME,
): Table {
  const tape = readTape(transcript);
  const sights = sightsIn(window, tape, livesOf(tape));
  const snapshots = tape.snapshots.filter(({ at }) => isIn(window, at));
  const steps = stepsOf({ snapshots, gaps: tape.gaps });
  const times = snapshots.map(({ at }) => at);
  const [first, last] = [times[0], times.at(-1)];
  const rows: Cell[][] = [];
  if (first === undefined || last === undefined) return { columns: CONCENTRATION, rows };
  for (let start = first - (first % bucketMs); start <= last; start += bucketMs) {
    const end = start + bucketMs;
    const here = sights.filter(({ snapshot }) => start <= snapshot.at && snapshot.at < end);
    const ips = [...new Set(here.map(({ line }) => line.ip))];
    const connectionsTo = (ip: string) =>
      new Set(here.filter(({ line }) => line.ip === ip).map(({ connection }) => connection)).size;
    const bytesTo = (ip: string) =>
      sum(
        here
          .filter(({ line, acrossGap }) => line.ip === ip && !acrossGap)
          .map(({ read, written }) => read + written),
      );
    const kept = ips.filter((ip) => ip !== '0');
    const observedMs = observed(steps, start, end);
    rows.push([
      ...[start, end, observedMs / 1000],
      kept.reduce((total, ip) => total + connectionsTo(ip), 0),
      kept.length,
      ...measuresOf(kept.map(connectionsTo)),
      sum(kept.map(bytesTo)),
      ...measuresOf(kept.map((ip) => Number(bytesTo(ip)))),
      connectionsTo('0'),
      bytesTo('0'),
    ]);
  }
  return { columns: CONCENTRATION, rows };
}

function isIn({ from, to }: Window, at: number): boolean {
  return from <= at && at <= to;
}

function leadsOut(flags: string): boolean {
  return /^[Oo](?!X)/.test(flags);
}

/** Every line of the window's snapshots that leads somewhere, with what it moved. */
function sightsIn(window: Window, tape: Tape, lives: Lives): Sight[] {
  const snapshots = tape.snapshots.filter(({ at }) => isIn(window, at));
  return snapshots.flatMap((snapshot, place) => {
    const before = snapshots[place - 1];
    return snapshot.lines.flatMap((line) => {
      if (!leadsOut(line.flags)) return [];
      const connection = lives.connections.find(
        ({ connId, sightings }) =>
          connId === line.connId && sightings.some((sighting) => sighting.snapshot === snapshot),
      )!;
      const moved = (counter: 'read' | 'written'): bigint =>
        tape.bytes === 'entry'
          ? movedByEntry(line, counter, snapshot, before, window, lives)
          : movedByConnection(line, counter, snapshot, before, window, connection);
      const [read, written] = [moved('read'), moved('written')];
      // What is back after a gap moved that since it was last seen, wherever in between.
      const life = tape.bytes === 'entry' ? entryOf(line, lives) : connection;
      const since =
        lastSighting<{ readonly snapshot: Snapshot }>(life, snapshot, window)?.snapshot.at ??
        before?.at;
      const acrossGap =
        since !== undefined &&
        tape.gaps.some(
          ({ from, to }) => from < to && Math.max(from, since) < Math.min(to, snapshot.at),
        );
      return [{ snapshot, line, connection, read, written, acrossGap }];
    });
  });
}

function entryOf(line: Line, { entries }: Lives): Entry {
  return entries.find(({ sightings }) => sightings.some((s) => s.line === line))!;
}

/** The last time that the window's snapshots before this one held an entry or a connection. */
function lastSighting<Sighting extends { readonly snapshot: Snapshot }>(
  { sightings }: { readonly sightings: readonly Sighting[] },
  snapshot: Snapshot,
  window: Window,
): Sighting | undefined {
  return sightings.findLast(
    (sighting) => sighting.snapshot.index < snapshot.index && isIn(window, sighting.snapshot.at),
  );
}

/** What an entry's line moved since the entry's last line in the window, or since its birth. */
function movedByEntry(
  line: Line,
  counter: 'read' | 'written',
  snapshot: Snapshot,
  before: Snapshot | undefined,
  window: Window,
  lives: Lives,
): bigint {
  const entry = entryOf(line, lives);
  const last = lastSighting(entry, snapshot, window);
  if (last !== undefined) return BigInt(line[counter]) - BigInt(last.line[counter]);
  return wasBornSince(before, entry) ? BigInt(line[counter]) : 0n;
}

/** The same of the whole connection, whose totals stand on each line: on the first of them. */
function movedByConnection(
  line: Line,
  counter: 'read' | 'written',
  snapshot: Snapshot,
  before: Snapshot | undefined,
  window: Window,
  connection: Connection,
): bigint {
  const linesIn = ({ lines }: Snapshot) =>
    lines.filter(({ connId }) => connId === connection.connId);
  const totalIn = (there: Snapshot) =>
    BigInt(Math.max(...linesIn(there).map((other) => other[counter])));
  if (linesIn(snapshot)[0] !== line) return 0n;
  const last = lastSighting(connection, snapshot, window);
  if (last === undefined) return wasBornSince(before, connection) ? totalIn(snapshot) : 0n;
  const moved = totalIn(snapshot) - totalIn(last.snapshot);
  return moved < 0n ? 0n : moved;
}

function wasBornSince(
  before: Snapshot | undefined,
  life: { readonly openedAt: number; readonly openedKnown: boolean },
): boolean {
  return before !== undefined && life.openedKnown && life.openedAt > before.at;
}

/** The formula at the head of src/reports/beacon.ts, done the long way. */
function scoreOf(
  connections: readonly Connection[],
  window: Window,
  { snapshots, gaps, intervalMs }: Tape,
): number | null {
  const times = snapshots.map(({ at }) => at).filter((at) => isIn(window, at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const openings = connections
    .filter(({ openedKnown }) => openedKnown)
    .map(({ openedAt }) => openedAt)
    .filter((at) => from <= at && at <= to)
    .filter((at) => !gaps.some((gap) => gap.from < at && at < gap.to))
    .sort((a, b) => a - b);
  if (openings.length < 5) return null;
  const moments = openings.filter(
    (at) => !openings.some((other) => other < at && at - other <= intervalMs),
  );
  const distinct = [...new Set(moments)];
  const spacings = distinct.slice(1).flatMap((at, place) => {
    const before = distinct[place]!;
    const isCut = gaps.some((gap) => Math.max(gap.from, before) < Math.min(gap.to, at));
    return isCut ? [] : [at - before];
  });
  if (distinct.length < 4) return 0;
  if (spacings.length < 3) return null;
  const [q1, q2, q3] = [1, 2, 3].map((quarter) => quartile(quarter, spacings));
  const wide = (width: number) => Math.max(width, intervalMs);
  const [left, right] = [wide(q2! - q1!), wide(q3! - q2!)];
  const cap = 1 - intervalMs / q2!;
  const mad = quartile(
    2,
    spacings.map((spacing) => Math.abs(spacing - q2!)),
  );
  const parts = [
    1 - Math.abs((right - left) / (right + left)),
    Math.max(0, 1 - mad / q2!),
    (distinct.at(-1)! - distinct[0]!) / (to - from),
  ];
  return parts.reduce((total, part) => total + Math.min(part, cap), 0) / 3;
}

/**
 * The test by intervals, gap by gap. These tapes are too short for a second window, and for phases.
 */
function rhythmOf(
  connections: readonly Connection[],
  window: Window,
  { snapshots, gaps, intervalMs }: Tape,
  isRelay: boolean,
): { chance: number; period: number | null } | null {
  const played = snapshots.filter(({ at }) => isIn(window, at));
  const [from, to] = [played[0]!.at, played.at(-1)!.at];
  if (to - from > 2_000_000) throw new Error('too long for this oracle');
  const calls = connections
    .filter(({ openedKnown, openedAt }) => openedKnown && from <= openedAt && openedAt <= to)
    .filter(({ openedAt: at }) => !gaps.some((gap) => gap.from < at && at < gap.to))
    .map(({ openedAt, sightings }) => {
      const last = played.indexOf(
        sightings.findLast(({ snapshot }) => played.includes(snapshot))!.snapshot,
      );
      const next = played[last + 1];
      return {
        at: openedAt,
        end: next === undefined ? Infinity : (played[last]!.at + next.at) / 2,
      };
    })
    .sort((a, b) => a.at - b.at);
  const known = connections.filter(({ openedKnown }) => openedKnown).length;
  if (known < 8 || calls.length < 8) return null;
  const between = calls.slice(1).flatMap(({ at }, place) => {
    const before = calls.slice(0, place + 1);
    const cut = gaps.some((gap) => Math.max(gap.from, before.at(-1)!.at) < Math.min(gap.to, at));
    const since = isRelay ? Math.max(...before.map(({ end }) => end)) : before.at(-1)!.at;
    return cut || since > at ? [] : [at - since];
  });
  const res = isRelay ? Math.max(1000, intervalMs) : 1000;
  let best = { chance: 1, period: null as number | null };
  for (const r of [1.05, 1.1, 1.2, 1.5, 2]) {
    for (const g of [...between].sort((a, b) => a - b)) {
      const alike = between.filter((gap) => gap >= g && gap <= r * g).sort((a, b) => a - b);
      const [k, n] = [alike.length, between.length];
      if (g <= res || k < (r === 2 ? 0.75 : 0.6) * n) continue;
      const wide = (r * g + res) / (g - res);
      const p = (1 - 1 / wide) * wide ** (-1 / (wide - 1));
      const chance = Math.min(1, 5 * n * atLeast(k - 1, n - 1, p));
      const period = alike[Math.floor(k / 2)]! / 1000;
      if (best.period === null || chance < best.chance) best = { chance, period };
    }
  }
  return best;
}

/** P(X ≥ least) of trials that succeed by p, outcome by outcome. */
function atLeast(least: number, trials: number, p: number): number {
  let shares = [1];
  for (let trial = 0; trial < trials; trial++) {
    shares = Array.from({ length: shares.length + 1 }, (_, hits) => {
      return (shares[hits] ?? 0) * (1 - p) + (shares[hits - 1] ?? 0) * p;
    });
  }
  return shares.slice(Math.max(0, least)).reduce((sum, share) => sum + share, 0);
}

function quartile(quarter: number, values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const fourths = (sorted.length - 1) * quarter;
  const below = sorted[Math.floor(fourths / 4)]!;
  const above = sorted[Math.ceil(fourths / 4)]!;
  return below + ((above - below) * (fourths % 4)) / 4;
}

/** Top share, Herfindahl–Hirschman index, Gini as the mean difference, entropy by its greatest. */
function measuresOf(amounts: readonly number[]): Cell[] {
  const total = amounts.reduce((a, b) => a + b, 0);
  if (total === 0) return [null, null, null, null];
  const shares = amounts.map((amount) => amount / total);
  const places = shares.length;
  const differences = shares.flatMap((a) => shares.map((b) => Math.abs(a - b)));
  const bits = shares.map((share) => (share === 0 ? 0 : share * Math.log2(1 / share)));
  const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return [
    Math.max(...shares),
    add(shares.map((share) => share ** 2)),
    add(differences) / (2 * places),
    places === 1 ? null : add(bits) / Math.log2(places),
  ];
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
