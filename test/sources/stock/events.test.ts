import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCellStats, parseOrConn, parseOwnCircuit } from '../../../src/sources/stock/events.ts';

const R0 = 'DA5DD0E52A59C707C574F672332548DAF6C644E5';

describe('ORCONN', () => {
  it('tells of a relay by its fingerprint', () => {
    expect(parseOrConn(`$${R0}~r0 LAUNCHED ID=6`)).toEqual({
      id: 6,
      fingerprint: R0,
      endpoint: undefined,
      status: 'LAUNCHED',
      reason: '',
    });
  });

  it('tells of anybody else by an address', () => {
    expect(parseOrConn('127.0.0.1:38158 NEW ID=11')).toMatchObject({
      id: 11,
      fingerprint: undefined,
      endpoint: { ip: '127.0.0.1', port: 38158 },
      status: 'NEW',
    });
    expect(parseOrConn('[2001:DB8::1]:443 CLOSED REASON=DONE ID=12')).toMatchObject({
      endpoint: { ip: '2001:db8::1', port: 443 },
      reason: 'DONE',
    });
  });

  it('takes keys that it does not know in its stride', () => {
    const text = `$${R0} FAILED REASON=CONNECTREFUSED NCIRCS=1 NEW_KEY=x ID=3 TAIL`;
    expect(parseOrConn(text)).toMatchObject({ id: 3, status: 'FAILED', reason: 'CONNECTREFUSED' });
  });

  it.each([
    '',
    'ID=3',
    `$${R0}~r0 CONNECTED`,
    `$${R0}~r0 SLEEPING ID=3`,
    'example.org:443 NEW ID=3',
    '127.0.0.1:70000 NEW ID=3',
    `$${R0}~r0 CONNECTED ID=99999999999999999999`,
  ])('does not parse %j', (text) => {
    expect(parseOrConn(text)).toBeUndefined();
  });

  it('gives no reason that might be something else', () => {
    expect(parseOrConn(`$${R0} CLOSED REASON=203.0.113.7 ID=3`)?.reason).toBe('');
  });
});

describe('CELL_STATS', () => {
  it('ties the two sides of a circuit in transit', () => {
    const text =
      'InboundQueue=2634993028 InboundConn=6 InboundRemoved=relay:266,created2:1 InboundTime=relay:0,created2:0 OutboundQueue=3548993167 OutboundConn=10 OutboundRemoved=relay:15,relay_early:6,create2:1 OutboundTime=relay:0,relay_early:0,create2:0';
    expect(parseCellStats(text)).toEqual({
      ownId: undefined,
      inbound: { channel: 6, queue: 2634993028, removed: 267 },
      outbound: { channel: 10, queue: 3548993167, removed: 22 },
      created: true,
    });
  });

  it('has one side at the last hop', () => {
    const text = 'InboundQueue=3903564479 InboundConn=3 InboundRemoved=relay:4 InboundTime=relay:0';
    expect(parseCellStats(text)).toMatchObject({ outbound: undefined, created: false });
  });

  it("has the other side and an id for a circuit of Tor's own", () => {
    const text =
      'ID=13 OutboundQueue=2639066303 OutboundConn=10 OutboundRemoved=relay_early:2,create2:1 OutboundTime=relay_early:0,create2:0';
    expect(parseCellStats(text)).toMatchObject({
      ownId: 13,
      inbound: undefined,
      outbound: { channel: 10, queue: 2639066303, removed: 3 },
    });
  });

  it('is nothing without a side', () => {
    expect(
      parseCellStats('OutboundQueue=1 OutboundConn=2 OutboundRemoved=relay:1'),
    ).toBeUndefined();
    expect(parseCellStats('ID=13')).toBeUndefined();
  });
});

describe('circuit-status', () => {
  it('gives the first hop, the purpose and the age', () => {
    const line = `12 BUILT $${R0}~r0,$36FD28DA80D355EE629920C8B0B569368DBDE01F~r3 BUILD_FLAGS=IS_INTERNAL,NEED_CAPACITY PURPOSE=GENERAL TIME_CREATED=2026-11-23T04:57:38.274956`;
    expect(parseOwnCircuit(line)).toEqual({
      id: 12,
      firstHop: R0,
      purpose: 'GENERAL',
      service: '',
      oneHop: false,
      createdAt: Date.UTC(2026, 10, 23, 4, 57, 38, 274),
    });
  });

  it('has no first hop before the path is chosen', () => {
    const line = '12 LAUNCHED BUILD_FLAGS=ONEHOP_TUNNEL PURPOSE=GENERAL';
    expect(parseOwnCircuit(line)).toMatchObject({ firstHop: undefined, oneHop: true });
    expect(parseOwnCircuit(line)?.createdAt).toBeUndefined();
  });

  it('is nothing for an empty line', () => {
    expect(parseOwnCircuit('')).toBeUndefined();
  });
});

it('no text makes a parser throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const parse of [parseOrConn, parseCellStats, parseOwnCircuit]) {
        parse(text);
        parse(`1 ${text}`);
      }
    }),
  );
});

describe('a value in quotes', () => {
  it('is one value, whatever keys it seems to hold', () => {
    const line = `13 BUILT $${R0}~a PURPOSE=GENERAL TIME_CREATED=2026-11-27T08:00:00 SOCKS_USERNAME="app PURPOSE=HS_CLIENT_REND x" SOCKS_PASSWORD="p TIME_CREATED=2001-01-01T00:00:00 \\" q"`;
    expect(parseOwnCircuit(line)).toMatchObject({
      purpose: 'GENERAL',
      createdAt: Date.UTC(2026, 10, 27, 8),
    });
    expect(parseOrConn(`$${R0}~a CLOSED REASON=DONE ID=298 X="a ID=3 b"`)).toMatchObject({
      id: 298,
    });
    const cells = 'ID=7 OutboundQueue=1 OutboundConn=2 X="Y ID=8 z"';
    expect(parseCellStats(cells)).toMatchObject({ ownId: 7 });
  });

  it('that is not closed makes the whole unreadable', () => {
    expect(parseOwnCircuit('13 BUILT PURPOSE=GENERAL SOCKS_USERNAME="app')).toBeUndefined();
  });
});
