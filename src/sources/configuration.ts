/**
 * A Tor's configuration, followed while it is polled.
 * Owns when it is read again and the sessions that come of it; what is read is relay.ts's.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ControlClient, ControlEvent } from '../control/client.ts';
import type { Header, Session, Snapshot, TapeItem } from '../listing/snapshot.ts';
import { readConfig, readNickname } from './relay.ts';

/** The events that say that options may be others now. A port may refuse them. */
export const CONFIGURATION_EVENTS: readonly string[] = ['CONF_CHANGED', 'SIGNAL'];

/**
 * Reads the options when Tor says that they changed, so that none is missed that is changed back
 * before the next poll, and with each poll: a port may report no change, and the exit policy follows
 * its options some seconds later without another event.
 */
export class Configuration {
  readonly #client: ControlClient;
  #header: Header;
  readonly #changes: Session[] = [];
  #heardAt: number | undefined;
  #reading: Promise<void> | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;

  /** @param header what was found when the connection was opened. */
  constructor(client: ControlClient, header: Header) {
    this.#client = client;
    this.#header = header;
  }

  /** Of the last session. */
  get header(): Header {
    return this.#header;
  }

  /** Takes any event. */
  onEvent({ name, text, receivedAt }: ControlEvent): void {
    if (name !== 'CONF_CHANGED' && !(name === 'SIGNAL' && text === 'RELOAD')) return;
    this.#heardAt ??= receivedAt;
    // What breaks the connection fails the next poll, too.
    this.#reading ??= this.#readHeard().catch(() => {});
  }

  /**
   * The snapshot of a poll that begins at `at`, behind the sessions that began since the poll before:
   * a poll that fails leaves them to the next. What is asked of Tor from then on is of the last.
   * Rejects where the poll does, and where the connection breaks.
   */
  async polled(at: number, poll: () => Promise<Snapshot>): Promise<TapeItem[]> {
    await this.#reading;
    await this.#read(at);
    const count = this.#changes.length;
    const snapshot = await poll();
    // Tor's events have another clock than the polls, which may have been stepped since.
    const sessions = this.#changes.splice(0, count).map((session) => ({
      ...session,
      at: Math.min(Math.max(session.at, this.#lastAt + 1), snapshot.at),
    }));
    this.#lastAt = snapshot.at;
    return [...sessions, snapshot];
  }

  async #readHeard(): Promise<void> {
    try {
      for (let at = this.#heardAt; at !== undefined; at = this.#heardAt) {
        this.#heardAt = undefined;
        await this.#read(at);
      }
    } finally {
      this.#reading = undefined;
    }
  }

  async #read(at: number): Promise<void> {
    const [nickname, config] = await Promise.all([
      readNickname(this.#client),
      readConfig(this.#client, this.#header.relay),
    ]);
    const before = this.#header;
    // What Tor refuses to say now is as it was.
    const header = {
      ...before,
      relay: { ...before.relay, nickname: nickname ?? before.relay.nickname },
      config: { ...before.config, ...config },
    };
    if (isDeepStrictEqual(header, before)) return;
    this.#header = header;
    this.#changes.push({ kind: 'session', at, header });
  }
}
