/**
 * Small transcripts for the report of asymmetry, each with its rows and the arithmetic behind them.
 * Owns both; the oracle and the product must each come to these rows. Times are seconds after
 * MIDNIGHT, polls come every 10 s and a bucket is 60 s long where nothing else is said.
 */
import { MIDNIGHT } from './cases.ts';

export interface Exchange {
  readonly title: string;
  readonly transcript: readonly string[];
  /** Seconds. */
  readonly bucket?: number;
  /** Seconds after MIDNIGHT, both included. */
  readonly window?: readonly [from: number, to: number];
  /** The lines of the CSV without its header, to share_of_bytes, the two times as seconds. */
  readonly rows: readonly string[];
  /** What follows in the lines, from circuit_opened_at on, where a transcript is about that. */
  readonly legs?: readonly string[];
}

function iso(second: number): string {
  return new Date(MIDNIGHT + second * 1000).toISOString();
}

function header(bytes: 'connection' | 'entry' = 'connection'): string {
  return JSON.stringify({ transcript: 1, source: 'native', bytes, interval_s: 10 });
}

function snapshot(second: number, lines: readonly string[], more: object = {}): string {
  return JSON.stringify({ at: iso(second), conn: lines.join('\n'), ...more });
}

/** `1 5 IRt 10` is CONN_ID, CIRC_ID, TYPE_FLAGS, UPTIME; more fields may follow. */
function line(short: string, read: number, written: number): string {
  const [connId, circId, flags, uptime, ...extra] = short.split(' ');
  return [connId, circId, '0 0 0 0', flags, read, written, uptime, ...extra].join(' ');
}

function up(seconds: number): object {
  return { info: { 'info/uptime-process': String(seconds) } };
}

function gap(from: number, to: number): string {
  return JSON.stringify({ gap: { from: iso(from), to: iso(to), reason: 'control port closed' } });
}

/** The lines of a CSV without its header, times as seconds: each up to share_of_bytes, and the rest. */
export function shortened(csv: string): { rows: string[]; legs: string[] } {
  const lines = csv
    .replace(/[^,\n]+Z/g, (time) => `${(Date.parse(time) - MIDNIGHT) / 1000}`)
    .split('\r\n')
    .slice(1, -1)
    .map((text) => text.split(','));
  return {
    rows: lines.map((cells) => cells.slice(0, 13).join(',')),
    legs: lines.map((cells) => cells.slice(13).join(',')),
  };
}

const MOST = Number.MAX_SAFE_INTEGER;

export const exchanges: readonly Exchange[] = [
  {
    title: 'adds up the connections of a circuit',
    // 5: read 400 − 100 + 80 − 50 = 330, written 250 − 200 + 360 − 60 = 350, in 10 s; 350 / 330,
    // 20 / 680 and 680 of 680 + 320. 6 took in nothing: no ratio, pcr 320 / 320.
    transcript: [
      header(),
      snapshot(0, [
        line('1 5 IRt 5', 100, 200),
        line('2 5 ORT 5', 50, 60),
        line('3 6 IRt 5', 0, 10),
      ]),
      snapshot(10, [
        line('1 5 IRt 15', 400, 250),
        line('2 5 ORT 15', 80, 360),
        line('3 6 IRt 15', 0, 330),
      ]),
    ],
    rows: [
      '0,60,1,5,relay,10,330,350,33,35,1.060606,0.029412,0.68',
      '0,60,1,6,inbound-only,10,0,320,0,32,,1,0.32',
    ],
  },
  {
    title: 'tells what went forward and backward through a circuit',
    // 5 read 300 on its inbound leg and wrote 250 on its outbound ones, 200 of them on the one that
    // is not established; back came 40 + 2, and 45 went out. 6 has an inbound leg alone, 7 moved 1
    // on a leg of no known direction, which 8 has too, but nothing moved there. 9 came in by leg 7
    // until 10, and went out by it then: what it moved up to 20 is outbound. 5 opened at −5, 9 at 0.
    transcript: [
      header('entry'),
      snapshot(0, [
        ...['1 5 IRt 5', '2 5 ORT 5', '3 5 oRT 5', '4 6 IRt 5', '5 7 IRt 5', '6 7 URt 5'].map(
          (short) => line(short, 0, 0),
        ),
        ...['8 8 IRt 5', '9 8 URt 5', '7 9 IRt 0'].map((short) => line(short, 0, 0)),
      ]),
      snapshot(10, [
        line('1 5 IRt 15', 300, 45),
        line('2 5 ORT 15', 40, 50),
        line('3 5 oRT 15', 2, 200),
        line('4 6 IRt 15', 7, 0),
        line('5 7 IRt 15', 100, 0),
        line('6 7 URt 15', 0, 1),
        line('8 8 IRt 15', 20, 0),
        line('9 8 URt 15', 0, 0),
        line('7 9 IRt 10', 3, 4),
      ]),
      snapshot(20, [line('7 9 ORT 20', 13, 24)]),
    ],
    rows: [
      // Of 637 + 7 + 101 + 20 + 37 = 802 bytes.
      '0,60,1,5,relay,20,342,295,17.1,14.75,0.862573,-0.073783,0.794264',
      '0,60,1,6,inbound-only,20,7,0,0.35,0,0,-1,0.008728',
      '0,60,1,7,inbound-only,20,100,1,5,0.05,0.01,-0.980198,0.125935',
      '0,60,1,8,inbound-only,20,20,0,1,0,0,-1,0.024938',
      '0,60,1,9,inbound-only,20,13,24,0.65,1.2,1.846154,0.297297,0.046135',
    ],
    legs: ['-5,300,250,42,45', '-5,7,0,0,0', '-5,,,,', '-5,20,0,0,0', '0,3,20,10,4'],
  },
  {
    title: 'has one row for a circuit that was away meanwhile',
    // 5 moved 10, was away at 20, and moved 20 + 30 by 30 and 40: blocked, blocked, relay, relay,
    // the later on a tie.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0), line('2 5 oRT 5', 0, 0)]),
      snapshot(10, [line('1 5 IRt 15', 10, 0), line('2 5 oRT 15', 0, 0)]),
      snapshot(20, []),
      snapshot(30, [line('1 5 IRt 35', 30, 0), line('2 5 ORT 35', 0, 0)]),
      snapshot(40, [line('1 5 IRt 45', 60, 0), line('2 5 ORT 45', 0, 0)]),
    ],
    rows: ['0,60,1,5,relay,40,60,0,1.5,0,0,-1,1'],
    legs: ['-5,60,0,0,0'],
  },
  {
    title: 'has no row for what moved nothing, nor for what is no circuit’s, in no total either',
    // 6 stood still; 3 carries no circuit. 5 sent nothing: ratio 0, pcr −70 / 70, share 70 / 70.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 1, 2), line('2 6 IRt 5', 3, 4), line('3 0 IRt 5', 5, 6)]),
      snapshot(10, [line('1 5 IRt 15', 71, 2), line('2 6 IRt 15', 3, 4), line('3 0 IRt 15', 9, 9)]),
    ],
    rows: ['0,60,1,5,inbound-only,10,70,0,7,0,0,-1,1'],
  },
  {
    title: 'counts a first value where it is known to be born after the snapshot before',
    // At 0 everything is a baseline. Born at 1 (1): 10 and 20 count. Born at 0, not after it (2):
    // baseline. Of unknown age (3): baseline, then 5 and 5. Unknown, but told as opened at 3 (4).
    // Two more seconds at 20 for each: 1 and 1. 1: 11, 21; 2: 1, 1; 3: 6, 6; 4: 11, 21; in all 78.
    transcript: [
      header(),
      snapshot(0, [line('9 9 IRt 0', 10, 20)]),
      snapshot(
        10,
        [
          line('1 1 IRt 9', 10, 20),
          line('2 2 IRt 10', 10, 20),
          line('3 3 IRt 0 AGE=unknown', 10, 20),
          line('4 4 IRt 0 AGE=unknown', 10, 20),
        ],
        { events: [{ at: iso(3), conn_id: 4, what: 'opened' }] },
      ),
      snapshot(20, [
        line('1 1 IRt 19', 11, 21),
        line('2 2 IRt 20', 11, 21),
        line('3 3 IRt 10 AGE=unknown', 16, 26),
        line('4 4 IRt 10 AGE=unknown', 11, 21),
      ]),
    ],
    rows: [
      '0,60,1,1,inbound-only,20,11,21,0.55,1.05,1.909091,0.3125,0.410256',
      '0,60,1,2,inbound-only,20,1,1,0.05,0.05,1,0,0.025641',
      '0,60,1,3,inbound-only,20,6,6,0.3,0.3,1,0,0.153846',
      '0,60,1,4,inbound-only,20,11,21,0.55,1.05,1.909091,0.3125,0.410256',
    ],
  },
  {
    title: 'takes a connection of circuit after circuit for shared, each of them a baseline',
    // 1 carries 5, then 6, whose line is as old as 1: no first value. The bytes of 1 from 0 to 10
    // and from 10 to 20 count once each: 30 + 300 of 330 + 110, which leaves 7 a quarter.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0), line('2 7 IRt 5', 0, 0)]),
      snapshot(10, [line('1 5 IRt 15', 10, 20), line('2 7 IRt 15', 10, 0)]),
      snapshot(20, [line('1 6 IRt 25', 110, 220), line('2 7 IRt 25', 110, 0)]),
      snapshot(30, [line('1 6 IRt 35', 110, 220), line('2 7 IRt 35', 110, 0)]),
    ],
    rows: [
      '0,60,1,5,inbound-only,30,,,,,,,',
      '0,60,1,7,inbound-only,30,110,0,3.666667,0,0,-1,0.25',
    ],
  },
  {
    title: 'leaves out what crossed a declared gap, and its time',
    // 10 to 20 is crossed by 12 to 18. Read 100 + 300 = 400 in 30 − 6 = 24 s.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0)]),
      snapshot(10, [line('1 5 IRt 15', 100, 0)]),
      gap(12, 18),
      snapshot(20, [line('1 5 IRt 25', 7000, 0), line('2 6 IRt 1', 7000, 0)]),
      snapshot(30, [line('1 5 IRt 35', 7300, 0), line('2 6 IRt 11', 7000, 0)]),
    ],
    rows: ['0,60,1,5,inbound-only,20,400,0,20,0,0,-1,1'],
  },
  {
    title: 'leaves out what crossed a step longer than 2.5 intervals, and its time',
    // 10 to 35 is no gap, 35 to 61 is. Bucket 0: read 1 + 10 in 60 − 25 = 35 s. Bucket 60: 100 in
    // 71 − 61 = 10 s.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0)]),
      snapshot(10, [line('1 5 IRt 15', 1, 0)]),
      snapshot(35, [line('1 5 IRt 40', 11, 0)]),
      snapshot(61, [line('1 5 IRt 66', 5011, 0)]),
      snapshot(71, [line('1 5 IRt 76', 5111, 0)]),
    ],
    rows: [
      '0,60,1,5,inbound-only,35,11,0,0.314286,0,0,-1,1',
      '60,120,1,5,inbound-only,10,100,0,10,0,0,-1,1',
    ],
  },
  {
    title: 'ends everything with a run',
    // At 20 Tor is 4 s old. Connection 1 of run 2 opened at 17: 30 and 60 count. 2 claims to be
    // older than the last snapshot: baseline. Run 1 moved 10 and 10. In all 20 + 90.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0)], up(1000)),
      snapshot(10, [line('1 5 IRt 15', 10, 10)]),
      snapshot(20, [line('1 5 IRt 3', 30, 60), line('2 6 IRt 10', 80, 90)], up(4)),
    ],
    rows: [
      '0,60,1,5,inbound-only,20,10,10,0.5,0.5,1,0,0.181818',
      '0,60,2,5,inbound-only,20,30,60,1.5,3,2,0.333333,0.818182',
    ],
  },
  {
    title: 'counts what an entry moved while it was away when it is back',
    // 1 is not in the listing of 10. Buckets of 10 s: nothing of 5 in the second, 300 and 30 in the
    // third, and in the last, which is the last snapshot alone, 1 and 1, with no time observed.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 100, 10), line('2 6 IRt 5', 0, 0)]),
      snapshot(10, [line('2 6 IRt 15', 0, 20)]),
      snapshot(20, [line('1 5 IRt 25', 400, 40), line('2 6 IRt 25', 0, 20)]),
      snapshot(30, [line('1 5 IRt 35', 401, 41)]),
    ],
    bucket: 10,
    rows: [
      '10,20,1,6,inbound-only,10,0,20,0,2,,1,1',
      '20,30,1,5,inbound-only,10,300,30,30,3,0.1,-0.818182,1',
      '30,40,1,5,inbound-only,10,1,1,0.1,0.1,1,0,1',
    ],
  },
  {
    title: 'leaves out what crossed a gap, also of what is back only later',
    // 0 to 30 is a gap. 1 is not there at 30 but back at 40: its 5000 crossed the gap; then 3. So it
    // is with 2, whose circuits repeat 700, then 70. 3 was there at 30: 1000 and 7. In all 3 + 70 +
    // 1007 = 1080, in 50 − 30 = 20 s.
    transcript: [
      header(),
      snapshot(
        0,
        ['1 5', '2 6', '2 7'].map((pair) => line(`${pair} IRt 5`, 0, 0)),
      ),
      snapshot(30, [line('3 8 IRt 35', 0, 0)]),
      snapshot(40, [
        line('1 5 IRt 45', 5000, 0),
        ...['2 6', '2 7'].map((pair) => line(`${pair} IRt 45`, 700, 0)),
        line('3 8 IRt 45', 1000, 0),
      ]),
      snapshot(50, [
        line('1 5 IRt 55', 5003, 0),
        ...['2 6', '2 7'].map((pair) => line(`${pair} IRt 55`, 770, 0)),
        line('3 8 IRt 55', 1007, 0),
      ]),
    ],
    rows: [
      '0,60,1,5,inbound-only,20,3,0,0.15,0,0,-1,0.002778',
      '0,60,1,6,inbound-only,20,,,,,,,',
      '0,60,1,7,inbound-only,20,,,,,,,',
      '0,60,1,8,inbound-only,20,1007,0,50.35,0,0,-1,0.932407',
    ],
  },
  {
    title: 'begins anew where a counter fell',
    // At 10 READ fell: a new entry, whose first value is a baseline, WRITE's too. At 20: 5 and 7.
    // UPTIME of 2 fell: another connection, born at 10 − 2 = 8: 40 and 0 count. `entry`, so that a
    // total is the sum of the entries: 12 + 40 = 52.
    transcript: [
      header('entry'),
      snapshot(0, [line('1 5 IRt 5', 100, 100), line('2 6 IRt 5', 10, 0)]),
      snapshot(10, [line('1 5 IRt 15', 99, 150), line('2 6 IRt 2', 40, 0)]),
      snapshot(20, [line('1 5 IRt 25', 104, 157), line('2 6 IRt 12', 40, 0)]),
    ],
    rows: [
      '0,60,1,5,inbound-only,20,5,7,0.25,0.35,1.4,0.166667,0.230769',
      '0,60,1,6,inbound-only,20,40,0,2,0,0,-1,0.769231',
    ],
  },
  {
    title: 'has the shape of most snapshots of the bucket, the later on a tie',
    // 5: relay, relay, blocked, blocked in bucket 0; relay, blocked, relay in bucket 40. 6:
    // outbound-only once; then, with an inbound that is not established, pending twice; then gone.
    // Bucket 0, 40 s: 5 read 3, 6 wrote 2. Bucket 40, 20 s: 5 read 6 − 3 = 3.
    transcript: [
      header(),
      ...['ORT', 'ORT', 'oRT', 'oRT', 'ORT', 'oRT', 'ORT'].map((flags, poll) =>
        snapshot(poll * 10, [
          line(`1 5 IRt ${5 + poll * 10}`, poll, 0),
          line(`2 5 ${flags} ${5 + poll * 10}`, 0, 0),
          ...(poll < 3 ? [line(`3 6 ORT ${5 + poll * 10}`, 0, poll)] : []),
          ...(poll === 1 || poll === 2 ? [line(`4 6 iRt ${poll * 10 - 5}`, 0, 0)] : []),
        ]),
      ),
    ],
    bucket: 40,
    rows: [
      '0,40,1,5,blocked,30,3,0,0.1,0,0,-1,0.6',
      '0,40,1,6,pending,30,0,2,0,0.066667,,1,0.4',
      '40,80,1,5,relay,30,3,0,0.1,0,0,-1,1',
    ],
  },
  {
    title: 'counts the bytes of a shared connection once, and for no circuit',
    // 1 repeats 100 and 300 on circuits 5 and 6, 2 repeats 40 and 60 on circuit 7 and the rest of
    // it; 3 carries 8 alone. In all 400 + 100 + 500: the share of 8 is one half. 5 has connection 4
    // to itself, and yet its bytes are not told.
    transcript: [
      header('connection'),
      snapshot(0, [
        ...['1 5', '1 6', '2 0', '2 7', '3 8', '4 5'].map((pair) => line(`${pair} IRt 5`, 0, 0)),
      ]),
      snapshot(10, [
        ...['1 5', '1 6'].map((pair) => line(`${pair} IRt 15`, 100, 300)),
        ...['2 0', '2 7'].map((pair) => line(`${pair} IRt 15`, 40, 60)),
        line('3 8 IRt 15', 100, 400),
        line('4 5 IRt 15', 0, 0),
      ]),
    ],
    rows: [
      '0,60,1,5,inbound-only,10,,,,,,,',
      '0,60,1,6,inbound-only,10,,,,,,,',
      '0,60,1,7,inbound-only,10,,,,,,,',
      '0,60,1,8,inbound-only,10,100,400,10,40,4,0.6,0.5',
    ],
    legs: ['-5,,,,', '-5,,,,', '-5,,,,', '-5,100,0,0,400'],
  },
  {
    title: 'tells the bytes of circuits on one connection where each has its own',
    // 400 + 100 + 500 of 1000, the line with CIRC_ID 0 being no circuit's.
    transcript: [
      header('entry'),
      snapshot(0, [...['1 5', '1 6', '2 7', '2 0'].map((pair) => line(`${pair} IRt 5`, 0, 0))]),
      snapshot(10, [
        line('1 5 IRt 15', 100, 300),
        line('1 6 IRt 15', 60, 40),
        line('2 7 IRt 15', 250, 250),
        line('2 0 IRt 15', 9000, 9000),
      ]),
    ],
    rows: [
      '0,60,1,5,inbound-only,10,100,300,10,30,3,0.5,0.4',
      '0,60,1,6,inbound-only,10,60,40,6,4,0.666667,-0.2,0.1',
      '0,60,1,7,inbound-only,10,250,250,25,25,1,0,0.5',
    ],
  },
  {
    title: 'takes the greatest of lines that disagree on the totals of their connection',
    // 1: 0 and 0, then 30 and 50 (one line each), then READ 20, which fell: a new baseline, and
    // 90 − 50 = 40; then 25 and 90: 5. In all 80 + 40 + 5 = 125 beside the 375 of circuit 7.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0), line('1 6 IRt 5', 0, 0), line('2 7 IRt 5', 0, 0)]),
      snapshot(10, [
        line('1 5 IRt 15', 30, 10),
        line('1 6 IRt 15', 10, 50),
        line('2 7 IRt 15', 375, 0),
      ]),
      snapshot(20, [line('1 5 IRt 25', 20, 90), line('1 6 IRt 25', 10, 50)]),
      snapshot(30, [line('1 5 IRt 35', 20, 90), line('1 6 IRt 35', 25, 90)]),
    ],
    rows: [
      '0,60,1,5,inbound-only,30,,,,,,,',
      '0,60,1,6,inbound-only,30,,,,,,,',
      '0,60,1,7,inbound-only,30,375,0,12.5,0,0,-1,0.75',
    ],
  },
  {
    title: 'has a row for each circuit that had the same CIRC_ID, the older first',
    // The first 5 is gone by 20; within an interval is until 30, and the second opened at 31.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0)]),
      snapshot(10, [line('1 5 IRt 15', 10, 0)]),
      snapshot(20, []),
      snapshot(30, []),
      snapshot(40, [line('2 5 ORT 9', 0, 30)]),
    ],
    rows: [
      '0,60,1,5,inbound-only,40,10,0,0.25,0,0,-1,0.25',
      '0,60,1,5,outbound-only,40,0,30,0,0.75,,1,0.75',
    ],
    legs: ['-5,10,0,0,0', '31,0,30,0,0'],
  },
  {
    title: 'stays exact past 2^53',
    // Three connections of 2^53 − 1 bytes each: 3 × 9007199254740991; two of 5, one of 6. A rate is
    // a decimal, the nearest that a double holds to a tenth of 18014398509481982.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0), line('2 5 ORT 5', 0, 0), line('3 6 IRt 5', 0, 0)]),
      snapshot(10, [
        line('1 5 IRt 15', MOST, 1),
        line('2 5 ORT 15', MOST, 1),
        line('3 6 IRt 15', 0, MOST),
      ]),
    ],
    rows: [
      '0,60,1,5,relay,10,18014398509481982,2,1801439850948198.25,0.2,0,-1,0.666667',
      '0,60,1,6,inbound-only,10,0,9007199254740991,0,900719925474099.125,,1,0.333333',
    ],
    legs: ['-5,9007199254740991,1,9007199254740991,1', '-5,0,0,0,9007199254740991'],
  },
  {
    title: 'reads a window as a recording of its own: its first snapshot is the baseline',
    // From 20 to 40: 5 moved 1000 and 20; 6, away at 20, is back at 30, which is its baseline, and
    // moves 3 at 40; 7 was born at 21. In all 1020 + 3 + 8 = 1031, in 20 s.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0)]),
      snapshot(10, [line('1 5 IRt 15', 10, 10), line('2 6 IRt 5', 5, 0)]),
      snapshot(20, [line('1 5 IRt 25', 20, 20)]),
      snapshot(30, [
        line('1 5 IRt 35', 520, 30),
        line('2 6 IRt 25', 905, 0),
        line('3 7 IRt 9', 4, 4),
      ]),
      snapshot(40, [
        line('1 5 IRt 45', 1020, 40),
        line('2 6 IRt 35', 908, 0),
        line('3 7 IRt 19', 4, 4),
      ]),
      snapshot(50, [line('1 5 IRt 55', 9999, 40)]),
    ],
    window: [15, 45],
    rows: [
      '0,60,1,5,inbound-only,20,1000,20,50,1,0.02,-0.960784,0.989331',
      '0,60,1,6,inbound-only,20,3,0,0.15,0,0,-1,0.00291',
      '0,60,1,7,inbound-only,20,4,4,0.2,0.2,1,0,0.007759',
    ],
  },
  {
    title: 'takes a circuit for what it was in the window',
    // Before the window 5 stood on 1 beside 6, after it on 3 beside 7; in it on 2 alone.
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0), line('1 6 IRt 5', 0, 0), line('2 5 ORT 5', 0, 0)]),
      snapshot(10, [line('2 5 ORT 15', 0, 0)]),
      snapshot(20, [line('2 5 ORT 25', 50, 50)]),
      snapshot(30, [line('2 5 ORT 35', 50, 50), line('3 5 IRt 5', 9, 9), line('3 7 IRt 5', 9, 9)]),
    ],
    window: [10, 20],
    rows: ['0,60,1,5,outbound-only,10,50,50,5,5,1,0,1'],
  },
  {
    title: 'has no row in a window of one snapshot',
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0)]),
      snapshot(10, [line('1 5 IRt 15', 10, 10), line('2 6 IRt 5', 10, 10)]),
    ],
    window: [5, 15],
    rows: [],
  },
  {
    title: 'has no row in a window between two snapshots',
    transcript: [
      header(),
      snapshot(0, [line('1 5 IRt 5', 0, 0)]),
      snapshot(10, [line('1 5 IRt 15', 10, 10)]),
    ],
    window: [3, 7],
    rows: [],
  },
  { title: 'has no row where nothing was recorded', transcript: [header()], rows: [] },
];

/**
 * For the golden file, in buckets of 30 s. Polled from 0 to 40, at 80 and 90: 40 to 80 is a gap. At
 * 90 Tor had been started anew.
 *
 * Bucket 0, the steps to 10 and 20, 20 s: circuit 5 read 4000 − 1000 + 600 − 500 = 3100 and wrote 600 − 500 + 3900 − 1000 =
 * 3000, forward 3000 in and 2900 out, backward 100 in and 100 out; blocked at 0 and 10, relay at 20. 6 and 7 share connection 3, which moved 700 + 100. Of all
 * 6100 + 800 = 6900 bytes 5 has 0.884058. Connection 4 carries no circuit.
 * Bucket 30, the steps to 30 and 40, 20 s: 5 wrote 1000, forward; relay at 30, inbound-only at 40, the later. 8, born
 * at 25, read 30000 and 30000 more, backward. In all 61000.
 * Bucket 60, 0 s: the step to 80 is a gap, and what it brought crossed it.
 * Bucket 90, the step from 80, 10 s: 1 of run 2 was born at 87; 8 at 78, before the last snapshot.
 */
export const evening = [
  header(),
  snapshot(
    0,
    [
      line('1 5 IRt 60', 1000, 500),
      line('2 5 oRT 2', 500, 1000),
      line('3 6 IRt 5', 0, 0),
      line('3 7 IRt 5', 0, 0),
      line('4 0 ORT 5', 9, 9),
    ],
    up(1000),
  ),
  snapshot(10, [
    line('1 5 IRt 70', 4000, 600),
    line('2 5 oRT 12', 500, 1000),
    line('3 6 IRt 15', 700, 100),
    line('3 7 IRt 15', 700, 100),
    line('4 0 ORT 15', 999, 999),
  ]),
  snapshot(20, [
    line('1 5 IRt 80', 4000, 600),
    line('2 5 ORT 22', 600, 3900),
    line('3 6 IRt 25', 700, 100),
    line('3 7 IRt 25', 700, 100),
  ]),
  snapshot(30, [
    line('1 5 IRt 90', 4000, 600),
    line('2 5 ORT 32', 600, 4900),
    line('3 6 IRt 35', 700, 100),
    line('5 8 ORT 5', 30_000, 0),
  ]),
  snapshot(40, [line('1 5 IRt 100', 4000, 600), line('5 8 ORT 15', 60_000, 0)]),
  snapshot(80, [line('1 5 IRt 140', 5000, 600), line('5 8 ORT 55', 90_000, 0)]),
  snapshot(90, [line('1 5 IRt 3', 1, 40), line('5 8 ORT 12', 10, 10)], up(4)),
];
