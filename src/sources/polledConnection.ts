/**
 * A control port as a source polls it, whatever kind of Tor is behind it.
 * Owns what such a connection promises, that none is left open by a failure, and what its end means
 * to one who waits or polls; native.ts and stock/ open them, polling.ts uses them.
 */
import { type ConnectOptions, ControlClient, isRefusal } from '../control/client.ts';
import type { ConntapeError } from '../error.ts';
import type { Header, TapeItem } from '../listing/snapshot.ts';
import type { Comparison } from '../listing/witness.ts';
import type { PollWatch } from './delays.ts';
import type { MetricsPlace } from './metrics/place.ts';

/** A source's own reading of the system's sockets. */
export interface OwnSockets {
  /** What reads them. */
  readonly tool: string;
  /** What Tor told besides, held against the reading of the last poll. */
  compared(): Comparison;
}

/** A control port that is there, authenticated and known: one connection's life. */
export interface PolledConnection {
  readonly header: Header;
  /**
   * Asks for the process of the Tor that is polled; undefined where none is polled. Rejects where it
   * cannot be said to be any of this machine's.
   */
  askPid(): Promise<number | undefined>;
  /** Of a source that makes its listing of the system's sockets; absent of any other. */
  readonly ownSockets?: OwnSockets;
  /** Asks where this machine can read the MetricsPort of the Tor that is polled. */
  askMetricsPort(): Promise<MetricsPlace>;
  /**
   * What is there now: a snapshot, behind the sessions and gaps before it that the other side knows
   * of. The header holds until the first session. A snapshot that is not later than the one before
   * is nothing new. Rejects where it fails: where `isRefusal` says that Tor refused it may be asked
   * again, else the connection is of no use any more.
   * @param at when the poll begins, milliseconds since the epoch.
   * @param watch hears what the poll does; the snapshot's time is as its `taken` says.
   */
  poll(at: number, watch?: PollWatch): Promise<readonly TapeItem[]>;
  /** Resolves once, with the cause, when the connection ends. */
  readonly closed: Promise<ConntapeError>;
  close(): Promise<void>;
}

/**
 * Connects, authenticates and learns what there is to know before the first poll.
 * @param now the time that goes with `at` of a poll: the clock's, unless that was stepped back.
 */
export type OpenPolled = (signal: AbortSignal, now?: () => number) => Promise<PolledConnection>;

/** What `open` makes of a new connection, which is closed again where that throws. */
export async function connected<Made>(
  options: ConnectOptions,
  open: (client: ControlClient) => Promise<Made>,
): Promise<Made> {
  const client = await ControlClient.connect(options);
  try {
    return await open(client);
  } catch (thrown) {
    await client.close();
    throw thrown;
  }
}

/**
 * Why a poll failed: where the connection ended, that is why, and not what failed for want of it, such
 * as the reading of a process that has gone.
 */
export async function causeOf(thrown: unknown, { closed }: PolledConnection): Promise<unknown> {
  if (isRefusal(thrown)) return thrown;
  const goesOn = new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
  return (await Promise.race([closed, goesOn])) ?? thrown;
}

/**
 * A signal that ends a wait when the connection does, or the source. One a connection: a promise
 * raced at every poll would keep something of each race.
 */
export function wakeOf(connection: PolledConnection | undefined, signal: AbortSignal): AbortSignal {
  const wake = new AbortController();
  const abort = () => wake.abort();
  signal.addEventListener('abort', abort, { once: true });
  void connection?.closed.then(() => {
    signal.removeEventListener('abort', abort);
    abort();
  });
  return wake.signal;
}
