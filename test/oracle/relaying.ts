/**
 * Transcripts of few circuits that move bytes from poll to poll.
 * Owns that arbitrary, whose deltas, gaps and shared connections are what a report of asymmetry is
 * made from; whatever else may stand in a transcript is arbitrary.ts's.
 */
import fc from 'fast-check';
import { MIDNIGHT } from './cases.ts';

const INTERVAL = 10;

/** Seconds that are polled. */
const END = 120;

/** A connection and the circuits that it carries. */
interface Leg {
  readonly connId: number;
  /** Mostly one; with 0, the rest of the connection has a line too. */
  readonly circuits: readonly number[];
  readonly opensAt: number;
  readonly lasts: number;
  readonly flags: string;
  /** Its flags from that age on, seconds. */
  readonly later: string;
  readonly turnsAt: number;
  /** Bytes when it opened, and bytes a second. */
  readonly base: number;
  readonly read: number;
  readonly written: number;
  /** At that age these counters begin anew. */
  readonly forgets: string;
  readonly forgetsAt: number;
  /** The poll, counted from 0, whose listing leaves it out. */
  readonly away: number;
  readonly suffix: string;
}

const flags = fc.constantFrom('IRt', 'IRt', 'ORT', 'ORT', 'oRT', 'iRt', 'ICt', 'ZRt');

const rate = fc.constantFrom(0, 0, 1, 514, 100_000, 2 ** 46);

const second = fc.integer({ min: 0, max: END });

const leg: fc.Arbitrary<Leg> = fc.record({
  connId: fc.integer({ min: 1, max: 6 }),
  circuits: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom([1], [2], [3]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }) },
  ),
  opensAt: fc.oneof(fc.integer({ min: -30, max: 30 }), second),
  lasts: fc.oneof(fc.constant(1000), second),
  flags,
  later: flags,
  turnsAt: fc.oneof(fc.constant(1000), second),
  base: fc.constantFrom(0, 0, 1, 1024, 2 ** 53 - 1 - 2 ** 49),
  read: rate,
  written: rate,
  forgets: fc.constantFrom('', '', '', 'read', 'written', 'read and written'),
  forgetsAt: second,
  away: fc.oneof(fc.constant(-1), fc.nat(END / INTERVAL)),
  suffix: fc.constantFrom('', '', '', ' AGE=unknown'),
});

/** The lines of a leg at a second; none before it opens, after its end and where it is left out. */
function linesOf(leg: Leg, now: number, bytes: string): string[] {
  const age = now - leg.opensAt;
  if (age < 0 || age >= leg.lasts || leg.away === now / INTERVAL) return [];
  return leg.circuits.map((circuit) => {
    const counted = (counter: 'read' | 'written') => {
      const isForgotten = leg.forgets.includes(counter) && age >= leg.forgetsAt;
      const since = isForgotten ? age - leg.forgetsAt : age;
      const moved = (isForgotten ? 0 : leg.base) + leg[counter] * since;
      return Math.min(moved * (bytes === 'entry' ? circuit : 1), Number.MAX_SAFE_INTEGER);
    };
    const flagsNow = age >= leg.turnsAt ? leg.later : leg.flags;
    const counters = `${counted('read')} ${counted('written')} ${age}`;
    return `${leg.connId} ${circuit} 0 0 0 0 ${flagsNow} ${counters}${leg.suffix}`;
  });
}

/** Transcripts as lines of text, polled every 10 s; some polls are left out, some Tors restart. */
export const relaying: fc.Arbitrary<string[]> = fc
  .record({
    legs: fc.array(leg, { minLength: 1, maxLength: 6, size: 'max' }),
    bytes: fc.constantFrom('connection', 'entry'),
    missing: fc.uniqueArray(fc.nat(END / INTERVAL), { maxLength: 6 }),
    gap: fc.option(fc.tuple(second, fc.nat(INTERVAL)), { freq: 2 }),
    restart: fc.option(second, { freq: 4 }),
  })
  .map(({ legs, bytes, missing, gap, restart }) => {
    const lines = [
      JSON.stringify({ transcript: 1, source: 'native', bytes, interval_s: INTERVAL }),
    ];
    for (let now = 0; now <= END; now += INTERVAL) {
      if (missing.includes(now / INTERVAL)) continue;
      const [from, lasts] = gap ?? [END, 0];
      if (now - INTERVAL <= from && from < now) {
        const to = Math.min(from + lasts, now);
        lines.push(JSON.stringify({ gap: { from: iso(from), to: iso(to), reason: 'a nap' } }));
      }
      const uptime = restart !== null && now >= restart ? now - restart : now + 1000;
      const conn = legs.flatMap((leg) => linesOf(leg, now, bytes)).join('\n');
      lines.push(
        JSON.stringify({ at: iso(now), conn, info: { 'info/uptime-process': `${uptime}` } }),
      );
    }
    return lines;
  });

function iso(second: number): string {
  return new Date(MIDNIGHT + second * 1000).toISOString();
}
