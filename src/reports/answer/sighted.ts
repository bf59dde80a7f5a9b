/**
 * What stood in the listings of a window that a complaint may be about.
 * Owns the one pass over them and what is counted in it; what it says is the questions'. Times are
 * milliseconds since the epoch, UTC.
 */
import { directionOf, isOutsideTor, usageOf } from '../../listing/flags.ts';
import { isSameIp } from '../../listing/ip.ts';
import { METRICS_READ } from '../../listing/metrics.ts';
import { type Outside, outsideOf } from '../../listing/outside.ts';
import { isLocalAddress } from '../../listing/privacy.ts';
import { playback } from '../../recording/playback/playback.ts';
import type { Rows, Step } from '../../recording/playback/step.ts';
import type { Recording, Window } from '../../recording/reader.ts';
import { createdBetween } from '../caught.ts';
import { MatchingRows } from '../findings/matching.ts';
import type { InfoMap } from '../numbers.ts';
import { WITHHELD } from '../outbound.ts';
import type { ComplaintDestination } from './complaint.ts';

/** Snapshots one after another without a gap in between; at least one. */
export interface Piece {
  readonly times: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** A connection that stood in snapshots of the window. */
export interface SightedConnection {
  readonly run: number;
  readonly connId: number;
  readonly orId: string;
  readonly ip: string;
  readonly port: number;
  readonly flags: string;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  /** The first snapshot that ever held it, by number. */
  readonly firstSnapshot: number;
  /** In the window. */
  readonly firstSeen: number;
  lastSeen: number;
}

/** Connections of a kind. */
export interface SightedKind {
  readonly connections: readonly SightedConnection[];
  /** The most in one snapshot. */
  readonly mostAtOnce: number;
}

/** What Tor's MetricsPort counted. */
export interface TorCounted {
  readonly from: number;
  readonly to: number;
  /** Exit connections that Tor made in that time, and those of them that a snapshot held. */
  readonly created: number;
  readonly caught: number;
}

/** A life of Tor as a snapshot shows it. */
export interface ShownLife {
  readonly at: number;
  /** When the process began, by its uptime; undefined where that was not read. */
  readonly began: number | undefined;
}

export interface Sightseeing {
  readonly snapshots: number;
  /** To relay traffic, out of the Tor network, by their flags. */
  readonly leaving: SightedKind;
  /** Whose direction or use is not known, and whose address is withheld. */
  readonly unsure: SightedKind;
  /** Outbound or maybe, and withheld, whatever their use. */
  readonly withheld: SightedKind;
  /** Of `leaving` and the like those whose address is the operator's own network. */
  readonly local: SightedKind;
  /** Outbound, with an address that is kept. */
  readonly kept: SightedKind;
  /** Of `kept` those to the destination of the complaint. */
  readonly toDestination: SightedKind;
  /** The greatest counts that a source gave of places outside; undefined where it gave none. */
  readonly outside: Pick<Outside, 'connections' | 'addresses' | 'most'> | undefined;
  /** One a run of Tor in which the MetricsPort was read twice; none where it never was. */
  readonly counted: readonly TorCounted[];
  /** The longest step that was not blind, milliseconds; 0 where there is none. */
  readonly longestStepMs: number;
  /** Of each piece, its first snapshot, each that shows another birth than the one before, and its last. */
  readonly lives: readonly (readonly ShownLife[])[];
}

/** Plays a window, which must hold a snapshot, and sees what is there. */
export function sightsIn(
  recording: Recording,
  window: Window,
  destination: ComplaintDestination | undefined,
): { readonly pieces: Piece[]; readonly sights: Sightseeing } {
  const pieces: { times: number[]; from: number; to: number }[] = [];
  const lives: ShownLife[][] = [];
  const isTo = isToDestination(destination);
  const kinds = {
    leaving: new Following(isLeaving),
    unsure: new Following(isUnsure),
    withheld: new Following(isWithheldOutbound),
    local: new Following(isIntoLocalNetwork),
    kept: new Following(isKeptOutbound),
    toDestination: new Following((rows, slot) => isKeptOutbound(rows, slot) && isTo(rows, slot)),
  };
  const counts = new TorCount();
  let snapshots = 0;
  let longestStepMs = 0;
  let outside: Sightseeing['outside'];
  for (const step of playback({ recording, window })) {
    const { at, since, acrossGap } = step;
    const life = lifeAt(step);
    const last = pieces.at(-1);
    snapshots++;
    if (last === undefined || acrossGap) {
      pieces.push({ times: [at], from: at, to: at });
      lives.push([life]);
    } else {
      last.times.push(at);
      last.to = at;
      takeLife(lives.at(-1)!, life);
      longestStepMs = Math.max(longestStepMs, at - since!);
    }
    for (const kind of Object.values(kinds)) kind.watch(step);
    counts.watch(step);
    outside = greatestOf(outside, outsideOf(step.aside.extra));
  }
  const { leaving } = kinds;
  return {
    pieces,
    sights: {
      ...{ snapshots, outside, longestStepMs, lives },
      ...{ leaving, unsure: kinds.unsure, withheld: kinds.withheld, local: kinds.local },
      ...{ kept: kinds.kept, toDestination: kinds.toDestination },
      counted: counts.counted(leaving.connections),
    },
  };
}

/** Connections of a kind, as they come and go. */
class Following implements SightedKind {
  mostAtOnce = 0;
  readonly #rows: MatchingRows;
  readonly #byId = new Map<string, SightedConnection>();

  constructor(isOfKind: (rows: Rows, slot: number) => boolean) {
    this.#rows = new MatchingRows(isOfKind);
  }

  get connections(): readonly SightedConnection[] {
    return [...this.#byId.values()];
  }

  watch(step: Step): void {
    const { rows, run, at } = step;
    const there = new Set<number>();
    for (const slot of this.#rows.follow(step)) {
      const { connId, openedAt, openedKnown, firstSnapshot } = rows.connectionOf(slot);
      there.add(connId);
      // A number may be another connection's later.
      const id = `${run} ${connId} ${firstSnapshot}`;
      const known = this.#byId.get(id);
      if (known !== undefined) {
        known.lastSeen = at;
        continue;
      }
      const { orId, ip, port, flags } = rows.labelOf(slot);
      this.#byId.set(id, {
        ...{ run, connId, orId, ip, port, flags, openedAt, openedKnown, firstSnapshot },
        ...{ firstSeen: at, lastSeen: at },
      });
    }
    this.mostAtOnce = Math.max(this.mostAtOnce, there.size);
  }
}

/** What Tor's MetricsPort says of exit connections, run by run. */
class TorCount {
  readonly #read: { run: number; first: ReadStep; last: ReadStep }[] = [];

  watch({ run, at, number, info }: Step): void {
    if (info.get(METRICS_READ) !== 'yes') return;
    const read = { at, number, info };
    const last = this.#read.at(-1);
    if (last?.run === run) last.last = read;
    else this.#read.push({ run, first: read, last: read });
  }

  counted(leaving: readonly SightedConnection[]): TorCounted[] {
    return this.#read.flatMap(({ run, first, last }) => {
      const created = createdBetween(first.info, last.info).exit;
      if (last.number === first.number || created === undefined) return [];
      const caught = leaving.filter(
        (one) =>
          one.run === run && one.firstSnapshot > first.number && one.firstSnapshot <= last.number,
      ).length;
      return [{ from: first.at, to: last.at, created, caught }];
    });
  }
}

interface ReadStep {
  readonly at: number;
  readonly number: number;
  readonly info: InfoMap;
}

function lifeAt({ at, info }: Step): ShownLife {
  const uptime = info.get('info/uptime-process');
  const isKnown = uptime !== undefined && /^\d{1,12}$/.test(uptime);
  return { at, began: isKnown ? at - Number(uptime) * 1000 : undefined };
}

/** The last of them gives way to one of the same birth, but for the first. */
function takeLife(lives: ShownLife[], life: ShownLife): void {
  const [before, last] = [lives.at(-2), lives.at(-1)!];
  if (before !== undefined && isSameBirth(before, last) && isSameBirth(last, life)) lives.pop();
  lives.push(life);
}

/** Uptime is in seconds, and a poll may take some: births that far apart may be one. */
const SAME_BIRTH_MS = 5000;

/** Whether two snapshots show one process, as far as uptimes say. */
export function isSameBirth(one: ShownLife, other: ShownLife): boolean {
  if (one.began === undefined || other.began === undefined) return one.began === other.began;
  return Math.abs(one.began - other.began) <= SAME_BIRTH_MS;
}

function greatestOf(
  before: Sightseeing['outside'],
  now: Outside | undefined,
): Sightseeing['outside'] {
  if (now === undefined || before === undefined) return now ?? before;
  return {
    connections: Math.max(before.connections, now.connections),
    addresses: Math.max(before.addresses, now.addresses),
    most: Math.max(before.most, now.most),
  };
}

function isLeaving(rows: Rows, slot: number): boolean {
  const flags = rows.flagsOf(slot);
  return (
    directionOf(flags) === 'outbound' &&
    usageOf(flags) === 'relay' &&
    isOutsideTor(flags) &&
    rows.labelOf(slot).orId === '0'
  );
}

function isUnsure(rows: Rows, slot: number): boolean {
  const flags = rows.flagsOf(slot);
  if (directionOf(flags) === 'inbound') return false;
  const isUnknown = directionOf(flags) === 'unknown' || usageOf(flags) === 'unknown';
  return isUnknown && isWithheldOutbound(rows, slot);
}

function isWithheldOutbound(rows: Rows, slot: number): boolean {
  if (directionOf(rows.flagsOf(slot)) === 'inbound') return false;
  const { orId, ip } = rows.labelOf(slot);
  return orId === '0' && ip === WITHHELD;
}

function isKeptOutbound(rows: Rows, slot: number): boolean {
  return directionOf(rows.flagsOf(slot)) !== 'inbound' && rows.labelOf(slot).ip !== WITHHELD;
}

function isIntoLocalNetwork(rows: Rows, slot: number): boolean {
  const usage = usageOf(rows.flagsOf(slot));
  if (usage !== 'relay' && usage !== 'unknown') return false;
  const { orId, ip } = rows.labelOf(slot);
  return orId === '0' && isLocalAddress(ip) && isKeptOutbound(rows, slot);
}

function isToDestination(destination: ComplaintDestination | undefined) {
  return (rows: Rows, slot: number): boolean => {
    if (destination === undefined) return false;
    const { ip, port } = rows.labelOf(slot);
    const isPort = destination.port === undefined || destination.port === port;
    return isPort && isSameIp(ip, destination.ip);
  };
}
