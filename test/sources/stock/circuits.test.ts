import { describe, expect, it } from 'vitest';
import type { SystemSocket } from '../../../src/sockets/socket.ts';
import type { Dump, DumpedChannel } from '../../../src/sources/stock/dump.ts';
import { parseOwnCircuit } from '../../../src/sources/stock/events.ts';
import { Listeners } from '../../../src/sources/stock/listeners.ts';
import { parseOrConnStatus } from '../../../src/sources/stock/orConnStatus.ts';
import { type PollResult, TorProcess } from '../../../src/sources/stock/torProcess.ts';
import { OR_PORT, R2, R3, relaySurroundings, socket } from './world.ts';

const START = Date.UTC(2026, 10, 23, 4);
const CELL = 514;

/** Channels 1 and 2 run over connections 2 and 1: taken for each other they would match falsely. */
const CHANNELS: readonly Partial<DumpedChannel>[] = [
  { channel: 1, connectionId: 2, circuits: 1 },
  { channel: 2, connectionId: 1, circuits: 1 },
];

function dumpOf(second: number, channels = CHANNELS, connections: Dump['connections'] = []): Dump {
  const defaults = {
    channel: 0,
    connectionId: 0,
    createdAt: START,
    fingerprint: undefined,
    endpoint: undefined,
    incoming: false,
    circuits: 0,
    cellsRead: undefined,
    cellsWritten: undefined,
    clientUsed: undefined,
  };
  const at = START + second * 1000;
  return { at, connections, channels: channels.map((channel) => ({ ...defaults, ...channel })) };
}

/** A relay between R3, which connected to it (id 1), and R2, which it connected to (id 2). */
class Middle {
  readonly process = new TorProcess(1, START, START, new Listeners(undefined));
  near = socket(OR_PORT, '192.0.2.24:41000', { fd: 10, inode: 10 });
  far = socket('192.0.2.1:50000', '192.0.2.23:9001', { fd: 11, inode: 11 });
  more: SystemSocket[] = [];

  constructor() {
    this.poll(0, { sockets: [] });
    this.event(1, 'ORCONN', '192.0.2.24:41000 NEW ID=1');
    this.event(1, 'ORCONN', `$${R3}~r3 CONNECTED ID=1`);
    this.event(1, 'ORCONN', `$${R2}~r2 LAUNCHED ID=2`);
    this.event(1, 'ORCONN', `$${R2}~r2 CONNECTED ID=2`);
  }

  event(second: number, name: string, text: string): void {
    this.process.onEvent(name, text, START + second * 1000);
  }

  cells(second: number, back: number, forth: number, created = false): void {
    const begun = created ? ',created2:1' : '';
    this.event(
      second,
      'CELL_STATS',
      `InboundQueue=77 InboundConn=2 InboundRemoved=relay:${back}${begun} OutboundQueue=88 OutboundConn=1 OutboundRemoved=relay:${forth}`,
    );
  }

  poll(
    second: number,
    rest: { dump?: Dump; own?: string[]; perCircuit?: boolean; sockets?: SystemSocket[] } = {},
  ): PollResult {
    const at = START + second * 1000;
    const { dump, own = [], perCircuit = true } = rest;
    const sockets = rest.sockets ?? [this.near, this.far, ...this.more];
    const surroundings = relaySurroundings();
    return this.process.list(
      { at, readSince: at, sockets, surroundings, dump },
      own.map((line) => parseOwnCircuit(line)!),
      perCircuit,
    );
  }
}

function linesOf({ entries }: PollResult): string[] {
  return entries.map(({ label, read, written, uptime }) => {
    const { connId, circId, flags, ageKnown } = label;
    return `${connId} ${circId} ${flags} ${read} ${written} ${uptime}${ageKnown ? '' : ' ?'}`;
  });
}

const circuitLines = (listed: PollResult) =>
  linesOf(listed).filter((line) => !/^\d+ 0 /.test(line));

const TRANSIT = 2 * 2 ** 32 + 77;

describe('a circuit in transit', () => {
  it('has two lines, found by channels that a dump translates', () => {
    const middle = new Middle();
    middle.poll(10, { dump: dumpOf(10) });
    middle.cells(15, 2, 3, true);
    middle.near = { ...middle.near, received: 3 * CELL + 60, sent: 3 * CELL + 50 };
    middle.far = { ...middle.far, received: 3 * CELL + 40, sent: 3 * CELL + 30 };
    expect(linesOf(middle.poll(20))).toEqual([
      '1 0 IRT 60 50 19',
      '2 0 ORT 40 30 19',
      `1 ${TRANSIT} IRT ${3 * CELL} ${3 * CELL} 5`,
      `2 ${TRANSIT} ORT ${3 * CELL} ${3 * CELL} 5`,
    ]);
  });

  it('shows what a relay makes up: what was sent and did not come in', () => {
    const middle = new Middle();
    middle.poll(10, { dump: dumpOf(10) });
    middle.cells(15, 0, 1000, true);
    middle.near = { ...middle.near, received: 10 * CELL };
    middle.far = { ...middle.far, sent: 1000 * CELL };
    expect(circuitLines(middle.poll(20))).toEqual([
      `1 ${TRANSIT} IRT ${10 * CELL} 0 5`,
      `2 ${TRANSIT} ORT 0 ${1000 * CELL} 5`,
    ]);
  });

  it('has one line at the last hop, with what was sent towards the client', () => {
    const middle = new Middle();
    middle.poll(10, { dump: dumpOf(10) });
    middle.event(15, 'CELL_STATS', 'InboundQueue=77 InboundConn=2 InboundRemoved=relay:4');
    middle.near = { ...middle.near, received: 5000, sent: 5000 };
    const listed = middle.poll(20);
    expect(circuitLines(listed)).toEqual([`1 ${TRANSIT} IRT 0 ${4 * CELL} 5 ?`]);
    expect(linesOf(listed)[0]).toBe(`1 0 IRT 5000 ${5000 - 4 * CELL} 19`);
  });

  it('is not listed by halves: before a dump told both channels it is counted', () => {
    const middle = new Middle();
    middle.poll(10, { dump: dumpOf(10, CHANNELS.slice(1)) });
    middle.cells(15, 1, 1);
    expect(middle.process.needsDump).toBe(true);
    const without = middle.poll(20);
    expect([circuitLines(without), without.unplaced]).toEqual([[], 1]);
    middle.cells(25, 1, 1);
    const listed = middle.poll(30, { dump: dumpOf(30) });
    expect([circuitLines(listed).length, listed.unplaced]).toEqual([2, 0]);
    expect(middle.process.needsDump).toBe(false);
  });

  it('leaves to the connection what moved before it could be listed', () => {
    const middle = new Middle();
    middle.poll(10);
    middle.cells(15, 0, 10);
    middle.near = { ...middle.near, received: 10 * CELL };
    middle.poll(20);
    middle.cells(25, 0, 1);
    middle.near = { ...middle.near, received: 15 * CELL };
    const listed = middle.poll(30, { dump: dumpOf(30) });
    expect(linesOf(listed)[0]).toBe(`1 0 IRT ${14 * CELL} 0 29`);
    expect(circuitLines(listed)[0]).toBe(`1 ${TRANSIT} IRT ${CELL} 0 15 ?`);
  });

  it('has no known age where it was there before the first poll', () => {
    const process = new TorProcess(1, START, START, new Listeners(undefined));
    const text =
      'InboundQueue=77 InboundConn=2 InboundRemoved=relay:9,created2:1 OutboundQueue=88 OutboundConn=1 OutboundRemoved=relay:9';
    process.onEvent('CELL_STATS', text, START);
    const near = socket(OR_PORT, '192.0.2.24:41000', { fd: 10, received: 5140 });
    const far = socket('192.0.2.1:50000', '192.0.2.23:9001', { fd: 11 });
    const line = { kind: 'OR', isOpen: true, createdAt: START - 60_000, exitCircuit: undefined };
    const dump = dumpOf(
      0,
      [
        { ...CHANNELS[0], createdAt: START - 60_000, fingerprint: R2 },
        { ...CHANNELS[1], createdAt: START - 60_000, fingerprint: R3, incoming: true },
      ],
      [
        { ...line, fd: 10, fingerprint: R3, endpoint: undefined },
        { ...line, fd: 11, fingerprint: R2, endpoint: undefined },
      ],
    );
    const surroundings = relaySurroundings();
    const look = { at: START, readSince: START, sockets: [near, far], surroundings, dump };
    expect(linesOf(process.list(look, [], true))).toEqual([
      `1 0 IRT ${5140 - 9 * CELL} 0 60`,
      '2 0 ORT 0 0 60',
      `1 ${TRANSIT} IRT ${9 * CELL} 0 0 ?`,
      `2 ${TRANSIT} ORT 0 0 0 ?`,
    ]);
  });

  it('goes when one of its connections ends', () => {
    const middle = new Middle();
    middle.poll(10, { dump: dumpOf(10) });
    middle.cells(15, 1, 1);
    expect(circuitLines(middle.poll(20))).toHaveLength(2);
    middle.event(25, 'ORCONN', `$${R2}~r2 CLOSED REASON=DONE ID=2`);
    expect(circuitLines(middle.poll(30))).toEqual([]);
  });

  it('goes when a dump says that a channel carries none', () => {
    const middle = new Middle();
    middle.poll(10, { dump: dumpOf(10) });
    middle.cells(15, 1, 1);
    const empty = CHANNELS.map((channel) => ({ ...channel, circuits: 0 }));
    expect(circuitLines(middle.poll(20, { dump: dumpOf(20, empty) }))).toEqual([]);
  });

  it('goes after ten minutes without a cell, and is the same when cells cross it again', () => {
    const middle = new Middle();
    middle.poll(10, { dump: dumpOf(10) });
    middle.cells(15, 1, 1, true);
    expect(circuitLines(middle.poll(615))).toHaveLength(2);
    expect(circuitLines(middle.poll(616))).toEqual([]);
    middle.cells(700, 1, 1);
    expect(circuitLines(middle.poll(710))[0]).toMatch(new RegExp(`^1 ${TRANSIT} IRT .* 695$`));
  });

  it('has its exit connections, whose bytes are all its own', () => {
    const middle = new Middle();
    const exit = socket('192.0.2.1:50002', '203.0.113.80:443', {
      fd: 12,
      received: 2000,
      inode: 12,
    });
    middle.more = [exit];
    middle.event(5, 'CELL_STATS', 'InboundQueue=77 InboundConn=2 InboundRemoved=relay:1');
    const line = {
      fd: 12,
      kind: 'Exit',
      isOpen: true,
      createdAt: START,
      fingerprint: undefined,
      endpoint: undefined,
      exitCircuit: 77,
    };
    const lines = linesOf(middle.poll(10, { dump: dumpOf(10, CHANNELS, [line]) }));
    expect(lines.slice(2)).toEqual([
      `${2 ** 40 + 12} 0 ORt 0 0 0`,
      `1 ${TRANSIT} IRT 0 0 5 ?`,
      `${2 ** 40 + 12} ${TRANSIT} ORt 2000 0 0 ?`,
    ]);
    middle.more = [{ ...exit, received: 2500 }];
    expect(linesOf(middle.poll(20)).at(-1)).toBe(`${2 ** 40 + 12} ${TRANSIT} ORt 2500 0 10 ?`);
  });

  it('has no CIRC_ID past 2^53', () => {
    const middle = new Middle();
    const channel = 2 ** 21;
    middle.event(5, 'CELL_STATS', `InboundQueue=7 InboundConn=${channel} InboundRemoved=relay:1`);
    expect(middle.process.needsDump).toBe(false);
  });
});

describe("a circuit of Tor's own", () => {
  const built = (id: number, hop: string, rest: string) => `${id} BUILT $${hop}~a,$${R3}~b ${rest}`;
  const created = 'TIME_CREATED=2026-11-23T04:00:12.500000';

  it("is on the only connection to its first relay, and repeats that one's bytes", () => {
    const middle = new Middle();
    middle.far = { ...middle.far, received: 70, sent: 90 };
    const own = [built(12, R2, `PURPOSE=GENERAL ${created}`)];
    expect(linesOf(middle.poll(20, { own, perCircuit: false }))).toEqual([
      '1 0 IRT 0 0 19',
      '2 0 ORT 70 90 19',
      '2 12 OCT 70 90 7',
    ]);
  });

  it.each([
    ['PURPOSE=HS_SERVICE_INTRO', 'OHT'],
    ['BUILD_FLAGS=ONEHOP_TUNNEL,IS_INTERNAL PURPOSE=GENERAL', 'ODT'],
    ['PURPOSE=TESTING', 'OCT'],
  ])('%s is %s', (rest, flags) => {
    const own = [built(12, R2, rest)];
    expect(circuitLines(new Middle().poll(20, { own }))).toEqual([`2 12 ${flags} 0 0 0 ?`]);
  });

  it('is nowhere where two connections go to its first relay, unless its cells say which', () => {
    const middle = new Middle();
    middle.poll(10, { dump: dumpOf(10) });
    middle.more = [socket('192.0.2.1:50002', '192.0.2.23:9001')];
    const own = [built(12, R2, created)];
    const listed = middle.poll(20, { own });
    expect([circuitLines(listed), listed.unplaced]).toEqual([[], 1]);
    middle.event(25, 'CELL_STATS', 'ID=12 OutboundQueue=9 OutboundConn=1 OutboundRemoved=relay:2');
    middle.far = { ...middle.far, sent: 2 * CELL };
    expect(circuitLines(middle.poll(30, { own }))).toEqual([`2 12 OCT 0 ${2 * CELL} 17`]);
  });

  it('is nowhere while its relay has connections that were not all found', () => {
    const process = new TorProcess(1, START, START, new Listeners(undefined));
    const surroundings = relaySurroundings();
    const sockets = [socket('192.0.2.1:50000', '192.0.2.23:9001'), socket(OR_PORT, '127.0.0.1:1')];
    const statusOf = (...relays: string[]) =>
      parseOrConnStatus(relays.map((relay) => `$${relay} CONNECTED`).join('\n'));
    const unplaced = [statusOf(R2), statusOf(R2, R2), statusOf(R2, R2, R3)].map((status) => {
      process.resume();
      const look = { at: START, readSince: START, sockets, surroundings, dump: undefined, status };
      return process.list(look, [parseOwnCircuit(built(12, R2, created))!], false).unplaced;
    });
    // One; two, of which both were found; two, of which one may be R3's.
    expect(unplaced).toEqual([0, 1, 1]);
  });

  it('is nowhere yet while it has no relay', () => {
    const listed = new Middle().poll(20, { own: ['12 LAUNCHED PURPOSE=GENERAL'] });
    expect([circuitLines(listed), listed.unplaced]).toEqual([[], 0]);
  });
});
