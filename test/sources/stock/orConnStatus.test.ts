/** Whose the connections are that were there before anybody listened. */
import { describe, expect, it } from 'vitest';
import type { SystemSocket } from '../../../src/sockets/socket.ts';
import { Connections } from '../../../src/sources/stock/connections.ts';
import { parseOrConn } from '../../../src/sources/stock/events.ts';
import { parseOrConnStatus } from '../../../src/sources/stock/orConnStatus.ts';
import { AUTH0, CONSENSUS, OR_PORT, R2, R3, relaySurroundings, socket, UNLISTED } from './world.ts';

describe('orconn-status', () => {
  it('has relays by their fingerprints, and where the others came from', () => {
    const text = [
      ...[`$${R2}~r2 CONNECTED`, `$${R2}=r2 CONNECTED`, `$${R3} CONNECTED`, ''],
      ...[`$${R3}~r3 LAUNCHED`, '203.0.113.7:41000 CONNECTED', '2001:DB8::7:41001 NEW'],
      '[2001:db8::8]:41002 CONNECTED',
    ].join('\n');
    const { relays, others } = parseOrConnStatus(text)!;
    expect([...relays]).toEqual([
      [R2, 2],
      [R3, 1],
    ]);
    expect([...others]).toEqual([
      ...['203.0.113.7:41000', '[2001:db8::7]:41001', '[2001:db8::8]:41002'],
    ]);
  });

  it.each(['x', '203.0.113.7 CONNECTED', `$${R2}~r2`, 'a b c'])('is not known from %j', (line) => {
    expect(parseOrConnStatus(`$${R2}~r2 CONNECTED\n${line}`)).toBeUndefined();
  });
});

/** OR_IDs of sockets that were there before the recorder, in the order of their local ports. */
function named(sockets: readonly SystemSocket[], lines: readonly string[], consensus = CONSENSUS) {
  const connections = new Connections(0);
  const status = parseOrConnStatus(lines.join('\n'));
  const surroundings = relaySurroundings(consensus);
  const look = { at: 0, readSince: 0, sockets, surroundings, dump: undefined, status };
  const { open } = connections.poll(look);
  return { ids: open.map((connection) => connection.label().orId), connections };
}

const from = (ip: string, port: number) => socket(OR_PORT, `${ip}:${port}`);

describe('a connection that is older than the recorder', () => {
  it('is the relay’s at whose address it is, and no client’s', () => {
    const sockets = [from('192.0.2.23', 1), from('192.0.2.23', 2), from('203.0.113.7', 3)];
    const lines = [`$${R2}~r2 CONNECTED`, '192.0.2.23:2 CONNECTED', '203.0.113.7:3 CONNECTED'];
    expect(named(sockets, lines).ids).toEqual([R2, '0', '0']);
  });

  it('is nobody’s where two relays share the address, or more came from it than Tor names', () => {
    const shared = CONSENSUS.replace('192.0.2.24 9001', '192.0.2.23 9002');
    const both = [`$${R2}~r2 CONNECTED`, `$${R3}~r3 CONNECTED`];
    const two = [from('192.0.2.23', 1), from('192.0.2.23', 2)];
    expect(named(two, both, shared).ids).toEqual(['0', '0']);
    // The other is not connected.
    expect(named(two.slice(1), both.slice(0, 1), shared).ids).toEqual([R2]);
    expect(named(two, both).ids).toEqual(['0', '0']);
  });

  it('is the only relay’s that is left, wherever it came from', () => {
    const sockets = [
      ...[from('127.0.0.1', 1), from('127.0.0.1', 2), from('127.0.0.1', 3)],
      socket('192.0.2.1:50000', '192.0.2.24:9001'),
    ];
    const lines = [
      ...[`$${R3}~r3 CONNECTED`, `$${R2}~r2 CONNECTED`, `$${R2}~r2 CONNECTED`],
      '127.0.0.1:3 CONNECTED',
    ];
    expect(named(sockets, lines).ids).toEqual([R2, R2, '0', R3]);
    const more = [...lines, `$${AUTH0}~auth0 CONNECTED`];
    expect(named(sockets, more).ids).toEqual(['0', '0', '0', R3]);
  });

  it('is not what came when the sockets were read', () => {
    const connections = new Connections(0);
    const status = parseOrConnStatus(`$${R2}~r2 CONNECTED`);
    connections.onOrConn(parseOrConn('127.0.0.1:1 NEW ID=7')!, 1);
    const sockets = [from('127.0.0.1', 1)];
    const surroundings = relaySurroundings();
    const look = { at: 2, readSince: 1, sockets, surroundings, dump: undefined, status };
    const { open } = connections.poll(look);
    expect(open.map((connection) => connection.label().orId)).toEqual(['0']);
  });

  it('has no OR_ID where no consensus lists the relay', () => {
    expect(named([from('203.0.113.9', 1)], [`$${UNLISTED}~x CONNECTED`]).ids).toEqual(['0']);
  });

  it('may be a relay’s as long as not all of its own are found', () => {
    const { connections } = named(
      [from('127.0.0.1', 1)],
      [...[`$${R2}~r2 CONNECTED`, `$${R3}~r3 CONNECTED`]],
    );
    expect([R2, R3, AUTH0].map((id) => connections.mayHaveMore(id))).toEqual([true, true, false]);
  });

  it('is asked about at the first poll, and at the first after events were missed', () => {
    const { connections } = named([], []);
    expect(connections.wantsStatus).toBe(false);
    connections.onOrConn(parseOrConn(`$${R2}~r2 LAUNCHED ID=1`)!, 1);
    connections.resume();
    expect(connections.wantsStatus).toBe(true);
  });
});
