/** What a controller gets that asks a served moment: every key that is listed, and no more. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControlClient } from '../../src/control/client.ts';
import { ControlServer } from '../../src/control/server.ts';
import { textOf } from '../../src/listing/listing.ts';
import type { Gap, Snapshot } from '../../src/listing/snapshot.ts';
import { MomentService } from '../../src/serving/moment.ts';
import { namesIn } from '../../src/sources/native.ts';
import { FREE_PORT } from '../control/peers.ts';
import { addresses } from '../oracle/cases.ts';
import { HEADER, itemsOf } from '../recording/tapes.ts';

const FIRST = '{"transcript":1,"interval_s":10}';

async function snapshotsOf(...lines: readonly string[]): Promise<Snapshot[]> {
  const { items } = await itemsOf([FIRST, ...lines]);
  return items.filter((item) => item.kind === 'snapshot');
}

function line(conn: readonly string[], more: Record<string, unknown> = {}, at = '00'): string {
  return JSON.stringify({ at: `2026-11-23T00:00:${at}Z`, conn: conn.join('\n'), ...more });
}

async function served(round: number, snapshot: Snapshot, gaps: readonly Gap[] = []) {
  const service = new MomentService(HEADER, round);
  service.show(snapshot, gaps);
  const server = await ControlServer.listen({
    address: FREE_PORT,
    service,
    authentication: 'none',
  });
  const client = await ControlClient.connect({ address: server.address });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  return { service, client };
}

const CONN = ['7 0 0 0 0 0 IRt 10 20 5', '7 12 0 0 0 0 IRt 11 21 5', '8 12 0 0 0 0 ORt 1 2 3 X=1'];

describe('a served moment', () => {
  it('has one connection of one circuit', async () => {
    const [snapshot] = await snapshotsOf(line(CONN));
    const { client } = await served(1, snapshot!);
    expect(await client.tryGetInfo('conn/0/7')).toBe(CONN[0]);
    expect(await client.tryGetInfo('conn/12/7')).toBe(CONN[1]);
    expect(await client.tryGetInfo('conn/12/8')).toBe(CONN[2]);
  });

  it.each([
    ...['conn/0/8', 'conn/7/12', 'conn/-1/7', 'conn/0/-7', 'conn/00/7', 'conn/0/07', 'conn/+0/7'],
    ...[
      'conn/0/9007199254740993',
      `conn/0/${'9'.repeat(400)}`,
      'conn/0/7e0',
      'conn/0/0x7',
      'conn/0/',
    ],
    ...[
      'conn/',
      'conn',
      'conn//',
      'conn/0/7/',
      'conn/0/7/0',
      'conn/*',
      'conn/x/y',
      'CONN/ALL',
      'conn/12',
    ],
    ...['constructor', '__proto__', 'toString', 'circuit-status', 'info/', 'ns/all', ''],
  ])('does not know %j', async (key) => {
    const [snapshot] = await snapshotsOf(line(CONN));
    const { client, service } = await served(1, snapshot!);
    expect(service.getInfo([key]).get(key)).toBeUndefined();
    if (key !== '') expect(await client.tryGetInfo(key)).toBeUndefined();
  });

  it('takes no key with a space in it for one', async () => {
    const [snapshot] = await snapshotsOf(line(CONN));
    const { client, service } = await served(1, snapshot!);
    for (const key of ['conn/0/ 7', ' conn/0/7', 'conn/0/7\n']) {
      expect(service.getInfo([key]).get(key)).toBeUndefined();
    }
    // On the wire a space separates keys, and one that is not known refuses them all.
    await expect(client.command('GETINFO conn/0/7 conn/0/ 7')).rejects.toMatchObject({
      status: 552,
    });
  });

  it('lists every key that answers, and answers every key that it lists', async () => {
    const info = {
      'info/uptime-process': '159',
      'info/relay/bw-limit': '7',
      'ns/authority': 'r moria1\ns Authority',
    };
    const [snapshot] = await snapshotsOf(line(CONN, { info }));
    const { client } = await served(1, snapshot!);
    const names = namesIn((await client.tryGetInfo('info/names'))!);
    expect(names).toEqual(
      new Set([
        ...['conn/all', 'conn/*', 'conntape/header', 'conntape/moment', 'info/names', 'version'],
        ...Object.keys(info),
      ]),
    );
    for (const name of names) {
      const key = name === 'conn/*' ? 'conn/12/8' : name;
      expect([key, typeof (await client.tryGetInfo(key))]).toEqual([key, 'string']);
    }
    for (const [key, value] of Object.entries(info))
      expect(await client.tryGetInfo(key)).toBe(value);
  });

  it('keeps info values until they change', async () => {
    const [first, second] = await snapshotsOf(
      line([], { info: { 'info/uptime-process': '1', 'info/descriptor-used': '9' } }),
      line([], { info: { 'info/uptime-process': '11' } }, '10'),
    );
    const { client, service } = await served(1, first!);
    service.show(second!, []);
    expect(await client.tryGetInfo('info/uptime-process')).toBe('11');
    expect(await client.tryGetInfo('info/descriptor-used')).toBe('9');
  });

  it('is of one moment, whichever keys are asked', async () => {
    const [first, second] = await snapshotsOf(line(CONN), line([CONN[0]!], {}, '10'));
    const { client, service } = await served(1, first!);
    const asking = client.getInfo(['conn/all', 'conntape/moment']);
    service.show(second!, []);
    const values = await asking;
    const { at } = JSON.parse(values.get('conntape/moment')!) as { at: string };
    const lines = { '2026-11-23T00:00:00.000Z': 3, '2026-11-23T00:00:10.000Z': 1 };
    expect(values.get('conn/all')!.split('\n')).toHaveLength(lines[at as keyof typeof lines]);
  });

  it('has nothing before the first is shown', () => {
    const service = new MomentService(HEADER, 1);
    expect(service.getInfo(['conn/all']).get('conn/all')).toBe('');
    expect(service.getInfo(['conn/0/7']).get('conn/0/7')).toBeUndefined();
  });

  it('rounds the bytes of those whose address is withheld, and no others', async () => {
    const relay = `9 0 ${'A'.repeat(40)} 203.0.113.9 9001 1 ORT 700 1537 5`;
    const [snapshot] = await snapshotsOf(line(['7 0 0 0 0 0 IRt 700 1537 5', relay]));
    const { client } = await served(1024, snapshot!);
    const rounded = '7 0 0 0 0 0 IRt 1024 2048 5';
    expect(await client.tryGetInfo('conn/all')).toBe(`${rounded}\n${relay}`);
    expect(await client.tryGetInfo('conn/0/7')).toBe(rounded);
  });
});

const CLIENT = '203.0.113.5';

describe('the address of a client', () => {
  it('is never served, whatever part of a transcript holds it', async () => {
    const conn = [
      `1 0 0 ${CLIENT} 40005 443 IRt 1 2 3 FROM=${CLIENT}`,
      `2 0 0 ${CLIENT} 40005 443 OCX 1 2 3`,
      `3 0 0 ${CLIENT} 40005 443 IRt 1 2`,
    ];
    const told = {
      conn_id: 9,
      what: 'closed',
      reason: `from ${CLIENT}:40005`,
      note: CLIENT,
      [CLIENT]: 1,
    };
    const [snapshot] = await snapshotsOf(
      line(conn, {
        info: { 'info/last-client': CLIENT },
        events: [{ at: '2026-11-23T00:00:00Z', ...told, or_id: CLIENT, type_flags: CLIENT }],
        note: { [CLIENT]: [CLIENT] },
      }),
    );
    const gap: Gap = { kind: 'gap', from: 0, to: 1, reason: CLIENT, extra: { note: CLIENT } };
    const { client } = await served(1, snapshot!, [gap]);
    const names = namesIn((await client.tryGetInfo('info/names'))!);
    const keys = [...names, 'conn/0/1', 'conn/0/2', 'conn/0/3'].filter((key) => key !== 'conn/*');
    for (const key of keys) {
      expect([key, (await client.tryGetInfo(key)) ?? '']).toEqual([
        key,
        expect.not.stringContaining(CLIENT),
      ]);
    }
    expect(await client.tryGetInfo('conn/all')).toContain('1 0 0 0 0 0 IRt 1 2 3');
  });

  it('is gone, while those of relays and of the own network stand', async () => {
    const { items } = await itemsOf(addresses);
    const { client } = await served(1, items[0] as Snapshot);
    const all = (await client.tryGetInfo('conn/all'))!;
    expect(all).toBe(textOf((items[0] as Snapshot).listing));
    const ips = all.split('\n').map((text) => text.split(' ')[3]);
    expect(ips).toEqual([
      '198.51.100.1',
      '203.0.113.2',
      '192.168.1.3',
      '::ffff:10.0.0.4',
      '0',
      '0',
      '0',
      '0',
    ]);
  });
});
