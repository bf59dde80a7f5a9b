import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../../src/sources/stock/connection.ts';
import {
  type CircuitLine,
  entryOfCircuit,
  entryOfConnection,
  Lane,
  shareOut,
} from '../../../src/sources/stock/lane.ts';
import { relaySurroundings, socket } from './world.ts';

const AT = Date.UTC(2026, 10, 23, 4);
const FIRST = { isOld: false, isShared: false };
const ENDS = ['192.0.2.1:50000', '192.0.2.23:9001'] as const;

function connectionOf(received: number, sent: number): Connection {
  const { local, remote } = socket(...ENDS);
  const side = relaySurroundings().sideOf(local, remote, FIRST);
  const connection = new Connection(socket(...ENDS, { received, sent }), side, {
    at: AT,
    generation: 1,
    old: false,
    isShared: false,
  });
  connection.connId = 1;
  return connection;
}

function lineOf(connection: Connection, lane = new Lane(), rest: Partial<CircuitLine> = {}) {
  const line: CircuitLine = {
    connection,
    lane,
    circId: 7,
    inbound: true,
    usage: 'R',
    openedAt: AT,
    ageKnown: true,
    ...rest,
  };
  return line;
}

function move(connection: Connection, received: number, sent: number): void {
  connection.socket = { ...connection.socket, received, sent };
}

describe('the bytes of a connection', () => {
  it('are its own where no circuit is known', () => {
    const connection = connectionOf(100, 30);
    shareOut([connection], []);
    expect(connection.own).toEqual({ read: 100, written: 30 });
  });

  it("are its circuits' as far as their cells say, and its own for the rest", () => {
    const connection = connectionOf(1000, 600);
    const line = lineOf(connection);
    line.lane.expect(514, 514);
    shareOut([connection], [line]);
    expect(line.lane.bytes).toEqual({ read: 514, written: 514 });
    expect(connection.own).toEqual({ read: 486, written: 86 });
  });

  it('come to a circuit with the next poll where its cells were told of first', () => {
    const connection = connectionOf(0, 0);
    const line = lineOf(connection);
    line.lane.expect(0, 1028);
    shareOut([connection], [line]);
    expect(line.lane.bytes.written).toBe(0);
    move(connection, 0, 1100);
    shareOut([connection], [line]);
    expect(line.lane.bytes.written).toBe(1028);
    expect(connection.own.written).toBe(72);
  });

  it('that never came are not waited for longer', () => {
    const connection = connectionOf(0, 0);
    const line = lineOf(connection);
    line.lane.expect(5140, 0);
    shareOut([connection], [line]);
    shareOut([connection], [line]);
    shareOut([connection], [line]);
    move(connection, 1000, 0);
    shareOut([connection], [line]);
    expect(line.lane.bytes.read).toBe(0);
    expect(connection.own.read).toBe(1000);
  });

  it('are always all given out, once, and none is taken back', () => {
    const moves = fc.record({
      read: fc.nat(1e6),
      written: fc.nat(1e6),
      cells: fc.array(fc.tuple(fc.nat(2000), fc.nat(2000)), { minLength: 3, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 20 }), (polls) => {
        const connection = connectionOf(0, 0);
        const lines = [1, 2, 3].map((circId) => lineOf(connection, new Lane(), { circId }));
        let before = lines.map(({ lane }) => ({ ...lane.bytes }));
        for (const { read, written, cells } of polls) {
          move(connection, connection.read + read, connection.written + written);
          for (const [index, [back, forth]] of cells.entries()) {
            lines[index]!.lane.expect(back * 514, forth * 514);
          }
          shareOut([connection], lines);
          const now = lines.map(({ lane }) => ({ ...lane.bytes }));
          const total = (way: 'read' | 'written') =>
            now.reduce((sum, bytes) => sum + bytes[way], connection.own[way]);
          expect([total('read'), total('written')]).toEqual([connection.read, connection.written]);
          for (const [index, bytes] of now.entries()) {
            expect(bytes.read).toBeGreaterThanOrEqual(before[index]!.read);
            expect(bytes.written).toBeGreaterThanOrEqual(before[index]!.written);
          }
          before = now;
        }
      }),
    );
  });
});

describe('the line of a circuit', () => {
  it("is the circuit's in direction, usage, age and bytes", () => {
    const connection = connectionOf(1000, 1000);
    connection.look(relaySurroundings());
    const line = lineOf(connection, new Lane(), { inbound: false, usage: 'H', openedAt: AT });
    line.lane.expect(514, 0);
    shareOut([connection], [line]);
    const { label, read, written, uptime } = entryOfCircuit(line, AT, true);
    expect([label.circId, label.flags, read, written, uptime]).toEqual([7, 'OHT', 514, 0, 0]);
  });

  it('repeats the totals of its connection where no cells are told', () => {
    const connection = connectionOf(1000, 30);
    expect(entryOfCircuit(lineOf(connection), AT, false)).toMatchObject({
      read: 1000,
      written: 30,
    });
    expect(entryOfConnection(connection, AT, false)).toMatchObject({ read: 1000, written: 30 });
  });

  it('is never older than the line of its connection', () => {
    const connection = connectionOf(0, 0);
    const line = lineOf(connection, new Lane(), { openedAt: AT - 60_000 });
    expect(entryOfCircuit(line, AT + 5000, false)).toMatchObject({ uptime: 5 });
    expect(entryOfCircuit(line, AT + 5000, false).label.ageKnown).toBe(true);
    connection.ageKnown = false;
    expect(entryOfCircuit(line, AT + 5000, false).label.ageKnown).toBe(false);
  });

  it('has one label as long as nothing changes', () => {
    const connection = connectionOf(0, 0);
    const line = lineOf(connection);
    const { label } = entryOfCircuit(line, AT, true);
    expect(entryOfCircuit({ ...line }, AT + 9000, true).label).toBe(label);
    expect(entryOfCircuit({ ...line, usage: 'H' }, AT, true).label.flags).toBe('IHt');
    connection.handshaking = true;
    expect(entryOfCircuit(line, AT, true).label.flags).toBe('iRt');
  });

  it('tells no address that the line of the connection withholds', () => {
    const surroundings = relaySurroundings();
    const ends = ['192.0.2.1:9001', '10.0.0.7:41000'] as const;
    const { local, remote } = socket(...ends);
    const side = surroundings.sideOf(local, remote, FIRST);
    const first = { at: AT, generation: 1, old: false, isShared: false };
    const connection = new Connection(socket(...ends), side, first);
    const { label } = entryOfCircuit(lineOf(connection, new Lane(), { inbound: false }), AT, true);
    expect([label.flags, label.ip, label.port, label.lPort]).toEqual(['ORt', '0', 0, 0]);
  });
});
