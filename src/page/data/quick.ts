/**
 * Parts of a window of a long recording, in a moment: from the rollups, and from frames where they are few.
 * Owns when a recording is long, and which part stands in for which; exact parts are parts.ts's.
 */
import { LENGTH_BANDS, leastLengthOf } from '../../recording/index/rollups/bands.ts';
import type { PeerHour } from '../../recording/index/rollups/peerTally.ts';
import type { NamedPeerHour } from '../../recording/index/rollups/stored.ts';
import { count } from '../../reports/findings/wording.ts';
import type {
  Curve,
  LanesPart,
  PartName,
  Parts,
  Ranking,
  RankingsPart,
  SurvivalPart,
} from '../parts.ts';
import { balancePart } from './balance.ts';
import { madeOnce, type PartInput } from './input.ts';
import { circuitsUnseen } from './lanes.ts';
import { denseLives } from './lives.ts';
import { quickLoad } from './load.ts';
import { pollsPart } from './polls.ts';
import { framedParts, lopsidedLanes } from './quickLanes.ts';

/** Whose index takes more than a moment to be read: every exact part reads all of it. */
const MANY_ENTRIES = 100_000;

/** Frames of so long a window, with so many rows in all, are read in a moment. */
const SHORT_MS = 3_600_000;
const FEW_ROWS = 1_000_000;

/** What something can stand in for. */
type QuickName = Exclude<PartName, 'findings' | 'polls'>;

type Quick = { readonly [Name in QuickName]: (input: PartInput) => Parts[Name] };

const framed = madeOnce(framedParts);

const QUICK: Quick = {
  lanes: (input) => (isShort(input) ? framed(input).lanes : longLanes(input)),
  balance: (input) => (isShort(input) ? framed(input).balance : balancePart(input)),
  lives: denseLives,
  survival: endedLives,
  rankings: greatestPeers,
  load: quickLoad,
};

/**
 * A part in a moment; undefined where the recording is not long, so that the exact one takes no longer, or where
 * nothing can stand in for it. Throws what reading the recording throws.
 */
export function makeQuickly<Name extends PartName>(
  name: Name,
  input: PartInput,
): Parts[Name] | undefined {
  // They are of the rollups anyway.
  if (name === 'polls') return pollsPart(input) as Parts[Name];
  if (name === 'findings' || input.recording.index.entryCount() <= MANY_ENTRIES) return undefined;
  return standIn(name as QuickName, input) as Parts[Name];
}

/** What stands in for an exact part, however long the recording is. */
export function standIn<Name extends QuickName>(name: Name, input: PartInput): Parts[Name] {
  return (QUICK[name] as (input: PartInput) => Parts[Name])(input);
}

function isShort({ recording, window }: PartInput): boolean {
  if (window.to - window.from > SHORT_MS) return false;
  let rows = 0;
  for (const { connections } of recording.index.rollups().polls(window)) rows += connections;
  return rows <= FEW_ROWS;
}

function longLanes(input: PartInput): LanesPart {
  const unseen = circuitsUnseen(input.recording, input.window);
  if (unseen === null) return lopsidedLanes(input);
  return {
    ...{ since: [], at: [], subject: 'connection', total: 0, cells: null, raster: null },
    lanes: {
      ...{ run: [], id: [], openedAt: [], firstSeen: [], lastSeen: [], closedBy: [], shape: [] },
      ...{ inbound: [], outbound: [], read: [], written: [] },
    },
    exact: false,
    note: 'Connections come when they are computed, or in a window of an hour or less.',
  };
}

/** Of the connections that ended, how many lived on past each length. */
function endedLives({ recording, window }: PartInput): SurvivalPart {
  const counts = new Float64Array(LENGTH_BANDS);
  for (const ended of recording.index.rollups().ended(window)) {
    for (let band = 0; band < LENGTH_BANDS; band++) counts[band]! += ended.counts[band]!;
  }
  const all = counts.reduce((sum, one) => sum + one, 0);
  const curve = (edge: (band: number) => number): Curve => {
    const [age, share]: [number[], number[]] = [[], []];
    let left = all;
    for (let band = 0; band < LENGTH_BANDS; band++) {
      if (counts[band] === 0) continue;
      left -= counts[band]!;
      age.push(edge(band));
      share.push(left / all);
    }
    return { age, share, fewFrom: null };
  };
  const group = {
    ...{ subject: 'connection' as const, group: 'all', count: all, fromAge: 0 },
    least: curve(leastLengthOf),
    greatest: curve((band) => leastLengthOf(Math.min(band + 1, LENGTH_BANDS - 1))),
  };
  return {
    groups: all === 0 ? [] : [group],
    exact: false,
    note: `From the rollups: ${count(all, 'connection')} that ended, in bands of length. What is open still is left out, so that lives look shorter than they are.`,
  };
}

const SHOWN_PEERS = 40;

function greatestPeers({ recording, window }: PartInput): RankingsPart {
  const rollups = recording.index.rollups();
  const [outbound, inbound] = [new PeerSums(), new PeerSums()];
  for (const hour of rollups.greatestByNumber(window)) {
    outbound.add(hour.outbound);
    inbound.add(hour.inbound);
  }
  return {
    destinations: outbound.ranking((peer) => rollups.peerOf(peer), 'ip'),
    peers: inbound.ranking((peer) => rollups.peerOf(peer), 'orId'),
    exact: false,
    note: 'From the rollups: the 200 greatest of every hour, the one under way left out. Openings come when they are computed.',
  };
}

interface PeerSum {
  opened: number;
  concurrent: number;
  read: number;
  written: number;
}

/** What peers came to in some hours, by their numbers. */
class PeerSums {
  readonly #sums = new Map<number, PeerSum>();

  add(peers: readonly PeerHour[]): void {
    for (const { peer, ...hour } of peers) {
      const sum = this.#sums.get(peer);
      if (sum === undefined) this.#sums.set(peer, { ...hour });
      else addTo(sum, hour);
    }
  }

  /** @param key what of its name tells peers apart here. */
  ranking(
    peerOf: (peer: number) => Pick<NamedPeerHour, 'orId' | 'ip'>,
    key: 'orId' | 'ip',
  ): Ranking {
    const named = new Map<string, PeerSum & { readonly orId: string }>();
    // Of a peer there are few numbers, mostly one: beyond so many none is among the greatest.
    const greatest = [...this.#sums].sort(byBytes).slice(0, 4 * SHOWN_PEERS);
    for (const [peer, sum] of greatest) {
      const name = peerOf(peer);
      const known = named.get(name[key]);
      if (known === undefined) named.set(name[key], { orId: name.orId, ...sum });
      else addTo(known, sum);
    }
    const all = [...named].sort(byBytes).slice(0, SHOWN_PEERS);
    return {
      peer: all.map(([name]) => name),
      orId: all.map(([, { orId }]) => orId),
      connections: all.map(([, { opened }]) => opened),
      mostAtOnce: all.map(([, { concurrent }]) => concurrent),
      read: all.map(([, { read }]) => read),
      written: all.map(([, { written }]) => written),
      regularity: all.map(() => null),
      openings: all.map(() => []),
      total: this.#sums.size,
    };
  }
}

function byBytes([, a]: readonly [unknown, PeerSum], [, b]: readonly [unknown, PeerSum]): number {
  return b.read + b.written - a.read - a.written;
}

function addTo(sum: PeerSum, more: PeerSum): void {
  sum.opened += more.opened;
  sum.concurrent = Math.max(sum.concurrent, more.concurrent);
  sum.read += more.read;
  sum.written += more.written;
}
