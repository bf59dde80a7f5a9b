/**
 * A served control port whose service the test writes, and whose events the test sends.
 * Owns what a program in front of a Tor never needs: events of its own making, and options.
 */
import type { Address } from '../../src/control/address.ts';
import { confReply } from '../../src/control/answers.ts';
import { Audience } from '../../src/control/audience.ts';
import { wordsOf } from '../../src/control/command.ts';
import type { Host } from '../../src/control/conversation.ts';
import type { ReplyLine } from '../../src/control/reply.ts';
import { ControlServer, type ServeOptions } from '../../src/control/server.ts';
import type { ControlService, Values } from '../../src/control/service.ts';

/** Of one reply, unless the test says otherwise: more than any test answers. */
const MAX_REPLY_CHARACTERS = 24 << 20;

export interface TestPortOptions extends Omit<ServeOptions, 'service'> {
  readonly service: ControlService;
}

export class TestPort {
  /** How many controllers have connected. */
  connections = 0;
  #server!: ControlServer;
  readonly #audience: Audience;

  private constructor(audience: Audience) {
    this.#audience = audience;
  }

  /** As `ControlServer.listen`. */
  static async listen(options: TestPortOptions): Promise<TestPort> {
    const { service, limits } = options;
    const audience = new Audience(service, limits?.maxReplyBytes ?? MAX_REPLY_CHARACTERS);
    const port = new TestPort(audience);
    const host: Host = {
      torVersion: audience.torVersion,
      receive: (controller) => {
        port.connections++;
        return audience.receive(controller);
      },
    };
    port.#server = await ControlServer.listen({ ...options, service: host });
    return port;
  }

  get address(): Address {
    return this.#server.address;
  }

  /** Sends `650 NAME TEXT` to every controller that has asked for events of this name. */
  emit(name: string, text: string): void {
    this.forward(name, [{ status: 650, text: `${name} ${text}` }]);
  }

  /** Sends an event of several lines, its name at the beginning of the first, as it is. */
  forward(name: string, lines: readonly ReplyLine[]): void {
    this.#audience.tell(name, lines);
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

/** Answers GETCONF with the values of options, and leaves all other commands to `other`. */
export function answeringConf(
  getConf: (keys: readonly string[]) => Values,
  other: NonNullable<ControlService['other']> = async () => undefined,
): NonNullable<ControlService['other']> {
  return async (command) => {
    if (command.keyword.toUpperCase() !== 'GETCONF') return await other(command);
    const words = wordsOf(command.args);
    return confReply(words, getConf([...new Set(words)]));
  };
}
