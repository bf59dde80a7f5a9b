import { describe, expect, it } from 'vitest';
import type { SystemSocket } from '../../../src/sockets/socket.ts';
import { Connections } from '../../../src/sources/stock/connections.ts';
import { parseOrConn } from '../../../src/sources/stock/events.ts';
import { Listeners } from '../../../src/sources/stock/listeners.ts';
import { compareTold } from '../../../src/sources/stock/told.ts';
import { LISTENERS, OR_PORT, R3, relaySurroundings, socket } from './world.ts';

const START = Date.UTC(2026, 10, 23, 4);

/** A recorder that polled once, when there was nothing. */
class Watch {
  readonly connections = new Connections(START);
  namesInbound = true;
  #second = 0;

  constructor() {
    this.poll();
  }

  event(text: string): void {
    this.connections.onOrConn(parseOrConn(text)!, START + this.#second * 1000 + 3000);
  }

  poll(...sockets: SystemSocket[]) {
    this.#second += 10;
    const at = START + this.#second * 1000;
    const surroundings = relaySurroundings();
    const look = { at, readSince: at, sockets, surroundings, dump: undefined };
    this.connections.poll(look);
    const { namesInbound } = this;
    return compareTold({ ...this.connections.told, namesInbound, keepsLocal: true });
  }
}

const counts = (reported: number, system: number) => ({ reported, system });

describe('what Tor told beside the sockets', () => {
  it('is the same where Tor hides nothing and makes nothing up', () => {
    const watch = new Watch();
    watch.event('203.0.113.7:41000 NEW ID=1');
    watch.event(`$${R3}~r3 LAUNCHED ID=2`);
    watch.event(`$${R3}~r3 CONNECTED ID=2`);
    const sockets = [
      socket(OR_PORT, '203.0.113.7:41000'),
      socket('192.0.2.1:40000', '192.0.2.24:9001'),
    ];
    watch.poll(...sockets);
    expect(watch.poll(...sockets)).toMatchObject({
      ...counts(2, 2),
      inbound: counts(1, 1),
      outbound: counts(1, 1),
      onlyReportedCount: 0,
      onlySystemCount: 0,
    });
  });

  it('lacks the inbound connections of which there was no event', () => {
    const watch = new Watch();
    const hidden = [41_000, 41_001, 41_002].map((port) => socket(OR_PORT, `203.0.113.7:${port}`));
    // The event of what is new may be on its way.
    expect(watch.poll(...hidden).inbound).toEqual(counts(0, 0));
    expect(watch.poll(...hidden).inbound).toEqual(counts(0, 3));
  });

  it('says nothing of those that a pluggable transport hands on, or that were there before', () => {
    const watch = new Watch();
    const hidden = socket(OR_PORT, '203.0.113.7:41000');
    watch.namesInbound = false;
    watch.poll(hidden);
    expect(watch.poll(hidden).inbound).toEqual(counts(0, 0));
    const listeners = new Listeners(undefined);
    listeners.look(LISTENERS);
    expect(listeners.namesInbound).toBe(true);
    listeners.look(new Map([...LISTENERS, ['net/listeners/extor', '"127.0.0.1:5000"']]));
    expect(listeners.namesInbound).toBe(false);
    const late = new Watch();
    late.connections.resume();
    late.poll(hidden);
    expect(late.poll(hidden).inbound).toEqual(counts(0, 0));
  });

  it('has those that Tor never said have ended, until it does', () => {
    const watch = new Watch();
    watch.event(`$${R3}~r3 LAUNCHED ID=2`);
    watch.event(`$${R3}~r3 CONNECTED ID=2`);
    watch.event('203.0.113.7:41000 NEW ID=3');
    watch.event('203.0.113.7:41000 CONNECTED ID=3');
    watch.event('203.0.113.7:41001 NEW ID=4');
    const sockets = [
      socket('192.0.2.1:40000', '192.0.2.24:9001'),
      socket(OR_PORT, '203.0.113.7:41000'),
      socket(OR_PORT, '203.0.113.7:41001'),
    ];
    watch.poll(...sockets);
    const made = watch.poll();
    // Of what never was open, 4, Tor tells no end.
    expect(made).toMatchObject({ ...counts(2, 0), inbound: counts(1, 0), outbound: counts(0, 0) });
    expect(made.onlyReported).toEqual([
      { connId: 2, orId: R3, ip: '192.0.2.24', port: 9001, lPort: 40_000, flags: 'ORT' },
    ]);
    watch.event(`$${R3}~r3 CLOSED REASON=DONE ID=2`);
    expect(watch.poll()).toMatchObject({ ...counts(1, 0), onlyReportedCount: 0 });
    watch.connections.resume();
    expect(watch.poll()).toMatchObject(counts(0, 0));
  });

  it('lacks nothing where Tor said the end before the socket went', () => {
    const watch = new Watch();
    watch.event('203.0.113.7:41000 NEW ID=3');
    watch.event('203.0.113.7:41000 CONNECTED ID=3');
    watch.poll(socket(OR_PORT, '203.0.113.7:41000'));
    watch.event('203.0.113.7:41000 CLOSED REASON=DONE ID=3');
    expect(watch.poll()).toMatchObject(counts(0, 0));
  });
});
