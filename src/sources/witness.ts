/**
 * The witness: the operating system's sockets of Tor, read beside each poll and compared with it.
 * Owns the reading beside the poll; the tools are sockets/'s, the comparing is comparison.ts's.
 */
import { ConntapeError, messageOf } from '../error.ts';
import { keepsLocalOf, scrubText } from '../listing/privacy.ts';
import type { TapeItem } from '../listing/snapshot.ts';
import { witnessJson } from '../listing/witness.ts';
import {
  openSocketReader,
  type SocketReader,
  systemTools,
  type WitnessTool,
} from '../sockets/reader.ts';
import type { SystemSocket } from '../sockets/socket.ts';
import { compare, listeningPorts } from './comparison.ts';
import type { PollWatch } from './delays.ts';
import type { OpenPolled, OwnSockets, PolledConnection } from './polledConnection.ts';

export interface WitnessOptions {
  /** `auto` takes the first tool that works, and goes on without where none does. */
  readonly tool: WitnessTool | 'auto';
  /** Milliseconds since anything; never jumps. */
  readonly monotonic: () => number;
  /** Called once, with why, where `auto` finds no witness. */
  readonly notice: (text: string) => void;
}

/**
 * Opens as `open` does, and reads the sockets beside each poll. Where the source reads them itself,
 * with the tool that is asked for, its reading is the witness's too. A reading that fails fails no poll:
 * the snapshot then says so. Rejects with `connect` where a tool that was named does not work at
 * the first opening; later ones go on without, and try again at each poll.
 */
export function witnessed(open: OpenPolled, options: WitnessOptions): OpenPolled {
  let hasWorked = false;
  let isReported = false;
  return async (signal, now) => {
    const connection = await open(signal, now);
    const { ownSockets } = connection;
    // A second reading by the same tool would double what the recorder costs, and see the same.
    if (ownSockets !== undefined && (options.tool === 'auto' || options.tool === ownSockets.tool)) {
      return new SharedReading(connection, ownSockets);
    }
    try {
      const watched = await processOf(connection, options);
      hasWorked = true;
      return new WitnessedConnection(connection, watched, options);
    } catch (thrown) {
      if (hasWorked) return new WitnessedConnection(connection, undefined, options);
      if (options.tool !== 'auto') {
        await connection.close();
        throw thrown;
      }
      if (!isReported) options.notice(`no witness: ${messageOf(thrown)}`);
      isReported = true;
      return connection;
    }
  };
}

/** The process whose sockets are read, and what reads them. */
interface Watched {
  readonly pid: number;
  readonly reader: SocketReader;
  /** The ports that it was seen to listen at. */
  readonly listened: Set<number>;
}

async function processOf(connection: PolledConnection, { tool }: WitnessOptions): Promise<Watched> {
  const pid = await connection.askPid();
  if (pid === undefined) {
    throw new ConntapeError('connect', {
      operation: 'reading the sockets of Tor',
      cause: 'what is polled is a recording, or another conntape',
      hint: 'record the relay itself, or with --witness off',
    });
  }
  const reader = await openSocketReader(pid, tool === 'auto' ? systemTools().witness : [tool]);
  return { pid, reader, listened: new Set() };
}

/** A connection as it is, but for its snapshots. */
abstract class WithWitness implements PolledConnection {
  protected readonly connection: PolledConnection;

  constructor(connection: PolledConnection) {
    this.connection = connection;
  }

  get header() {
    return this.connection.header;
  }

  askPid() {
    return this.connection.askPid();
  }

  askMetricsPort() {
    return this.connection.askMetricsPort();
  }

  get closed() {
    return this.connection.closed;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  abstract poll(at: number, watch?: PollWatch): Promise<readonly TapeItem[]>;
}

class SharedReading extends WithWitness {
  readonly #sockets: OwnSockets;

  constructor(connection: PolledConnection, sockets: OwnSockets) {
    super(connection);
    this.#sockets = sockets;
  }

  override async poll(at: number, watch?: PollWatch): Promise<readonly TapeItem[]> {
    const items = await this.connection.poll(at, watch);
    const { tool } = this.#sockets;
    return items.map((item) => {
      if (item.kind !== 'snapshot') return item;
      const witness = witnessJson({ tool, isShared: true, found: this.#sockets.compared() });
      return { ...item, extra: { ...item.extra, witness } };
    });
  }
}

class WitnessedConnection extends WithWitness {
  readonly #options: WitnessOptions;
  #watched: Watched | undefined;
  #keepsLocal: boolean;

  constructor(connection: PolledConnection, watched: Watched | undefined, options: WitnessOptions) {
    super(connection);
    this.#watched = watched;
    this.#keepsLocal = keepsLocalOf(connection.header.config);
    this.#options = options;
  }

  override async poll(at: number, watch?: PollWatch): Promise<readonly TapeItem[]> {
    const started = this.#options.monotonic();
    const reading = this.#read(watch).catch((thrown: unknown) => scrubText(messageOf(thrown)));
    const items = await this.connection.poll(at, watch);
    const sockets = await reading;
    const apartMs = this.#options.monotonic() - started;
    const tool = this.#watched?.reader.tool ?? this.#options.tool;
    return items.map((item) => {
      if (item.kind === 'session') this.#keepsLocal = keepsLocalOf(item.header.config);
      if (item.kind !== 'snapshot') return item;
      const found =
        typeof sockets === 'string'
          ? sockets
          : compare(
              item.listing,
              sockets,
              apartMs,
              this.#watched?.listened ?? new Set(),
              this.#keepsLocal,
            );
      return {
        ...item,
        extra: { ...item.extra, witness: witnessJson({ tool, isShared: false, found }) },
      };
    });
  }

  async #read(watch: PollWatch | undefined): Promise<readonly SystemSocket[]> {
    this.#watched ??= await processOf(this.connection, this.#options);
    const { pid, reader, listened } = this.#watched;
    const read = () => reader.read(pid);
    const sockets = watch === undefined ? await read() : await watch.sockets(reader.tool, read);
    for (const port of listeningPorts(sockets)) listened.add(port);
    return sockets;
  }
}
