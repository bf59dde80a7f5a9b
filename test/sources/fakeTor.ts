/**
 * A Tor that has conn/all: a real control port, in the process of the test.
 * Owns what it answers; the protocol is src/control's.
 */
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/control/address.ts';
import type { ServeOptions } from '../../src/control/server.ts';
import { ConntapeError } from '../../src/error.ts';
import { FREE_PORT } from '../control/peers.ts';
import { answeringConf, TestPort } from '../control/testPort.ts';

/** A Tor that has conn/all, and can be stopped and started at the same address. */
export class FakeTor {
  readonly info = new Map([
    ['info/names', 'conn/all -- All.\ninfo/uptime-process -- Uptime.\nversion -- Not polled.'],
    ['fingerprint', 'A'.repeat(40)],
    ['conn/all', '1 0 0 0 0 0 IRt 10 20 5'],
    ['info/uptime-process', '159'],
  ]);
  /** What is set; all else is 1. */
  readonly conf = new Map([['Nickname', 'r0']]);
  /** Keys that are refused with 551, and why. */
  readonly refusals = new Map<string, string>();
  /** The events that may be asked for. */
  readonly events = ['CONF_CHANGED', 'SIGNAL'];
  polls = 0;
  /** Called when a controller has let itself in: it then asks who is there. */
  onConnect: () => void = () => {};
  /** Called in each poll, before it is answered. */
  onPoll: () => Promise<void> | void = () => {};
  /** Called when options are asked for, before they are answered. */
  onConf: () => void = () => {};
  address: Address = FREE_PORT;
  #server: TestPort | undefined;

  /** Who is let in from the next start on. */
  authentication: ServeOptions['authentication'];

  private constructor(authentication: ServeOptions['authentication']) {
    this.authentication = authentication;
  }

  /** Listens until the test ends. */
  static async start(
    authentication: ServeOptions['authentication'] = 'none',
    address: Address = FREE_PORT,
  ): Promise<FakeTor> {
    const tor = new FakeTor(authentication);
    tor.address = address;
    await tor.start();
    onTestFinished(() => tor.stop());
    return tor;
  }

  async start(): Promise<void> {
    this.#server = await TestPort.listen({
      address: this.address,
      authentication: this.authentication,
      // A Tor that says more than a client takes is a case here.
      limits: { maxReplyBytes: 64 << 20 },
      service: {
        torVersion: '0.4.9.11',
        eventNames: this.events,
        getInfo: async (keys) => {
          if (keys.includes('conn/all')) {
            this.polls++;
            await this.onPoll();
          }
          if (keys.includes('info/names')) this.onConnect();
          const refused = keys.find((key) => this.refusals.has(key));
          if (refused !== undefined) {
            const cause = this.refusals.get(refused)!;
            throw new ConntapeError('protocol', {
              operation: 'asking for',
              object: refused,
              cause,
            });
          }
          return new Map(keys.map((key) => [key, this.info.get(key)]));
        },
        other: answeringConf((keys) => {
          this.onConf();
          return new Map(keys.map((key) => [key, this.conf.get(key) ?? '1']));
        }),
      },
    });
    this.address = this.#server.address;
  }

  /** Sets an option as another controller would, and says so. */
  setConf(name: string, value: string): void {
    this.conf.set(name, value);
    this.#server?.forward('CONF_CHANGED', [
      { status: 650, text: 'CONF_CHANGED' },
      { status: 650, text: `${name}=${value}` },
      { status: 650, text: 'OK' },
    ]);
  }

  /** Resolves when it is polled the next time. */
  polled(): Promise<void> {
    return new Promise((resolve) => {
      this.onPoll = resolve;
    });
  }

  /** Resolves when options are asked for the next time. */
  confAsked(): Promise<void> {
    return new Promise((resolve) => {
      this.onConf = resolve;
    });
  }

  emit(name: string, text: string): void {
    this.#server?.emit(name, text);
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }
}
