/**
 * Cookie and password read again on SIGHUP, while the control connection that is open stays.
 * Owns what is done then and what the operator is told; when it is connected anew is sources/'s.
 */
import { type ConnectOptions, ControlClient } from '../control/client.ts';
import { messageOf } from '../error.ts';
import { type ControlOptions, connectOptions } from './control.ts';
import { type Io, tell } from './io.ts';

export class SecretsAgain {
  readonly #options: ControlOptions;
  readonly #io: Io;
  readonly #connect: ConnectOptions;
  #hurry = new AbortController();

  /** Throws as `connectOptions`. */
  constructor(options: ControlOptions, io: Io) {
    this.#options = options;
    this.#io = io;
    this.#connect = { ...connectOptions(options, io) };
  }

  /** One object for the whole life: who connects finds in it what was read last. */
  get connect(): ConnectOptions {
    return this.#connect;
  }

  /** A signal that aborts at the next SIGHUP: what waits to connect anew need not wait on. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  /** Listens until the signal aborts. */
  listen(signal: AbortSignal): void {
    this.#io.onHangUp?.(() => void this.#read(signal), signal);
  }

  /** Reads them, tries them on a connection of its own, and says what came of it. Never rejects. */
  async #read(signal: AbortSignal): Promise<void> {
    try {
      Object.assign(this.#connect, connectOptions(this.#options, this.#io));
    } catch (thrown) {
      tell(this.#io, `SIGHUP: what was read before still holds: ${messageOf(thrown)}`, 'warning');
      return;
    }
    const before = this.#hurry;
    this.#hurry = new AbortController();
    before.abort();
    try {
      const client = await ControlClient.connect({ ...this.#connect, signal });
      await client.close();
      tell(this.#io, 'SIGHUP: cookie and password were read again, and Tor admits with them');
    } catch (thrown) {
      if (signal.aborted) return;
      const cause = messageOf(thrown);
      tell(this.#io, `SIGHUP: cookie and password were read again, and: ${cause}`, 'warning');
    }
  }
}
