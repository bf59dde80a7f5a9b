import { describe, expect, it } from 'vitest';
import { lineOf } from '../../../src/listing/listing.ts';
import type { SystemSocket } from '../../../src/sockets/socket.ts';
import { Connections, type Found, type Look } from '../../../src/sources/stock/connections.ts';
import type { Dump, DumpedChannel, DumpedConnection } from '../../../src/sources/stock/dump.ts';
import { parseOrConn } from '../../../src/sources/stock/events.ts';
import { OR_PORT, R2, R3, relaySurroundings, socket, UNLISTED } from './world.ts';

const START = Date.UTC(2026, 10, 23, 4);
const INODE_IDS = 2 ** 40;

/** A recorder's view: polls at whole seconds, events between. */
class Recorder {
  readonly connections = new Connections(START);
  surroundings = relaySurroundings();

  event(second: number, text: string): void {
    this.connections.onOrConn(parseOrConn(text)!, START + second * 1000);
  }

  poll(second: number, sockets: readonly SystemSocket[], rest: Partial<Look> = {}): Found {
    const at = START + second * 1000;
    const { surroundings } = this;
    return this.connections.poll({
      at,
      readSince: at,
      sockets,
      surroundings,
      dump: undefined,
      ...rest,
    });
  }
}

/** The lines of a poll, and its events by the second. */
function told({ open, events }: Found, second: number) {
  const at = START + second * 1000;
  return {
    lines: open.map((connection) => {
      const { read, written } = connection;
      return lineOf(connection.label(), read, written, connection.uptimeAt(at));
    }),
    events: events.map((event) => {
      const when = (event.at - START) / 1000;
      return [when, event.connId, event.what, event.reason, ...Object.values(event.extra)].join(
        ' ',
      );
    }),
  };
}

describe('an inbound OR connection', () => {
  it("has Tor's id, the opening that Tor told, and no address while it is nobody's", () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 NEW ID=297');
    const peer = socket(OR_PORT, '203.0.113.7:41000', { sent: 700, received: 500 });
    expect(told(recorder.poll(10, [peer]), 10)).toEqual({
      lines: ['297 0 0 0 0 0 iRt 500 700 7'],
      events: ['3 297 opened  iRt'],
    });
  });

  it('is established when Tor says so, and a relay when it proved to be one', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '192.0.2.24:41000 NEW ID=297');
    recorder.event(4, `$${R3}~r3 CONNECTED ID=297`);
    const peer = socket(OR_PORT, '192.0.2.24:41000');
    expect(told(recorder.poll(10, [peer]), 10).lines).toEqual([
      `297 0 ${R3} 192.0.2.24 41000 9001 IRT 0 0 7`,
    ]);
  });

  it('keeps the address of a relay that no consensus lists to itself: it may be a bridge', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 NEW ID=297');
    recorder.event(4, `$${UNLISTED}~auth2 CONNECTED ID=297`);
    const found = told(recorder.poll(10, [socket(OR_PORT, '203.0.113.7:41000')]), 10);
    expect(found).toEqual({ lines: ['297 0 0 0 0 0 IRT 0 0 7'], events: ['3 297 opened  IRT'] });
  });

  it('ends when Tor says so, though its socket lingers', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 NEW ID=297');
    const peer = socket(OR_PORT, '203.0.113.7:41000');
    recorder.poll(10, [peer]);
    recorder.event(14, '203.0.113.7:41000 CLOSED REASON=DONE ID=297');
    expect(told(recorder.poll(20, [peer]), 20)).toEqual({
      lines: [],
      events: ['14 297 closed DONE'],
    });
    expect(told(recorder.poll(30, []), 30)).toEqual({ lines: [], events: [] });
  });

  it('is there again, of an age that is not known, where its socket stays in use', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 NEW ID=297');
    const peer = socket(OR_PORT, '203.0.113.7:41000', { inode: 7 });
    recorder.poll(10, [peer]);
    recorder.event(14, '203.0.113.7:41000 CLOSED REASON=DONE ID=297');
    expect(told(recorder.poll(20, [peer]), 20).lines).toEqual([]);
    const again = `${INODE_IDS + 7} 0 0 0 0 0 IRt 0 0 0 AGE=unknown`;
    expect(told(recorder.poll(30, [peer]), 30)).toEqual({ lines: [again], events: [] });
    expect(told(recorder.poll(40, []), 40)).toEqual({ lines: [], events: [] });
  });

  it('is not there again where its socket is on its way out', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 NEW ID=297');
    const peer = socket(OR_PORT, '203.0.113.7:41000');
    recorder.poll(10, [peer]);
    recorder.event(14, '203.0.113.7:41000 CLOSED REASON=DONE ID=297');
    const closing = { ...peer, state: 'closing' as const };
    expect(told(recorder.poll(20, [peer]), 20).lines).toEqual([]);
    expect(told(recorder.poll(30, [closing]), 30)).toEqual({ lines: [], events: [] });
  });

  it('ends with its socket where Tor says nothing', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 NEW ID=297');
    recorder.poll(10, [socket(OR_PORT, '203.0.113.7:41000')]);
    expect(told(recorder.poll(20, []), 20)).toEqual({ lines: [], events: [] });
    expect(recorder.connections.byTorId(297)).toBeUndefined();
  });

  it('is none that Tor told of without its opening: that is older than the socket', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 CONNECTED ID=4');
    const [connection] = recorder.poll(10, [
      socket(OR_PORT, '203.0.113.7:41000', { inode: 7 }),
    ]).open;
    expect(connection?.connId).toBe(INODE_IDS + 7);
  });

  it('that lived between two polls is told by its events', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 NEW ID=297');
    recorder.event(5, '203.0.113.7:41000 CLOSED REASON=IOERROR ID=297');
    expect(told(recorder.poll(10, []), 10).events).toEqual([
      '3 297 opened  iRt',
      '5 297 closed IOERROR',
    ]);
  });

  it('that came and went in silence is told as opened, and its end is the poll', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    for (let id = 1; id <= 200; id++) recorder.event(3, `203.0.113.7:${40000 + id} NEW ID=${id}`);
    const { events } = told(recorder.poll(10, []), 10);
    expect(events).toHaveLength(200);
    expect(events[0]).toBe('3 1 opened  iRt');
    expect(told(recorder.poll(20, []), 20).events).toEqual([]);
  });

  it('that opened while the sockets were read has until the next poll to show up', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(9.9, '203.0.113.7:41000 NEW ID=297');
    const readSince = START + 9500;
    expect(told(recorder.poll(10, [], { readSince }), 10)).toEqual({ lines: [], events: [] });
    const found = told(recorder.poll(20, [socket(OR_PORT, '203.0.113.7:41000')]), 20);
    expect(found.lines).toEqual(['297 0 0 0 0 0 iRt 0 0 10']);
    expect(found.events).toEqual(['10.001 297 opened  iRt']);
  });
});

describe('an outbound OR connection', () => {
  it('is found by the address of the relay that Tor launched it to', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(2, `$${R2}~r2 LAUNCHED ID=5`);
    const waiting = socket('192.0.2.1:50000', '192.0.2.23:9001', { state: 'connecting', inode: 7 });
    expect(told(recorder.poll(10, [waiting]), 10).lines).toEqual([
      `5 0 ${R2} 192.0.2.23 9001 50000 oRT 0 0 8`,
    ]);
    recorder.event(12, `$${R2}~r2 CONNECTED ID=5`);
    const open = socket('192.0.2.1:50000', '192.0.2.23:9001', { inode: 7 });
    expect(told(recorder.poll(20, [open]), 20).lines).toEqual([
      `5 0 ${R2} 192.0.2.23 9001 50000 ORT 0 0 18`,
    ]);
  });

  it('is not guessed where two go to one relay; each has an id of its own', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(2, `$${R2}~r2 LAUNCHED ID=5`);
    recorder.event(2, `$${R2}~r2 LAUNCHED ID=6`);
    const first = socket('192.0.2.1:50000', '192.0.2.23:9001', { inode: 7 });
    const second = socket('192.0.2.1:50002', '192.0.2.23:9001', { inode: 8 });
    expect(told(recorder.poll(10, [first, second]), 10)).toEqual({
      lines: [
        `${INODE_IDS + 7} 0 ${R2} 192.0.2.23 9001 50000 ORT 0 0 0`,
        `${INODE_IDS + 8} 0 ${R2} 192.0.2.23 9001 50002 ORT 0 0 0`,
      ],
      events: [],
    });
    // One of them ends, in Tor's words and in the table: then it is certain which, and why.
    recorder.event(15, `$${R2}~r2 CLOSED REASON=TLS_ERROR ID=6`);
    const found = told(recorder.poll(20, [second]), 20);
    expect(found.lines).toHaveLength(1);
    expect(found.events).toEqual([`15 ${INODE_IDS + 7} closed TLS_ERROR`]);
    expect(recorder.connections.byTorId(5)?.connId).toBe(INODE_IDS + 8);
  });

  it('to a relay that no consensus lists is found as the only one of its kind', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(2, `$${UNLISTED} LAUNCHED ID=5`);
    recorder.event(3, `$${UNLISTED} CONNECTED ID=5`);
    const open = socket('192.0.2.1:50000', '203.0.113.9:443');
    expect(told(recorder.poll(10, [open]), 10).lines).toEqual(['5 0 0 0 0 0 ORT 0 0 8']);
  });

  it('is not one that was there before Tor launched it', () => {
    const recorder = new Recorder();
    const before = socket('192.0.2.1:50000', '192.0.2.23:9001', { inode: 7 });
    recorder.poll(0, [before]);
    recorder.event(2, `$${R2}~r2 LAUNCHED ID=5`);
    const after = socket('192.0.2.1:50002', '192.0.2.23:9001', { inode: 8 });
    const { open } = recorder.poll(10, [before, after]);
    expect(open.map(({ connId }) => connId)).toEqual([INODE_IDS + 7, 5]);
  });

  it('that fails at once is told by its events', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(2, `$${R2}~r2 LAUNCHED ID=5`);
    recorder.event(2.5, `$${R2}~r2 FAILED REASON=CONNECTREFUSED NCIRCS=1 ID=5`);
    expect(told(recorder.poll(10, []), 10).events).toEqual([
      `2 5 opened  ${R2} oRT`,
      `2.5 5 closed CONNECTREFUSED`,
    ]);
  });
});

describe('a connection that is older than the recorder', () => {
  it('counts from first sight and says so', () => {
    const recorder = new Recorder();
    const old = socket('192.0.2.1:50000', '192.0.2.23:9001', { inode: 7 });
    recorder.poll(0, [old]);
    expect(told(recorder.poll(10, [old]), 10).lines).toEqual([
      `${INODE_IDS + 7} 0 ${R2} 192.0.2.23 9001 50000 ORT 0 0 10 AGE=unknown`,
    ]);
  });

  it('so is one that opened while nobody looked', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.connections.resume();
    const { lines } = told(recorder.poll(60, [socket(OR_PORT, '203.0.113.7:41000')]), 60);
    expect(lines[0]).toMatch(/ IRt 0 0 0 AGE=unknown$/);
  });

  it('keeps its id while the control port is connected to anew', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    recorder.event(3, '203.0.113.7:41000 NEW ID=297');
    recorder.event(3, '203.0.113.7:41000 CONNECTED ID=297');
    const peer = socket(OR_PORT, '203.0.113.7:41000');
    recorder.poll(10, [peer]);
    recorder.connections.resume();
    expect(told(recorder.poll(60, [peer]), 60).lines).toEqual(['297 0 0 0 0 0 IRt 0 0 57']);
    recorder.event(63, '203.0.113.7:41000 CLOSED REASON=DONE ID=297');
    expect(told(recorder.poll(70, []), 70).events).toEqual(['63 297 closed DONE']);
  });

  it('has the reason of its end where only it can be meant', () => {
    const recorder = new Recorder();
    const old = socket(OR_PORT, '203.0.113.7:41000', { inode: 7 });
    const other = socket(OR_PORT, '203.0.113.7:41001', { inode: 8 });
    recorder.poll(0, [old, other]);
    recorder.event(3, '203.0.113.7:41000 CLOSED REASON=DONE ID=4');
    const { events } = told(recorder.poll(10, [other]), 10);
    expect(events).toEqual([`3 ${INODE_IDS + 7} closed DONE`]);
  });
});

describe('other connections', () => {
  it('are known by their sockets alone, from the poll that sees them first', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    const control = socket('127.0.0.1:9051', '127.0.0.1:41000', { inode: 7 });
    const exit = socket('192.0.2.1:50000', '203.0.113.80:443', { inode: 8 });
    const backend = socket('127.0.0.1:50004', '127.0.0.1:8080', { inode: 9 });
    const lan = socket('10.0.0.1:50000', '10.0.0.7:22', { inode: 10 });
    expect(told(recorder.poll(10, [control, exit, backend, lan]), 10).lines).toEqual([
      `${INODE_IDS + 7} 0 0 127.0.0.1 41000 9051 IXt 0 0 0`,
      `${INODE_IDS + 8} 0 0 0 0 0 ORt 0 0 0`,
      `${INODE_IDS + 9} 0 0 127.0.0.1 8080 50004 OHt 0 0 0`,
      `${INODE_IDS + 10} 0 0 10.0.0.7 22 50000 ORt 0 0 0`,
    ]);
  });

  it('are not the listeners', () => {
    const listener = socket(OR_PORT, '0.0.0.0:0', { state: 'listening' });
    expect(new Recorder().poll(0, [listener]).open).toEqual([]);
  });

  it('are new ones where the socket is another with the same ends', () => {
    const recorder = new Recorder();
    recorder.poll(0, []);
    const ends = ['192.0.2.1:50000', '203.0.113.80:443'] as const;
    const [first] = recorder.poll(10, [socket(...ends, { inode: 7 })]).open;
    const [second] = recorder.poll(20, [socket(...ends, { inode: 8 })]).open;
    expect([first?.connId, second?.connId]).toEqual([INODE_IDS + 7, INODE_IDS + 8]);
  });

  it('have ids that are counted from the start of the recorder where inodes are not told', () => {
    const recorder = new Recorder();
    const { inode: _, ...first } = socket('192.0.2.1:50000', '203.0.113.80:443', { sent: 9 });
    const [connection] = recorder.poll(0, [first]).open;
    const [again] = recorder.poll(10, [{ ...first, sent: 10 }]).open;
    const [other] = recorder.poll(20, [{ ...first, sent: 3 }]).open;
    expect(connection?.connId).toBe(2 ** 42 + START);
    expect(again).toBe(connection);
    expect(other?.connId).toBe(2 ** 42 + START + 1);
  });
});

it('a relay that drops out of the consensus stays a relay', () => {
  const recorder = new Recorder();
  const open = socket('192.0.2.1:50000', '192.0.2.23:9001', { inode: 7 });
  const [label] = recorder.poll(0, [open]).open.map((connection) => connection.label());
  recorder.surroundings = relaySurroundings('');
  const [after] = recorder.poll(10, [open]).open.map((connection) => connection.label());
  expect(after).toBe(label);
  expect(after?.orId).toBe(R2);
});

describe('how a socket fares', () => {
  const details = { rttMs: 123.4, retransmitted: 5, lost: 0 };

  it('is said of a connection whose address is kept, in its poll', () => {
    const recorder = new Recorder();
    const relay = socket('192.0.2.1:50000', '192.0.2.23:9001', { inode: 7, details });
    const user = socket(OR_PORT, '203.0.113.7:41000', { inode: 8, details });
    const { open } = recorder.poll(0, [relay, user]);
    expect(open.map((connection) => connection.label().extra)).toEqual([
      'AGE=unknown RTT_MS=120 RETRANS=5 LOST=0',
      'AGE=unknown',
    ]);
    const later = { ...relay, details: { ...details, rttMs: undefined, lost: 1 } };
    const [label] = recorder.poll(1, [later]).open.map((connection) => connection.label());
    expect(label!.extra).toBe('AGE=unknown RETRANS=5 LOST=1');
  });
});

describe('a dump', () => {
  const dump = (
    connections: Partial<DumpedConnection>[],
    channels: Partial<DumpedChannel>[],
  ): Dump => ({
    at: START,
    connections: connections.map((line) => ({
      fd: 0,
      kind: 'OR',
      isOpen: true,
      createdAt: START,
      fingerprint: undefined,
      endpoint: undefined,
      exitCircuit: undefined,
      ...line,
    })),
    channels: channels.map((channel) => ({
      channel: 1,
      connectionId: 0,
      createdAt: START,
      fingerprint: undefined,
      endpoint: undefined,
      incoming: true,
      circuits: 0,
      cellsRead: undefined,
      cellsWritten: undefined,
      clientUsed: undefined,
      ...channel,
    })),
  });
  const secondsAgo = (seconds: number) => START - seconds * 1000;

  it('gives age, relay and id to a connection that is older than the recorder', () => {
    const recorder = new Recorder();
    const peer = socket(OR_PORT, '192.0.2.24:41000', { fd: 15 });
    const dumped = dump(
      [{ fd: 15, fingerprint: R3, createdAt: secondsAgo(645) }],
      [{ connectionId: 37, fingerprint: R3, createdAt: secondsAgo(644) }],
    );
    const found = told(recorder.poll(0, [peer], { dump: dumped }), 0);
    expect(found.lines).toEqual([`37 0 ${R3} 192.0.2.24 41000 9001 IRT 0 0 645`]);
  });

  it('says what each channel carries, in its poll and in no other', () => {
    const recorder = new Recorder();
    const relay = socket('192.0.2.1:50000', '192.0.2.23:9001', { fd: 15 });
    const user = socket(OR_PORT, '203.0.113.7:41000', { fd: 16 });
    recorder.poll(-10, []);
    recorder.event(-5, `$${R2}~r2 LAUNCHED ID=3`);
    recorder.event(-5, '203.0.113.7:41000 NEW ID=4');
    const cells = { circuits: 3, cellsRead: 195, cellsWritten: 48, clientUsed: '1795410434' };
    const dumped = dump(
      [],
      [3, 4].map((connectionId) => ({ connectionId, ...cells })),
    );
    const said = [-4, 0, 10].map((second) => {
      const { open } = recorder.poll(second, [relay, user], second === 0 ? { dump: dumped } : {});
      return open.map((connection) => connection.label().extra);
    });
    expect(said).toEqual([
      ['', ''],
      [
        'CIRCS=3 CELLS_READ=195 CELLS_WRITTEN=48 CLIENT_USED=1795410434',
        // Whose connection it is, is not known: no more than that.
        'CIRCS=3 CELLS_READ=196 CELLS_WRITTEN=48',
      ],
      ['', ''],
    ]);
  });

  it('says it after what is not known of the age', () => {
    const recorder = new Recorder();
    const relay = socket('192.0.2.1:50000', '192.0.2.23:9001', { fd: 15 });
    recorder.poll(0, [relay]);
    recorder.event(1, `$${R2}~r2 CONNECTED ID=3`);
    const channel = { connectionId: 3, circuits: 1, cellsRead: 2, clientUsed: 'never' };
    const { open } = recorder.poll(10, [relay], { dump: dump([], [channel]) });
    const [label] = open.map((connection) => connection.label());
    expect(label!.extra).toBe('AGE=unknown CIRCS=1 CELLS_READ=2 CLIENT_USED=never');
    expect(label!.ageKnown).toBe(false);
  });

  it('gives no id where two connections could be meant', () => {
    const recorder = new Recorder();
    const first = socket(OR_PORT, '203.0.113.7:41000', { fd: 15, inode: 7 });
    const second = socket(OR_PORT, '203.0.113.8:41000', { fd: 16, inode: 8 });
    const dumped = dump(
      [
        { fd: 15, createdAt: secondsAgo(60) },
        { fd: 16, createdAt: secondsAgo(61) },
      ],
      [
        { connectionId: 3, createdAt: secondsAgo(60) },
        { connectionId: 4, createdAt: secondsAgo(61) },
      ],
    );
    const { open } = recorder.poll(0, [first, second], { dump: dumped });
    expect(open.map(({ connId }) => connId)).toEqual([INODE_IDS + 7, INODE_IDS + 8]);
    expect(open.map(({ ageKnown }) => ageKnown)).toEqual([true, true]);
  });

  it('knows two of one relay apart by what they have read, where only one way is possible', () => {
    const idOf = (read: readonly [number, number]) => {
      const recorder = new Recorder();
      const sockets = [2000, 70_000].map((received, index) =>
        socket(OR_PORT, `192.0.2.24:${41_000 + index}`, { fd: 15 + index, inode: index, received }),
      );
      const dumped = dump(
        [15, 16].map((fd) => ({ fd, fingerprint: R3, createdAt: secondsAgo(60) })),
        read.map((cellsRead, index) => {
          return { connectionId: 3 + index, fingerprint: R3, cellsRead, createdAt: secondsAgo(60) };
        }),
      );
      const { open } = recorder.poll(0, sockets, { dump: dumped });
      return open.map(({ torId }) => torId);
    };
    // 4 × 514 = 2056 is more than 2000.
    expect(idOf([4, 2])).toEqual([4, 3]);
    expect(idOf([2, 4])).toEqual([3, 4]);
    expect(idOf([2, 3])).toEqual([undefined, undefined]);
    expect(idOf([4, 4])).toEqual([undefined, undefined]);
  });

  it('takes the direction and the known ids into account', () => {
    const recorder = new Recorder();
    recorder.poll(-10, []);
    recorder.event(-5, '203.0.113.7:41000 NEW ID=3');
    const known = socket(OR_PORT, '203.0.113.7:41000', { fd: 15 });
    const inbound = socket(OR_PORT, '203.0.113.8:41000', { fd: 16 });
    const outbound = socket('192.0.2.1:50000', '203.0.113.9:443', { fd: 17 });
    recorder.poll(-2, [known]);
    const dumped = dump(
      [{ fd: 15 }, { fd: 16 }, { fd: 17 }].map((line) => ({ ...line, createdAt: secondsAgo(5) })),
      [
        { connectionId: 3, createdAt: secondsAgo(5) },
        { connectionId: 4, createdAt: secondsAgo(5) },
        { connectionId: 5, createdAt: secondsAgo(5), incoming: false },
      ],
    );
    const { open } = recorder.poll(0, [known, inbound, outbound], { dump: dumped });
    expect(open.map(({ torId }) => torId)).toEqual([3, 4, 5]);
  });

  it('tells nothing of a socket that has the descriptor of another now', () => {
    const recorder = new Recorder();
    const peer = socket(OR_PORT, '203.0.113.7:41000', { fd: 15 });
    const endpoint = { ip: '203.0.113.99', port: 443 };
    const dumped = dump([{ fd: 15, fingerprint: R3, endpoint, createdAt: secondsAgo(645) }], []);
    const { lines } = told(recorder.poll(0, [peer], { dump: dumped }), 0);
    expect(lines[0]).toMatch(/ IRt 0 0 0 AGE=unknown$/);
  });

  it('names no relay before its handshake is over', () => {
    const recorder = new Recorder();
    const peer = socket('192.0.2.1:50000', '203.0.113.9:443', { fd: 15 });
    const dumped = dump([{ fd: 15, fingerprint: UNLISTED, isOpen: false }], []);
    expect(told(recorder.poll(0, [peer], { dump: dumped }), 0).lines[0]).toMatch(/ ORt /);
  });
});
