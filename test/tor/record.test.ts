import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/control/client.ts';
import type { Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import { witnessOf } from '../../src/listing/witness.ts';
import { Recording } from '../../src/recording/reader.ts';
import { record } from '../../src/recording/recorder.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { caughtByPolls } from '../../src/reports/caught.ts';
import { connections } from '../../src/reports/connections.ts';
import { load } from '../../src/reports/load.ts';
import { metrics } from '../../src/reports/metrics.ts';
import { checkTor } from '../../src/sources/check/check.ts';
import type { OpenPolled, PolledConnection } from '../../src/sources/polledConnection.ts';
import { openPolling } from '../../src/sources/polling.ts';
import { stockOpener } from '../../src/sources/stock/stock.ts';
import { witnessed } from '../../src/sources/witness.ts';
import { tableOf, temporaryFolder, transcriptOf, WRITER_OPTIONS } from '../recording/tapes.ts';
import { machineLoopback } from './loopback.ts';
import { startTorNetwork, TOR_START_MS, type TorNetwork, torAvailable } from './network.ts';
import type { TorNode } from './node.ts';
import { CLOCK, eventually, TEST_MS } from './patience.ts';
import { recorderOf, told } from './recorder.ts';

const INTERVAL_MS = 500;

const TOLD_MS = 2500;

/** Of a cell, with the circuit's id (tor-spec, Cell Packet format). */
const CELL_BYTES = 514;

describe.skipIf(!torAvailable())('a stock Tor, recorded', () => {
  let network: TorNetwork;

  beforeAll(async () => {
    network = await startTorNetwork();
  }, TOR_START_MS);

  afterAll(() => network?.stop());

  it(
    'names every relay that orconn-status names, and no other',
    async () => {
      await eventually(async () => {
        const relay = network.relays[0]!;
        const snapshot = await pollOnce(relay);
        const status = await infoOf(relay, 'orconn-status');
        const connected = [...status.matchAll(/^\$([0-9A-F]{40})\S* CONNECTED$/gm)];
        const listed = snapshot.listing.labels
          .map((label) => label.orId)
          .filter((id) => id !== '0');
        expect(new Set(listed)).toEqual(new Set(connected.map((match) => match[1])));
        expect(listed.length).toBeGreaterThan(0);
      });
    },
    TEST_MS,
  );

  it(
    'says what each connection carries, where it takes a dump',
    async () => {
      const relay = network.relays[0]!;
      const stream = await network.openStream();
      const connection = await opened(relay);
      try {
        await eventually(async () => {
          await askFor(stream, 100_000);
          const { labels } = (await snapshotOf(connection)).listing;
          const told = labels.filter(({ circId, extra }) => circId === 0 && /CIRCS=/.test(extra));
          // All but those that opened since the dump, and what is no channel.
          expect(told.length).toBeGreaterThan(5);
          for (const { extra, withheld } of told) {
            const [, read, written] = /CELLS_READ=(\d+) CELLS_WRITTEN=(\d+)/.exec(extra)!;
            expect(Number(read) + Number(written)).toBeGreaterThan(0);
            expect(extra.includes('CLIENT_USED=')).toBe(!withheld);
            if (withheld) expect([Number(read) % 2, Number(written) % 2]).toEqual([0, 0]);
          }
        });
        const next = await snapshotOf(connection);
        expect(next.listing.labels.filter(({ extra }) => extra.includes('CIRCS='))).toEqual([]);
      } finally {
        stream.destroy();
        await connection.close();
      }
    },
    TEST_MS,
  );

  it(
    'names relays that were connected before it came, and places circuits of its own, without a dump',
    async () => {
      // As on the public network.
      const { client } = network;
      await using(client, (control) => control.command('SETCONF TestingEnableCellStatsEvent=0'));
      try {
        await eventually(async () => {
          const { listing, info } = await pollOnce(client);
          const status = await infoOf(client, 'orconn-status');
          const connected = [...status.matchAll(/^\$([0-9A-F]{40})\S* CONNECTED$/gm)];
          const own = listing.labels.filter(({ circId }) => circId === 0);
          expect(
            own
              .map(({ orId }) => orId)
              .filter((id) => id !== '0')
              .sort(),
          ).toEqual(connected.map((match) => match[1]!).sort());
          const circuits = (await infoOf(client, 'circuit-status')).match(/^\d+ BUILT /gm) ?? [];
          const placed = listing.labels.filter(({ circId }) => circId > 0);
          expect(circuits.length).toBeGreaterThan(0);
          expect(placed.length + Number(info.get('conntape/unplaced-circuits'))).toBe(
            circuits.length,
          );
          expect(placed.length).toBeGreaterThan(0);
        });
      } finally {
        await using(client, (control) => control.command('SETCONF TestingEnableCellStatsEvent=1'));
      }
    },
    TEST_MS,
  );

  it(
    'is checked without a trace: what it gives, and what it does not',
    async () => {
      const relay = network.relays[0]!;
      const before = await infoOf(relay, 'config-text');
      const options = { source: 'auto', metrics: 'auto', monotonic: () => 0 } as const;
      const connect = { address: relay.controlAddress };
      const { checks, source } = await checkTor({ connect, ...options });
      expect(source).toBe('stock');
      const answers = new Map(checks.map(({ what, answer }) => [what, answer]));
      const all = ['control port', 'relay', 'OR connections', 'consensus', 'configuration'];
      for (const what of [...all, 'process', 'descriptors', 'sockets']) {
        expect([what, answers.get(what)]).toEqual([what, 'yes']);
      }
      expect(answers.get('conn/all')).toBe('no');
      expect(await infoOf(relay, 'config-text')).toBe(before);
      const { length } = checks.find(({ what }) => what === 'relay')!.says.split(' ')[1]!;
      expect(length).toBe(40);
    },
    TEST_MS,
  );

  it(
    'tells of every connection that its sockets show: one reading serves for both',
    async () => {
      const { exit } = network;
      const options = { tool: 'auto', monotonic: () => 0, notice: () => {} } as const;
      const connection = await witnessed(opener(exit), options)(new AbortController().signal);
      const strangers: Socket[] = [];
      try {
        await snapshotOf(connection);
        for (let count = 0; count < 5; count++) {
          strangers.push(await machineLoopback.connect({ host: exit.ip, port: exit.orPort! }));
        }
        await eventually(async () => {
          const { extra } = await snapshotOf(connection);
          const witness = witnessOf(extra)!;
          expect(witness).toMatchObject({ tool: 'ss', isShared: true });
          if (typeof witness.found === 'string') throw new Error(witness.found);
          const { inbound, onlyReported } = witness.found;
          expect(inbound.system).toBeGreaterThanOrEqual(5);
          expect({ reported: inbound.reported, onlyReported }).toEqual({
            reported: inbound.system,
            onlyReported: [],
          });
        });
      } finally {
        for (const stranger of strangers) stranger.destroy();
        await connection.close();
      }
    },
    TEST_MS,
  );

  it(
    'lists as many connections as the system has sockets',
    async () => {
      await eventually(async () => {
        for (const node of [network.relays[0]!, network.exit, network.client]) {
          const connection = await opened(node);
          try {
            const snapshot = await snapshotOf(connection);
            const listed = snapshot.listing.labels.map((label) => label.connId);
            expect(new Set(listed).size).toBe(socketsOf(node).length);
          } finally {
            await connection.close();
          }
        }
      });
    },
    TEST_MS,
  );

  it(
    'counts the bytes of the busiest connection as CONN_BW does, within 2 %',
    async () => {
      const { exit } = network;
      const watcher = await ControlClient.connect({ address: exit.controlAddress });
      const told = new Map<number, number>();
      watcher.onEvent(({ text }) => {
        const [, id, read, written] = /ID=(\d+) .*READ=(\d+) WRITTEN=(\d+)/.exec(text) ?? [];
        told.set(Number(id), (told.get(Number(id)) ?? 0) + Number(read) + Number(written));
      });
      await watcher.setEvents(['CONN_BW']);
      const connection = await opened(exit);
      const stream = await network.openStream();
      try {
        const bytes = async () => bytesIn(await snapshotOf(connection));
        await askFor(stream, 100_000);
        // What moved is told within two seconds, and nothing tells that all of it was.
        await pause(TOLD_MS);
        const before = await bytes();
        told.clear();
        await askFor(stream, 8_000_000);
        await pause(TOLD_MS);
        const after = await bytes();
        // Not by its id: of two that opened in one second it may not be told which is which.
        const count = Math.max(...told.values());
        const moved = Math.max(...[...after].map(([id, now]) => now - (before.get(id) ?? 0)));
        expect(count).toBeGreaterThan(8_000_000);
        expect(Math.abs(moved - count) / count).toBeLessThan(0.02);
      } finally {
        stream.destroy();
        await connection.close();
        await watcher.close();
      }
    },
    TEST_MS,
  );

  it(
    'ties the two connections of a transit circuit together',
    async () => {
      const stream = await network.openStream();
      const polled = await Promise.all(network.relays.map(opened));
      try {
        await eventually(async () => {
          await askFor(stream, 100_000);
          const circuits = (await Promise.all(polled.map(circuitsOf))).flat();
          expect(circuits.some((flags) => flags.includes('I') && flags.includes('O'))).toBe(true);
        });
      } finally {
        stream.destroy();
        for (const connection of polled) await connection.close();
      }
    },
    TEST_MS,
  );

  it(
    'sees a hundred connections that say nothing, and their ends',
    async () => {
      const relay = network.relays[2]!;
      const connection = await opened(relay);
      const silent = async () => {
        const snapshot = await snapshotOf(connection);
        return snapshot.listing.labels.filter(({ flags }) => flags.startsWith('i')).length;
      };
      const sockets: Socket[] = [];
      try {
        for (let index = 0; index < 100; index++) {
          const socket = connect(relay.orPort!, relay.ip);
          await once(socket, 'connect');
          sockets.push(socket);
        }
        await eventually(async () => expect(await silent()).toBeGreaterThanOrEqual(100));
        for (const socket of sockets) socket.destroy();
        await eventually(async () => expect(await silent()).toBeLessThan(5));
      } finally {
        for (const socket of sockets) socket.destroy();
        await connection.close();
      }
    },
    TEST_MS,
  );

  it(
    'keeps no port of a client',
    async () => {
      const folder = temporaryFolder();
      const stream = await network.openStream();
      const secretPorts = new Set<number>();
      const recorders = [
        network.relays[0]!,
        network.relays[1]!,
        network.relays[2]!,
        network.exit,
      ].map((node) => recording(join(folder, `${node.name}.tape`), node));
      await eventually(async () => {
        await askFor(stream, 10_000);
        for (const port of portsBetween(network.client, relaysOf(network))) secretPorts.add(port);
        expect(secretPorts.size).toBeGreaterThan(0);
        for (const recorder of recorders) expect(recorder.snapshots()).toBeGreaterThan(6);
      });
      const innocent = portsOfRelays(network);
      stream.destroy();
      for (const recorder of recorders) {
        await recorder.stop();
        expect(verified(recorder.path)).toEqual([]);
        const tape = Recording.open(recorder.path);
        const text = transcriptOf(tape).join('\n') + readFileSync(recorder.path, 'latin1');
        tape.close();
        const found = [...secretPorts]
          .filter((port) => !innocent.has(port))
          .filter((port) => new RegExp(`(?<!\\d)${port}(?!\\d)`).test(text));
        expect(found).toEqual([]);
      }
    },
    TEST_MS,
  );

  it(
    'tells why connections ended, and a restart of Tor as a new run',
    async () => {
      const folder = temporaryFolder();
      const [killed, watched] = [network.relays[1]!, network.relays[0]!];
      const watcher = recording(join(folder, 'watched.tape'), watched);
      const restarted = recording(join(folder, 'restarted.tape'), killed);
      await eventually(async () => {
        for (const recorder of [watcher, restarted])
          expect(recorder.snapshots()).toBeGreaterThan(4);
      });
      const before = restarted.snapshots();
      await killed.restart();
      await eventually(async () => expect(restarted.snapshots()).toBeGreaterThan(before + 4));
      await watcher.stop();
      await restarted.stop();

      const tape = Recording.open(watcher.path);
      const rows = [...tableOf(connections, tape).rows];
      const reason = connections.columns.findIndex(({ name }) => name === 'close_reason');
      expect(rows.some((row) => row[reason] !== null)).toBe(true);
      tape.close();

      const twice = Recording.open(restarted.path);
      expect(twice.counts.runs).toBe(2);
      expect(twice.counts.gaps).toBeGreaterThanOrEqual(1);
      twice.close();
      for (const { path } of [watcher, restarted]) expect(verified(path)).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'is known as it is configured, from when it was: by SETCONF, and by a reload of its torrc',
    async () => {
      const relay = network.relays[2]!;
      const recorder = recording(join(temporaryFolder(), 'configured.tape'), relay);
      const controller = await ControlClient.connect({ address: relay.controlAddress });
      const sessions = () => {
        const tape = Recording.open(recorder.path);
        const all = tape.sessions.map(({ at, header: { config } }) => {
          return { at, exit: config['ExitRelay'], accepts: config['exit-policy/accepts'] };
        });
        tape.close();
        return all;
      };
      await eventually(() => expect(recorder.snapshots()).toBeGreaterThan(1));
      expect(sessions().at(-1)).toMatchObject({ exit: 'auto', accepts: '0' });
      const set = Date.now();
      await controller.command('SETCONF ExitRelay=1 ExitPolicy="accept *:80,reject *:*"');
      const isSet = Date.now();
      // The exit policy follows when Tor has made a new descriptor.
      await eventually(() => expect(sessions().at(-1)).toMatchObject({ exit: '1', accepts: '1' }));
      const changed = sessions().find(({ exit }) => exit === '1')!;
      expect(changed.at).toBeGreaterThanOrEqual(set);
      expect(changed.at).toBeLessThanOrEqual(isSet + INTERVAL_MS);
      const reloaded = Date.now();
      await controller.command('SIGNAL RELOAD');
      await eventually(() =>
        expect(sessions().at(-1)).toMatchObject({ exit: 'auto', accepts: '0' }),
      );
      expect(sessions().at(-1)!.at).toBeGreaterThanOrEqual(reloaded);
      await controller.close();
      await recorder.stop();
      expect(verified(recorder.path)).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'counts for itself what is recorded: its MetricsPort, which was found, and its heartbeats',
    async () => {
      const { exit } = network;
      const controller = await ControlClient.connect({ address: exit.controlAddress });
      const port = 9035;
      await controller.command(
        `SETCONF MetricsPort="${exit.ip}:${port}" MetricsPortPolicy="accept 127.0.0.1"`,
      );
      const recorder = await recorderOf(exit, machineLoopback, ['--heartbeat', '2s']);
      // Streams that a poll sees, and others that are over before one.
      const stays = await network.openStream();
      for (let streams = 0; streams < 10; streams++) await network.fetchThroughClient(1000);
      await recorder.more(4);
      stays.destroy();
      await recorder.more(3);
      await recorder.stop();
      await controller.command('RESETCONF MetricsPort MetricsPortPolicy');
      await controller.close();

      const found = told(metrics, recorder);
      const sumOf = (name: string, labels: string) =>
        found
          .filter((row) => row['name'] === name && String(row['labels'] ?? '').includes(labels))
          .reduce((sum, row) => sum + Number(row['value']), 0);
      expect(sumOf('tor_relay_traffic_bytes', 'direction="written"')).toBeGreaterThan(10_000);
      expect(sumOf('tor_relay_load_socket_total', 'state="opened"')).toBeGreaterThan(5);
      expect(sumOf('heartbeat/connections', 'direction="initiated"')).toBeGreaterThan(0);
      expect(found.some(({ name }) => name === 'heartbeat/dos')).toBe(true);
      expect(found.some(({ name }) => name === 'stats/ntor/requested')).toBe(true);

      // Nothing lasting is counted by one and not by the other.
      const [busy] = told(load, recorder);
      expect(busy).toMatchObject({ apart: '' });
      expect(busy!['counted_by_tor']).toBeGreaterThan(5);

      const tape = Recording.open(recorder.path);
      const caught = caughtByPolls(tape);
      const lines = transcriptOf(tape).join('\n');
      tape.close();
      const exits = caught.find(({ kind }) => kind === 'exit')!;
      expect(exits.created).toBeGreaterThanOrEqual(11);
      expect(exits.seen).toBeGreaterThanOrEqual(1);
      expect(exits.seen).toBeLessThanOrEqual(exits.created);
      // Reading it is no connection in any listing.
      expect(lines).not.toMatch(new RegExp(` ${port} [IiOo]X`));
      expect(verified(recorder.path)).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'counts the bytes of a circuit as the cells that Tor reports, within 2 %',
    async () => {
      const watched = await Promise.all(
        [...network.authorities, ...network.relays].map(watchCells),
      );
      const stream = await network.openStream();
      try {
        await askFor(stream, 100_000);
        await pause(TOLD_MS);
        const before = await Promise.all(watched.map(({ written }) => written()));
        for (const { cells } of watched) cells.clear();
        await askFor(stream, 8_000_000);
        await pause(TOLD_MS);
        const after = await Promise.all(watched.map(({ written }) => written()));
        const carried = watched
          .map(({ cells }, relay) => ({
            count: Math.max(0, ...cells.values()) * CELL_BYTES,
            moved: Math.max(
              0,
              ...[...after[relay]!].map(([line, now]) => now - (before[relay]!.get(line) ?? 0)),
            ),
          }))
          .filter(({ count }) => count > 8_000_000);
        // The first and the second on the way; the exit has streams on its other side.
        expect(carried.length).toBeGreaterThanOrEqual(2);
        for (const { count, moved } of carried) {
          expect(Math.abs(moved - count) / count).toBeLessThan(0.02);
        }
      } finally {
        stream.destroy();
        for (const { close } of watched) await close();
      }
    },
    TEST_MS,
  );

  it(
    'leaves a file that verifies when the program is ended in mid-poll',
    async () => {
      const path = join(temporaryFolder(), 'ended.tape');
      const { controlAddress } = network.relays[0]!;
      const child = spawn(
        process.execPath,
        [
          ...['dist/main.js', 'record', path, '--source', 'stock', '--interval', '100ms'],
          ...['--control', `${controlAddress.host}:${controlAddress.port}`],
        ],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let told = '';
      child.stderr.on('data', (chunk: Buffer) => {
        told += chunk.toString();
      });
      await eventually(() => expect(told).toContain('recording'));
      await eventually(() => {
        const tape = Recording.open(path);
        const { snapshots } = tape.counts;
        tape.close();
        expect(snapshots).toBeGreaterThan(5);
      });
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(verified(path)).toEqual([]);
    },
    TEST_MS,
  );
});

function opener(node: TorNode): OpenPolled {
  return stockOpener({
    connect: { address: node.controlAddress },
    intervalMs: INTERVAL_MS,
    dumpEveryMs: 'off',
  });
}

function opened(node: TorNode): Promise<PolledConnection> {
  return opener(node)(new AbortController().signal);
}

/** A poll, without the sessions before it. */
async function snapshotOf(connection: PolledConnection): Promise<Snapshot> {
  return (await connection.poll(Date.now())).at(-1) as Snapshot;
}

async function pollOnce(node: TorNode): Promise<Snapshot> {
  const connection = await opened(node);
  try {
    return await snapshotOf(connection);
  } finally {
    await connection.close();
  }
}

/** Records a Tor with the ordinary recorder until it is stopped. */
function recording(path: string, node: TorNode) {
  const end = new AbortController();
  let snapshots = 0;
  const options = {
    ...WRITER_OPTIONS,
    round: 1024,
    notice: () => {},
    kept: (item: TapeItem) => {
      if (item.kind === 'snapshot') snapshots++;
    },
  };
  const polling = { intervalMs: INTERVAL_MS, clock: CLOCK, notice: () => {}, random: () => 0 };
  const done = openPolling(opener(node), polling, end.signal).then(async (source) => {
    await record(source, path, options, end.signal);
    await source.close();
  });
  return {
    path,
    snapshots: () => snapshots,
    stop: async () => {
      end.abort();
      await done;
    },
  };
}

function verified(path: string) {
  const tape = Recording.open(path);
  try {
    return verifyRecording(tape, { rebuild: true, progress: () => {} }).damages;
  } finally {
    tape.close();
  }
}

function infoOf(node: TorNode, key: string): Promise<string> {
  return using(node, async (client) => (await client.getInfo([key])).get(key)!);
}

async function using<Answer>(
  node: TorNode,
  ask: (client: ControlClient) => Promise<Answer>,
): Promise<Answer> {
  const client = await ControlClient.connect({ address: node.controlAddress });
  try {
    return await ask(client);
  } finally {
    await client.close();
  }
}

/** A relay with its transit circuits: what Tor says it wrote towards their clients, and their lines. */
async function watchCells(node: TorNode) {
  const watcher = await ControlClient.connect({ address: node.controlAddress });
  const cells = new Map<string, number>();
  watcher.onEvent(({ text }) => {
    const [, queue, removed = ''] = /InboundQueue=(\d+) .*InboundRemoved=(\S+)/.exec(text) ?? [];
    if (queue === undefined) return;
    const count = removed.split(',').reduce((sum, kind) => sum + Number(kind.split(':')[1]), 0);
    cells.set(queue, (cells.get(queue) ?? 0) + count);
  });
  await watcher.setEvents(['CELL_STATS']);
  const connection = await opened(node);
  const written = async () => {
    const { listing } = await snapshotOf(connection);
    return new Map(
      listing.labels.flatMap(({ connId, circId, flags }, row) =>
        circId !== 0 && flags.startsWith('I')
          ? [[`${connId} ${circId}`, listing.written[row]!] as const]
          : [],
      ),
    );
  };
  const close = async () => {
    await connection.close();
    await watcher.close();
  };
  return { cells, written, close };
}

/** TYPE_FLAGS of the lines of each circuit of a Tor, joined. */
async function circuitsOf(connection: PolledConnection): Promise<string[]> {
  const { listing } = await snapshotOf(connection);
  const circuits = new Map<number, Map<number, string>>();
  for (const { circId, connId, flags } of listing.labels) {
    if (circId === 0) continue;
    const lines = circuits.get(circId) ?? new Map<number, string>();
    circuits.set(circId, lines.set(connId, flags[0]!));
  }
  return [...circuits.values()]
    .filter((lines) => lines.size === 2)
    .map((lines) => [...lines.values()].join(''));
}

/** What each connection moved, both ways, over all its lines. */
function bytesIn({ listing }: Snapshot): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const [row, { connId }] of listing.labels.entries()) {
    const moved = listing.read[row]! + listing.written[row]!;
    bytes.set(connId, (bytes.get(connId) ?? 0) + moved);
  }
  return bytes;
}

interface SystemSocket {
  readonly local: string;
  readonly remote: string;
}

/** The connected sockets of a Tor, read with the processes' names: another way than the product's. */
function socketsOf(node: TorNode): SystemSocket[] {
  const output = execFileSync('ss', ['-tnpH'], { maxBuffer: 2 ** 26 }).toString();
  return output
    .split('\n')
    .filter((line) => line.includes(`pid=${node.pid},`))
    .map((line) => line.split(/\s+/))
    .map(([, , , local, remote]) => ({ local: local!, remote: remote! }));
}

/** Ports from which a client is connected to relays. */
function portsBetween(client: TorNode, relays: readonly TorNode[]): number[] {
  const orAddresses = relays.map((relay) => `${relay.ip}:${relay.orPort}`);
  return socketsOf(client)
    .filter(({ remote }) => orAddresses.includes(remote))
    .map(({ local }) => Number(local.split(':').at(-1)));
}

/** Everyone that a client may take for its guard. */
function relaysOf({ authorities, relays, exit }: TorNetwork): TorNode[] {
  return [...authorities, ...relays, exit];
}

/** Ports of connections between relays: on loopback one may be a client's towards another relay too. */
function portsOfRelays(network: TorNetwork): Set<number> {
  const known = relaysOf(network);
  const ips = new Set(known.map((node) => node.ip));
  const sockets = known.flatMap(socketsOf).filter(({ remote }) => ips.has(remote.split(':')[0]!));
  return new Set(sockets.map(({ local }) => Number(local.split(':').at(-1))));
}

/** Asks the server behind the exit for so many bytes and takes them. */
async function askFor(stream: Socket, bytes: number): Promise<void> {
  let left = bytes;
  const taken = new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      left -= chunk.length;
      if (left > 0) return;
      stream.off('data', onData);
      resolve();
    };
    stream.on('data', onData);
    stream.once('close', () => reject(new Error('the stream closed')));
  });
  stream.write(`${bytes}\n`);
  await taken;
}
