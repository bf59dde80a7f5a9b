/** What is counted of those who connect and are not relays, before their addresses are withheld. */
import { describe, expect, it } from 'vitest';
import { inboundJson, inboundOf } from '../../../src/listing/inbound.ts';
import type { SystemSocket } from '../../../src/sockets/socket.ts';
import { Connections } from '../../../src/sources/stock/connections.ts';
import { parseOrConn } from '../../../src/sources/stock/events.ts';
import { InboundCount } from '../../../src/sources/stock/inbound.ts';
import { OR_PORT, R2, relaySurroundings, socket } from './world.ts';

interface Poll {
  readonly sockets: readonly SystemSocket[];
  /** What Tor said since the poll before. */
  readonly events?: readonly string[];
}

/** The numbers of each poll, a second apart; the first finds nothing. */
function countedIn(...polls: readonly Poll[]) {
  const connections = new Connections(0);
  const inbound = new InboundCount();
  const surroundings = relaySurroundings();
  return [{ sockets: [] }, ...polls].map(({ sockets, events = [] }: Poll, index) => {
    const at = index * 1000;
    for (const event of events) connections.onOrConn(parseOrConn(event)!, at - 500);
    const found = connections.poll({ at, readSince: at, sockets, surroundings, dump: undefined });
    return inbound.count(found, surroundings);
  });
}

const from = (host: number, port: number) => socket(OR_PORT, `203.0.113.${host}:${port}`);

const NONE = { connections: 0, addresses: 0, most: 0, opened: 0, closed: 0 };

describe('those who connect', () => {
  it('are counted by address: how many, from how many, the most from one, what came and went', () => {
    const [a, b, c, d] = [from(7, 1), from(7, 2), from(7, 3), from(8, 1)];
    expect(countedIn({ sockets: [a, b, c, d] }, { sockets: [a, d, from(9, 1)] })).toEqual([
      NONE,
      { connections: 4, addresses: 2, most: 3, opened: 4, closed: 0 },
      { connections: 3, addresses: 3, most: 1, opened: 1, closed: 2 },
    ]);
  });

  it('are counted though no poll saw them: Tor reported them', () => {
    const events = [
      ...['203.0.113.7:41000 NEW ID=40', '203.0.113.7:41000 CLOSED REASON=DONE ID=40'],
      // An end may be missing: the socket is not there.
      '203.0.113.8:41000 NEW ID=41',
      ...['127.0.0.1:41000 NEW ID=42', `203.0.113.9:1 NEW ID=43`, `$${R2}~r2 CONNECTED ID=43`],
    ];
    const counted = countedIn({ sockets: [] }, { sockets: [], events }, { sockets: [] });
    const opened = counted.reduce((sum, one) => sum + one.opened, 0);
    const closed = counted.reduce((sum, one) => sum + one.closed, 0);
    expect([opened, closed]).toEqual([2, 2]);
  });

  it('had come before the first poll: nobody saw them open', () => {
    const connections = new Connections(0);
    const surroundings = relaySurroundings();
    const sockets = [from(7, 1)];
    const found = connections.poll({ at: 0, readSince: 0, sockets, surroundings, dump: undefined });
    const counted = new InboundCount().count(found, surroundings);
    expect(counted).toEqual({ connections: 1, addresses: 1, most: 1, opened: 0, closed: 0 });
  });

  it.each([
    ['a relay, at its address', [socket(OR_PORT, '192.0.2.23:41000')]],
    ['the operator’s own network', [socket(OR_PORT, '192.168.1.9:41000')]],
    ['this machine', [socket('127.0.0.1:9001', '127.0.0.1:41000')]],
    ['this machine, by its own address', [socket(OR_PORT, '192.0.2.1:41000')]],
    ['a controller', [socket('127.0.0.1:9051', '203.0.113.7:41000')]],
    ['a user of one’s own', [socket('192.0.2.1:9050', '203.0.113.7:41000')]],
    ['what goes out', [socket('192.0.2.1:41000', '203.0.113.7:443')]],
    ['what is closing', [{ ...from(7, 1), state: 'closing' } as const]],
  ])('are not: %s', (_, sockets) => expect(countedIn({ sockets })[1]).toEqual(NONE));

  it('are none of the relays that proved to be one', () => {
    const relay = from(40, 41_000);
    const events = ['203.0.113.40:41000 NEW ID=40'];
    const counted = countedIn(
      { sockets: [relay], events },
      { sockets: [relay], events: [`$${R2}~r2 CONNECTED ID=40`] },
      { sockets: [] },
    );
    const once = { connections: 1, addresses: 1, most: 1, opened: 1, closed: 0 };
    expect(counted).toEqual([NONE, once, NONE, NONE]);
  });

  it('leave nothing of an address', () => {
    const [, counted] = countedIn({ sockets: [from(7, 1)] });
    expect(JSON.stringify(inboundJson(counted!))).toBe(
      '{"connections":1,"addresses":1,"most_from_one_address":1,"opened":1,"closed":0}',
    );
  });
});

describe('the numbers of a snapshot', () => {
  const counted = { connections: 4, addresses: 2, most: 3, opened: 4, closed: 1 };

  it('are read as they were written', () => {
    expect(inboundOf({ inbound: inboundJson(counted) })).toEqual(counted);
  });

  it.each([
    ...[undefined, null, 7, 'x', [], {}],
    ...[{ ...inboundJson(counted), most_from_one_address: 5 }],
    ...[
      { ...inboundJson(counted), addresses: -1 },
      { ...inboundJson(counted), opened: 0.5 },
    ],
  ])('are none where they cannot be: %j', (inbound) => {
    expect(inboundOf(inbound === undefined ? {} : { inbound })).toBeUndefined();
  });
});
