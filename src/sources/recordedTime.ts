/**
 * The times of what is recorded: they only go forward, at the monotonic clock's pace.
 * Owns what a stepped wall clock and a machine that slept make of them; when to poll is polling.ts's.
 */
import { CLOCK_AHEAD, type Snapshot } from '../listing/snapshot.ts';

/** Time as the recorder needs it. */
export interface Clock {
  /** Milliseconds since the epoch, UTC; may jump. */
  wall(): number;
  /** Milliseconds since anything; never jumps, and stands still while the machine sleeps. */
  monotonic(): number;
  /**
   * Milliseconds since anything; never jumps, and goes on while the machine sleeps. Undefined, or
   * absent, where the system does not say.
   */
  boot?(): number | undefined;
  /**
   * Milliseconds in which this process did not come to anything, in all so far. Absent where a wait
   * may last as it likes, as in a story that is played.
   */
  stalled?(): number;
  /** Resolves after this many milliseconds, or at once when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** A clock that is further from the monotonic one than it was jumped; less is drift. */
const JUMP_MS = 2000;

/** How far time jumped, milliseconds; 0 where it did not. */
export interface Jumps {
  readonly slept: number;
  readonly stepped: number;
}

export interface RecordedTimeOptions {
  readonly clock: Clock;
  readonly notice: (text: string) => void;
  /** What times must be later than: where a recording ends that is gone on with. */
  readonly endsAt?: () => number | undefined;
}

/**
 * Starts where the wall clock stands and follows it when it is stepped forward, or the machine slept.
 * Stepped back, it would repeat times that the tape already holds: they go on as if it had not been,
 * and say by how much they are ahead.
 */
export class RecordedTime {
  readonly #clock: Clock;
  readonly #notice: (text: string) => void;
  readonly #endsAt: RecordedTimeOptions['endsAt'];
  /** Wall clock minus monotonic clock, as these times take it. */
  #base: number;
  /** Boot clock minus monotonic clock, as far as that is accounted for. */
  #asleep: number | undefined;
  #last = 0;
  #ahead = 0;
  #reportedAhead = 0;
  #slept = 0;
  #stepped = 0;

  constructor({ clock, notice, endsAt }: RecordedTimeOptions) {
    this.#clock = clock;
    this.#notice = notice;
    this.#endsAt = endsAt;
    this.#base = clock.wall() - clock.monotonic();
    this.#asleep = this.#readAsleep();
  }

  /** Whether a sleep is distinguished from a step of the clock. */
  get knowsSleep(): boolean {
    return this.#asleep !== undefined;
  }

  /** Milliseconds since the epoch, later than the time before. */
  now(): number {
    this.#last = Math.max(this.peek(), this.#last + 1);
    return this.#last;
  }

  /** What `now` would be, but for being later than the time before. */
  peek(): number {
    this.#follow();
    return Math.round(this.#base + this.#clock.monotonic());
  }

  /** How far time jumped since this was asked before. */
  takeJumps(): Jumps {
    const jumps = { slept: this.#slept, stepped: this.#stepped };
    this.#slept = 0;
    this.#stepped = 0;
    return jumps;
  }

  /** The snapshot with how far these times are ahead of the clock, if that is news. */
  dated(snapshot: Snapshot): Snapshot {
    if (this.#ahead === this.#reportedAhead) return snapshot;
    this.#reportedAhead = this.#ahead;
    return { ...snapshot, info: new Map(snapshot.info).set(CLOCK_AHEAD, `${this.#ahead}`) };
  }

  #follow(): void {
    this.#followTape();
    const asleep = this.#readAsleep();
    const slept = asleep === undefined ? 0 : asleep - (this.#asleep ?? asleep);
    if (slept > JUMP_MS) {
      this.#base += slept;
      this.#slept += slept;
    }
    // One that goes back is another clock than before, as in a container that was moved.
    if (Math.abs(slept) > JUMP_MS || this.#asleep === undefined) this.#asleep = asleep;
    const step = this.#clock.wall() - this.#clock.monotonic() - this.#base;
    if (step > JUMP_MS) {
      this.#base += step;
      this.#stepped += step;
    }
    const ahead = step < -JUMP_MS ? Math.round(-step / 1000) : 0;
    if (Math.abs(ahead - this.#ahead) <= 1) return;
    this.#ahead = ahead;
    if (ahead === 0) return;
    this.#notice(`the clock was stepped back: times go on ${ahead} s ahead of it`);
  }

  /** Times begin behind the end of the recording: a clock that was once ahead is one stepped back. */
  #followTape(): void {
    const endsAt = this.#endsAt?.();
    const now = this.#base + this.#clock.monotonic();
    if (endsAt === undefined || endsAt < Math.round(now) || endsAt <= this.#last) return;
    const aheadMs = endsAt + 1 - now;
    this.#base += aheadMs;
    const ahead = this.#base - (this.#clock.wall() - this.#clock.monotonic());
    if (ahead <= JUMP_MS) return;
    this.#ahead = Math.round(ahead / 1000);
    const end = new Date(endsAt).toISOString();
    this.#notice(
      `the recording ends at ${end}, ahead of the clock: times go on there, ${this.#ahead} s ahead`,
    );
  }

  #readAsleep(): number | undefined {
    const boot = this.#clock.boot?.();
    return boot === undefined ? undefined : boot - this.#clock.monotonic();
  }
}
