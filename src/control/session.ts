/**
 * One controller at a served control port, from its first command to its last.
 * Owns the order of replies and events on one socket; who is admitted is admission.ts's, what the
 * values are is the service's.
 */
import type { Socket } from 'node:net';
import { Admission, type Answer, type Credentials } from './admission.ts';
import { confReply, failureReply, infoReply, OK, unrecognized } from './answers.ts';
import { type Command, CommandParser, wordsOf } from './command.ts';
import { escapeControls } from './printable.ts';
import { formatReply, type Reply, replyOf } from './reply.ts';
import type { ControlService } from './service.ts';

export interface SessionLimits {
  /** For a controller to authenticate; 10,000 unless told. */
  readonly authenticationMs: number;
  /** Of one command's line, and of its data; 64 KiB unless told. */
  readonly maxCommandBytes: number;
  /** That may wait for a controller that does not read, and of one reply; 64 MiB unless told. */
  readonly maxQueuedBytes: number;
}

export interface SessionContext {
  readonly service: ControlService;
  readonly credentials: Credentials;
  readonly limits: SessionLimits;
  /** Called when `events` has changed; rejects where the service cannot give them. */
  readonly subscribe: () => Promise<void>;
}

const FAREWELL: Answer = { reply: replyOf(250, 'closing connection'), closes: true };

export class Session {
  readonly #socket: Socket;
  readonly #context: SessionContext;
  readonly #admission: Admission;
  readonly #parser: CommandParser;
  #events: ReadonlySet<string> = new Set();

  constructor(socket: Socket, context: SessionContext) {
    this.#socket = socket;
    this.#context = context;
    this.#admission = new Admission(context.credentials, context.service.torVersion);
    this.#parser = new CommandParser(context.limits.maxCommandBytes);
  }

  /** The events that the controller has asked for. */
  get events(): ReadonlySet<string> {
    return this.#events;
  }

  /** Answers commands until the controller leaves or is sent away; never rejects. */
  async run(): Promise<void> {
    const socket = this.#socket;
    // A controller that goes away in the middle of anything is no failure of the server.
    socket.on('error', () => {});
    const deadline = setTimeout(() => {
      if (!this.#admission.isAdmitted) socket.destroy();
    }, this.#context.limits.authenticationMs);
    try {
      // No chunk is read before the one before it is answered, so commands never pile up.
      for await (const chunk of socket) {
        if (!(await this.#receive(chunk))) break;
      }
    } catch {
      // The socket failed, as above.
    } finally {
      clearTimeout(deadline);
      socket.destroy();
      this.#events = new Set();
    }
  }

  /** Sends one event, already formatted. A controller that lets too much of them wait is dropped. */
  emit(event: Uint8Array): void {
    if (this.#socket.writableLength + event.length > this.#context.limits.maxQueuedBytes) {
      this.close();
    } else if (this.#socket.writable) {
      this.#socket.write(event);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whether the conversation goes on. */
  async #receive(chunk: Uint8Array): Promise<boolean> {
    try {
      for (const command of this.#parser.push(chunk)) {
        const { bytes, closes } = await this.#answer(command);
        await this.#send(bytes);
        if (closes) return false;
      }
      return true;
    } catch {
      // All that fails here is the parser, at its limit: Tor's answer to that.
      await this.#send(formatReply(replyOf(500, 'Line too long.')));
      return false;
    }
  }

  /** Resolves when the operating system has taken the reply, or the socket is gone. */
  #send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.writable) this.#socket.write(bytes, () => resolve());
      else resolve();
    });
  }

  /** Never rejects. */
  async #answer(command: Command): Promise<{ bytes: Uint8Array; closes: boolean }> {
    const keyword = command.keyword.toUpperCase();
    const answer = keyword === 'QUIT' ? FAREWELL : this.#admission.answer(keyword, command);
    if (answer !== undefined) return { bytes: formatReply(answer.reply), closes: answer.closes };
    try {
      return { bytes: formatReply(await this.#serve(keyword, command)), closes: false };
    } catch (error) {
      return { bytes: formatReply(failureReply(error)), closes: false };
    }
  }

  async #serve(keyword: string, command: Command): Promise<Reply> {
    const { service, limits } = this.#context;
    const words = wordsOf(command.args);
    if (keyword === 'SETEVENTS') return await this.#setEvents(words);
    if (keyword === 'GETINFO') {
      const values = await service.getInfo([...new Set(words)]);
      return infoReply(words, values, limits.maxQueuedBytes);
    }
    if (keyword === 'GETCONF' && service.getConf !== undefined) {
      return confReply(words, await service.getConf([...new Set(words)]));
    }
    const reply = await service.other?.(command);
    return reply ?? replyOf(510, `Unrecognized command "${escapeControls(command.keyword)}"`);
  }

  /** All names or none: where one is not known, what was set before stays. */
  async #setEvents(words: readonly string[]): Promise<Reply> {
    const known = new Set(this.#context.service.eventNames);
    // A relic that every Tor takes and none needs (control-spec, section 3.4).
    const names = words.filter((word) => word.toUpperCase() !== 'EXTENDED');
    const unknown = names.find((name) => !known.has(name.toUpperCase()));
    if (unknown !== undefined) return unrecognized('event', [unknown]);
    const before = this.#events;
    this.#events = new Set(names.map((name) => name.toUpperCase()));
    try {
      await this.#context.subscribe();
    } catch (error) {
      this.#events = before;
      throw error;
    }
    return OK;
  }
}
