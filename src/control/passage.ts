/**
 * A connection to a control port for somebody else: his commands, the replies and the events pass
 * through as they are.
 * Owns our introduction there and the order of what comes back; which commands may pass is the
 * caller's.
 */

import type { ConntapeError } from '../error.ts';
import { isFailure } from './assembly.ts';
import { introduce } from './authentication.ts';
import type { ConnectOptions } from './client.ts';
import { formatCommand, parseCommand } from './command.ts';
import { ControlConnection } from './connection.ts';
import { printable } from './printable.ts';
import { bytesOf, parsed, type RawReply, RawReplyParser } from './raw.ts';
import { ReplyError } from './reply.ts';

export class Passage {
  readonly #connection: ControlConnection<RawReply>;

  private constructor(connection: ControlConnection<RawReply>) {
    this.#connection = connection;
  }

  /**
   * Connects and authenticates, as `ControlClient.connect` does.
   * @param onEvent called with the bytes of each event, in order, between two replies.
   */
  static async connect(
    options: ConnectOptions,
    onEvent: (bytes: Buffer) => void,
  ): Promise<Passage> {
    const connection = await ControlConnection.open<RawReply>(options, {
      reader: new RawReplyParser(options.limits),
      onAsynchronous: (event) => onEvent(bytesOf(event)),
    });
    const passage = new Passage(connection);
    try {
      await introduce(async (line) => {
        const command = parseCommand(line);
        const name = printable(command.keyword);
        let raw!: RawReply;
        await passage.exchange(name, formatCommand(command), (received) => {
          raw = received;
        });
        const reply = parsed(raw);
        if (isFailure(reply)) throw new ReplyError(name, reply);
        return reply;
      }, options);
      return passage;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Resolves once, when the connection has ended, with why. */
  get closed(): Promise<ConntapeError> {
    return this.#connection.closed;
  }

  /**
   * Sends the bytes of one command and calls `receive` with its reply, a refusal too, before
   * anything that comes after it: in the order in which it came among the events. Rejects with the
   * connection's error where that ends first.
   */
  exchange(name: string, bytes: Uint8Array, receive: (reply: RawReply) => void): Promise<void> {
    return this.#connection.exchange(name, bytes, receive);
  }

  /** Ends the connection. Resolves when the socket is closed. */
  close(): Promise<void> {
    return this.#connection.close();
  }
}
