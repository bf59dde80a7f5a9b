/**
 * A stock Tor, polled: `conn/all` derived from its events, its values and its sockets.
 * Owns the conversation with the control port; what is derived, the modules beside it say.
 */
import { isLoopback } from '../../control/address.ts';
import {
  type ConnectOptions,
  type ControlClient,
  type ControlEvent,
  isRefusal,
} from '../../control/client.ts';
import { ConntapeError } from '../../error.ts';
import { inboundJson } from '../../listing/inbound.ts';
import { type Entry, listingOf } from '../../listing/listing.ts';
import { keepsLocalOf, scrubText } from '../../listing/privacy.ts';
import {
  type Header,
  type Snapshot,
  type TapeItem,
  UNPLACED_CIRCUITS,
} from '../../listing/snapshot.ts';
import { countDescriptors } from '../../sockets/proc.ts';
import { Asking, nameFailed } from '../asking.ts';
import { CONFIGURATION_EVENTS, Configuration } from '../configuration.ts';
import type { PollWatch } from '../delays.ts';
import { findMetricsPort, type MetricsPlace } from '../metrics/place.ts';
import {
  connected,
  type OpenPolled,
  type OwnSockets,
  type PolledConnection,
} from '../polledConnection.ts';
import { Consensus } from './consensus.ts';
import { type Dump, DumpCollector } from './dump.ts';
import { parseOwnCircuit } from './events.ts';
import { Heartbeat } from './heartbeat.ts';
import { parseOrConnStatus } from './orConnStatus.ts';
import { CIRCUIT_STATUS, type Findings, find, type StockOptions, unseen } from './probe.ts';
import { hidesPlaces } from './services.ts';
import { Surroundings } from './surroundings.ts';
import { Targets } from './targets.ts';
import type { TorProcess } from './torProcess.ts';
import { infoOf } from './values.ts';

/** For new channels not more often: a dump is some milliseconds of Tor's time. */
const LEAST_DUMP_MS = 5000;

/** UPTIME is in whole seconds: what was asked for longer ago is of another time. */
const STALE_MS = 1000;

/** A dump of 10,000 connections has 170,000 lines and takes a second or two. */
const DUMP_TIMEOUT_MS = 15_000;

/**
 * Opens a stock Tor again and again: what was known of a process stays known when the control port
 * is connected to anew. Each opening rejects as `ControlClient.connect` does, with `usage` where Tor
 * is on another machine or the bytes of its sockets are not counted.
 */
export function stockOpener(options: StockOptions): OpenPolled {
  const over = stockOver(options);
  return async (signal, now) => {
    mustBeNear(options);
    const connect = { ...options.connect, ...(now === undefined ? {} : { now }), signal };
    return await connected(connect, (client) => over(client, connect));
  };
}

/**
 * As `stockOpener`, over connections that are there, each made with the options it is given with.
 * Leaves them open where it rejects.
 */
export function stockOver(
  options: StockOptions,
): (client: ControlClient, connect: ConnectOptions) => Promise<PolledConnection> {
  let known: TorProcess | undefined;
  return async (client, connect) => {
    mustBeNear(options);
    const stock = await StockConnection.open(client, { ...options, connect }, known);
    known = stock.process;
    return stock;
  };
}

function mustBeNear({ connect: { address } }: StockOptions): void {
  if (isLoopback(address)) return;
  throw unseen('the control port is on another machine', 'record where Tor runs');
}

class StockConnection implements PolledConnection {
  readonly header: Header;
  readonly process: TorProcess;
  readonly #client: ControlClient;
  readonly #options: StockOptions;
  readonly #findings: Findings;
  readonly #values: Asking;
  readonly #conf: Asking;
  readonly #configuration: Configuration;
  readonly #dumps = new DumpCollector();
  readonly #heartbeat: Heartbeat;
  #dumpEnds: (dump: Dump | undefined) => void = () => {};
  #dumpedAt = Number.NEGATIVE_INFINITY;
  #consensus = Consensus.parse('');
  #consensusIsNews = true;

  static async open(
    client: ControlClient,
    options: StockOptions,
    known: TorProcess | undefined,
  ): Promise<StockConnection> {
    const findings = await find(client, options, known);
    const stock = new StockConnection(client, options, findings);
    client.onEvent((event) => stock.#onEvent(event));
    client.onEvent((event) => stock.#configuration.onEvent(event));
    const cells = findings.cells ? ['CELL_STATS'] : [];
    const isNoted = findings.dumpEveryMs !== undefined || stock.#heartbeat.isOn;
    const notices = isNoted ? ['NOTICE'] : [];
    const names = ['ORCONN', 'NEWCONSENSUS', ...CONFIGURATION_EVENTS, ...cells, ...notices];
    await client.setEvents(names);
    stock.#takeConsensus((await client.tryGetInfo('ns/all')) ?? '');
    return stock;
  }

  private constructor(client: ControlClient, options: StockOptions, findings: Findings) {
    this.header = findings.header;
    this.process = findings.process;
    this.#client = client;
    this.#options = options;
    this.#findings = findings;
    this.#values = new Asking((keys) => client.getInfo(keys), [], findings.keys);
    this.#conf = new Asking((keys) => client.getConf(keys), [], findings.conf);
    this.#heartbeat = new Heartbeat(options.heartbeatEveryMs ?? 'off');
    this.#configuration = new Configuration(client, findings.header);
  }

  async askPid(): Promise<number> {
    return this.process.pid;
  }

  askMetricsPort(): Promise<MetricsPlace> {
    return findMetricsPort(this.#client);
  }

  get ownSockets(): OwnSockets {
    const { tool } = this.#findings.sockets;
    const keepsLocal = () => keepsLocalOf(this.#configuration.header.config);
    return { tool, compared: () => this.process.compared(keepsLocal()) };
  }

  get closed(): Promise<ConntapeError> {
    return this.#client.closed;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  poll(started: number, watch?: PollWatch): Promise<readonly TapeItem[]> {
    return this.#configuration.polled(started, () => this.#snapshot(started, watch));
  }

  async #snapshot(started: number, watch: PollWatch | undefined): Promise<Snapshot> {
    const { process } = this;
    const { cells } = this.#findings;
    await this.#heartbeat.beat(started, () => this.#signalHeartbeat());
    const dump = this.#isDumpDue(started) ? await this.#dump(started) : undefined;
    // Asked for before the sockets are read: what comes meanwhile an event reports, and none is missed.
    const orConns = process.wantsStatus
      ? await this.#client.tryGetInfo('orconn-status')
      : undefined;
    const status = orConns === undefined ? undefined : parseOrConnStatus(orConns);
    let seen = await this.#look(started, watch);
    // Asked for after the sockets were read, so that the event comes first that says why one closed.
    const askedAt = this.#now();
    const [values, options] = await Promise.all([
      this.#values.values(started),
      this.#conf.values(started),
    ]);
    // Of a Tor that hung the events are of later than the sockets.
    if (this.#now() - askedAt > STALE_MS) seen = await this.#look(this.#now(), watch);
    const { at, readSince, sockets, descriptors } = seen;
    const circuits = (values.get(CIRCUIT_STATUS) ?? '')
      .split('\n')
      .map(parseOwnCircuit)
      .filter((circuit) => circuit !== undefined);
    process.listeners.look(values);
    const surroundings = new Surroundings({
      consensus: this.#consensus,
      isRelay: this.header.relay.fingerprint !== '',
      listeners: process.listeners,
      targets: new Targets(options),
      hidesPlaces: hidesPlaces(values, options, circuits),
      keepsLocal: keepsLocalOf(this.#configuration.header.config),
    });
    const { entries, events, unplaced, outside, inbound } = process.list(
      { at, readSince, sockets, surroundings, dump, status },
      circuits,
      cells,
    );
    const sinceReset = process.sinceReset(at);
    const info = infoOf({ values, options, descriptors, sinceReset });
    for (const [key, value] of this.#heartbeat.values) info.set(key, value);
    info.set(UNPLACED_CIRCUITS, `${unplaced}`);
    nameFailed(info, [this.#values, this.#conf, this.#heartbeat]);
    if (this.#consensusIsNews) info.set('ns/authority', this.#consensus.authorities);
    this.#consensusIsNews = false;
    const listing = listingOf([...entries].sort(inOrder));
    const extra = { outside: { ...outside }, inbound: inboundJson(inbound) };
    return { kind: 'snapshot', at, pollMs: 0, listing, info, events, extra };
  }

  /** The sockets and descriptors of Tor, and when they are of. */
  async #look(started: number, watch: PollWatch | undefined) {
    const { pid } = this.process;
    const { sockets: reader } = this.#findings;
    const at = watch?.taken() ?? started;
    const readSince = this.#now();
    const read = () => reader.read(pid);
    const [sockets, descriptors] = await Promise.all([
      watch === undefined ? read() : watch.sockets(reader.tool, read),
      countDescriptors(pid),
    ]);
    this.#mustCountAsFound();
    return { at, readSince, sockets, descriptors };
  }

  /** Throws `connect` where what is counted shows only now: who connects anew finds it. */
  #mustCountAsFound(): void {
    const { counted, sockets } = this.#findings;
    if (sockets.counts === counted || sockets.counts === undefined) return;
    if (counted === undefined && sockets.counts === 'both') return;
    throw new ConntapeError('connect', {
      operation: 'reading the sockets of Tor',
      cause: 'the kernel turns out to count other bytes than it seemed to',
    });
  }

  #onEvent({ name, text, lines, receivedAt }: ControlEvent): void {
    if (name === 'NOTICE') {
      this.#dumps.line(text, receivedAt);
      this.#heartbeat.line(text);
    } else if (name === 'SIGNAL' && text === 'DUMP') {
      this.#dumpEnds(this.#dumps.end());
    } else if (name === 'NEWCONSENSUS') {
      const data = lines.find((line) => line.data !== undefined)?.data;
      if (data !== undefined) this.#takeConsensus(data);
    } else {
      this.process.onEvent(name, text, receivedAt);
    }
  }

  #takeConsensus(text: string): void {
    this.#consensus = Consensus.parse(text);
    this.#consensusIsNews = true;
  }

  /** What Tor answered, where it refused. Its lines come as events, and are the next poll's. */
  async #signalHeartbeat(): Promise<string | undefined> {
    try {
      await this.#client.command('SIGNAL HEARTBEAT');
      return undefined;
    } catch (thrown) {
      if (isRefusal(thrown)) return scrubText(thrown.parts.cause);
      throw thrown;
    }
  }

  #isDumpDue(at: number): boolean {
    const { cells, dumpEveryMs } = this.#findings;
    if (dumpEveryMs === undefined) return false;
    const since = at - this.#dumpedAt;
    return since >= dumpEveryMs || (cells && since >= LEAST_DUMP_MS && this.process.needsDump);
  }

  /** Asks for a dump; undefined where Tor does not finish it in time, or the connection ends. */
  async #dump(at: number): Promise<Dump | undefined> {
    this.#dumpedAt = at;
    let timer: NodeJS.Timeout | undefined;
    const ended = new Promise<Dump | undefined>((resolve) => {
      this.#dumpEnds = resolve;
      timer = setTimeout(resolve, DUMP_TIMEOUT_MS, undefined);
    });
    try {
      await this.#client.command('SIGNAL DUMP');
      return await Promise.race([ended, this.#client.closed.then(() => undefined)]);
    } finally {
      clearTimeout(timer);
      this.#dumpEnds = () => {};
    }
  }

  #now(): number {
    return (this.#options.connect.now ?? Date.now)();
  }
}

/** By CONN_ID, then CIRC_ID: the order of a listing means nothing, but stays the same. */
function inOrder(a: Entry, b: Entry): number {
  return a.label.connId - b.label.connId || a.label.circId - b.label.circId;
}
