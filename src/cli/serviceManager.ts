/**
 * What systemd hears of a recorder: that it is ready, that it lives, what it does.
 * Owns when it is told, and the telling (sd_notify(3)) by `systemd-notify`, since Node has no Unix
 * datagrams; what a sign of life is, is the loop's that waits on the clock given here.
 */
import { spawn } from 'node:child_process';
import { visible } from '../listing/visible.ts';
import type { Clock } from '../sources/recordedTime.ts';

/**
 * Signs of life in the time after which the manager gives up. It asks for two (sd_watchdog_enabled(3));
 * a timer that ends a moment early makes one of these wait for the next, and two must be left.
 */
const SIGNS_IN_LIMIT = 4;

/** How often the status is told where nothing watches. */
const UNWATCHED_MS = 60_000;

export interface ServiceOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since anything; never jumps. */
  readonly monotonic: () => number;
  /** One line: what is being done. */
  readonly status: () => string;
  /** Takes what the operator should be told, once. */
  readonly notice: (text: string) => void;
}

/** The manager that started this process; undefined where none did that wants to hear of it. */
export function serviceManager(options: ServiceOptions): ServiceManager | undefined {
  return (options.env['NOTIFY_SOCKET'] ?? '') === '' ? undefined : new ServiceManager(options);
}

export class ServiceManager {
  readonly #options: ServiceOptions;
  readonly #isWatched: boolean;
  readonly #everyMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #isReady = false;
  #hasFailed = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    const limitMs = Number(options.env['WATCHDOG_USEC']) / 1000;
    this.#isWatched = limitMs > 0;
    this.#everyMs = this.#isWatched ? limitMs / SIGNS_IN_LIMIT : UNWATCHED_MS;
  }

  /** Says that the start is over: nothing that is wrong with the command line or the file can come. */
  ready(): void {
    this.#isReady = true;
    this.#lastMs = this.#options.monotonic();
    this.#tell('--ready');
  }

  /** Says that the end has begun. */
  stopping(): void {
    this.#isReady = false;
    this.#tell('STOPPING=1');
  }

  /**
   * A clock whose waits are the signs of life of the loop that polls and connects: one is given as a
   * wait begins, and in the midst of a long one. A poll that never ends gives none, a Tor that is
   * looked for again and again does.
   */
  living(clock: Clock): Clock {
    return {
      ...clock,
      wait: async (ms, signal) => {
        let left = ms;
        do {
          this.#lives();
          const slice = Math.min(left, this.#everyMs);
          await clock.wait(slice, signal);
          left -= slice;
        } while (left > 0 && !signal.aborted);
      },
    };
  }

  /** As often as `SIGNS_IN_LIMIT` says, at most. */
  #lives(): void {
    const now = this.#options.monotonic();
    if (!this.#isReady || now - this.#lastMs < this.#everyMs) return;
    this.#lastMs = now;
    this.#tell(...(this.#isWatched ? ['WATCHDOG=1'] : []));
  }

  /**
   * The child waits until the manager has read it, and this process for nothing: with --no-block it
   * may be gone before the manager has looked whose it is, and what it said is then dropped.
   */
  #tell(...words: readonly string[]): void {
    const args = [`--status=${visible(this.#options.status())}`, ...words];
    const child = spawn('systemd-notify', args, { stdio: 'ignore', env: this.#options.env });
    child.unref();
    child.on('error', ({ message }) => {
      if (!this.#hasFailed) this.#options.notice(`systemd does not hear of this: ${message}`);
      this.#hasFailed = true;
    });
  }
}
