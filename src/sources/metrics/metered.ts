/**
 * A Tor's MetricsPort, read with each poll.
 * Owns that its series become info values of the snapshot, and that a failure costs no poll; where
 * the port is, place.ts finds out.
 */
import { ConntapeError } from '../../error.ts';
import { METRICS_READ } from '../../listing/metrics.ts';
import type { Header, Snapshot, TapeItem } from '../../listing/snapshot.ts';
import { FAILED_KEYS } from '../asking.ts';
import type { PollWatch } from '../delays.ts';
import type { OpenPolled, PolledConnection } from '../polledConnection.ts';
import { parseExposition } from './exposition.ts';
import { getText } from './http.ts';
import type { MetricsPlace } from './place.ts';

export type MetricsFrom = URL | 'auto' | 'off';

export interface MetricsOptions {
  /** `auto` looks for it in Tor's configuration, and goes on without where there is none. */
  readonly from: MetricsFrom;
  /** Milliseconds between two polls. */
  readonly intervalMs: number;
  /** Called with why, once a reason, where `auto` finds a port that it cannot read. */
  readonly notice: (text: string) => void;
}

/** A Tor answers within milliseconds. A poll waits so long for it, and rather less than its interval. */
const MOST_TIMEOUT_MS = 2000;
const LEAST_TIMEOUT_MS = 500;

/** How often a port is looked for that is not there, or was too slow. */
const RETRY_MS = 60_000;

/** Opens as `open` does. Whatever the MetricsPort does, the poll is answered. */
export function metered(open: OpenPolled, options: MetricsOptions): OpenPolled {
  const said = new Set<string>();
  const notice = (text: string) => {
    if (!said.has(text)) options.notice(text);
    said.add(text);
  };
  return async (signal, now) => {
    const connection = await open(signal, now);
    try {
      const found = await connection.askMetricsPort();
      const place = options.from instanceof URL ? options.from : found;
      if (place === null) return connection;
      return new MeteredConnection(connection, { ...options, notice }, place);
    } catch (thrown) {
      await connection.close();
      throw thrown;
    }
  };
}

class MeteredConnection implements PolledConnection {
  readonly #connection: PolledConnection;
  readonly #options: MetricsOptions;
  #place: MetricsPlace;
  #failed: string | undefined;
  /** Whether it was not there, or could not be read, the last time. */
  #hasFailed = false;
  #retryAt = Number.NEGATIVE_INFINITY;

  /** @param place as it was found, or was given. */
  constructor(connection: PolledConnection, options: MetricsOptions, place: MetricsPlace) {
    this.#connection = connection;
    this.#options = options;
    this.#place = place;
    if (!(place instanceof URL)) this.#tell();
  }

  get header(): Header {
    return this.#connection.header;
  }

  get closed() {
    return this.#connection.closed;
  }

  askPid() {
    return this.#connection.askPid();
  }

  askMetricsPort() {
    return this.#connection.askMetricsPort();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async poll(at: number, watch?: PollWatch): Promise<readonly TapeItem[]> {
    const items = await this.#connection.poll(at, watch);
    // Behind the poll: beside it, each reading would be a connection in the listing.
    const read = await this.#read(at);
    return items.map((item) => (item.kind === 'snapshot' ? this.#with(item, read) : item));
  }

  #with(snapshot: Snapshot, read: ReadonlyMap<string, string>): Snapshot {
    const info = new Map([...snapshot.info, ...read]);
    info.set(METRICS_READ, read.size > 0 ? 'yes' : 'no');
    const failures = [snapshot.info.get(FAILED_KEYS) ?? '', this.#failed ?? ''];
    const named = failures.filter((failure) => failure !== '').join('; ');
    if (named !== '') info.set(FAILED_KEYS, named);
    return { ...snapshot, info };
  }

  /** The values that can be read now; none where none can. Never rejects. */
  async #read(at: number): Promise<ReadonlyMap<string, string>> {
    if (this.#options.from === 'off' || at < this.#retryAt) return NOTHING;
    try {
      if (this.#options.from === 'auto' && this.#hasFailed) {
        this.#place = await this.#connection.askMetricsPort();
        this.#tell();
      }
      this.#hasFailed = true;
      this.#retryAt = at + RETRY_MS;
      if (!(this.#place instanceof URL)) return NOTHING;
      const { values, unread } = parseExposition(await getText(this.#place, this.#timeoutMs));
      if (values.size === 0) throw new Error('it has no series');
      this.#failed = unread === 0 ? undefined : failure(`${unread} lines could not be read`);
      this.#hasFailed = false;
      this.#retryAt = Number.NEGATIVE_INFINITY;
      return values;
    } catch (thrown) {
      this.#failed = failure(causeOf(thrown));
      return NOTHING;
    }
  }

  get #timeoutMs(): number {
    return Math.max(LEAST_TIMEOUT_MS, Math.min(MOST_TIMEOUT_MS, this.#options.intervalMs));
  }

  /** Where Tor has one that cannot be read, or none any more. */
  #tell(): void {
    const place = this.#place;
    this.#failed = undefined;
    if (typeof place === 'string' && this.#options.from === 'auto') {
      this.#options.notice(`no metrics: ${place}`);
    }
  }
}

const NOTHING: ReadonlyMap<string, string> = new Map();

function failure(cause: string): string {
  return `MetricsPort (${cause})`;
}

function causeOf(thrown: unknown): string {
  if (thrown instanceof ConntapeError) return thrown.parts.cause;
  return thrown instanceof Error ? thrown.message : 'it cannot be read';
}
