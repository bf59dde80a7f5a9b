/** What Tor sums up of itself: in its log where that is asked for, and in values that it answers. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Snapshot } from '../../../src/listing/snapshot.ts';
import { FAILED_KEYS } from '../../../src/sources/asking.ts';
import { Heartbeat } from '../../../src/sources/stock/heartbeat.ts';
import type { StockOptions } from '../../../src/sources/stock/probe.ts';
import { stockOpener } from '../../../src/sources/stock/stock.ts';
import { connectedPair, StandIn } from './standIn.ts';

/** As Tor 0.4.9.11 wrote them. */
const LINES = [
  'Heartbeat: It seems like we are not in the cached consensus.',
  "Heartbeat: Tor's uptime is 0:02 hours, with 7 circuits open. I've sent 26 kB and received 0 kB. I've received 4 connections on IPv4 and 1 on IPv6. I've made 30 connections with IPv4 and 0 with IPv6.",
  'While not bootstrapping, fetched this many bytes: ',
  'Heartbeat: DoS mitigation since startup: 0 circuits killed with too many cells, 3 circuits rejected, 2 marked addresses, [DoSStreamCreationEnabled disabled], 5 INTRODUCE2 rejected.',
  'Heartbeat: Since last heartbeat message, I have seen 12 unique clients.',
];

const VALUES = {
  'heartbeat/circuits': '7',
  'heartbeat/connections{direction="received",family="ipv4"}': '4',
  'heartbeat/connections{direction="received",family="ipv6"}': '1',
  'heartbeat/connections{direction="initiated",family="ipv4"}': '30',
  'heartbeat/connections{direction="initiated",family="ipv6"}': '0',
  'heartbeat/dos{type="circuits killed with too many cells"}': '0',
  'heartbeat/dos{type="circuits rejected"}': '3',
  'heartbeat/dos{type="marked addresses"}': '2',
  'heartbeat/dos{type="INTRODUCE2 rejected"}': '5',
  'heartbeat/clients': '12',
};

describe('the lines of a heartbeat', () => {
  it('are numbers, each by a name', () => {
    const heartbeat = new Heartbeat('off');
    for (const line of LINES) heartbeat.line(line);
    expect(Object.fromEntries(heartbeat.values)).toEqual(VALUES);
  });

  it('hold no word of what is another notice, or of what no Tor says', () => {
    const heartbeat = new Heartbeat('off');
    const defences = Array.from({ length: 100 }, (_, index) => `1 defence${index}`).join(', ');
    for (const line of [
      LINES[3]!.replace('Heartbeat: ', ''),
      'Heartbeat: ',
      `Heartbeat: DoS mitigation since startup: 1 a"} 2, x, 1 192.0.2.1 rejected.`,
      `Heartbeat: DoS mitigation since startup: 1 ${'a'.repeat(3000)}.`,
    ]) {
      heartbeat.line(line);
    }
    expect(heartbeat.values.size).toBe(0);
    heartbeat.line(`Heartbeat: DoS mitigation since startup: ${defences}.`);
    expect(heartbeat.values.size).toBe(32);
  });
});

let now = Date.UTC(2026, 10, 23, 4);

async function polling(tor: StandIn, rest: Partial<StockOptions> = {}) {
  const connect = { address: tor.address, password: 'secret', now: () => now };
  const open = stockOpener({ connect, intervalMs: 10_000, dumpEveryMs: 'off', ...rest });
  const connection = await open(new AbortController().signal);
  onTestFinished(() => connection.close());
  return async () => {
    now += 10_000;
    return (await connection.poll(now)).at(-1) as Snapshot;
  };
}

describe('a stock Tor', () => {
  it('is asked for a heartbeat at the start and then as often as was said, and heard', async () => {
    const tor = await StandIn.start((await connectedPair()).orPort);
    tor.heartbeat = LINES;
    const poll = await polling(tor, { heartbeatEveryMs: 20_000 });
    await poll();
    const { info } = await poll();
    expect(Object.fromEntries(info)).toMatchObject(VALUES);
    for (let polls = 0; polls < 3; polls++) await poll();
    expect(tor.heartbeats).toBe(3);
  });

  it('is asked for none unless that was said', async () => {
    const tor = await StandIn.start((await connectedPair()).orPort);
    await (await polling(tor))();
    expect(tor.heartbeats).toBe(0);
  });

  it('may refuse it, and is polled', async () => {
    const tor = await StandIn.start((await connectedPair()).orPort);
    tor.refusesSignals = true;
    const { info } = await (await polling(tor, { heartbeatEveryMs: 20_000 }))();
    expect(info.get(FAILED_KEYS)).toMatch(/^SIGNAL HEARTBEAT \(.*\)$/);
  });

  it('says how it is: handshakes, liveness, dormancy, and its accounting where that is on', async () => {
    const tor = await StandIn.start((await connectedPair()).orPort);
    const states = {
      'stats/ntor/requested': '12',
      'stats/ntor/assigned': '11',
      'network-liveness': 'up',
      dormant: '0',
      'accounting/enabled': '0',
      'accounting/hibernating': 'awake',
      'accounting/bytes': '166 383',
      'accounting/interval-start': '2026-11-01 00:00:00',
    };
    for (const [key, value] of Object.entries(states)) tor.info.set(key, value);
    const poll = await polling(tor);
    const isOn = (key: string) => !key.startsWith('accounting/') || key === 'accounting/enabled';
    const kept = ({ info }: Snapshot) =>
      Object.fromEntries([...info].filter(([key]) => key in states));
    const off = Object.entries(states).filter(([key]) => isOn(key));
    expect(kept(await poll())).toEqual(Object.fromEntries(off));
    tor.info.set('accounting/enabled', '1');
    expect(kept(await poll())).toEqual({ ...states, 'accounting/enabled': '1' });
    tor.info.set('network-liveness', 'up\n192.0.2.1');
    expect(kept(await poll())).not.toHaveProperty('network-liveness');
  });
});
