/** A stock Tor, served: what controllers get of it, and what is recorded of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ControlClient } from '../../src/control/client.ts';
import { ControlServer } from '../../src/control/server.ts';
import { type Listing, textOf } from '../../src/listing/listing.ts';
import { parseListing } from '../../src/listing/parse.ts';
import type { Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import type { Source } from '../../src/listing/source.ts';
import { LiveHost } from '../../src/serving/live/live.ts';
import { LiveMoment, Presence } from '../../src/serving/live/moment.ts';
import { openNative } from '../../src/sources/native.ts';
import { openPolling } from '../../src/sources/polling.ts';
import { stockOpener } from '../../src/sources/stock/stock.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { controllersAvailable, openNyx, stem } from './controllers.ts';
import { startTorNetwork, TOR_START_MS, type TorNetwork, torAvailable } from './network.ts';
import type { TorNode } from './node.ts';
import { CLOCK, eventually, TEST_MS } from './patience.ts';

const CLIENTS = 50;

/**
 * Of the keys that `info/names` lists, those that differ between two readings of one Tor: its
 * answers are traffic, and our names are not Tor's.
 */
const DIFFERING = ['info/names', 'traffic/read', 'traffic/written'];

describe.skipIf(!torAvailable())('a stock Tor, served', () => {
  let network: TorNetwork;

  beforeAll(async () => {
    network = await startTorNetwork();
  }, TOR_START_MS);

  afterAll(() => network?.stop());

  describe.skipIf(!controllersAvailable())('to other controllers', () => {
    it(
      'lets stem in by cookie, SAFECOOKIE and password, and nobody with another',
      async () => {
        const folder = temporaryFolder();
        const [passwordFile, cookieFile] = [join(folder, 'password'), join(folder, 'cookie')];
        writeFileSync(passwordFile, 'of the test\n');
        const port = await served(network.exit, [
          ...['--listen-password-file', passwordFile, '--listen-cookie-file', cookieFile],
        ]);
        expect(await stem('authenticate.py', [port, 'of the test'])).toEqual([
          ...['cookie', 'safecookie', 'password', 'auto'],
          ...['wrong cookie refused', 'wrong password refused'],
        ]);
      },
      TEST_MS,
    );

    it(
      'answers stem what Tor answers, for every key that Tor lists',
      async () => {
        const { exit, relays } = network;
        const port = await served(exit);
        const instances = [
          ...['net/listeners/or', 'consensus/valid-after', 'dir/status-vote/current/consensus'],
          ...[`desc/name/${exit.name}`, `ns/name/${exit.name}`, `md/name/${relays[0]!.name}`],
          ...['config/Nickname', 'ns/id/0', 'bogus'],
        ];
        const { host, port: torPort } = exit.controlAddress;
        const [report] = await stem('compare.py', [host, torPort, port, ...instances]);
        const { read, failed, differing } = JSON.parse(report!);
        const others = Object.entries(differing).filter(([key]) => !DIFFERING.includes(key));
        expect(others).toEqual([]);
        expect(read.length).toBeGreaterThan(70);
        expect(failed).toContain('bogus');
        const [torNames, ourNames] = differing['info/names'].map((text: string) =>
          text.split('\r\n'),
        );
        expect(ourNames).toEqual(expect.arrayContaining(torNames));
      },
      TEST_MS,
    );

    it(
      `gives ${CLIENTS} controllers of stem's their own events at once`,
      async () => {
        const port = await served(network.relays[0]!);
        const counts = await stem('crowd.py', [port, CLIENTS]);
        expect(counts).toHaveLength(CLIENTS);
        expect(counts.every((count) => Number(count) > 0)).toBe(true);
      },
      TEST_MS,
    );

    it(
      'shows its pages in nyx',
      async () => {
        const { exit } = network;
        const nyx = await openNyx(await served(exit));
        onTestFinished(() => nyx.close());
        await nyx.shows(
          ...[`${exit.name} - ${exit.ip}:${exit.orPort}`, /fingerprint: [0-9A-F]{40}/],
          ...[/page 1 \/ \d/, 'Bandwidth', 'Download'],
        );
        await nyx.press('Right');
        await nyx.shows(/page 2 \/ \d/, /Connections \(\d+ inbound/);
        await nyx.press('Right');
        await nyx.shows(/page 3 \/ \d/, 'Tor Configuration');
        await nyx.press('Right');
        await nyx.shows(/page 4 \/ \d/, `Nickname ${exit.name}`);
      },
      TEST_MS,
    );
  });

  it(
    'lists what another look at that Tor lists at the same time',
    async () => {
      const { exit } = network;
      const port = await served(exit, ['--source', 'stock']);
      const client = await clientOf(port);
      const open = stockOpener({
        connect: { address: exit.controlAddress },
        intervalMs: 1000,
        dumpEveryMs: 'off',
      });
      const look = await open(new AbortController().signal);
      onTestFinished(() => look.close());
      await eventually(async () => {
        const snapshot = (await look.poll(Date.now())).at(-1) as Snapshot;
        const text = (await client.getInfo(['conn/all'])).get('conn/all')!;
        expect(peersOf(parseListing(text))).toEqual(peersOf(snapshot.listing));
      });
    },
    TEST_MS,
  );

  it(
    'is recorded as if there were nobody between, through a restart of Tor',
    async () => {
      const relay = network.relays[1]!;
      const end = new AbortController();
      const { server, polled } = await servedHere(relay, end.signal);
      const recorded: TapeItem[] = [];
      const open = () => openNative({ address: server.address }, 500);
      const options = { intervalMs: 100, clock: CLOCK, notice: () => {}, random: () => 0 };
      const recorder = await openPolling(open, options, end.signal);
      const recording = keep(recorder, recorded, end.signal);
      const snapshots = () => recorded.filter((item) => item.kind === 'snapshot').length;
      await eventually(async () => expect(snapshots()).toBeGreaterThan(4));
      const before = snapshots();
      await relay.restart();
      const hasEvents = () =>
        recorded.some((item) => item.kind === 'snapshot' && item.events.length > 0);
      await eventually(async () => {
        expect(snapshots()).toBeGreaterThan(before + 4);
        expect(hasEvents()).toBe(true);
      });
      end.abort();
      await recording;
      await recorder.close();

      const [ours, theirs] = [toldBy(recorded), toldBy(polled.items)];
      const from = theirs.findIndex(({ at }) => at === ours[0]!.at);
      expect(ours).toEqual(theirs.slice(from, from + ours.length));
      expect(ours.filter(({ kind }) => kind === 'gap')).toHaveLength(1);
    },
    TEST_MS,
  );

  it(
    'leaves no cookie behind when it is ended',
    async () => {
      const cookieFile = join(temporaryFolder(), 'cookie');
      const child = await serveChild(network.relays[0]!, ['--listen-cookie-file', cookieFile]);
      expect(existsSync(cookieFile)).toBe(true);
      child.process.kill('SIGTERM');
      // It cleans up, and has then ended by the signal.
      expect(await once(child.process, 'exit')).toEqual([null, 'SIGTERM']);
      expect(existsSync(cookieFile)).toBe(false);
    },
    TEST_MS,
  );
});

/** The program in front of a Tor until the test ends; its port. */
async function served(node: TorNode, args: readonly string[] = []): Promise<number> {
  const child = await serveChild(node, args);
  onTestFinished(async () => {
    const gone = once(child.process, 'exit');
    child.process.kill('SIGTERM');
    await gone;
  });
  return child.port;
}

async function serveChild(node: TorNode, args: readonly string[]) {
  const { host, port } = node.controlAddress;
  const child = spawn(
    process.execPath,
    [
      ...['dist/main.js', 'serve', '--control', `${host}:${port}`, '--interval', '500ms'],
      ...['--listen', '127.0.0.1:0', ...args],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const [, taken] = /Z conntape: serving .* at 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
    if (taken !== undefined) {
      child.stderr.resume();
      return { process: child, port: Number(taken) };
    }
  }
  throw new Error(`it did not serve: ${said.join('\n')}`);
}

async function clientOf(port: number): Promise<ControlClient> {
  const client = await ControlClient.connect({
    address: { kind: 'tcp', host: '127.0.0.1', port },
  });
  onTestFinished(() => client.close());
  return client;
}

/** As `serve` does, and keeps what the source yields. */
async function servedHere(node: TorNode, signal: AbortSignal) {
  const connect = { address: node.controlAddress };
  const presence = new Presence();
  const open = stockOpener({ connect, intervalMs: 500, dumpEveryMs: 'off' });
  const options = { intervalMs: 500, clock: CLOCK, notice: () => {}, random: () => 0 };
  const source = await openPolling(presence.watching(open), options, signal);
  const items: TapeItem[] = [];
  const kept: Source = {
    async *items(until) {
      for await (const item of source.items(until)) {
        items.push(item);
        yield item;
      }
    },
    close: () => source.close(),
  };
  const moment = new LiveMoment(presence, 1);
  const following = moment.follow(kept, signal);
  await moment.ready;
  const service = new LiveHost({
    ...{ moment, connect, allowed: new Set<string>() },
    ...{ maxReplyCharacters: 2 ** 26, notice: () => {} },
  });
  const server = await ControlServer.listen({
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    service,
    authentication: { cookieFile: join(temporaryFolder(), 'cookie') },
  });
  onTestFinished(async () => {
    await following;
    await server.close();
    await source.close();
  });
  return { server, polled: { items } };
}

async function keep(source: Source, items: TapeItem[], signal: AbortSignal): Promise<void> {
  for await (const item of source.items(signal)) items.push(item);
}

/** What each item of a tape says, with all values known by then. */
function toldBy(items: readonly TapeItem[]) {
  const info = new Map<string, string>();
  return items.map((item) => {
    if (item.kind === 'session') return item;
    if (item.kind === 'gap') return { ...item, at: item.to };
    for (const [key, value] of item.info) info.set(key, value);
    return { ...item, listing: textOf(item.listing), info: new Map(info) };
  });
}

/** Who each connection is with, whatever identity it was given. */
function peersOf({ labels }: Listing): string[] {
  return labels
    .filter(({ circId }) => circId === 0)
    .map(({ orId, ip, port, lPort, flags }) => [orId, ip, port, lPort, flags].join(' '))
    .filter((peer) => !peer.includes('X'))
    .sort();
}
