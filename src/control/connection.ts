/**
 * One connection to a control port: bytes out, replies in the order of the commands, events between.
 * Owns the socket, the waiting commands and the time limits; what the commands mean is client.ts's.
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { ConntapeError, messageOf } from '../error.ts';
import { type Address, formatAddress } from './address.ts';
import { isAsynchronous } from './assembly.ts';

/** What makes replies of bytes, in the form that the connection gives them: parsed, or raw. */
export interface ReplyReader<Reply extends { readonly status: number }> {
  readonly isInsideReply: boolean;
  push(chunk: Uint8Array): Iterable<Reply>;
}

/** Addresses as the system writes them. */
export interface Ends {
  readonly local: { readonly ip: string; readonly port: number };
  readonly remote: { readonly ip: string; readonly port: number };
}

export interface ConnectionOptions {
  readonly address: Address;
  /** Until the socket is open; 10,000 by default. */
  readonly connectTimeoutMs?: number;
  /** For a whole reply, from when its command is the oldest one waiting; 30,000 by default. */
  readonly replyTimeoutMs?: number;
  /** Ends the connection, at any time. */
  readonly signal?: AbortSignal;
}

/** What is done with what arrives. */
export interface Reading<Reply extends { readonly status: number }> {
  readonly reader: ReplyReader<Reply>;
  /** Called with each asynchronous reply, between two replies and never inside one. */
  readonly onAsynchronous: (reply: Reply) => void;
}

/** A machine that is up answers a connection in one round trip. */
const CONNECT_TIMEOUT_MS = 10_000;

/** A busy relay's main loop can stall for seconds; more means that it hangs. */
const REPLY_TIMEOUT_MS = 30_000;

interface Waiting<Reply> {
  readonly name: string;
  readonly receive: (reply: Reply) => void;
  readonly reject: (error: ConntapeError) => void;
  /** Called, and forgotten, when the first bytes arrive while it is the oldest one waiting. */
  begun: (() => void) | undefined;
}

/** A control port that is not there, or not any more. */
export class ClosedError extends ConntapeError {}

/** A control port that is there and says nothing: its process is stopped, hangs or is very busy. */
export class SilenceError extends ConntapeError {}

export class ControlConnection<Reply extends { readonly status: number }> {
  readonly closed: Promise<ConntapeError>;
  readonly #socket: Socket;
  readonly #address: Address;
  readonly #replyTimeoutMs: number;
  readonly #reading: Reading<Reply>;
  readonly #waiting: Waiting<Reply>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ended: ConntapeError | undefined;
  #resolveClosed!: (why: ConntapeError) => void;
  #stopListening = () => {};

  private constructor(socket: Socket, options: ConnectionOptions, reading: Reading<Reply>) {
    this.#socket = socket;
    this.#address = options.address;
    this.#replyTimeoutMs = options.replyTimeoutMs ?? REPLY_TIMEOUT_MS;
    this.#reading = reading;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /**
   * Connects, without authenticating. Rejects with `connect` where nothing listens, permission is
   * missing, it takes too long or the signal aborts.
   */
  static open<Reply extends { readonly status: number }>(
    options: ConnectionOptions,
    reading: Reading<Reply>,
  ): Promise<ControlConnection<Reply>> {
    const { address, signal, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
    const target: NetConnectOpts =
      address.kind === 'unix'
        ? { path: address.path }
        : { host: address.host, port: address.port, noDelay: true };
    const socket = connect(target);
    const connection = new ControlConnection(socket, options, reading);
    return new Promise((resolve, reject) => {
      connection.#listen(signal);
      connection.#startTimer(connectTimeoutMs, 'connect', 'nobody answered');
      socket.once('connect', () => {
        connection.#stopTimer();
        resolve(connection);
      });
      void connection.closed.then(reject);
    });
  }

  #listen(signal: AbortSignal | undefined): void {
    const abort = () => this.#end(this.#error('connect', 'it was stopped'));
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal?.removeEventListener('abort', abort);
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    // A failed write may come before the bytes that say why, so it is the reading that ends it.
    this.#socket.on('error', (error) => this.#end(this.#socketError(error)));
    this.#socket.on('end', () => {
      const where = this.#reading.reader.isInsideReply ? ' in the middle of a reply' : '';
      this.#end(this.#error('connect', `the connection closed${where}`));
    });
  }

  /** Where both ends of the socket are; undefined for a Unix socket, and once it has ended. */
  get ends(): Ends | undefined {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket;
    if (localAddress === undefined || remoteAddress === undefined) return undefined;
    return {
      local: { ip: localAddress, port: localPort ?? 0 },
      remote: { ip: remoteAddress, port: remotePort ?? 0 },
    };
  }

  /**
   * Sends one command and calls `receive` with its reply, before anything that arrives after it is
   * looked at; several may wait at once. `name` is what errors call it, and holds no secret. Resolves
   * after that call; rejects with the connection's error where that ends first. A `receive` that
   * throws ends the connection. `begun` is called when the reply begins to arrive, or an event before
   * it.
   */
  exchange(
    name: string,
    bytes: Uint8Array,
    receive: (reply: Reply) => void,
    begun?: () => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(renamed(this.#ended, name));
      const receiveAndResolve = (reply: Reply) => {
        receive(reply);
        resolve();
      };
      this.#waiting.push({ name, receive: receiveAndResolve, reject, begun });
      if (this.#waiting.length === 1) this.#startReplyTimer();
      this.#socket.write(bytes);
    });
  }

  /** Ends the connection; waiting commands reject. Resolves when the socket is closed. */
  async close(): Promise<void> {
    this.#end(this.#error('connect', 'the connection was closed'));
    if (this.#socket.closed) return;
    await new Promise((resolve) => this.#socket.once('close', resolve));
  }

  #receive(chunk: Uint8Array): void {
    const oldest = this.#waiting[0];
    oldest?.begun?.();
    if (oldest !== undefined) oldest.begun = undefined;
    try {
      for (const reply of this.#reading.reader.push(chunk)) {
        this.#deliver(reply);
        if (this.#ended !== undefined) return;
      }
    } catch (error) {
      this.#end(
        error instanceof ConntapeError ? error : this.#error('protocol', messageOf(error), error),
      );
    }
  }

  #deliver(reply: Reply): void {
    if (isAsynchronous(reply)) {
      this.#reading.onAsynchronous(reply);
      return;
    }
    const command = this.#waiting[0];
    if (command === undefined) {
      this.#end(this.#error('protocol', `a reply ${reply.status} that no command waits for`));
      return;
    }
    // It waits until it has its reply, so that it is rejected should `receive` throw.
    command.receive(reply);
    this.#waiting.shift();
    this.#stopTimer();
    if (this.#waiting.length > 0) this.#startReplyTimer();
  }

  /** Replies have no number: after one that is missing, nobody could say whose the next is. */
  #startReplyTimer(): void {
    this.#startTimer(this.#replyTimeoutMs, 'protocol', 'no whole reply came');
  }

  #startTimer(ms: number, kind: 'connect' | 'protocol', cause: string): void {
    this.#timer = setTimeout(() => {
      const { parts } = this.#error(kind, `${cause} in ${ms} ms`);
      this.#end(new SilenceError(kind, parts));
    }, ms);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
  }

  #end(why: ConntapeError): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#stopTimer();
    this.#stopListening();
    this.#socket.destroy();
    for (const command of this.#waiting.splice(0)) command.reject(renamed(why, command.name));
    this.#resolveClosed(why);
  }

  #error(kind: 'connect' | 'protocol', cause: string, thrown?: unknown): ConntapeError {
    const Kind = kind === 'connect' ? ClosedError : ConntapeError;
    return new Kind(
      kind,
      { operation: 'the control port', object: formatAddress(this.#address), cause },
      { cause: thrown },
    );
  }

  #socketError(error: NodeJS.ErrnoException): ConntapeError {
    const [cause, hint] = EXPLAINED[error.code ?? ''] ?? [messageOf(error)];
    return new ClosedError(
      'connect',
      {
        operation: 'the control port',
        object: formatAddress(this.#address),
        cause,
        ...(hint === undefined ? {} : { hint }),
      },
      { cause: error },
    );
  }
}

const START_TOR = 'is Tor running, with ControlPort or ControlSocket set in torrc?';

/** What the operating system's codes mean for a control port, and what to do. */
const EXPLAINED: Readonly<Record<string, readonly [cause: string, hint?: string]>> = {
  ECONNREFUSED: ['nothing listens there', START_TOR],
  ENOENT: ['no such socket is there', START_TOR],
  EACCES: ['permission denied', 'join the group of Tor (debian-tor, or _tor)'],
  ENOTFOUND: ['the host name is not known'],
  ECONNRESET: ['the connection was reset'],
  EPIPE: ['the connection closed'],
};

/** The connection's error as that of one command: `GETINFO conn/all: the connection closed`. */
function renamed(why: ConntapeError, name: string): ConntapeError {
  const { cause, hint } = why.parts;
  const parts = { operation: name, cause, ...(hint === undefined ? {} : { hint }) };
  const Kind = [SilenceError, ClosedError].find((kind) => why instanceof kind) ?? ConntapeError;
  return new Kind(why.kind, parts, { cause: why });
}
