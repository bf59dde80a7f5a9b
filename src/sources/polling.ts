/**
 * Polls a control port on a clock, and connects again when it goes away.
 * Owns the pace and the gaps; what a poll asks is native.ts's and stock/'s, why one is late is
 * delays.ts's, what a lost connection means is outage.ts's.
 */
import { isRefusal } from '../control/client.ts';
import { ConntapeError } from '../error.ts';
import { isGap } from '../listing/pace.ts';
import {
  type Between,
  CLOCK_STEPPED,
  type Gap,
  type Snapshot,
  type TapeItem,
} from '../listing/snapshot.ts';
import type { Source } from '../listing/source.ts';
import { BetweenSnapshots, isBetween } from './between.ts';
import { Delays, Poll, secondsOf } from './delays.ts';
import { Notices } from './notices.ts';
import { Backoff, Outage } from './outage.ts';
import { causeOf, type OpenPolled, type PolledConnection, wakeOf } from './polledConnection.ts';
import { type Clock, type Jumps, RecordedTime } from './recordedTime.ts';

export interface PollingOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Called with what the operator should know: outages, skipped polls, a stepped clock. */
  readonly notice: (text: string) => void;
  /** Spreads reconnections; 0 to below 1. */
  readonly random: () => number;
  /** Whether the control port is on this machine, so that it costs nothing to look for it often. */
  readonly nearby?: boolean;
  /** What times must be later than: where a recording ends that is gone on with. */
  readonly endsAt?: () => number | undefined;
  /** A signal that ends a wait before connecting again: another each time after it has aborted. */
  readonly hurry?: () => AbortSignal;
}

/**
 * Opens a source that polls every `intervalMs`. The first connection must succeed, so that a wrong
 * address or password is an error at once; later ones are retried for ever. A poll that takes longer
 * than the interval skips the ones it covers. Every time without snapshots is a gap with its reason,
 * one that is not over at the end too.
 */
export async function openPolling(
  open: OpenPolled,
  options: PollingOptions,
  signal: AbortSignal,
): Promise<Source> {
  const time = new RecordedTime(options);
  return new PollingSource(await open(signal, () => time.peek()), open, options, time);
}

/** The last snapshot: its time, and the recorder's own, which is another where it was served. */
interface Last {
  readonly at: number;
  readonly ownAt: number;
}

class PollingSource implements Source {
  readonly #open: OpenPolled;
  readonly #options: PollingOptions;
  readonly #time: RecordedTime;
  readonly #between = new BetweenSnapshots();
  readonly #fingerprint: string;
  readonly #backoff: Backoff;
  readonly #notices: Notices;
  /** Since the last snapshot. */
  readonly #delays = new Delays();
  #connection: PolledConnection | undefined;
  #last: Last | undefined;
  #outage: Outage | undefined;
  /** The poll that is under way. */
  #underWay: Poll | undefined;

  constructor(
    first: PolledConnection,
    open: OpenPolled,
    options: PollingOptions,
    time: RecordedTime,
  ) {
    this.#fingerprint = first.header.relay.fingerprint;
    this.#between.opened(first.header);
    this.#connection = first;
    this.#open = open;
    this.#options = options;
    this.#time = time;
    this.#backoff = new Backoff(options.random, options.nearby === true);
    this.#notices = new Notices(options.notice, options.intervalMs);
  }

  async *items(signal: AbortSignal): AsyncGenerator<TapeItem, void> {
    const { clock, intervalMs } = this.#options;
    let due = clock.monotonic();
    let connection = this.#connection;
    let wake = wakeOf(connection, signal);
    while (connection !== undefined && !signal.aborted) {
      try {
        yield* this.#keeping(await this.#poll(connection, due));
      } catch (thrown) {
        if (signal.aborted) break;
        const cause = await causeOf(thrown, connection);
        this.#fail(cause);
        if (!isRefusal(cause)) {
          connection = await this.#connectAgain(signal);
          wake = wakeOf(connection, signal);
          due = clock.monotonic();
          continue;
        }
      }
      due += intervalMs * (Math.floor((clock.monotonic() - due) / intervalMs) + 1);
      await this.#wait(due - clock.monotonic(), wake);
    }
    if (signal.aborted) yield* this.#unfinished();
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  /** What is new there; where there was an outage, its gap is the first of it. */
  async #poll(connection: PolledConnection, due: number): Promise<TapeItem[]> {
    const { clock } = this.#options;
    const poll = new Poll(clock, this.#time);
    this.#underWay = poll;
    const items = await connection.poll(poll.at, poll);
    this.#underWay = undefined;
    this.#backoff.reset();
    poll.addTo(this.#delays);
    this.#notices.pace(clock.monotonic() - due, this.#delays.reason);
    const snapshot = items.find((item) => item.kind === 'snapshot');
    const known = items.filter(isBetween);
    if (snapshot === undefined || snapshot.at <= (this.#last?.at ?? Number.NEGATIVE_INFINITY)) {
      if (this.#outage !== undefined || this.#last === undefined) return [];
      return this.#between.trailing(known, this.#last.at);
    }
    const jumps = this.#takeJumps();
    const gap = this.#gapBefore(snapshot, poll, jumps, known);
    this.#last = { at: snapshot.at, ownAt: poll.at };
    this.#delays.clear();
    const before = this.#between.before(snapshot.at, gap, known);
    return [...before, this.#completed(snapshot, poll, jumps)];
  }

  /** How far apart snapshots are due: a port that serves may poll its Tor more rarely. */
  get #paceMs(): number {
    return Math.max(this.#options.intervalMs, this.#between.header?.intervalMs ?? 0);
  }

  /** The gap that the recorder itself has to declare before a snapshot, if any. */
  #gapBefore(snapshot: Snapshot, poll: Poll, jumps: Jumps, known: readonly Between[]) {
    const last = this.#last;
    const outage = this.#outage;
    if (outage !== undefined) {
      this.#outage = undefined;
      const lasted = secondsOf(poll.at - (last?.ownAt ?? outage.from));
      this.#options.notice(`polls are answered again, the first after ${lasted}`);
      return gapOf(outage.from, snapshot.at, outage.reason(poll.at));
    }
    if (last === undefined || known.some((item) => item.kind === 'gap' && item.to > last.at))
      return undefined;
    if (jumps.stepped === 0 && !isGap(poll.at - last.ownAt, this.#paceMs)) return undefined;
    const { reason } = this.#delays;
    return reason === undefined ? undefined : gapOf(last.at, snapshot.at, reason);
  }

  /** The snapshot with what only the recorder knows of it. */
  #completed(snapshot: Snapshot, poll: Poll, jumps: Jumps): Snapshot {
    const named = this.#notices.failures(snapshot);
    // A snapshot by another clock has how long its own poll took, if anyone knows.
    if (snapshot.at !== poll.at) return named;
    const stepped = jumps.stepped > 0 ? { [CLOCK_STEPPED]: Math.round(jumps.stepped) } : {};
    return {
      ...this.#time.dated(named),
      pollMs: snapshot.pollMs || poll.tookMs,
      extra: { ...snapshot.extra, ...stepped },
    };
  }

  /** The gap that is not over when the source ends. */
  #unfinished(): Between[] {
    const { intervalMs } = this.#options;
    const now = this.#time.now();
    const last = this.#last ?? { at: now, ownAt: now };
    const until = last.at + now - last.ownAt;
    if (this.#outage !== undefined) {
      const { from } = this.#outage;
      return this.#between.before(from, gapOf(from, until, this.#outage.reason(now)), []);
    }
    const hangs = (this.#underWay?.tookMs ?? 0) >= intervalMs;
    if (!hangs && !isGap(now - last.ownAt, this.#paceMs)) return [];
    this.#underWay?.addTo(this.#delays);
    this.#takeJumps();
    const { reason } = this.#delays;
    return reason === undefined || until <= last.at ? [] : [gapOf(last.at, until, reason)];
  }

  #takeJumps(): Jumps {
    const jumps = this.#time.takeJumps();
    const jumped = new Delays();
    jumped.addJumps(jumps, this.#time.knowsSleep);
    if (jumped.reason !== undefined) this.#options.notice(jumped.reason);
    this.#delays.addJumps(jumps, this.#time.knowsSleep);
    return jumps;
  }

  #fail(thrown: unknown): void {
    const { notice } = this.#options;
    const now = this.#time.now();
    const since = this.#underWay?.began ?? now;
    this.#underWay = undefined;
    if (this.#outage === undefined) {
      this.#outage = new Outage(this.#last?.at ?? since, since, thrown);
      const then = isRefusal(thrown) ? 'asking on' : 'connecting again';
      notice(`${this.#outage.reason(now)}; ${then}`);
    } else {
      this.#tellFailure(thrown);
    }
  }

  #tellFailure(thrown: unknown): void {
    const news = this.#outage?.goesOn(thrown);
    if (news !== undefined) this.#options.notice(`still not polled: ${news}`);
  }

  /** Connects again, however long it takes; undefined where the signal aborted meanwhile. */
  async #connectAgain(signal: AbortSignal): Promise<PolledConnection | undefined> {
    await this.close().catch(() => {});
    let failed: unknown;
    for (;;) {
      const { clock, hurry } = this.#options;
      const wake = hurry === undefined ? signal : AbortSignal.any([signal, hurry()]);
      await clock.wait(this.#backoff.next(failed), wake);
      if (signal.aborted) return undefined;
      try {
        this.#connection = await this.#open(signal, () => this.#time.peek());
      } catch (thrown) {
        failed = thrown;
        if (!signal.aborted) this.#tellFailure(thrown);
        continue;
      }
      const { header } = this.#connection;
      this.#between.opened(header);
      if (header.relay.fingerprint !== this.#fingerprint) {
        throw new ConntapeError('recording', {
          operation: 'connecting again',
          cause: 'another relay answers there now',
          hint: 'record it into another file',
        });
      }
      return this.#connection;
    }
  }

  /** Yields, and counts the time that keeping takes. */
  *#keeping(items: readonly TapeItem[]): Generator<TapeItem, void> {
    const { clock } = this.#options;
    const began = clock.monotonic();
    yield* items;
    this.#delays.addKeeping(clock.monotonic() - began);
  }

  async #wait(ms: number, wake: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const began = clock.monotonic();
    await clock.wait(ms, wake);
    if (clock.stalled === undefined || wake.aborted) return;
    this.#delays.addOverrun(clock.monotonic() - began - Math.max(0, ms));
  }
}

function gapOf(from: number, to: number, reason: string): Gap {
  return { kind: 'gap', from, to, reason, extra: {} };
}
