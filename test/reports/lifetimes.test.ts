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
import { tenfold } from '../oracle/tenfold.ts';
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
 * Polled every 10 s, and each there ten times. Each life as age when first watched, age at the last
 * sight, age when missed:
 * 1 opened at −100, there from 0 to 20, gone by 30: watched from 100, died at 120 to 130.
 * 2 opened at 6, there until 30, gone by 40: watched from 10, died at 24 to 34. 3 opened at 18, there
 * at 20, told closed at 29: 2 to 11, so that it may have died just after 10. 4 told from 22 to 24:
 * 2, left out. 5 opened at −20, open at 60: watched from 20, lost at 80. 6 of unknown age, gone by
 * 20: in no percentile. 7 opened at 35, open: watched from 10, lost at 25.
 *
 * All, min. 10.001: 3 of 2, 3, 7, 2/3. 24: 2 of 2, 5, 7, 4/9. 120: 5 was lost at 80, 1 of 1, 0. So
 * 10.001, 24, 120. Max. 11: 3 of 2, 3, 7, 2/3. 34: 7 was lost at 25, 2 of 2, 5, 1/3. 130: 0. So 11,
 * 34, 130. Short-lived are 3 and 4 of the five closed, 0.4.
 * Inbound (1, 4, 5, 7): 1 alone dies, at 120 to 130, when 5 and 7 are lost. Short-lived: 1 of 2.
 * Outbound (2, 3, 6), min: 10.001: 1/2; 24: 0. Max: 11: 1/2; 34: 0. Short-lived: 1 of 3.
 * Client (1): 120 to 130. Relay (2, 3, 4, 7), min: 10.001: 2/3; 24: 2 of 2, 7, 1/3, and never lower.
 * Max: 11: 2/3; 34: 2 of 2, 0. Short-lived: 2 of 3. Control (5) and hidden service (6): no death of
 * known age.
 * Circuit 5, on 1 and then 2, opened at −100, there until 30, gone by 40: 130 to 140, watched from
 * 100; of its snapshots two are relay. Circuit 8, on 7, inbound-only, is lost at 25.
 */
const day = tenfold([
  headerOf(10),
  snapshot(0, ['1 5 ICt 100', '5 0 IXt 20', '6 0 OHt 0 AGE=unknown']),
  snapshot(10, ['1 5 ICt 110', '2 5 ORT 4', '5 0 IXt 30', '6 0 OHt 10 AGE=unknown']),
  snapshot(20, ['1 5 ICt 120', '2 5 ORT 14', '3 0 ORt 2', '5 0 IXt 40']),
  snapshot(
    30,
    ['2 5 ORT 24', '5 0 IXt 50'],
    [
      told(22, 4, 'opened', { type_flags: 'IRt' }),
      told(24, 4, 'closed', { reason: 'DONE' }),
      told(29, 3, 'closed', { reason: 'TLS_ERROR' }),
    ],
  ),
  snapshot(40, ['5 0 IXt 60', '7 8 IRT 5']),
  snapshot(50, ['5 0 IXt 70', '7 8 IRT 15']),
  snapshot(60, ['5 0 IXt 80', '7 8 IRT 25']),
]);

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
    // Connection 1 of run 1 was lost at 15, 2 died at 15 to 21, both watched from 10; 1 of run 2 is
    // watched from 25 and lost then. 4 of run 1 was lost at 0, 3 of run 2 died by 3: left out.
    // Min. 15: 2 of 1, 2, 1/2. Max. 21: 2 of 2, 0. Short-lived: 2 (21 s) and 3 (3 s).
    const [all] = await rowsOf(tenfold(cases.restart), 'connection');
    expect(all).toEqual(['all', 50, 20, 10, 15, 21, 15, 21, null, 21, 1, 10]);
    // Circuit 9 of run 1, opened at −5, was lost at 15, that of run 2 is open.
    const [circuits] = await rowsOf(tenfold(cases.restart), 'circuit');
    expect(circuits).toEqual(['all', 20, 0, 10, null, null, null, null, null, null, null, 10]);
  });

  it('dates a death that a gap hides to both of its ends', async () => {
    // Watched from 10 are 1, which died at 15 to 45, and 7, at 5 to 15: just after 10, or at 15. From
    // 15 2, lost at 35, from 30 4, lost at 50, from 50 5, which died at 100 to 110. 6 lived to 10 at
    // most, 3 was lost at 7: left out.
    // Min. 10.001: 7 of 1, 7: 1/2. 15: 1 of 1: 0. Max. 15: 7 of 1, 7: 1/2. 45: 1 of 1, 4: 1/4. 110:
    // 5: 0. Short-lived: 6 and 7 of 1, 5, 6, 7.
    const [all] = await rowsOf(tenfold(cases.gaps), 'connection');
    expect(all).toEqual(['all', 70, 40, 30, 10.001, 15, 10.001, 15, 15, 110, 0.5, 10]);
  });

  it('cuts lives to the window', async () => {
    const at = (second: number) => cases.MIDNIGHT + second * 1000;
    // 40 to 50 saw 2, 4, 5, 6, 7. Watched from 40 on: 2 from age 15, 4 from 30, 5 from 90; the end
    // of 5 and 7 comes after 50, and 6 lived to 10 at most.
    const window = { from: at(40), to: at(50) };
    const [all] = await rowsOf(tenfold(cases.gaps), 'connection', { window });
    expect(all).toEqual(['all', 50, 10, 40, null, null, null, null, null, null, 1, 10]);
    // 5 to 20 saw 2 to its age of 14, and 3, which lived 2 s; told of at 30: 29 > 20. Of 1 it knows
    // ages 105 to 120, of 5 ages 25 to 40; 6 was closed by 20.
    const early = await rowsOf(day, 'connection', { window: { from: at(5), to: at(20) } });
    expect(early[0]).toEqual(['all', 50, 10, 40, null, null, null, null, null, null, 0, 10]);
    // 15 to 25 saw 1, 2, 3, 5, all open at its end, and 4, which died at 2, short-lived.
    const later = await rowsOf(day, 'connection', { window: { from: at(15), to: at(25) } });
    expect(later[0]).toEqual(['all', 50, 10, 40, null, null, null, null, null, null, 1, 10]);
    const before = { from: at(-100), to: at(-50) };
    expect(await rowsOf(day, 'connection', { window: before })).toEqual([]);
  });

  it('knows of the ages in a window only', async () => {
    const at = (second: number) => cases.MIDNIGHT + second * 1000;
    // 1 opened at −30, was there at 10 and gone by 20. 2 opened at −5 and stays. 3 opened at 20, was
    // there at 40 and gone by 50.
    const lines = tenfold([
      headerOf(10),
      snapshot(0, ['1 0 IRt 30', '2 0 IRt 5']),
      snapshot(10, ['1 0 IRt 40', '2 0 IRt 15']),
      snapshot(20, ['2 0 IRt 25', '3 0 IRt 0']),
      snapshot(30, ['2 0 IRt 35', '3 0 IRt 10']),
      snapshot(40, ['2 0 IRt 45', '3 0 IRt 20']),
      snapshot(50, ['2 0 IRt 55']),
    ]);
    // To 20: 2 was lost at 25, 3 at 0; 1, watched from 30, died at 40 to 50, alone.
    const early = await rowsOf(lines, 'connection', { window: { from: at(0), to: at(20) } });
    expect(early[0]).toEqual(['all', 30, 10, 20, 40, 50, 40, 50, 40, 50, 0, 10]);
    // From 20: 2 is watched from 25. 3 died at 20, before that, alone, to 30, of two, 1/2.
    const late = await rowsOf(lines, 'connection', { window: { from: at(20), to: at(50) } });
    expect(late[0]).toEqual(['all', 20, 10, 10, 20, 30, 20, 30, 20, null, 0, 10]);
    // From 25: 2 is watched from 30, so that 3 is alone at 30 too.
    const later = await rowsOf(lines, 'connection', { window: { from: at(25), to: at(50) } });
    expect(later[0]).toEqual(['all', 20, 10, 10, 20, 30, 20, 30, 20, 30, 0, 10]);
  });

  it('counts what opened nobody knows when, and gives it no age', async () => {
    // 1 is of unknown age; 2, told as opened at 7, was there at 20 and gone by 30: 13 to 23. All ages
    // that are known are events'.
    const [all] = await rowsOf(tenfold(cases.ageUnknown), 'connection');
    expect(all).toEqual(['all', 20, 20, 0, 13, 23, 13, 23, 13, 23, 0.5, 0]);
    const circuits = await rowsOf(cases.ageUnknown, 'circuit');
    const row = [1, 1, 0, null, null, null, null, null, null, 0, 10];
    expect(circuits).toEqual([
      ['all', ...row],
      ['inbound-only', ...row],
    ]);
  });

  it('watches from birth what events told of', async () => {
    // Told: 1 from 2 to 5, 2 from 4 to 4, 3 from 6, there at 10 and 20, gone by 30. In relay, told
    // alone, 1 dies at 3, of 1 and 3, 1/2; 2 never was; 3 at 14 to 24, 0. Among all is 4, of UPTIME's
    // age, opened at 8, there at 10, gone by 20: just after 10, or at 12. Min. 10.001: 4 of 3, 4, 1/2.
    // 14: 0. Max. 12: 1/2. 24: 0.
    const lines = tenfold([
      headerOf(10),
      snapshot(0, []),
      snapshot(
        10,
        ['3 5 IRt 4', '4 0 IDt 2'],
        [
          told(2, 1, 'opened', { type_flags: 'IRt' }),
          told(4, 2, 'opened', { type_flags: 'IRt' }),
          told(4, 2, 'closed'),
          told(5, 1, 'closed'),
          told(6, 3, 'opened'),
        ],
      ),
      snapshot(20, ['3 5 IRt 14']),
      snapshot(30, []),
    ]);
    const rows = await rowsOf(lines, 'connection');
    expect(rows.find(([group]) => group === 'relay')).toEqual([
      ...['relay', 30, 30, 0, 3, 3, 3, 3, 14, 24, 1, 0],
    ]);
    expect(rows[0]).toEqual(['all', 40, 40, 0, 10.001, 12, 10.001, 12, 14, 24, 1, 10]);
    // Of circuits no event tells: 14 to 24, but none would have been seen that lived to 10.
    const circuits = await rowsOf(lines, 'circuit');
    expect(circuits[0]).toEqual(['all', 10, 10, 0, 14, 24, 14, 24, 14, 24, 1, 10]);
  });

  it('goes by the longest interval of the window', async () => {
    // 1 opened at −5, there until 10, gone by 20: watched from 10, or 20: 15 to 25. 2 opened at 18,
    // there until 60, open.
    const slower = { session: JSON.parse(headerOf(20)), at: iso(25) };
    const lines = tenfold([
      headerOf(10),
      snapshot(0, ['1 0 IRt 5']),
      snapshot(10, ['1 0 IRt 15']),
      snapshot(20, ['2 0 IRt 2']),
      JSON.stringify(slower),
      snapshot(40, ['2 0 IRt 22']),
      snapshot(60, ['2 0 IRt 42']),
    ]);
    const at = (second: number) => cases.MIDNIGHT + second * 1000;
    const [all] = await rowsOf(lines, 'connection');
    expect(all).toEqual(['all', 20, 10, 10, 20.001, 25, 20.001, 25, null, null, 1, 20]);
    const [early] = await rowsOf(lines, 'connection', { window: { from: at(0), to: at(24) } });
    expect(early).toEqual(['all', 20, 10, 10, 15, 25, 15, 25, 15, 25, 1, 10]);
    const [late] = await rowsOf(lines, 'connection', { window: { from: at(30), to: at(60) } });
    expect(late).toEqual(['all', 10, 0, 10, null, null, null, null, null, null, null, 20]);
  });

  it('is empty from the first percentile on that fewer than ten were at risk at', async () => {
    // Eleven, opened at −5: one is gone by 20, at 15 to 25, 10/11; nine by 30, 25 to 35, 1/11, of ten.
    // With one less, 9/10, of ten, then 0, of nine.
    const there = (from: number, to: number, uptime: number) =>
      Array.from({ length: to - from + 1 }, (_, place) => `${from + place} 0 IRt ${uptime}`);
    const polls = (last: number) => [
      headerOf(10),
      snapshot(0, there(1, last, 5)),
      snapshot(10, there(1, last, 15)),
      snapshot(20, there(2, last, 25)),
      snapshot(30, there(11, last, 35)),
    ];
    const [eleven] = await rowsOf(polls(11), 'connection');
    expect(eleven!.slice(4, 10)).toEqual([25, 35, 25, 35, 25, 35]);
    const [ten] = await rowsOf(polls(10), 'connection');
    expect(ten!.slice(4, 10)).toEqual([15, 25, null, null, null, null]);
  });

  it('is short-lived below 30 s', async () => {
    const [all] = await rowsOf(tenfold(cases.shortLived), 'connection');
    expect(all?.slice(-4)).toEqual([29, 30, 0.5, 0]);
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

const INTERVALS = [5, 10, 30];

/** Polls go on until then, in seconds: past every death. */
const END = 300;

/**
 * Every one is seen by every poll, and there ten times: it lives two of the longest intervals. Whoever is older than the
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
  { minLength: 1, maxLength: 12 },
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
  return tenfold(lines);
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
