/**
 * What stretches of time come to, in a window of a recording, without playing its tape.
 * Owns that what is under way is there, too: what ended is in tables, which stored.ts of
 * index/rollups reads.
 */
import type { Label } from '../listing/label.ts';
import type { PeerHour } from './index/rollups/peerTally.ts';
import {
  type HourGreatest,
  type MinuteBalance,
  type MinuteEnded,
  type NamedPeerHour,
  type PollTotal,
  rolledUp,
  type StoredRollups,
  type TenMinutesLopsided,
} from './index/rollups/stored.ts';
import { HOUR_MS, MINUTE_MS, TEN_MINUTES_MS } from './index/rollups/stretches.ts';
import type { Recording } from './reader.ts';
import { underWayIn } from './underWay.ts';
import type { Window } from './window.ts';

/** Those of the minute, the ten minutes and the hour in which the recording ends. */
interface Last {
  balance?: MinuteBalance;
  lopsided?: TenMinutesLopsided;
  greatest?: HourGreatest;
}

/**
 * The rollups of a recording (docs/recording-format.md, Rollups), each in order of time; a stretch
 * is of a window that shares time with it. A stretch in which nothing moved, ended or connected has
 * none, so that a window without any gives nothing. Bytes that were moved across a gap are in no
 * stretch. All throw `damaged` where the tables are not what was written.
 *
 * Rows for what ended, as it was known with the last snapshot of its stretch; what is under way, as
 * of the recording's last snapshot, is computed from its tape when it is first asked for: up to an
 * hour of it.
 */
export class RecordingRollups {
  readonly #recording: Recording;
  readonly #stored: StoredRollups;
  #last: Last | undefined;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#stored = recording.index.rollups();
  }

  /** Every snapshot of the window. */
  polls(window: Window): Generator<PollTotal, void> {
    return this.#stored.polls(window);
  }

  /** Minutes in which a circuit moved something whose bytes are known. */
  *balances(window: Window): Generator<MinuteBalance, void> {
    yield* this.#stored.balances(window);
    yield* within(window, this.#underWay.balance);
  }

  /** Minutes in which a connection was seen to end, those under way, too. */
  ended(window: Window): Generator<MinuteEnded, void> {
    return this.#stored.ended(window);
  }

  /** Ten minutes in which a circuit moved something whose bytes are known: 64 circuits at most. */
  *lopsided(window: Window): Generator<TenMinutesLopsided, void> {
    yield* this.#stored.lopsided(window);
    yield* within(window, this.#underWay.lopsided);
  }

  /** Hours in which a peer's connections opened or moved something: 200 peers a direction at most. */
  *greatest(window: Window): Generator<HourGreatest, void> {
    yield* this.#stored.greatest(window);
    yield* within(window, this.#underWay.greatest);
  }

  get #underWay(): Last {
    this.#last ??= lastOf(this.#recording);
    return this.#last;
  }
}

function lastOf(recording: Recording): Last {
  const last: Last = {};
  const peers = new NumberedPeers();
  const named = (hours: readonly PeerHour[]): NamedPeerHour[] =>
    hours.map(({ peer, ...hour }) => ({ ...peers.at(peer), ...hour }));
  underWayIn(recording, (label) => peers.numberOf(label))?.stretches.finish({
    balance: (minute, balance) => {
      last.balance = { ...rolledUp(minute, MINUTE_MS), ...balance };
    },
    lopsided: (tenMinutes, circuits) => {
      last.lopsided = { ...rolledUp(tenMinutes, TEN_MINUTES_MS), circuits };
    },
    greatest: (hour, { outbound, inbound }) => {
      const peersOf = { outbound: named(outbound), inbound: named(inbound) };
      last.greatest = { ...rolledUp(hour, HOUR_MS), ...peersOf };
    },
  });
  return last;
}

type NamedPeer = Pick<Label, 'orId' | 'ip'>;

/** Peers of labels, numbered as they are met. */
class NumberedPeers {
  readonly #numbers = new Map<string, number>();
  readonly #peers: NamedPeer[] = [];

  numberOf({ orId, ip }: NamedPeer): number {
    const key = `${orId} ${ip}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#peers.push({ orId, ip }) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  at(number: number): NamedPeer {
    return this.#peers[number]!;
  }
}

function* within<Kind extends Window>(window: Window, stretch: Kind | undefined) {
  if (stretch === undefined) return;
  if (stretch.from <= window.to && stretch.to > window.from) yield stretch;
}
