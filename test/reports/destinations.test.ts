/** The report of destinations on recordings whose rows were computed by hand. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { destinations } from '../../src/reports/destinations.ts';
import type { ReportInput } from '../../src/reports/report.ts';
import { nothing } from '../oracle/cases.ts';
import { reportCsv, withRecording } from '../recording/tapes.ts';
import { A, at, B, columnsOf, evening, header, snapshot, told } from './outings.ts';

/** Some columns of every row. */
function rowsOf(lines: readonly string[], names: string, question: Partial<ReportInput> = {}) {
  return columnsOf(destinations, lines, names, question);
}

const GOLDEN = new URL('../fixtures/golden/destinations.csv', import.meta.url);

describe('destinations', () => {
  it('is the golden file', async () => {
    // Of 9 connections and 4096 + 1124 + 777 = 5997 bytes; the rest stands at the transcript.
    const csv = await withRecording(evening, (recording) => reportCsv(destinations, recording));
    expect(csv).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('has no row where nothing leads out', async () => {
    expect(await rowsOf(nothing, 'ip')).toEqual([]);
    expect(await rowsOf([header(), snapshot(0, ['1 0 0 0 0 0 IRt 1 1 1'])], 'ip')).toEqual([]);
  });

  it('adds up the circuits of a connection where each has bytes of its own', async () => {
    // Circuit 4: 100 and 10. Circuit 5: 200 and 20. Both are one connection.
    const lines = (read: number, written: number, uptime: number) => [
      `1 4 ${A} 198.51.100.1 9001 0 ORT ${read} ${written} ${uptime}`,
      `1 5 ${A} 198.51.100.1 9001 0 ORT ${read * 2} ${written * 2} ${uptime}`,
    ];
    const tape = (bytes: 'connection' | 'entry') => [
      header(bytes),
      snapshot(0, lines(1000, 1000, 5)),
      snapshot(10, lines(1100, 1010, 15)),
    ];
    const names = 'connections max_concurrent read_bytes written_bytes';
    expect(await rowsOf(tape('entry'), names)).toEqual([[1, 1, 300, 30]]);
    // Where they repeat its totals, these are the greatest of its lines.
    expect(await rowsOf(tape('connection'), names)).toEqual([[1, 1, 200, 20]]);
  });

  it('sums exactly', async () => {
    // Twice 2^53 − 1 is 2^54 − 2.
    const lines = [1, 2].map(
      (connId) => `${connId} 0 0 10.0.0.1 80 0 ORt ${Number.MAX_SAFE_INTEGER} 1 5`,
    );
    const tape = [header(), snapshot(0, []), snapshot(10, lines)];
    expect(await rowsOf(tape, 'read_bytes written_bytes share_of_bytes')).toEqual([
      [18014398509481982n, 2, 1],
    ]);
  });

  it('takes a connection for what each snapshot says', async () => {
    // Unnamed at first, then known for A, then somewhere else: it counts for all three.
    const tape = [
      header(),
      snapshot(0, ['1 0 0 198.51.100.1 9001 0 oRt 0 0 0']),
      snapshot(10, [`1 0 ${A} 198.51.100.1 9001 0 ORT 1 0 10`]),
      snapshot(20, [`1 0 ${A} 198.51.100.1 9001 0 ORT 11 0 20`]),
      snapshot(30, [`1 0 ${A} 198.51.100.2 9001 0 ORT 111 0 30`]),
      snapshot(40, [`1 0 ${A} 198.51.100.2 9001 0 IRT 1111 0 40`]),
    ];
    const names = 'ip connections share_of_connections read_bytes first_seen last_seen';
    expect(await rowsOf(tape, names)).toEqual([
      ['0', 1, 1 / 3, 0, at(0), at(0)],
      ['198.51.100.1', 1, 1 / 3, 11, at(10), at(20)],
      ['198.51.100.2', 1, 1 / 3, 100, at(30), at(30)],
    ]);
  });

  it('knows another connection under lines that go on', async () => {
    // The oldest line of 1 is gone by 10, so the other stands on another connection 1 from then on.
    const tape = [
      header(),
      snapshot(0, [
        `1 8 ${A} 198.51.100.1 9001 0 ORT 1 1 50`,
        `1 9 ${A} 198.51.100.1 9001 0 ORT 1 1 5`,
      ]),
      snapshot(10, [`1 9 ${A} 198.51.100.1 9001 0 ORT 1 1 15`]),
    ];
    expect(await rowsOf(tape, 'connections max_concurrent')).toEqual([[2, 1]]);
  });

  it('names the one OR_ID of an address, whenever that was known', async () => {
    const tape = [
      header(),
      snapshot(0, ['1 0 0 10.0.0.1 9001 0 ORt 1 1 1', '2 0 0 10.0.0.2 9001 0 ORt 1 1 1']),
      snapshot(10, [`1 0 ${A} 10.0.0.1 9001 0 ORT 1 1 11`, `3 0 ${A} 10.0.0.1 80 0 ORT 1 1 1`]),
      snapshot(20, [`4 0 ${B} 10.0.0.2 9001 0 ORT 1 1 1`, `5 0 ${A} 10.0.0.2 9001 0 ORT 1 1 1`]),
    ];
    expect(await rowsOf(tape, 'ip or_id ports local_network')).toEqual([
      ['10.0.0.2', null, '9001', true],
      ['10.0.0.1', A, '80;9001', true],
    ]);
  });

  it('counts what lived between two polls as withheld, if it was told to lead out', async () => {
    const lives = ['ORT', 'OXt', 'IRT', ''].flatMap((flags, place) => [
      told(12, place + 1, 'opened', flags === '' ? {} : { type_flags: flags, or_id: A }),
      told(18, place + 1, 'closed'),
    ]);
    lives.sort((a, b) => (a.at < b.at ? -1 : 1));
    const tape = [header(), snapshot(10, []), snapshot(20, [], { events: lives })];
    const names = 'ip or_id connections max_concurrent read_bytes first_seen last_seen';
    expect(await rowsOf(tape, names)).toEqual([['0', null, 1, 0, 0, at(12), at(18)]]);
    // Of a window, what it saw of that.
    const window = { from: at(15), to: at(16) };
    expect(await rowsOf(tape, names, { window })).toEqual([['0', null, 1, 0, 0, at(15), at(16)]]);
    const later = { from: at(19), to: at(20) };
    expect(await rowsOf(tape, names, { window: later })).toEqual([]);
  });

  describe('of a window', () => {
    const line = (host: number, read: number, uptime: number) =>
      `${host} 0 0 10.0.0.${host} 80 0 ORt ${read} 0 ${uptime}`;
    const tape = [
      header(),
      snapshot(0, [line(1, 1, 1)]),
      snapshot(10, [line(2, 10, 1), line(3, 100, 1)]),
      snapshot(20, [line(3, 200, 11), line(4, 1000, 1)]),
      snapshot(30, [line(3, 400, 21), line(5, 10_000, 1), line(1, 2, 1)]),
      snapshot(40, [line(6, 1, 1)]),
    ];
    const window = { from: at(20), to: at(30) };

    it('counts what the window saw', async () => {
      // 3 moved 400 − 200, 4 was there at the first snapshot, 5 and another 1 were born in it.
      const names = 'ip connections read_bytes first_seen last_seen';
      expect(await rowsOf(tape, names, { window })).toEqual([
        ['10.0.0.1', 1, 2, at(30), at(30)],
        ['10.0.0.3', 1, 200, at(20), at(30)],
        ['10.0.0.4', 1, 0, at(20), at(20)],
        ['10.0.0.5', 1, 10_000, at(30), at(30)],
      ]);
    });

    it('tells what is new from what was there before', async () => {
      const newAfter = async (baselineMs: number) => {
        const rows = await rowsOf(tape, 'ip new', { window, baselineMs });
        return rows.map(([, isNew]) => isNew);
      };
      // Of 1, 3, 4, 5: before 20 there were 1 at 0, and 2 and 3 at 10.
      expect(await newAfter(Number.POSITIVE_INFINITY)).toEqual([false, false, true, true]);
      expect(await newAfter(20_000)).toEqual([false, false, true, true]);
      expect(await newAfter(19_999)).toEqual([true, false, true, true]);
      // No snapshot lies in the nine seconds before 20: nothing is known of them.
      expect(await newAfter(9000)).toEqual([null, null, null, null]);
      expect(await rowsOf(tape, 'new')).toEqual(new Array(6).fill([null]));
    });

    it('says nothing new of what is withheld', async () => {
      const there = snapshot(10, ['1 0 0 203.0.113.1 80 0 ORt 1 1 1']);
      const question = { window: { from: at(5), to: at(15) } };
      expect(await rowsOf([header(), snapshot(0, []), there], 'ip new', question)).toEqual([
        ['0', null],
      ]);
    });
  });

  describe('that call by a clock', () => {
    /** Connections that last `lasts` seconds, opened every `period` seconds, polled every 20 s. */
    const visits = (ip: string, lasts: number, suffix = '') => {
      const tape = [header()];
      for (let second = 0; second <= 600; second += 20) {
        const lines: string[] = [];
        for (let opened = 0; opened <= second; opened += 60) {
          if (second - opened >= lasts) continue;
          const age = second - opened;
          lines.push(`${1 + opened / 60} 0 0 ${ip} 80 0 ORt 0 0 ${age}${suffix}`);
        }
        tape.push(snapshot(second, lines));
      }
      return tape;
    };
    const names = 'connections beacon_score';

    it('score what their regularity can be seen of', async () => {
      // Eleven openings from 0 to 600, 60 s apart to the second: all parts are 1, cut to 1 − 10/60.
      expect(await rowsOf(visits('10.0.0.1', 30), names)).toEqual([[11, 5 / 6]]);
    });

    it('have none where nobody can tell them apart, or when they opened', async () => {
      expect(await rowsOf(visits('203.0.113.1', 30), names)).toEqual([[11, null]]);
      expect(await rowsOf(visits('10.0.0.1', 30, ' AGE=unknown'), names)).toEqual([[11, null]]);
    });

    it('have none under five openings in the window', async () => {
      // From 30 to 300: 60, 120, 180, 240, 300; to 299 one less. Coverage is 240 of the 260 s from
      // the first poll at 40; no part is above 5/6.
      const question = (to: number) => ({ window: { from: at(30), to: at(to) } });
      const tape = visits('10.0.0.1', 30);
      // 0 was there still at the first poll, so that it is a connection, but no opening.
      expect(await rowsOf(tape, names, question(300))).toEqual([[5, 5 / 6]]);
      expect(await rowsOf(tape, names, question(299))).toEqual([[4, null]]);
    });

    it('leave out what opened in a gap, and the spacing around it', async () => {
      // Without the polls of 240 to 360, 220 to 380 is a gap. Of its three openings 360 is known
      // by its age. Left are 0, 60, 120, 180 and 420, 480, 540, 600, and 3 + 3 spacings of 60.
      const tape = visits('10.0.0.1', 30).filter((_, place) => place <= 12 || place > 19);
      expect(await rowsOf(tape, names)).toEqual([[9, 5 / 6]]);
    });
  });
});
