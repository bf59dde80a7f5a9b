/**
 * How SIGINT and SIGTERM end the process: at once, after what is to be undone, or by the command.
 * Owns the listeners for them; who asks for what is `Io`'s to say.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { exitCodeOf } from './exit.ts';
import { Interruption } from './io.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * The signals that end the process. They are listened to no more than needed: a listener is called
 * between two turns of the event loop, so it would keep a process alive that computes.
 */
export class EndingSignals {
  #interruption: AbortController | undefined;
  #heard: Interruption | undefined;
  readonly #undos = new Set<() => void>();
  #listens = false;

  /** As `Io` has it. */
  get interrupted(): AbortSignal {
    this.#interruption ??= new AbortController();
    this.#listenAsNeeded();
    return this.#interruption.signal;
  }

  /** As `Io` has it. */
  undoIfKilled(undo: () => void): () => Promise<void> {
    // Two may have the same function: each is undone for itself.
    const one = () => undo();
    this.#undos.add(one);
    this.#listenAsNeeded();
    return async () => {
      this.#undos.delete(one);
      // A signal that came meanwhile is heard in the next turn, and a turn may have begun.
      await nextTurn();
      await nextTurn();
      this.#listenAsNeeded();
    };
  }

  /** Ends by the signal that was heard where an exit code is that signal's; goes on otherwise. */
  with(code: number): void {
    const heard = this.#heard;
    if (heard !== undefined && code === exitCodeOf(heard)) this.#end(heard.signal);
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
