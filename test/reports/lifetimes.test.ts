/**
 * The report of lifetimes on recordings whose rows were computed by hand.
 * Owns those transcripts, with the arithmetic; any transcript at all is oracle.test.ts's.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/output/table.ts';
import { lifetimes } from '../../src/reports/lifetimes.ts';
import type { ReportInput } from '../../src/reports/report.ts';
import * as cases from '../oracle/cases.ts';
import { reportCsv, tableOf, withRecording } from '../recording/tapes.ts';

/** Seconds after midnight as a time. */
function iso(second: number): string {
  return new Date(cases.MIDNIGHT + second * 1000).toISOString();
}

function headerOf(interval: number): string {
  return JSON.stringify({ transcript: 1, source: 'native', interval_s: interval });
}

/** `1 5 IRt 100` is CONN_ID, CIRC_ID, TYPE_FLAGS, UPTIME. */
function snapshot(second: number, lines: readonly string[], events: readonly object[] = []) {
  const conn = lines.map((line) => {
    const [connId, circId, flags, uptime, ...extra] = line.split(' ');
    return [connId, circId, '0 0 0 0', flags, 10, 20, uptime, ...extra].join(' ');
  });
  const told = events.length === 0 ? {} : { events };
  return JSON.stringify({ at: iso(second), conn: conn.join('\n'), ...told });
}

function told(second: number, connId: number, what: 'opened' | 'closed', more: object = {}) {
  return { at: iso(second), conn_id: connId, what, ...more };
}

/** The rows without their subject, those of one subject. */
async function rowsOf(
  lines: readonly string[],
  subject: 'connection' | 'circuit',
  question: Partial<ReportInput> = {},
): Promise<Cell[][]> {
  return withRecording(lines, (recording) =>
    [...tableOf(lifetimes, recording, question).rows]
      .filter(([first]) => first === subject)
      .map((row) => row.slice(1)),
  );
}

/**
 * Polled every 10 s. Each life as age when first watched, age at the last sight, age when missed:
 * 1 opened at −100, there from 0 to 20, gone by 30: watched from 100, died at 120 to 130.
 * 2 opened at 6, there until 30, gone by 40: died at 24 to 34. 3 opened at 18, there at 20, told
 * closed at 28: 2 to 10. 4 told from 22 to 24: 2. 5 opened at −50, open at 60: watched from 50,
 * lost at 110. 6 of unknown age, gone by 20: in no percentile. 7 opened at 35, open: lost at 25.
 *
 * All, min. 2: 3 and 4 of the four watched from birth die, 1/2. 24: 2 of 2 and 7, 1/4. 120: 5 was
 * lost at 110, 1 of 1, 0. So 2, 2, 120. Max. 2: 4 of 4, 3/4. 10: 3 of 3, 1/2. 34: 7 was lost at 25,
 * 2 is alone, but 5 and 1 were alive at 50 and 100: left out. 130: 0. So 2, 10, 130.
 * Short-lived are 3 and 4 of the five closed, 0.4.
 * Inbound (1, 4, 5, 7), min: 2: 4 of 4 and 7, 1/2; 120: 0. Max: 2: 1/2; 130: 0. Short-lived: 1 of 2.
 * Outbound (2, 3, 6), min: 2: 1/2; 24: 0. Max: 10: 1/2; 34: 0. Short-lived: 1 of 3.
 * Client (1): 120 to 130. Relay (2, 3, 4, 7), min: 2: 1/2; 24: 2 of 2 and 7, 1/4, and never lower.
 * Max: 2: 3/4; 10: 1/2; 34: 2 of 2, 0. Short-lived: 2 of 3. Control (5) and hidden service (6): no
 * death of known age.
 * Circuit 5, on 1 and then 2, opened at −100, there until 30, gone by 40: 130 to 140, watched from
 * 100; of its snapshots two are relay. Circuit 8, on 7, inbound-only, is lost at 25.
 */
const day = [
  headerOf(10),
  snapshot(0, ['1 5 ICt 100', '5 0 IXt 50', '6 0 OHt 0 AGE=unknown']),
  snapshot(10, ['1 5 ICt 110', '2 5 ORT 4', '5 0 IXt 60', '6 0 OHt 10 AGE=unknown']),
  snapshot(20, ['1 5 ICt 120', '2 5 ORT 14', '3 0 ORt 2', '5 0 IXt 70']),
  snapshot(
    30,
    ['2 5 ORT 24', '5 0 IXt 80'],
    [
      told(22, 4, 'opened', { type_flags: 'IRt' }),
      told(24, 4, 'closed', { reason: 'DONE' }),
      told(28, 3, 'closed', { reason: 'TLS_ERROR' }),
    ],
  ),
  snapshot(40, ['5 0 IXt 90', '7 8 IRT 5']),
  snapshot(50, ['5 0 IXt 100', '7 8 IRT 15']),
  snapshot(60, ['5 0 IXt 110', '7 8 IRT 25']),
];

const GOLDEN = new URL('../fixtures/golden/lifetimes.csv', import.meta.url);

describe('lifetimes', () => {
  it('is the golden file', async () => {
    const csv = await withRecording(day, (recording) => reportCsv(lifetimes, recording));
    expect(csv).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('has no row for an empty recording', async () => {
    expect(await rowsOf(cases.nothing, 'connection')).toEqual([]);
    expect(await rowsOf(cases.nothing, 'circuit')).toEqual([]);
  });

  it('takes what ended with its run as lost from sight, neither closed nor open', async () => {
    // Min: 3 of run 2 died at 0, 4 of run 1 was lost at 0: 1/2. 2 died at 15, 1 was lost at 15, both
    // watched from 5: 1/4. Max: 3 died at 3, alone, but others were alive at 5 and 25: left out. 2
    // died at 21, alone, 1 of run 2 was alive at 25: left out. Short-lived: 2 (21 s) and 3 (3 s).
    const [all] = await rowsOf(cases.restart, 'connection');
    expect(all).toEqual(['all', 5, 2, 1, 0, null, 0, null, null, null, 1]);
    // Circuit 9 of run 1, opened at −5, was lost at 15, that of run 2 is open.
    const [circuits] = await rowsOf(cases.restart, 'circuit');
    expect(circuits).toEqual(['all', 2, 0, 1, null, null, null, null, null, null, null]);
  });

  it('dates a death that a gap hides to both of its ends', async () => {
    // 1 watched from 5 died at 15 to 45; 6 at 0 to 10; 7 at 5 to 15; 5, watched from 50, at 100 to
    // 110; lost are 2 at 35, 3 at 7, 4 at 50, watched from birth, in a gap or not.
    // Min. 0: 6 of 2, 3, 4, 6, 7: 4/5. 5: 7 of 2, 3, 4, 7: 3/5. 15: 1 of 1, 2, 4: 2/5. 100: 5: 0.
    // Max. 10: 6 of 1, 2, 4, 6, 7: 4/5. 15: 7 of 1, 2, 4, 7: 3/5. 45: 1 of 1, 4: 3/10. 110: 0.
    // Short-lived: 6 and 7 of 1, 5, 6, 7.
    const [all] = await rowsOf(cases.gaps, 'connection');
    expect(all).toEqual(['all', 7, 4, 3, 0, 10, 15, 45, 100, 110, 0.5]);
  });

  it('cuts lives to the window', async () => {
    const at = (second: number) => cases.MIDNIGHT + second * 1000;
    // 40 to 50 saw 2, 4, 5, 6, 7. Watched from 40 on: 2 from age 15, 4 from 30, 5 from 90; the end
    // of 5 and 7 comes after 50. Min. 0: 6 of 6, 7: 1/2. Max. 10: 6 alone, left out.
    const window = { from: at(40), to: at(50) };
    const [all] = await rowsOf(cases.gaps, 'connection', { window });
    expect(all).toEqual(['all', 5, 1, 4, 0, null, 0, null, null, null, 1]);
    // 5 to 20 saw 2 from its birth to 20, 14 s, and 3, which lived 2 s; told of at 30: 28 > 20. Of 1
    // it knows ages 105 to 120, of 5 ages 55 to 70; 6 was closed by 20.
    const early = await rowsOf(day, 'connection', { window: { from: at(5), to: at(20) } });
    expect(early[0]).toEqual(['all', 5, 1, 4, null, null, null, null, null, null, 0]);
    // 15 to 25 saw 1, 2, 3, 5, all open at its end, and 4, which died at 2, short-lived: of 3, 4,
    // watched from birth, 1/2; 3 was lost at 20 − 18 = 2, 2 is watched from 15 − 6 = 9.
    const later = await rowsOf(day, 'connection', { window: { from: at(15), to: at(25) } });
    expect(later[0]).toEqual(['all', 5, 1, 4, 2, 2, 2, 2, null, null, 1]);
    const before = { from: at(-100), to: at(-50) };
    expect(await rowsOf(day, 'connection', { window: before })).toEqual([]);
  });

  it('knows of the ages in a window only', async () => {
    const at = (second: number) => cases.MIDNIGHT + second * 1000;
    // 1 opened at −30, was there at 10 and gone by 20. 2 opened at −5 and stays. 3 opened at 20, was
    // there at 40 and gone by 50.
    const lines = [
      headerOf(10),
      snapshot(0, ['1 0 IRt 30', '2 0 IRt 5']),
      snapshot(10, ['1 0 IRt 40', '2 0 IRt 15']),
      snapshot(20, ['2 0 IRt 25', '3 0 IRt 0']),
      snapshot(30, ['2 0 IRt 35', '3 0 IRt 10']),
      snapshot(40, ['2 0 IRt 45', '3 0 IRt 20']),
      snapshot(50, ['2 0 IRt 55']),
    ];
    // To 20: 2 was lost at 25, 3 at 0; 1, watched from 30, died at 40 to 50, alone.
    const early = await rowsOf(lines, 'connection', { window: { from: at(0), to: at(20) } });
    expect(early[0]).toEqual(['all', 3, 1, 2, 40, 50, 40, 50, 40, 50, 0]);
    // From 20: 2 is watched from 25. 3 died at 20, before that, alone, to 30, of two, 1/2.
    const late = await rowsOf(lines, 'connection', { window: { from: at(20), to: at(50) } });
    expect(late[0]).toEqual(['all', 2, 1, 1, null, 30, null, 30, null, null, 0]);
    // From 25: 2 is watched from 30, 3, seen at 20 already, from 5.
    const later = await rowsOf(lines, 'connection', { window: { from: at(25), to: at(50) } });
    expect(later[0]).toEqual(['all', 2, 1, 1, null, null, null, null, null, null, 0]);
  });

  it('counts what opened nobody knows when, and gives it no age', async () => {
    // 1 is of unknown age; 2, told as opened at 7, was there at 20 and gone by 30: 13 to 23.
    const [all] = await rowsOf(cases.ageUnknown, 'connection');
    expect(all).toEqual(['all', 2, 2, 0, 13, 23, 13, 23, 13, 23, 0.5]);
    const circuits = await rowsOf(cases.ageUnknown, 'circuit');
    const row = [1, 1, 0, null, null, null, null, null, null, 0];
    expect(circuits).toEqual([
      ['all', ...row],
      ['inbound-only', ...row],
    ]);
  });

  it('is short-lived below 30 s', async () => {
    const [all] = await rowsOf(cases.shortLived, 'connection');
    expect(all?.slice(-3)).toEqual([29, 30, 0.5]);
  });

  it('takes a connection for what its last line of the lowest CIRC_ID was', async () => {
    // 1 has a line of its own until 10, relaying inwards, and is a client's there. 2 loses its own
    // by 10: circuit 4 says that it is control. 3 loses its oldest line by 10, so another connection
    // 3 goes on under circuit 6, directory then: the first was what circuit 6 was at 0, relay.
    const lines = [
      headerOf(10),
      snapshot(0, ['1 0 IRt 5', '1 4 OXt 5', '2 0 IHt 5', '2 4 OXt 5', '3 6 ORt 5', '3 7 ICt 50']),
      snapshot(10, ['1 0 ICt 15', '1 4 OXt 15', '2 4 OXt 15', '2 5 IHt 15', '3 6 ODt 15']),
    ];
    const counts = (await rowsOf(lines, 'connection')).map((row) => row.slice(0, 4));
    expect(counts).toEqual([
      ['all', 4, 1, 3],
      ['inbound', 1, 0, 1],
      ['outbound', 3, 1, 2],
      ['client', 1, 0, 1],
      ['relay', 1, 1, 0],
      ['control', 1, 0, 1],
      ['directory', 1, 0, 1],
    ]);
  });

  it('groups circuits by shape', async () => {
    const counts = (await rowsOf(cases.shapes, 'circuit')).map((row) => row.slice(0, 4));
    expect(counts).toEqual([
      ['all', 6, 5, 1],
      ['relay', 1, 1, 0],
      ['blocked', 1, 1, 0],
      ['outbound-only', 2, 1, 1],
      ['inbound-only', 1, 1, 0],
      ['pending', 1, 1, 0],
    ]);
  });
});

/** A connection, born at a whole second of the recording, or just before it. */
interface Being {
  readonly bornAt: number;
  /** Seconds, to the millisecond; infinite where it outlives the recording. */
  readonly life: number;
}

const INTERVALS = [1, 10, 30];

/** Polls go on until then, in seconds: past every death. */
const END = 300;

/**
 * Every one is seen by every poll: it lives two of the longest intervals. Whoever is older than the
 * recording comes under watch, at 20 s or less, before anyone can have died, and whoever outlives it
 * is lost, at END − 60 or more, after everyone who did: no life is ever without its place among
 * those at risk, so that the curve is the plain share of those alive.
 */
const beings: fc.Arbitrary<Being[]> = fc.array(
  fc.record({
    bornAt: fc.integer({ min: -20, max: 60 }),
    life: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 60_000, max: 180_000 }).map((ms) => ms / 1000) },
      { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
    ),
  }),
  { minLength: 1, maxLength: 25 },
);

function polled(all: readonly Being[], interval: number, tellsEnds: boolean): string[] {
  const lines = [headerOf(interval)];
  for (let second = 0; second <= END; second += interval) {
    const there: string[] = [];
    const ends: { readonly at: number; readonly connId: number }[] = [];
    for (const [connId, { bornAt, life }] of all.entries()) {
      const diedAt = bornAt + life;
      if (bornAt <= second && second < diedAt) there.push(`${connId} 0 IRt ${second - bornAt}`);
      const isSince = second - interval < diedAt && diedAt <= second;
      if (tellsEnds && isSince) ends.push({ at: diedAt, connId });
    }
    ends.sort((a, b) => a.at - b.at);
    const events = ends.map(({ at, connId }) => told(at, connId, 'closed'));
    lines.push(snapshot(second, there, events));
  }
  return lines;
}

/** The least age at which a tenth, a half, nine tenths have died. */
function truth(all: readonly Being[]): number[] {
  const lives = all.map(({ life }) => life).sort((a, b) => a - b);
  return [1, 5, 9].map((tenths) => lives[Math.ceil((lives.length * tenths) / 10) - 1]!);
}

/** An age that is never reached is beyond all others. */
function reached(cells: readonly Cell[]): number[] {
  return cells.map((cell) => (cell === null ? Number.POSITIVE_INFINITY : Number(cell)));
}

describe('the same connections polled at another interval', () => {
  it('have the true percentiles between both bounds', async () => {
    await fc.assert(
      fc.asyncProperty(beings, fc.constantFrom(...INTERVALS), async (all, interval) => {
        const [row] = await rowsOf(polled(all, interval, false), 'connection');
        const [p10, p10Max, median, medianMax, p90, p90Max] = reached(row!.slice(4, 10));
        const mins = [p10!, median!, p90!];
        const maxs = [p10Max!, medianMax!, p90Max!];
        for (const [place, age] of truth(all).entries()) {
          expect(mins[place]!).toBeLessThanOrEqual(age);
          expect(maxs[place]!).toBeGreaterThanOrEqual(age);
          if (age === Number.POSITIVE_INFINITY) continue;
          expect(maxs[place]! - mins[place]!).toBeLessThanOrEqual(2 * interval);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('have the same upper bounds, the truth, where events tell every end', async () => {
    await fc.assert(
      fc.asyncProperty(beings, fc.constantFrom(...INTERVALS), async (all, interval) => {
        const [row] = await rowsOf(polled(all, interval, true), 'connection');
        const [, p10, , median, , p90] = reached(row!.slice(4, 10));
        expect([p10, median, p90]).toEqual(truth(all));
      }),
      { numRuns: 60 },
    );
  });
});
