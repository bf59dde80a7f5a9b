/**
 * Polls a control port on a clock, and connects again when it goes away.
 * Owns the pace, the back-off and the gaps; what a poll asks is native.ts's and stock/'s.
 */
import { isDeepStrictEqual } from 'node:util';
import { ConntapeError, messageOf } from '../error.ts';
import { scrubText } from '../listing/privacy.ts';
import {
  type Between,
  CLOCK_AHEAD,
  type Header,
  type Snapshot,
  type Source,
  startOf,
  type TapeItem,
} from '../listing/snapshot.ts';

/** A control port that is there, authenticated and known: one connection's life. */
export interface PolledConnection {
  readonly header: Header;
  /**
   * Asks for the process of the Tor that is polled; undefined where none is polled. Rejects where it
   * cannot be said to be any of this machine's.
   */
  askPid(): Promise<number | undefined>;
  /**
   * What is there now: a snapshot, behind the sessions and gaps before it that the other side knows
   * of. The header holds until the first session. A snapshot that is not later than the one before
   * is nothing new. Rejects where it fails; the connection is of no use then.
   */
  poll(at: number): Promise<readonly TapeItem[]>;
  /** Resolves once, with the cause, when the connection ends. */
  readonly closed: Promise<ConntapeError>;
  close(): Promise<void>;
}

/** Connects, authenticates and learns what there is to know before the first poll. */
export type OpenPolled = (signal: AbortSignal) => Promise<PolledConnection>;

/** Time as the recorder needs it. */
export interface Clock {
  /** Milliseconds since the epoch, UTC; may jump. */
  wall(): number;
  /** Milliseconds since anything; never jumps. */
  monotonic(): number;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface PollingOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Called with what the operator should know: outages, skipped polls, a stepped clock. */
  readonly notice: (text: string) => void;
  /** Spreads reconnections; 0 to below 1. */
  readonly random: () => number;
  /** What times must be later than: where a recording ends that is gone on with. */
  readonly endsAt?: () => number | undefined;
}

/** The first wait before connecting again, and the longest: doubled from one to the other. */
const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 60_000;

/** A wall clock that is further from the monotonic one than this was stepped. */
const STEP_MS = 2000;

/**
 * Opens a source that polls every `intervalMs`. The first connection must succeed, so that a wrong
 * address or password is an error at once; later ones are retried for ever, and each outage is a
 * gap with its reason. A poll that takes longer than the interval skips the ones it covers.
 */
export async function openPolling(
  open: OpenPolled,
  options: PollingOptions,
  signal: AbortSignal,
): Promise<Source> {
  return new PollingSource(await open(signal), open, options);
}

function isBetween(item: TapeItem): item is Between {
  return item.kind !== 'snapshot';
}

/** A time in which nothing could be polled: since when, and why. */
interface Outage {
  readonly from: number;
  readonly reason: string;
}

class PollingSource implements Source {
  readonly #open: OpenPolled;
  readonly #options: PollingOptions;
  readonly #time: Timeline;
  readonly #fingerprint: string;
  /** Of the last session; undefined before the first. */
  #header: Header | undefined;
  /** Of a connection that was opened since the last snapshot. */
  #opened: Header | undefined;
  #connection: PolledConnection | undefined;
  #lastAt: number | undefined;
  #outage: Outage | undefined;
  /** What was yielded before the last snapshot, and since. */
  #told = new Set<string>();
  #backoffMs = FIRST_BACKOFF_MS;

  constructor(first: PolledConnection, open: OpenPolled, options: PollingOptions) {
    this.#fingerprint = first.header.relay.fingerprint;
    this.#opened = first.header;
    this.#connection = first;
    this.#open = open;
    this.#options = options;
    this.#time = new Timeline(options);
  }

  async *items(signal: AbortSignal): AsyncGenerator<TapeItem, void> {
    const { clock, intervalMs } = this.#options;
    let due = clock.monotonic();
    let connection = this.#connection;
    let wake = wakeOf(connection, signal);
    while (connection !== undefined && !signal.aborted) {
      try {
        yield* await this.#poll(connection);
      } catch (thrown) {
        if (signal.aborted) return;
        connection = await this.#connectAgain(thrown, signal);
        wake = wakeOf(connection, signal);
        due = clock.monotonic();
        continue;
      }
      const late = clock.monotonic() - due;
      due += intervalMs * (Math.max(0, Math.floor(late / intervalMs)) + 1);
      await clock.wait(due - clock.monotonic(), wake);
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  /** What is new there; where there was an outage, its gap is the first of it. */
  async #poll(connection: PolledConnection): Promise<TapeItem[]> {
    const { clock, intervalMs, notice } = this.#options;
    const at = this.#time.now();
    const started = clock.monotonic();
    const items = await connection.poll(at);
    const tookMs = clock.monotonic() - started;
    this.#backoffMs = FIRST_BACKOFF_MS;
    const skipped = Math.floor(tookMs / intervalMs);
    if (skipped > 0) {
      notice(`a poll took longer than the interval: ${skipped} skipped, try a longer --interval`);
    }
    const snapshot = items.find((item) => item.kind === 'snapshot');
    if (snapshot === undefined || snapshot.at <= (this.#lastAt ?? Number.NEGATIVE_INFINITY)) {
      return this.#outage === undefined ? this.#trailing(items) : [];
    }
    const before = this.#toldBefore(snapshot, items.filter(isBetween));
    this.#lastAt = snapshot.at;
    this.#told = new Set(before.map((item) => JSON.stringify(item)));
    // A snapshot of another clock's tells how long its own poll took, if anyone knows.
    const pollMs = snapshot.at === at ? snapshot.pollMs || tookMs : snapshot.pollMs;
    return [...before, { ...this.#time.told(snapshot, at), pollMs }];
  }

  /** What is yielded before a snapshot, given what the other side knows of the time before it. */
  #toldBefore(snapshot: Snapshot, known: readonly Between[]): Between[] {
    const before = [...known];
    if (this.#outage !== undefined) {
      before.unshift({ kind: 'gap', ...this.#outage, to: snapshot.at, extra: {} });
      this.#outage = undefined;
    }
    const header = this.#opened;
    this.#opened = undefined;
    if (header !== undefined && !before.some((item) => item.kind === 'session')) {
      // The first of all has no time of its own; one after an outage stands behind its gap.
      if (this.#header !== undefined) before.push({ kind: 'session', at: snapshot.at, header });
      else before.unshift({ kind: 'session', at: startOf(before[0] ?? snapshot), header });
    }
    return before.filter((item) => this.#isNews(item));
  }

  /** Whether an item says more than what was yielded before: a session may say the same again. */
  #isNews(item: Between): boolean {
    if (item.kind === 'gap') return true;
    if (isDeepStrictEqual(item.header, this.#header)) return false;
    this.#header = item.header;
    return true;
  }

  /** What came after the last snapshot, each once: at its end a served recording tells of it. */
  #trailing(items: readonly TapeItem[]): Between[] {
    const news = items
      .filter(isBetween)
      .filter((item) => startOf(item) >= this.#lastAt! && !this.#told.has(JSON.stringify(item)))
      .filter((item) => this.#isNews(item));
    for (const item of news) this.#told.add(JSON.stringify(item));
    return news;
  }

  /** Connects again, however long it takes; undefined where the signal aborted meanwhile. */
  async #connectAgain(thrown: unknown, signal: AbortSignal): Promise<PolledConnection | undefined> {
    const { clock, notice, random } = this.#options;
    const reason = scrubText(messageOf(thrown));
    // Its gap ends, and is told, with the next snapshot: what fails in between is the same outage.
    this.#outage ??= { from: this.#lastAt ?? this.#time.now(), reason };
    notice(`${reason}; connecting again`);
    await this.close().catch(() => {});
    for (;;) {
      // Half to all of it, so that many recorders do not come back at one moment.
      await clock.wait(this.#backoffMs * (0.5 + random() / 2), signal);
      if (signal.aborted) return undefined;
      this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_BACKOFF_MS);
      const connection = await this.#open(signal).catch(() => undefined);
      if (connection === undefined) continue;
      this.#connection = connection;
      this.#opened = connection.header;
      if (connection.header.relay.fingerprint !== this.#fingerprint) {
        throw new ConntapeError('recording', {
          operation: 'connecting again',
          cause: 'another relay answers there now',
          hint: 'record it into another file',
        });
      }
      notice('connected again');
      return connection;
    }
  }
}

/**
 * A signal that ends a wait when the connection does, or the source. One a connection: a promise
 * raced at every poll would keep something of each race.
 */
function wakeOf(connection: PolledConnection | undefined, signal: AbortSignal): AbortSignal {
  const wake = new AbortController();
  const abort = () => wake.abort();
  signal.addEventListener('abort', abort, { once: true });
  void connection?.closed.then(() => {
    signal.removeEventListener('abort', abort);
    abort();
  });
  return wake.signal;
}

/**
 * Times that only go forward, at the monotonic clock's pace. They start where the wall clock stands
 * and follow it when it is stepped forward. Stepped back, it would repeat times that the tape
 * already holds: they go on as if it had not been, and say by how much they are ahead.
 */
class Timeline {
  readonly #clock: Clock;
  readonly #notice: (text: string) => void;
  readonly #endsAt: PollingOptions['endsAt'];
  /** Wall clock minus monotonic clock, as these times take it. */
  #base: number;
  #last = 0;
  #ahead = 0;
  #toldAhead = 0;

  constructor({ clock, notice, endsAt }: PollingOptions) {
    this.#clock = clock;
    this.#notice = notice;
    this.#endsAt = endsAt;
    this.#base = clock.wall() - clock.monotonic();
  }

  /** The snapshot taken at `at`; where its time is this clock's, how far that is ahead, if news. */
  told(snapshot: Snapshot, at: number): Snapshot {
    if (snapshot.at !== at || this.#ahead === this.#toldAhead) return snapshot;
    this.#toldAhead = this.#ahead;
    return { ...snapshot, info: new Map(snapshot.info).set(CLOCK_AHEAD, `${this.#ahead}`) };
  }

  /** Milliseconds since the epoch, later than the time before. */
  now(): number {
    this.#followTape();
    const step = this.#clock.wall() - this.#clock.monotonic() - this.#base;
    if (step > STEP_MS) {
      this.#base += step;
      this.#notice(`the clock was stepped forward by ${Math.round(step / 1000)} s`);
    }
    const ahead = step < -STEP_MS ? Math.round(-step / 1000) : 0;
    if (Math.abs(ahead - this.#ahead) > 1) {
      this.#ahead = ahead;
      if (ahead > 0) this.#notice(`the clock was stepped back: times go on ${ahead} s ahead of it`);
    }
    this.#last = Math.max(Math.round(this.#base + this.#clock.monotonic()), this.#last + 1);
    return this.#last;
  }

  /** Times begin behind the end of the recording: a clock that was once ahead is one stepped back. */
  #followTape(): void {
    const endsAt = this.#endsAt?.();
    const now = this.#base + this.#clock.monotonic();
    if (endsAt === undefined || endsAt < Math.round(now) || endsAt <= this.#last) return;
    const aheadMs = endsAt + 1 - now;
    this.#base += aheadMs;
    const ahead = this.#base - (this.#clock.wall() - this.#clock.monotonic());
    if (ahead <= STEP_MS) return;
    this.#ahead = Math.round(ahead / 1000);
    const end = new Date(endsAt).toISOString();
    this.#notice(
      `the recording ends at ${end}, ahead of the clock: times go on there, ${this.#ahead} s ahead`,
    );
  }
}
