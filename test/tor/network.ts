/**
 * A private Tor network on loopback: three authorities, three relays, an exit and a client.
 * Owns the network as a whole; its Tors are node.ts's. It never reaches the public network
 * (torrc.ts), and needs about a minute to be ready, so a test file starts one for all its tests.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../../src/error.ts';
import { type Loopback, machineLoopback } from './loopback.ts';
import { TorNode } from './node.ts';
import { makeAuthority, type NetworkPorts, type Place, type Role } from './torrc.ts';
import {
  type BytesServer,
  connectThrough,
  fetchBytes,
  serveBytes,
  type Target,
} from './traffic.ts';

export interface TorNetwork {
  readonly authorities: readonly TorNode[];
  readonly relays: readonly TorNode[];
  readonly exit: TorNode;
  readonly client: TorNode;
  /** All of them, authorities first. */
  readonly nodes: readonly TorNode[];
  /** What lies behind the exit: answers each line that holds a number with so many bytes. */
  readonly server: BytesServer;
  /** A stream from the client by way of the exit, which stays until it is destroyed. */
  openStream(target?: Target): Promise<Socket>;
  /** Fetches so many bytes over a stream of their own. */
  fetchThroughClient(bytes: number): Promise<void>;
  /** Kills every Tor and removes what they wrote. Safe to call twice. */
  stop(): Promise<void>;
}

/** A network is ready in half a minute; so long on a machine with much else to do. */
const READY_MS = 150_000;

/** A stream that says nothing for so long waits for a circuit that will not come; another may. */
const STREAM_MS = 20_000;

/** Give this to `beforeAll`: a network that fails has still the time to say why and clean up. */
export const TOR_START_MS = READY_MS + 2 * STREAM_MS + 10_000;

const LOOK_AGAIN_MS = 250;

/**
 * Whether a network can be started here. Says so on stderr where not, and throws there when
 * CONNTAPE_REQUIRE_TOR is 1, so that CI cannot pass without.
 */
export function torAvailable(): boolean {
  const missing = ['tor', 'tor-gencert'].filter((tool) => spawnSync(tool, ['--version']).error);
  // Elsewhere 127.0.0.1 is the only address of loopback.
  if (process.platform !== 'linux') missing.push('Linux');
  if (missing.length === 0) return true;
  const reason = `${missing.join(', ')} missing`;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error(`tests with Tor: ${reason}`);
  console.warn(`TOR TESTS SKIPPED: ${reason}`);
  return false;
}

/**
 * Resolves when the client has fetched something by way of the exit.
 * @param loopback where it is to be; closed when the network is stopped.
 */
export async function startTorNetwork(loopback: Loopback = machineLoopback): Promise<TorNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'conntape-tor-'));
  // Another network on this machine is in another block. From 127.192 on, addresses are virtual
  // ones to a client (VirtualAddrNetworkIPv4).
  const block = `127.${randomInt(64, 192)}.${randomInt(0, 256)}`;
  const server = serveBytes(await loopback.listen(`${block}.250`));
  const nodes: TorNode[] = [];
  const deadline = performance.now() + READY_MS;
  const stop = async () => {
    await Promise.all([...nodes.map((node) => node.kill()), server.close()]);
    await loopback.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ports = await freePorts();
    const places = await Promise.all(placesIn(folder, block));
    const ofRole = (role: Role) => places.filter((place) => place.role === role);
    const authorityLines = await Promise.all(
      ofRole('authority').map((place) => makeAuthority(place, ports)),
    );
    for (const place of places) {
      nodes.push(await TorNode.prepare(place, ports, authorityLines, loopback.within));
    }
    const named = (role: Role) => nodes.filter((node) => node.role === role);
    const [exit, client] = [named('exit')[0]!, named('client')[0]!];
    const authorities = named('authority');
    const relaying = nodes.filter((node) => node !== client);

    await Promise.all(relaying.map((node) => node.start()));
    // A client that finds some relays missing waits long before it asks again.
    const everyone = relaying.map(({ name }) => name);
    await until('the consensus lists every relay', deadline, async () => {
      const lists = await Promise.all(authorities.map(relaysListed));
      return lists.every((list) => everyone.every((name) => list.has(name)));
    });
    await client.start();
    await client.logged(/Bootstrapped 100%/, deadline - performance.now());

    const socks = { host: client.ip, port: ports.socks };
    const openStream = async (target: Target = server) =>
      connectThrough(await loopback.connect(socks), target, STREAM_MS);
    const fetchThroughClient = async (bytes: number) => {
      const socket = await openStream();
      socket.setTimeout(STREAM_MS, () => socket.destroy(new Error('the stream stands still')));
      try {
        await fetchBytes(socket, bytes);
      } finally {
        socket.destroy();
      }
    };
    await until('a first fetch works', deadline, () =>
      fetchThroughClient(1).then(
        () => true,
        () => false,
      ),
    );
    const relays = named('relay');
    return {
      ...{ authorities, relays, exit, client, nodes, server },
      ...{ openStream, fetchThroughClient, stop },
    };
  } catch (thrown) {
    const tails = nodes.map((node) => node.tail).join('');
    await stop();
    throw new Error(`no private Tor network: ${messageOf(thrown)}\n${tails}`, { cause: thrown });
  }
}

function placesIn(folder: string, block: string): Promise<Place>[] {
  const names = (role: Role, count: number) =>
    Array.from({ length: count }, (_, index) => [`${role}${index}`, role] as const);
  return [
    ...names('authority', 3),
    ...names('relay', 3),
    ...names('exit', 1),
    ...names('client', 1),
  ].map(async ([name, role], index) => {
    const dataDir = join(folder, name);
    await mkdir(dataDir, { mode: 0o700 });
    return { name, role, ip: `${block}.${index + 1}`, dataDir };
  });
}

/** Ports that nobody listens on, at any address. */
export async function freePorts(): Promise<NetworkPorts> {
  const servers = Array.from({ length: 4 }, () => createServer().listen(0, '0.0.0.0'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [or, dir, control, socks] = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, 'close')));
  return { or: or!, dir: dir!, control: control!, socks: socks! };
}

/** The nicknames in the consensus that clients will ask an authority for; none before the first. */
async function relaysListed(authority: TorNode): Promise<Set<string>> {
  const path = join(authority.dataDir, 'cached-microdesc-consensus');
  const consensus = await readFile(path, 'utf8').catch(() => '');
  return new Set([...consensus.matchAll(/^r (\S+) /gm)].map(([, name]) => name!));
}

/** Looks again and again until it holds, by the clock of `performance`. */
async function until(what: string, deadline: number, holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited for too long until ${what}`);
    await wait(LOOK_AGAIN_MS);
  }
}
