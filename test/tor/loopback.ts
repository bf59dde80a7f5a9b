/**
 * The loopback that a private network is on: the machine's, or one of a network namespace's own.
 * Owns running things there and getting sockets from there; the Tors are network.ts's.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Target } from './traffic.ts';

export interface Loopback {
  /** The words that a command begins with to be run there. */
  readonly within: readonly string[];
  /** A server at a free port of an address, which listens. */
  listen(host: string): Promise<Server>;
  /** A socket that is connected. */
  connect(target: Target): Promise<Socket>;
  close(): Promise<void>;
}

/** A loopback of a network namespace's own. */
export interface OwnLoopback extends Loopback {
  /** An address that packets can be sent to, and are dropped. */
  readonly nowhere: string;
  /** An address to connect from that is not of 127.0.0.0/8. */
  readonly stranger: string;
  connect(target: Target, from?: string): Promise<Socket>;
}

export const machineLoopback: Loopback = {
  within: [],
  async listen(host) {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    return server;
  },
  async connect(target) {
    const socket = connect(target);
    await once(socket, 'connect');
    return socket;
  },
  async close() {},
};

const DOOR = fileURLToPath(new URL('door.mjs', import.meta.url));

/**
 * Whether a network namespace can be made here, which only root can. Says so on stderr where not,
 * and throws there for root when CONNTAPE_REQUIRE_TOR is 1, so that CI cannot pass without.
 */
export function namespaceAvailable(): boolean {
  const { status, stderr, error } = spawnSync('unshare', ['--net', 'ip', 'link'], {
    encoding: 'utf8',
  });
  if (status === 0) return true;
  const reason = error?.message ?? stderr.trim();
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1' && process.getuid?.() === 0) {
    throw new Error(`tests in a network namespace: ${reason}`);
  }
  console.warn(`NETWORK NAMESPACE TESTS SKIPPED: ${reason}`);
  return false;
}

/** Makes a namespace, which lasts for as long as any process in it. */
export async function openOwnLoopback(): Promise<OwnLoopback> {
  const door = spawn('unshare', ['--net', process.execPath, DOOR], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ nowhere, stranger }] = (await once(door, 'message')) as [
    Pick<OwnLoopback, 'nowhere' | 'stranger'>,
  ];
  const gone = once(door, 'exit');
  const asked = new Asked(door);
  return {
    nowhere,
    stranger,
    within: ['nsenter', `--net=/proc/${door.pid}/ns/net`],
    listen: (host) => asked.ask({ host }) as Promise<Server>,
    connect: (target, from) => asked.ask({ ...target, from }) as Promise<Socket>,
    async close() {
      if (door.connected) door.disconnect();
      await gone;
    },
  };
}

interface Answer {
  readonly id: number;
  readonly error?: string;
}

/** What a door was asked for. */
class Asked {
  readonly #door: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer, handle: unknown) => void>();
  #id = 0;

  constructor(door: ChildProcess) {
    this.#door = door;
    door.on('message', (message, handle) => {
      const answer = message as Answer;
      this.#waiting.get(answer.id)?.(answer, handle);
      this.#waiting.delete(answer.id);
    });
  }

  ask(question: Partial<Target> & { readonly from?: string | undefined }): Promise<unknown> {
    const id = this.#id++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ error }, handle) =>
        error === undefined ? resolve(handle) : reject(new Error(error)),
      );
      this.#door.send({ id, ...question });
    });
  }
}
