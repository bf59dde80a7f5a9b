/**
 * A stand-in for a Tor: a real control port and real sockets, in the process of the test.
 * Owns what a stock Tor answers to the stock source; what it answers is a real Tor's wording.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Address } from '../../../src/control/address.ts';
import { OK } from '../../../src/control/answers.ts';
import { answeringConf, TestPort } from '../../control/testPort.ts';
import { R3 } from './world.ts';

export class StandIn {
  readonly info: Map<string, string>;
  readonly conf: Map<string, string>;
  /** The lines of the log that SIGNAL DUMP writes. */
  dump: string[] = [];
  dumps = 0;
  /** The lines of the log that SIGNAL HEARTBEAT writes. */
  heartbeat: string[] = [];
  heartbeats = 0;
  /** Whether it lets a controller send none. */
  refusesSignals = false;
  #onConf: () => void = () => {};
  #server!: TestPort;

  private constructor(orPort: number) {
    this.info = new Map([
      ['process/pid', `${process.pid}`],
      ['uptime', '100'],
      ['traffic/read', '5000'],
      ['traffic/written', '6000'],
      ['process/descriptor-limit', '1024'],
      ['fingerprint', 'A214370B39FB71D44C4F79DE014857450C9EF8DC'],
      ['net/listeners/or', `"127.0.0.1:${orPort}"`],
      ['net/listeners/control', ''],
      ['circuit-status', ''],
      ['ns/all', ''],
    ]);
    this.conf = new Map([
      ['Nickname', 'r0'],
      ['ExitRelay', '0'],
      ['ExitPolicyRejectPrivate', '1'],
      ['ORPort', `${orPort}`],
      ['BandwidthRate', '1073741824'],
      ['BandwidthBurst', '1073741824'],
      ['RelayBandwidthRate', '0'],
      ['RelayBandwidthBurst', '0'],
    ]);
  }

  /** Listens until the test ends. */
  static async start(orPort: number): Promise<StandIn> {
    const tor = new StandIn(orPort);
    await tor.listen();
    return tor;
  }

  async listen(): Promise<void> {
    const server = await TestPort.listen({
      address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      authentication: { password: 'secret' },
      service: {
        torVersion: '0.4.9.11',
        eventNames: ['ORCONN', 'SIGNAL', 'CONF_CHANGED', 'NEWCONSENSUS', 'CELL_STATS', 'NOTICE'],
        getInfo: (keys) => pick(this.info, keys),
        other: answeringConf(
          (keys) => {
            this.#onConf();
            return pick(this.conf, keys);
          },
          async ({ keyword, args }) => {
            if (keyword !== 'SIGNAL' || this.refusesSignals) return undefined;
            if (args === 'DUMP') {
              this.dumps++;
              for (const line of this.dump) server.emit('NOTICE', line);
            } else if (args === 'HEARTBEAT') {
              this.heartbeats++;
              for (const line of this.heartbeat) server.emit('NOTICE', line);
            } else {
              return undefined;
            }
            server.emit('SIGNAL', args);
            return OK;
          },
        ),
      },
    });
    this.#server = server;
    onTestFinished(() => server.close());
  }

  get address(): Address {
    return this.#server.address;
  }

  /** How many controllers have connected since it listens. */
  get connections(): number {
    return this.#server.connections;
  }

  /** Resolves when options are asked for the next time. */
  confAsked(): Promise<void> {
    return new Promise((resolve) => {
      this.#onConf = resolve;
    });
  }

  emit(name: string, text: string): void {
    this.#server.emit(name, text);
  }

  /** `650+NEWCONSENSUS`, as Tor sends it. */
  emitConsensus(data: string): void {
    this.#server.forward('NEWCONSENSUS', [
      { status: 650, text: 'NEWCONSENSUS', data },
      { status: 650, text: 'OK' },
    ]);
  }

  stop(): Promise<void> {
    return this.#server.close();
  }
}

function pick(values: ReadonlyMap<string, string>, keys: readonly string[]) {
  return new Map(keys.map((key) => [key, values.get(key)]));
}

/** A consensus in which one relay, R3, takes OR connections at a port of 127.0.0.1. */
export function consensusAt(orPort: number): string {
  const identity = Buffer.from(R3, 'hex').toString('base64').replace('=', '');
  const digest = 'QJFlz02xbUuBk1WVT5rjIDRcQpM';
  return `r r3 ${identity} ${digest} 2038-01-01 00:00:00 127.0.0.1 ${orPort} 0\ns Authority Running\nw Bandwidth=132`;
}

/** Two ends of one TCP connection, both in this process, until the test ends. */
export async function connectedPair(): Promise<{ orPort: number; near: Socket; far: Socket }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const near = connect(port, '127.0.0.1');
  const far = await accepted;
  onTestFinished(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { orPort: port, near, far };
}
