import fc from 'fast-check';
import { expect, it } from 'vitest';
import { listingOf, textOf } from '../../../src/listing/listing.ts';
import type { SystemSocket } from '../../../src/sockets/socket.ts';
import { Listeners } from '../../../src/sources/stock/listeners.ts';
import { TorProcess } from '../../../src/sources/stock/torProcess.ts';
import { OR_PORT, R2, relaySurroundings, socket, UNLISTED } from './world.ts';

const START = Date.UTC(2026, 10, 23, 4);

/** Users, bridges and destinations: all in one range that nothing else here is in. */
const STRANGER = '203.0.113.';

/** What may happen to a stranger's connection between two polls. */
const steps = fc.record({
  host: fc.integer({ min: 1, max: 3 }),
  port: fc.integer({ min: 41000, max: 41003 }),
  inbound: fc.boolean(),
  isThere: fc.boolean(),
  state: fc.constantFrom('established', 'connecting', 'closing' as const),
  events: fc.array(
    fc.constantFrom('NEW', 'LAUNCHED', 'CONNECTED', 'CLOSED REASON=DONE', 'FAILED'),
    { maxLength: 3 },
  ),
  proves: fc.constantFrom(undefined, UNLISTED),
  id: fc.integer({ min: 1, max: 4 }),
});

it("a stranger's address is in no line and in no event", () => {
  fc.assert(
    fc.property(fc.array(fc.array(steps, { maxLength: 6 }), { maxLength: 6 }), (polls) => {
      const process = new TorProcess(1, START, START, new Listeners(undefined));
      for (const [index, poll] of polls.entries()) {
        const at = START + (index + 1) * 10_000;
        const sockets: SystemSocket[] = [socket('192.0.2.1:50000', '192.0.2.23:9001')];
        for (const { host, port, inbound, isThere, state, events, proves, id } of poll) {
          const stranger = `${STRANGER}${host}:${port}`;
          for (const event of events) {
            const target = event === 'CONNECTED' && proves !== undefined ? `$${proves}` : stranger;
            process.onEvent('ORCONN', `${target} ${event} ID=${id}`, at - 5000);
          }
          const local = inbound ? OR_PORT : `192.0.2.1:${port}`;
          if (isThere) sockets.push(socket(local, stranger, { state }));
        }
        const surroundings = relaySurroundings();
        const look = { at, readSince: at, sockets, surroundings, dump: undefined };
        const { entries, events } = process.list(look, [], false);
        const told = textOf(listingOf(entries)) + JSON.stringify(events);
        expect(told).not.toContain(STRANGER);
        expect(told).toContain(R2);
        const ids = entries.map(({ label }) => label.connId);
        expect(new Set(ids).size).toBe(ids.length);
      }
    }),
  );
});
