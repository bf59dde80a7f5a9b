/**
 * One Tor of a private network: its process, its log, and where its ports are.
 * Owns starting and killing it; what it is told to be is torrc.ts's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Address } from '../../src/control/address.ts';
import {
  controlSocketOf,
  type NetworkPorts,
  type Place,
  type Role,
  torArguments,
  torrcOf,
} from './torrc.ts';

/** A Tor opens its ports within a second; so long on a machine that is busy with others. */
const START_MS = 30_000;

/** So much of a log says what went wrong. */
const TAIL_LINES = 20;

interface Waiter {
  readonly pattern: RegExp;
  readonly done: (failure?: Error) => void;
}

export class TorNode {
  readonly name: string;
  readonly role: Role;
  readonly ip: string;
  readonly dataDir: string;
  readonly controlAddress: Address & { kind: 'tcp' };
  readonly controlPort: number;
  readonly controlSocket: Address & { kind: 'unix' };
  readonly cookieFile: string;
  /** Absent on a client. */
  readonly orPort?: number;
  /** Absent on all but a client. */
  readonly socksPort?: number;
  readonly #torrc: string;
  readonly #within: readonly string[];
  #child: ChildProcess | undefined;
  #lines: string[] = [];
  readonly #waiters = new Set<Waiter>();

  private constructor(place: Place, ports: NetworkPorts, within: readonly string[]) {
    this.name = place.name;
    this.role = place.role;
    this.ip = place.ip;
    this.dataDir = place.dataDir;
    this.controlAddress = { kind: 'tcp', host: place.ip, port: ports.control };
    this.controlPort = ports.control;
    this.controlSocket = { kind: 'unix', path: controlSocketOf(place) };
    this.cookieFile = join(place.dataDir, 'control_auth_cookie');
    if (place.role === 'client') this.socksPort = ports.socks;
    else this.orPort = ports.or;
    this.#torrc = join(place.dataDir, 'torrc');
    this.#within = within;
  }

  /**
   * Writes its torrc, ready to be started. Its folder must be there.
   * @param within the words that a command begins with to be run where the network is.
   */
  static async prepare(
    place: Place,
    ports: NetworkPorts,
    authorities: readonly string[],
    within: readonly string[],
  ) {
    const node = new TorNode(place, ports, within);
    await writeFile(node.#torrc, torrcOf(place, ports, authorities));
    return node;
  }

  /** Of its process; 0 while there is none. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The last lines of its log since it was started. */
  get tail(): string {
    return this.#lines
      .slice(-TAIL_LINES)
      .map((line) => `${this.name}: ${line}\n`)
      .join('');
  }

  /** Resolves when its control port answers. */
  async start(): Promise<void> {
    const [command, ...words] = [...this.#within, 'tor', ...torArguments(this.#torrc)];
    const child = spawn(command!, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    this.#lines = [];
    const endWithTests = () => child.kill('SIGKILL');
    process.once('exit', endWithTests);
    createInterface({ input: child.stdout }).on('line', (line) => this.#log(line));
    child.once('close', () => {
      process.off('exit', endWithTests);
      this.#child = undefined;
      const ended = new Error(`${this.name} ended\n${this.tail}`);
      for (const waiter of this.#waiters) waiter.done(ended);
    });
    await once(child, 'spawn');
    // Its first word after its ports are open and its cookie is written.
    await this.logged(/Bootstrapped 0%/, START_MS);
  }

  /** Ends it at once, without a word to its peers. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
  }

  /** Kills it and starts it anew, with the same keys. Resolves when its control port answers. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Resolves when its log since its start has such a line; rejects when it ends before. */
  logged(pattern: RegExp, timeoutMs: number): Promise<void> {
    if (this.#lines.some((line) => pattern.test(line))) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (failure?: Error) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      const waiter: Waiter = { pattern, done };
      this.#waiters.add(waiter);
      const late = `${this.name} did not say ${pattern} within ${timeoutMs} ms`;
      const timer = setTimeout(() => done(new Error(`${late}\n${this.tail}`)), timeoutMs);
    });
  }

  #log(line: string): void {
    this.#lines.push(line);
    for (const { pattern, done } of this.#waiters) {
      if (pattern.test(line)) done();
    }
  }
}
