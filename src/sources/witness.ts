/**
 * The witness: the operating system's sockets of Tor, read beside each poll and compared with it.
 * Owns the reading beside the poll; the tools are sockets/'s, the comparing is comparison.ts's.
 */
import { ConntapeError, messageOf } from '../error.ts';
import { scrubText } from '../listing/privacy.ts';
import type { TapeItem } from '../listing/snapshot.ts';
import { type Witness, witnessJson } from '../listing/witness.ts';
import {
  openSocketReader,
  type SocketReader,
  WITNESS_TOOLS,
  type WitnessTool,
} from '../sockets/reader.ts';
import { compare } from './comparison.ts';
import type { OpenPolled, PolledConnection } from './polling.ts';

export interface WitnessOptions {
  /** `auto` takes the first tool that works, and goes on without where none does. */
  readonly tool: WitnessTool | 'auto';
  /** Where the process must listen, if at a port: one of another machine has ids of its own. */
  readonly controlPort: number | undefined;
  /** Milliseconds since anything; never jumps. */
  readonly monotonic: () => number;
  /** Told once where `auto` finds no witness. */
  readonly notice: (text: string) => void;
}

/**
 * Opens as `open` does, and reads the sockets beside each poll. A reading that fails fails no poll:
 * the snapshot then says so. Rejects with `connect` where a tool that was named does not work.
 */
export function witnessed(open: OpenPolled, options: WitnessOptions): OpenPolled {
  let isTold = false;
  return async (signal) => {
    const connection = await open(signal);
    try {
      return new WitnessedConnection(connection, await processOf(connection, options), options);
    } catch (thrown) {
      if (options.tool !== 'auto') {
        await connection.close();
        throw thrown;
      }
      if (!isTold) options.notice(`no witness: ${messageOf(thrown)}`);
      isTold = true;
      return connection;
    }
  };
}

/** The process whose sockets are read, and what reads them. */
interface Watched {
  readonly pid: number;
  readonly reader: SocketReader;
}

async function processOf(
  connection: PolledConnection,
  { tool, controlPort }: WitnessOptions,
): Promise<Watched> {
  const elsewhere = (cause: string) =>
    new ConntapeError('connect', {
      operation: 'reading the sockets of Tor',
      cause,
      hint: 'record on the relay’s own machine, or with --witness off',
    });
  const pid = await connection.askPid();
  if (pid === undefined) throw elsewhere('it runs elsewhere, or does not tell its process');
  const reader = await openSocketReader(pid, tool === 'auto' ? WITNESS_TOOLS : [tool]);
  const sockets = await reader.read(pid);
  const listens = sockets.some(
    ({ state, local }) => state === 'listening' && local.port === controlPort,
  );
  if (controlPort === undefined || listens) return { pid, reader };
  throw elsewhere(`process ${pid} does not listen at port ${controlPort}: it is another machine’s`);
}

class WitnessedConnection implements PolledConnection {
  readonly #connection: PolledConnection;
  readonly #watched: Watched;
  readonly #options: WitnessOptions;

  constructor(connection: PolledConnection, watched: Watched, options: WitnessOptions) {
    this.#connection = connection;
    this.#watched = watched;
    this.#options = options;
  }

  get header() {
    return this.#connection.header;
  }

  askPid() {
    return this.#connection.askPid();
  }

  get closed() {
    return this.#connection.closed;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async poll(at: number): Promise<readonly TapeItem[]> {
    const { pid, reader } = this.#watched;
    const started = this.#options.monotonic();
    const reading = reader.read(pid).catch((thrown: unknown) => {
      return scrubText(messageOf(thrown));
    });
    const items = await this.#connection.poll(at);
    const sockets = await reading;
    const apartMs = this.#options.monotonic() - started;
    return items.map((item) => {
      if (item.kind === 'gap') return item;
      const found = typeof sockets === 'string' ? sockets : compare(item.listing, sockets, apartMs);
      const witness: Witness = { tool: reader.tool, found };
      return { ...item, extra: { ...item.extra, witness: witnessJson(witness) } };
    });
  }
}
