/**
 * One controller at a served control port, from its first command to its last.
 * Owns its socket and the bounds on what it may make us keep; who is admitted is admission.ts's,
 * what an admitted one is answered is its conversation's.
 */
import type { Socket } from 'node:net';
import { Admission, type Answer, type Credentials } from './admission.ts';
import { CommandParser, nameOf, type ReceivedCommand } from './command.ts';
import type { Controller, Conversation, Host } from './conversation.ts';
import type { Guessing } from './guessing.ts';
import { formatReply, replyOf } from './reply.ts';

export interface ControllerLimits {
  /** For a controller to authenticate; 10,000 by default. */
  readonly authenticationMs: number;
  /** Of one command's line, and of its data; 64 KiB by default. */
  readonly maxCommandBytes: number;
  /** Of one reply; 24 MiB by default. */
  readonly maxReplyBytes: number;
  /** Of events that wait for a controller that does not read; 16 MiB by default. */
  readonly maxQueuedBytes: number;
  /** Events that wait for it, however short; 65,536 by default. */
  readonly maxQueuedEvents: number;
}

export interface ServedControllerOptions {
  readonly host: Host;
  readonly credentials: Credentials;
  readonly limits: ControllerLimits;
  readonly guessing: Guessing;
}

const FAREWELL: Answer = { reply: replyOf(250, 'closing connection'), closes: true };

/** Tor's answer to a line past its limit. */
const TOO_LONG = formatReply(replyOf(500, 'Line too long.'));

/** The longest that a controller that is to leave may take nothing of what was sent to it. */
const LEAVING_MS = 10_000;

export class ServedController implements Controller {
  readonly #socket: Socket;
  readonly #limits: ControllerLimits;
  readonly #admission: Admission;
  readonly #conversation: Conversation;
  readonly #parser: CommandParser;
  readonly #guessing: Guessing;
  #queuedEvents = 0;
  #queuedBytes = 0;

  constructor(socket: Socket, { host, credentials, limits, guessing }: ServedControllerOptions) {
    this.#socket = socket;
    this.#limits = limits;
    this.#guessing = guessing;
    this.#admission = new Admission(credentials, host.torVersion);
    this.#conversation = host.receive(this);
    this.#parser = new CommandParser(limits.maxCommandBytes);
  }

  /** Whether it is here and was let in: who is not makes room for others. */
  get isAdmitted(): boolean {
    return this.#admission.isAdmitted && this.#socket.writable;
  }

  /** Answers commands until the controller leaves or is sent away; never rejects. */
  async run(): Promise<void> {
    const socket = this.#socket;
    // A controller that goes away in the middle of anything is not a failure of the server.
    socket.on('error', () => {});
    const ended = new Promise<void>((resolve) => {
      socket.once('close', () => resolve(this.#conversation.end()));
    });
    const deadline = setTimeout(() => {
      if (!this.#admission.isAdmitted) socket.destroy();
    }, this.#limits.authenticationMs);
    try {
      // No chunk is read before the one before is answered, so commands never pile up. What was
      // sent must still leave when the loop does.
      for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
        if (!(await this.#receive(chunk))) break;
      }
    } catch {
      // The socket failed, as above.
    } finally {
      clearTimeout(deadline);
      this.leave();
      await ended;
    }
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  tell(bytes: Uint8Array): void {
    if (!this.#socket.writable) return;
    const { maxQueuedEvents, maxQueuedBytes } = this.#limits;
    if (this.#queuedEvents >= maxQueuedEvents || this.#queuedBytes > maxQueuedBytes) {
      this.close();
      return;
    }
    this.#queuedEvents++;
    this.#queuedBytes += bytes.length;
    this.#socket.write(bytes, () => {
      this.#queuedEvents--;
      this.#queuedBytes -= bytes.length;
    });
  }

  leave(): void {
    this.#socket.setTimeout(LEAVING_MS, () => this.#socket.destroy());
    this.#socket.destroySoon();
  }

  /** Ends the connection at once. */
  close(): void {
    this.#socket.destroy();
  }

  /** Whether the conversation goes on. */
  async #receive(chunk: Uint8Array): Promise<boolean> {
    try {
      for (const command of this.#parser.push(chunk)) {
        await this.#answer(command);
        await this.#drained();
        if (!this.#socket.writable) return false;
      }
      return true;
    } catch {
      // All that fails here is the parser, at its limit.
      this.send(TOO_LONG);
      return false;
    }
  }

  async #answer(command: ReceivedCommand): Promise<void> {
    const name = nameOf(command);
    const answer = name === 'QUIT' ? FAREWELL : await this.#admit(name, command);
    if (answer === undefined) return await this.#conversation.answer(command);
    this.send(formatReply(answer.reply));
    if (answer.closes) this.leave();
  }

  /** As `Admission.answer`, when it is this controller's turn to guess. */
  async #admit(name: string, command: ReceivedCommand): Promise<Answer | undefined> {
    if (!this.#admission.isGuess(name)) return this.#admission.answer(name, command);
    const over = await this.#guessing.turn();
    // One that was dropped meanwhile takes no answer, but its place all the same.
    const answer = this.#admission.answer(name, command);
    over(this.#admission.isAdmitted);
    return answer;
  }

  /** Resolves when the operating system takes more, or the socket is gone. */
  async #drained(): Promise<void> {
    const socket = this.#socket;
    if (!socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }
}
