/**
 * A controller: typed commands to a control port, and its events.
 * Owns what the commands and their answers mean; the socket is connection.ts's, the secrets are
 * authentication.ts's.
 */
import { ConntapeError } from '../error.ts';
import { isFailure, type ReplyLimits } from './assembly.ts';
import { introduce, type Secrets } from './authentication.ts';
import { type Command, formatCommand, parseCommand } from './command.ts';
import { type ConnectionOptions, ControlConnection, type Ends } from './connection.ts';
import { printable } from './printable.ts';
import { keyAndValue, type Reply, ReplyError, type ReplyLine, ReplyParser } from './reply.ts';

export interface ConnectOptions extends ConnectionOptions, Secrets {
  readonly limits?: Partial<ReplyLimits>;
  /** Milliseconds since the epoch; the clock of `receivedAt`. */
  readonly now?: () => number;
}

/** An asynchronous reply (control-spec, section 4.1). */
export interface ControlEvent {
  /** Its first word: `ORCONN`. */
  readonly name: string;
  /** The rest of its first line. */
  readonly text: string;
  /** All its lines, the first one too. */
  readonly lines: readonly ReplyLine[];
  /** When it arrived, in milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** What `GETINFO` and `SETEVENTS` answer to a name that they do not know (control-spec, 3.9). */
const UNRECOGNIZED = 552;

export class ControlClient {
  readonly #connection: ControlConnection<Reply>;
  readonly #listeners: Set<(event: ControlEvent) => void>;
  #torVersion = '';

  private constructor(
    connection: ControlConnection<Reply>,
    listeners: Set<(event: ControlEvent) => void>,
  ) {
    this.#connection = connection;
    this.#listeners = listeners;
  }

  /**
   * Connects and authenticates. Rejects with `connect` where no control port is, `authenticate`
   * where it does not let us in, `protocol` where it is not one.
   */
  static async connect(options: ConnectOptions): Promise<ControlClient> {
    const { now = Date.now } = options;
    const listeners = new Set<(event: ControlEvent) => void>();
    const connection = await ControlConnection.open(options, {
      reader: new ReplyParser(options.limits),
      onAsynchronous: (reply: Reply) => {
        const event = eventOf(reply, now());
        for (const listener of listeners) listener(event);
      },
    });
    const client = new ControlClient(connection, listeners);
    try {
      client.#torVersion = await introduce((line) => client.command(line), options);
      return client;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** As `PROTOCOLINFO` gave it; empty where it did not. */
  get torVersion(): string {
    return this.#torVersion;
  }

  /** Where both ends of the connection are; undefined for a Unix socket, and once it has ended. */
  get ends(): Ends | undefined {
    return this.#connection.ends;
  }

  /** Resolves once, when the connection has ended, with why. */
  get closed(): Promise<ConntapeError> {
    return this.#connection.closed;
  }

  /**
   * The values of all keys, of one moment (control-spec, section 3.9). No keys, no values. Rejects
   * with `ReplyError` where Tor refuses a key, which then has no other's value either, and with
   * `protocol` where a value is missing, which
   * `isRefusal` both are.
   * @param begun called when the answer begins to arrive: Tor makes it whole before it sends it.
   */
  async getInfo(keys: readonly string[], begun?: () => void): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map();
    const reply = await this.#sendWords('GETINFO', keys, begun);
    const values = new Map<string, string>();
    for (const line of reply.lines.slice(0, -1)) {
      const [key, value] = keyAndValue(line);
      if (value !== undefined) values.set(key, value);
    }
    const missing = keys.find((key) => !values.has(key));
    if (missing !== undefined) throw unanswered('GETINFO', missing);
    return values;
  }

  /** The value of a key, or undefined where Tor does not know the key (552). */
  async tryGetInfo(key: string): Promise<string | undefined> {
    try {
      return (await this.getInfo([key])).get(key);
    } catch (error) {
      if (error instanceof ReplyError && error.status === UNRECOGNIZED) return undefined;
      throw error;
    }
  }

  /**
   * The values of options, by the names that Tor gives them (control-spec, section 3.3): the values
   * of an option that is set more than once are joined by LF, one at its default is empty. No keys,
   * no values. Rejects with `ReplyError` where Tor does not know an option.
   */
  async getConf(keys: readonly string[]): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map();
    const reply = await this.#sendWords('GETCONF', keys);
    const values = new Map<string, string>();
    for (const line of reply.lines) {
      const [key, value = ''] = keyAndValue(line);
      const before = values.get(key);
      values.set(key, before === undefined ? value : `${before}\n${value}`);
    }
    return values;
  }

  /** Subscribes to these events and no others (control-spec, section 3.4). */
  async setEvents(names: readonly string[]): Promise<void> {
    await this.#sendWords('SETEVENTS', names);
  }

  /**
   * Sends a line as it is and gives the reply. Errors name its keyword alone, since the rest may be
   * a secret. Rejects with `ReplyError` where Tor refuses, `usage` where it is not a single line.
   */
  async command(line: string): Promise<Reply> {
    const command = parseCommand(line);
    return await this.#send(printable(command.keyword), command);
  }

  /**
   * Calls `listener` with every event that arrives from now on, in order, until the function that
   * is returned is called. A listener that throws ends the connection.
   */
  onEvent(listener: (event: ControlEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the connection; waiting commands reject. Resolves when the socket is closed. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #sendWords(keyword: string, words: readonly string[], begun?: () => void): Promise<Reply> {
    const name = printable([keyword, ...words].join(' '));
    const split = words.find((word) => !/^\S+$/.test(word));
    if (split !== undefined) {
      throw new ConntapeError('usage', {
        operation: keyword,
        cause: 'an argument is not a single word',
      });
    }
    return await this.#send(name, { keyword, args: words.join(' ') }, begun);
  }

  async #send(name: string, command: Command, begun?: () => void): Promise<Reply> {
    let reply!: Reply;
    const receive = (received: Reply) => {
      reply = received;
    };
    await this.#connection.exchange(name, formatCommand(command), receive, begun);
    if (isFailure(reply)) throw new ReplyError(name, reply);
    return reply;
  }
}

function eventOf(reply: Reply, receivedAt: number): ControlEvent {
  const first = reply.lines[0]!.text;
  const space = first.indexOf(' ');
  const name = space < 0 ? first : first.slice(0, space);
  const text = space < 0 ? '' : first.slice(space + 1);
  return { name, text, lines: reply.lines, receivedAt };
}

/** An answer that lacks a value that was asked for. */
class UnansweredError extends ConntapeError {}

/** Whether an error is about what was asked, and the connection is as good as before. */
export function isRefusal(thrown: unknown): thrown is ConntapeError {
  // After 514 and 515 Tor closes the connection.
  if (thrown instanceof ReplyError) return thrown.kind !== 'authenticate';
  return thrown instanceof UnansweredError;
}

function unanswered(operation: string, key: string): ConntapeError {
  return new UnansweredError('protocol', {
    operation,
    object: printable(key),
    cause: 'the reply does not have it',
  });
}
