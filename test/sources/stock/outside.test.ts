/** What is counted of connections whose addresses are not kept. */
import { describe, expect, it } from 'vitest';
import type { SystemSocket } from '../../../src/sockets/socket.ts';
import { Connections } from '../../../src/sources/stock/connections.ts';
import { parseOrConn } from '../../../src/sources/stock/events.ts';
import { countOutside } from '../../../src/sources/stock/outside.ts';
import { OR_PORT, relaySurroundings, socket, UNLISTED } from './world.ts';

const NONE = { connections: 0, addresses: 0, most: 0, concentration: 0 };

/** Two polls a second apart, between which Tor said what `events` say. */
function countedIn(
  sockets: readonly SystemSocket[],
  events: readonly string[] = [],
  keepsLocal = true,
) {
  const connections = new Connections(0);
  const surroundings = relaySurroundings();
  connections.poll({ at: 0, readSince: 0, sockets: [], surroundings, dump: undefined });
  for (const event of events) connections.onOrConn(parseOrConn(event)!, 500);
  const look = { at: 1000, readSince: 1000, sockets, surroundings, dump: undefined };
  return countOutside(connections.poll(look).open, keepsLocal);
}

const web = (host: number, port: number) => socket(`192.0.2.1:${port}`, `198.51.100.${host}:443`);

describe('connections outside the Tor network', () => {
  it('are counted by address: how many, the most to one, how concentrated', () => {
    const sockets = [web(7, 33_000), web(7, 33_001), web(7, 33_002), web(8, 33_003)];
    // (3/4)² + (1/4)² = 0.625
    expect(countedIn(sockets)).toEqual({
      ...{ connections: 4, addresses: 2, most: 3, concentration: 0.625 },
    });
  });

  it('count while they connect, and no more when they close', () => {
    const connecting = { ...web(7, 33_000), state: 'connecting' } as const;
    const closing = { ...web(8, 33_001), state: 'closing' } as const;
    expect(countedIn([connecting, closing])).toMatchObject({ connections: 1, concentration: 1 });
  });

  it.each([
    ['nothing', []],
    ['a relay', [socket('192.0.2.1:33000', '192.0.2.23:9001')]],
    ['a directory', [socket('192.0.2.1:33000', '192.0.2.11:7000')]],
    ['one’s own network', [socket('192.0.2.1:33000', '192.168.1.9:80')]],
    ['a client, who comes in', [socket(OR_PORT, '203.0.113.7:41000')]],
    ['what only listens', [socket('192.0.2.1:80', '0.0.0.0:0', { state: 'listening' })]],
  ])('%s is none', (_, sockets) => expect(countedIn(sockets)).toEqual(NONE));

  it('are in the own network, too, where exit traffic may go there and no address is kept', () => {
    const local = [socket('192.0.2.1:33000', '192.168.1.9:80')];
    expect(countedIn(local, [], false)).toMatchObject({ connections: 1, addresses: 1 });
    const service = [socket('192.0.2.1:33000', '127.0.0.1:8080')];
    expect(countedIn(service, [], false)).toEqual(NONE);
  });

  it('are none of Tor’s OR connections, though no consensus lists the relay', () => {
    const bridge = socket('192.0.2.1:33000', '203.0.113.40:9001');
    const launched = `$${UNLISTED}~x LAUNCHED ID=40`;
    expect(countedIn([bridge])).toMatchObject({ connections: 1 });
    expect(countedIn([bridge], [launched])).toEqual(NONE);
    expect(countedIn([bridge], [launched, `$${UNLISTED}~x CONNECTED ID=40`])).toEqual(NONE);
  });

  it('leave nothing of an address', () => {
    const text = JSON.stringify(countedIn([web(7, 33_000)]));
    expect(text).toBe('{"connections":1,"addresses":1,"most":1,"concentration":1}');
  });
});
