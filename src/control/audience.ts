/**
 * Controllers that all speak with one service.
 * Owns their commands and which events each of them wants; the values are the service's.
 */
import { failureReply, infoReply, OK, unknownCommand, unrecognized } from './answers.ts';
import { type Command, nameOf, wordsOf } from './command.ts';
import type { Controller, Conversation, Host } from './conversation.ts';
import { formatReply, type Reply, type ReplyLine } from './reply.ts';
import type { ControlService } from './service.ts';

export class Audience implements Host {
  readonly #service: ControlService;
  readonly #maxReplyCharacters: number;
  readonly #listeners = new Map<Controller, ReadonlySet<string>>();

  constructor(service: ControlService, maxReplyCharacters: number) {
    this.#service = service;
    this.#maxReplyCharacters = maxReplyCharacters;
  }

  get torVersion(): string {
    return this.#service.torVersion;
  }

  receive(controller: Controller): Conversation {
    return {
      answer: async (command) =>
        controller.send(formatReply(await this.#answer(controller, command))),
      end: async () => {
        this.#listeners.delete(controller);
      },
    };
  }

  /** Sends an event to all who have asked for events of this name. */
  tell(name: string, lines: readonly ReplyLine[]): void {
    const wanting = [...this.#listeners].filter(([, names]) => names.has(name));
    if (wanting.length === 0) return;
    const event = formatReply({ status: lines.at(-1)?.status ?? 0, lines });
    for (const [controller] of wanting) controller.tell(event);
  }

  async #answer(controller: Controller, command: Command): Promise<Reply> {
    try {
      return await this.#replyTo(controller, command);
    } catch (thrown) {
      return failureReply(thrown);
    }
  }

  async #replyTo(controller: Controller, command: Command): Promise<Reply> {
    const service = this.#service;
    const name = nameOf(command);
    const words = wordsOf(command.args);
    if (name === 'SETEVENTS') return this.#setEvents(controller, words);
    if (name === 'GETINFO') {
      const values = await service.getInfo([...new Set(words)]);
      return infoReply(words, values, this.#maxReplyCharacters);
    }
    const reply = await service.other?.(command);
    return reply ?? unknownCommand(command);
  }

  /** All names or none: where one is not known, what was set before stays. */
  #setEvents(controller: Controller, words: readonly string[]): Reply {
    const known = new Set(this.#service.eventNames);
    // A relic that every Tor takes and none needs (control-spec, section 3.4).
    const names = words.filter((word) => word.toUpperCase() !== 'EXTENDED');
    const unknown = names.find((name) => !known.has(name.toUpperCase()));
    if (unknown !== undefined) return unrecognized('event', [unknown]);
    this.#listeners.set(controller, new Set(names.map((name) => name.toUpperCase())));
    return OK;
  }
}
