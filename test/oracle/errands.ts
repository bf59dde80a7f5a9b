/**
 * Transcripts of connections that go to few places again and again.
 * Owns that arbitrary, which openings enough for a beacon score come from; whatever else may stand
 * in a transcript is arbitrary.ts's.
 */
import fc from 'fast-check';

const MIDNIGHT = Date.parse('2026-11-23T00:00:00Z');

const INTERVAL = 10;

/** Seconds that are polled. */
const END = 400;

/** OR_ID, IP, PORT and L_PORT: two relays at one address, one at two, the operator's own network. */
const PLACES = [
  `${'A0'.repeat(20)} 198.51.100.1 9001 0`,
  `${'B1'.repeat(20)} 198.51.100.1 443 0`,
  `${'A0'.repeat(20)} 198.51.100.2 9001 0`,
  '0 192.168.1.7 80 0',
  '0 192.168.1.7 443 0',
  '0 203.0.113.9 443 0',
];

/** Connections to a place, one every `period` seconds. */
interface Errand {
  readonly from: number;
  readonly period: number;
  readonly times: number;
  readonly lasts: number;
  readonly place: string;
  /** Where it leads from its second poll on. */
  readonly later: string;
  readonly flags: string;
  readonly circuits: number;
  readonly suffix: string;
  readonly bytes: number;
}

const errand: fc.Arbitrary<Errand> = fc.record({
  from: fc.integer({ min: -20, max: END }),
  period: fc.integer({ min: 1, max: 80 }),
  times: fc.integer({ min: 1, max: 12 }),
  lasts: fc.integer({ min: 1, max: 100 }),
  place: fc.constantFrom(...PLACES),
  later: fc.constantFrom('', '', '', ...PLACES),
  flags: fc.constantFrom('ORT', 'ORT', 'oRT', 'ODT', 'OXt', 'IRT'),
  circuits: fc.integer({ min: 1, max: 3 }),
  suffix: fc.constantFrom('', '', '', ' AGE=unknown'),
  bytes: fc.constantFrom(0, 1, 514, 2 ** 49),
});

/** One connection of an errand. */
interface Visit extends Errand {
  readonly connId: number;
  readonly opensAt: number;
}

/** A listing at a second, every line of which is as old as its connection. */
function listingAt(second: number, visits: readonly Visit[], bytes: string): string {
  const lines = visits
    .filter(({ opensAt, lasts }) => opensAt <= second && second < opensAt + lasts)
    .flatMap((visit) => {
      const age = second - visit.opensAt;
      const place = age > INTERVAL && visit.later !== '' ? visit.later : visit.place;
      return Array.from({ length: visit.circuits }, (_, circuit) => {
        const moved = visit.bytes * age * (bytes === 'entry' ? circuit : 1);
        const counters = `${moved} ${moved * 2} ${age}`;
        return `${visit.connId} ${circuit} ${place} ${visit.flags} ${counters}${visit.suffix}`;
      });
    });
  return lines.join('\n');
}

/** Transcripts as lines of text, polled every 10 s; some polls are left out, some Tors restart. */
export const errands: fc.Arbitrary<string[]> = fc
  .record({
    all: fc.array(errand, { minLength: 1, maxLength: 6 }),
    bytes: fc.constantFrom('connection', 'entry'),
    missing: fc.uniqueArray(fc.nat(END / INTERVAL), { maxLength: 12 }),
    gap: fc.option(fc.integer({ min: 0, max: END - 1 }), { freq: 3 }),
    restart: fc.option(fc.integer({ min: 1, max: END }), { freq: 3 }),
  })
  .map(({ all, bytes, missing, gap, restart }) => {
    const visits = all
      .flatMap((one) =>
        Array.from({ length: one.times }, (_, time) => {
          return { ...one, opensAt: one.from + time * one.period };
        }),
      )
      .map((visit, place) => ({ ...visit, connId: place + 1 }));
    const lines = [
      JSON.stringify({ transcript: 1, source: 'native', bytes, interval_s: INTERVAL }),
    ];
    for (let second = 0; second <= END; second += INTERVAL) {
      if (missing.includes(second / INTERVAL)) continue;
      if (gap !== null && second - INTERVAL <= gap && gap < second) {
        const [from, to] = [iso(Math.max(gap, second - INTERVAL)), iso(second)];
        lines.push(JSON.stringify({ gap: { from, to, reason: 'nobody looked' } }));
      }
      const uptime = restart !== null && second >= restart ? second - restart : second + 1000;
      const info = { 'info/uptime-process': `${uptime}` };
      lines.push(JSON.stringify({ at: iso(second), conn: listingAt(second, visits, bytes), info }));
    }
    return lines;
  });

function iso(second: number): string {
  return new Date(MIDNIGHT + second * 1000).toISOString();
}
