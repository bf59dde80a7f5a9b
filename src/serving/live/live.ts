/**
 * A control port in front of a live Tor: what only reads passes through to Tor, and `conn/all` and
 * its like are answered from what a source polls of it.
 * Owns one controller's conversation and its way to Tor; our values are moment.ts's, their place
 * in a reply is reply.ts's.
 */
import { failureReply, unknownCommand } from '../../control/answers.ts';
import type { ConnectOptions } from '../../control/client.ts';
import { nameOf, type ReceivedCommand, wordsOf } from '../../control/command.ts';
import type { Controller, Conversation, Host } from '../../control/conversation.ts';
import { Passage } from '../../control/passage.ts';
import { printable } from '../../control/printable.ts';
import { bytesOf, type RawReply } from '../../control/raw.ts';
import { formatReply, type Reply, replyOf } from '../../control/reply.ts';
import { CHANGING } from '../changing.ts';
import { isOurs, NAMES } from '../keys.ts';
import type { LastAnswer, LiveMoment } from './moment.ts';
import { joinedReply } from './reply.ts';

/** What reads, and what changes nothing but the controller's own connection. */
const READING: ReadonlySet<string> = new Set(['GETINFO', 'GETCONF', 'SETEVENTS', 'USEFEATURE']);

/** What leaves nothing behind in a connection, so that another one does as well. */
const STATELESS: ReadonlySet<string> = new Set(['GETINFO', 'GETCONF']);

export interface LiveOptions {
  readonly moment: LiveMoment;
  /** How each controller's own connection to Tor is made; it ends with the controller's. */
  readonly connect: Omit<ConnectOptions, 'signal'>;
  /** In upper case: commands of `CHANGING` that pass to Tor all the same. */
  readonly allowed: ReadonlySet<string>;
  /** Of our values in one reply. */
  readonly maxReplyCharacters: number;
  /** LastAnswer where Tor does not keep to the protocol. */
  readonly notice: (text: string) => void;
}

/**
 * Each controller has a connection to Tor of its own, from the first command that needs one. Where
 * that ends, a controller that Tor holds something for, such as its events, is sent away as Tor would;
 * one that only asked may ask on, and is refused while Tor is away.
 */
export class LiveHost implements Host {
  readonly #options: LiveOptions;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  get torVersion(): string {
    return this.#options.moment.torVersion;
  }

  receive(controller: Controller): Conversation {
    return new LiveConversation(controller, this.#options);
  }
}

class LiveConversation implements Conversation {
  readonly #controller: Controller;
  readonly #options: LiveOptions;
  readonly #last: LastAnswer = {};
  readonly #gone = new AbortController();
  #passage: Passage | undefined;
  /** Whether Tor holds something for this controller, which ends with the connection to it. */
  #isBound = false;

  constructor(controller: Controller, options: LiveOptions) {
    this.#controller = controller;
    this.#options = options;
  }

  async answer(command: ReceivedCommand): Promise<void> {
    try {
      await this.#answer(command);
    } catch (thrown) {
      this.#controller.send(formatReply(failureReply(thrown)));
    }
  }

  async end(): Promise<void> {
    this.#gone.abort();
    await this.#passage?.close();
  }

  async #answer(command: ReceivedCommand): Promise<void> {
    // To Tor, `+GETINFO` is another command than `GETINFO`, and no command at all.
    const name = nameOf(command);
    if (!READING.has(name) && !this.#options.allowed.has(name.replace('+', ''))) {
      this.#controller.send(formatReply(refusalOf(command)));
      return;
    }
    const keys = wordsOf(command.args);
    if (name === 'GETINFO' && keys.some((key) => isOurs(key) || key === NAMES)) {
      await this.#getInfo(keys);
    } else {
      await this.#pass(name, command.bytes, bytesOf);
    }
  }

  async #getInfo(keys: readonly string[]): Promise<void> {
    const theirs = keys.filter((key) => !isOurs(key));
    if (theirs.length === 0) {
      this.#controller.send(this.#joined(keys, undefined));
      return;
    }
    const line = Buffer.from(`GETINFO ${theirs.join(' ')}\r\n`);
    await this.#pass('GETINFO', line, (reply) => this.#joined(keys, reply));
  }

  /** Never throws: it is called in the middle of what arrives from Tor. */
  #joined(keys: readonly string[], tor: RawReply | undefined): Buffer {
    const { moment, maxReplyCharacters } = this.#options;
    const names = (torNames: string) => moment.names(torNames);
    try {
      const ours = moment.values([...new Set(keys.filter(isOurs))], this.#last);
      return joinedReply(keys, ours, names, tor, maxReplyCharacters);
    } catch (thrown) {
      return formatReply(failureReply(thrown));
    }
  }

  /** Sends to Tor, and what is made of its reply to the controller, in its place among the events. */
  async #pass(name: string, bytes: Buffer, made: (reply: RawReply) => Buffer): Promise<void> {
    this.#passage ??= await this.#connect();
    this.#isBound ||= !STATELESS.has(name);
    try {
      await this.#passage.exchange(name, bytes, (reply) => this.#controller.send(made(reply)));
    } catch {
      // The connection to Tor is gone, and with it the answer.
      this.#controller.leave();
    }
  }

  /** A controller that finds no Tor is told so, and may try again with its next command. */
  async #connect(): Promise<Passage> {
    const { connect, notice } = this.#options;
    const { signal } = this.#gone;
    const passage = await Passage.connect({ ...connect, signal }, (event) =>
      this.#controller.tell(event),
    );
    void passage.closed.then((why) => {
      if (why.kind === 'protocol') notice(`a controller was sent away: ${printable(why.message)}`);
      this.#passage = undefined;
      if (this.#isBound) this.#controller.leave();
    });
    return passage;
  }
}

function refusalOf(command: ReceivedCommand): Reply {
  const keyword = command.keyword.toUpperCase();
  if (!CHANGING.has(keyword)) return unknownCommand(command);
  return replyOf(
    510,
    `Command "${keyword}" is not allowed here (conntape serve --allow ${keyword})`,
  );
}
