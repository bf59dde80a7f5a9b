/**
 * What kept a snapshot from coming in time, from the one before it on.
 * Owns the account and its words; what is done about a delay is polling.ts's.
 */
import type { Clock, Jumps, RecordedTime } from './recordedTime.ts';

/**
 * An answer that begins within this is of the poll's own time: UPTIME is in whole seconds. One that
 * begins later was made later, by a Tor that hung.
 */
const PROMPT_MS = 1000;

/** A cause is named where it took at least this share of what the greatest one did. */
const NAMED_SHARE = 0.2;

/** What a poll reports of itself while it is under way. */
export interface PollWatch {
  /**
   * Called when the data are taken, again where they are taken anew: what was taken before counts
   * for nothing. Gives the time that the snapshot is to have, milliseconds since the epoch.
   */
  taken(): number;
  /** Gives what `read` gives, and counts its time as the reading of sockets with this tool. */
  sockets<Read>(tool: string, read: () => Promise<Read>): Promise<Read>;
}

/** One poll, from when Tor is asked until it has answered. */
export class Poll implements PollWatch {
  readonly #clock: Clock;
  readonly #time: RecordedTime;
  readonly #since: number;
  readonly #stalledBefore: number;
  readonly #sockets = new Map<string, number>();
  /** When it began, milliseconds since the epoch. */
  readonly began: number;
  #at: number;

  constructor(clock: Clock, time: RecordedTime) {
    this.#clock = clock;
    this.#time = time;
    this.#since = clock.monotonic();
    this.#stalledBefore = clock.stalled?.() ?? 0;
    this.began = time.now();
    this.#at = this.began;
  }

  /** The time of its snapshot, milliseconds since the epoch. */
  get at(): number {
    return this.#at;
  }

  get tookMs(): number {
    return this.#clock.monotonic() - this.#since;
  }

  taken(): number {
    if (this.#time.peek() - this.#at > PROMPT_MS) this.#at = this.#time.now();
    return this.#at;
  }

  async sockets<Read>(tool: string, read: () => Promise<Read>): Promise<Read> {
    const began = this.#clock.monotonic();
    try {
      return await read();
    } finally {
      const ms = this.#clock.monotonic() - began;
      this.#sockets.set(tool, (this.#sockets.get(tool) ?? 0) + ms);
    }
  }

  /** Adds what it spent its time on so far: what nobody claims was waiting for Tor. */
  addTo(delays: Delays): void {
    const { tookMs } = this;
    const stalled = Math.min(tookMs, (this.#clock.stalled?.() ?? 0) - this.#stalledBefore);
    const awake = tookMs - stalled;
    delays.add(stoodStill, stalled);
    let most = 0;
    for (const [tool, ms] of this.#sockets) {
      // A tool that reads beside the poll takes its time while Tor takes its own.
      delays.add((time) => `reading the sockets with ${tool} took ${time}`, Math.min(ms, awake));
      most = Math.max(most, ms);
    }
    delays.add((time) => `Tor did not answer for ${time} (stopped or busy)`, awake - most);
  }
}

type Words = (time: string) => string;

interface Delay {
  readonly words: Words;
  readonly ms: number;
}

export class Delays {
  #delays: Delay[] = [];

  add(words: Words, ms: number): void {
    if (ms > 0) this.#delays.push({ words, ms });
  }

  addJumps({ slept, stepped }: Jumps, knowsSleep: boolean): void {
    this.add((time) => `the machine slept for ${time}`, slept);
    const orSlept = knowsSleep ? '' : ', or the machine slept';
    this.add((time) => `the clock was stepped forward by ${time}${orSlept}`, stepped);
  }

  /** A wait that lasted longer than it was asked for. */
  addOverrun(ms: number): void {
    this.add(stoodStill, ms);
  }

  addKeeping(ms: number): void {
    this.add((time) => `keeping the snapshot before took ${time}`, ms);
  }

  /** The greatest causes, the greatest first; undefined where none is known. */
  get reason(): string | undefined {
    const sums = new Map<string, Delay>();
    for (const { words, ms } of this.#delays) {
      const name = words('');
      sums.set(name, { words, ms: (sums.get(name)?.ms ?? 0) + ms });
    }
    const causes = [...sums.values()].sort((a, b) => b.ms - a.ms);
    const least = (causes[0]?.ms ?? 0) * NAMED_SHARE;
    const named = causes.filter(({ ms }) => ms >= least);
    return named.length === 0
      ? undefined
      : named.map(({ words, ms }) => words(secondsOf(ms))).join('; ');
  }

  clear(): void {
    this.#delays = [];
  }
}

function stoodStill(time: string): string {
  return `the recorder stood still for ${time} (stopped, or the machine was too busy)`;
}

/** `3600 s`, `2.5 s`, `0.3 s`. */
export function secondsOf(ms: number): string {
  return ms >= 10_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 100) / 10} s`;
}
