/**
 * argv → command → exit code.
 * Owns the process: its streams, its signals and its end, which comes from nowhere else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodeOf } from './commands/exit.ts';
import { Interruption } from './commands/io.ts';
import { runConntape } from './commands/program.ts';

/** The longest that a timer of Node's waits, about 25 days; a longer one would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * The signals that end the process. They are listened to no more than needed: a listener is called
 * between two turns of the event loop, so it would keep a process alive that computes.
 */
class Ending {
  #interruption: AbortController | undefined;
  #heard: Interruption | undefined;
  readonly #undos = new Set<() => void>();
  #listens = false;

  get interrupted(): AbortSignal {
    this.#interruption ??= new AbortController();
    this.#listenAsNeeded();
    return this.#interruption.signal;
  }

  undoIfKilled(undo: () => void): () => void {
    // Two may have the same function: each is undone for itself.
    const one = () => undo();
    this.#undos.add(one);
    this.#listenAsNeeded();
    return () => {
      this.#undos.delete(one);
      // A signal that came meanwhile is heard in the next turn, and a turn may have begun.
      setImmediate(() => setImmediate(() => this.#listenAsNeeded()));
    };
  }

  /** Ends with an exit code, by the signal itself where it is that of one that was heard. */
  with(code: number): void {
    if (this.#heard !== undefined && code === exitCodeOf(this.#heard))
      this.#end(this.#heard.signal);
    process.exitCode = code;
  }

  readonly #hear = (signal: NodeJS.Signals): void => {
    const named = signal === 'SIGINT' ? signal : 'SIGTERM';
    if (this.#interruption === undefined || this.#heard !== undefined) {
      this.#end(named);
      return;
    }
    this.#heard = new Interruption(named);
    this.#interruption.abort(this.#heard);
    // The second signal ends the process as usual, should the first have had no effect.
    this.#listenAsNeeded();
  };

  #end(signal: Interruption['signal']): void {
    for (const undo of this.#undos) undo();
    this.#undos.clear();
    this.#listen(false);
    process.kill(process.pid, signal);
  }

  #listenAsNeeded(): void {
    const awaits = this.#interruption !== undefined && this.#heard === undefined;
    this.#listen(awaits || this.#undos.size > 0);
  }

  #listen(wanted: boolean): void {
    if (wanted === this.#listens) return;
    this.#listens = wanted;
    for (const signal of SIGNALS) {
      if (wanted) process.on(signal, this.#hear);
      else process.off(signal, this.#hear);
    }
  }
}

// Nobody reads on: what follows is for nobody. Writers learn of it from their own writes.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const ending = new Ending();
const code = await runConntape(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  now: Date.now,
  monotonic: () => performance.now(),
  wait: async (ms, signal) => {
    for (let left = ms; left > 0 && !signal.aborted; left -= LONGEST_TIMER_MS) {
      await sleep(Math.min(left, LONGEST_TIMER_MS), undefined, { signal }).catch(() => {});
    }
  },
  get interrupted() {
    return ending.interrupted;
  },
  undoIfKilled: (undo) => ending.undoIfKilled(undo),
});
ending.with(code);
