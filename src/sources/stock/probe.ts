/**
 * What a stock Tor is found to be when it is connected to: which process, what it knows and grants.
 * Owns the questions before the first poll, and when they end in a refusal.
 */
import type { ConnectOptions, ControlClient } from '../../control/client.ts';
import { ConntapeError } from '../../error.ts';
import type { Header } from '../../listing/snapshot.ts';
import { ephemeralPorts, isLinux } from '../../sockets/proc.ts';
import {
  openSocketReader,
  type SocketReader,
  type SocketTool,
  systemTools,
} from '../../sockets/reader.ts';
import type { CountedBytes } from '../../sockets/ss.ts';
import { readConfig, readRelay } from '../relay.ts';
import { whoseProcess } from '../whose.ts';
import { LISTENER_KEYS, Listeners } from './listeners.ts';
import { stockObserves } from './observes.ts';
import { SERVICE_KEYS } from './services.ts';
import { TARGET_OPTIONS } from './targets.ts';
import { TorProcess } from './torProcess.ts';
import { LIMIT_OPTIONS, STATE_KEYS, VALUE_KEYS } from './values.ts';

export const CIRCUIT_STATUS = 'circuit-status';

/** A testing network's log is nobody's, and what a dump says is soon out of date. */
const TESTING_DUMP_MS = 30_000;

export interface StockOptions {
  readonly connect: ConnectOptions;
  readonly intervalMs: number;
  /**
   * How often SIGNAL DUMP is asked for, which writes to Tor's log: at the start and then this often,
   * milliseconds. A testing network is asked without that, too.
   */
  readonly dumpEveryMs: number | 'off';
  /** Whether lines say how their sockets fare. */
  readonly socketDetails?: boolean;
  /** The same of SIGNAL HEARTBEAT, which writes some lines to it; absent is off. */
  readonly heartbeatEveryMs?: number | 'off';
}

/** What Tor was found to know and grant, once it is connected to. */
export interface Findings {
  readonly header: Header;
  readonly process: TorProcess;
  readonly sockets: SocketReader;
  /** What the first reading showed to be counted. */
  readonly counted: CountedBytes | undefined;
  readonly keys: readonly string[];
  readonly conf: readonly string[];
  /** Whether Tor reports the cells of every circuit. */
  readonly cells: boolean;
  /** Undefined where no dump may be asked for. */
  readonly dumpEveryMs: number | undefined;
}

/**
 * @param known the process that was met before, if any.
 * Throws `usage` where Linux does not count the bytes of its sockets, and as `whoseProcess` and
 * `openSocketReader` do.
 */
export async function find(
  client: ControlClient,
  options: StockOptions,
  known: TorProcess | undefined,
): Promise<Findings> {
  const now = (options.connect.now ?? Date.now)();
  const pid = await whoseProcess(client, options.connect.address, now);
  const uptime = Number(await client.tryGetInfo('uptime'));
  if (Number.isNaN(uptime)) throw unseen('Tor does not say how long it has been up');
  const startedAt = now - uptime * 1000;
  const isKnown = known?.is(pid, startedAt) === true;
  const process = isKnown
    ? known
    : new TorProcess(pid, startedAt, now, new Listeners(await ephemeralPorts()));
  process.resume();
  // The others count no bytes; where a system has none that does, that is said instead.
  const tools: readonly SocketTool[] = isLinux() ? ['ss'] : systemTools().stock;
  const sockets = await openSocketReader(pid, tools, options.socketDetails);
  if (sockets.counts === 'nothing' && isLinux()) {
    throw unseen('ss prints no bytes of its sockets', 'it takes Linux 4.1 or later');
  }
  const granted = await client.getConf(['TestingEnableCellStatsEvent']).catch(() => undefined);
  // What a circuit sent on is a part of what its connection wrote.
  const isCounted = sockets.counts === 'both' || sockets.counts === undefined;
  const cells = isCounted && granted?.get('TestingEnableCellStatsEvent') === '1';
  const otherwise = cells ? TESTING_DUMP_MS : undefined;
  const dumpEveryMs = options.dumpEveryMs === 'off' ? otherwise : options.dumpEveryMs;
  const keys = [...VALUE_KEYS, ...STATE_KEYS, ...LISTENER_KEYS, ...SERVICE_KEYS, CIRCUIT_STATUS];
  const conf = [...LIMIT_OPTIONS, ...TARGET_OPTIONS];
  const relay = await readRelay(client);
  return {
    header: {
      source: 'stock',
      bytes: cells ? 'entry' : 'connection',
      intervalMs: options.intervalMs,
      relay,
      config: await readConfig(client, relay),
      observes: stockObserves(dumpEveryMs !== undefined, cells, sockets.counts),
      extra: {},
    },
    process,
    sockets,
    counted: sockets.counts,
    keys: await answered(keys, (key) => client.getInfo([key])),
    conf: await answered(conf, (key) => client.getConf([key])),
    cells,
    dumpEveryMs,
  };
}

/** Those that Tor does not refuse: one that it does takes the answers of all others with it. */
async function answered(
  names: readonly string[],
  ask: (name: string) => Promise<unknown>,
): Promise<string[]> {
  const answers = await Promise.allSettled(names.map(ask));
  return names.filter((_, index) => answers[index]?.status === 'fulfilled');
}

/** The error where a stock Tor's connections cannot be seen. */
export function unseen(cause: string, hint?: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: "seeing a stock Tor's connections",
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
