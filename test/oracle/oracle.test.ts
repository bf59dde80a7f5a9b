/**
 * The oracle against rows written by hand, and what must hold of any transcript.
 * Owns the test of the witness; comparing the product with it is another test's.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketLengths, transcripts } from './arbitrary.ts';
import * as cases from './cases.ts';
import { churnReport } from './churn.ts';
import { circuitsReport } from './circuits.ts';
import { connectionsReport } from './connections.ts';
import { lifetimesReport } from './lifetimes.ts';
import { isLocal, readTape } from './model.ts';
import { agesAt, type Watched } from './productLimit.ts';
import { type Cell, csvOf, type Table } from './table.ts';
import { tenfold } from './tenfold.ts';

/** Some columns of every row; times as seconds after midnight. */
function seen(table: Table, names: string): Cell[][] {
  const wanted = names.split(' ').map((name) => table.columns.findIndex(([n]) => n === name));
  return table.rows.map((row) =>
    wanted.map((column) => {
      const cell = row[column]!;
      const isTime = cell !== null && table.columns[column]![1] === 'time';
      return isTime ? (Number(cell) - cases.MIDNIGHT) / 1000 : cell;
    }),
  );
}

const LIFE = 'conn_id circ_id opened_at first_seen last_seen closed_by end';

describe('connections', () => {
  it('leaves what is still there open', () => {
    const names = `${LIFE} lifetime_min_s lifetime_max_s read_bytes written_bytes`;
    expect(seen(connectionsReport(cases.stillOpen), names)).toEqual([
      [1, 0, -5, 0, 20, null, 'open', 25, null, 10, 20],
    ]);
  });

  it('goes on with an entry that was missing from a snapshot', () => {
    const names = `${LIFE} lifetime_min_s lifetime_max_s`;
    expect(seen(connectionsReport(cases.vanishes), names)).toEqual([
      [1, 0, -5, 0, 20, 30, 'closed', 25, 35],
    ]);
  });

  it('opens a new entry for one born more than a second after it was last seen', () => {
    expect(seen(connectionsReport(cases.bornLater), LIFE)).toEqual([
      [1, 0, 0, 0, 20, null, 'open'],
      [2, 0, 0, 0, 0, 10, 'closed'],
      [2, 0, 2, 20, 20, null, 'open'],
    ]);
  });

  it('takes the end of a poll for the last time at which it can have held something', () => {
    expect(seen(connectionsReport(cases.bornWhilePolled), LIFE)).toEqual([
      [1, 0, 0, 0, 30.051, null, 'open'],
      [2, 0, 0, 0, 0, 20.05, 'closed'],
      [2, 0, 1.051, 30.051, 30.051, null, 'open'],
    ]);
  });

  it('opens a new entry where a counter fell, on the same connection', () => {
    expect(seen(connectionsReport(cases.counterFalls), LIFE)).toEqual([
      [1, 0, -20, 0, 10, null, 'open'],
      [1, 1, -20, 0, 0, 10, 'closed'],
      [1, 2, -20, 0, 0, 10, 'closed'],
      [1, 3, -20, 0, 0, 10, 'closed'],
      [2, 0, -20, 0, 0, 10, 'closed'],
      [1, 1, -20, 10, 10, null, 'open'],
      [1, 2, -20, 10, 10, null, 'open'],
      [1, 3, -9, 10, 10, null, 'open'],
      [2, 0, -9, 10, 10, null, 'open'],
    ]);
    const churn = seen(
      churnReport(cases.counterFalls, 60_000),
      'open_start opened closed open_end',
    );
    expect(churn).toEqual([[3, 0, 1, 2]]);
  });

  it('ends everything with its run', () => {
    expect(seen(connectionsReport(cases.restart), `run ${LIFE} close_reason`)).toEqual([
      [1, 1, 9, -5, 0, 10, 20, 'run-ended', ''],
      [1, 2, 0, -5, 0, 10, 16, 'closed', 'DONE'],
      [1, 4, 0, 15, 15, 15, 20, 'run-ended', ''],
      [2, 3, 0, 17, 17, 17, 20, 'closed', ''],
      [2, 1, 9, -5, 20, 20, null, 'open', ''],
    ]);
    expect(seen(circuitsReport(cases.restart), 'run circ_id closed_by end')).toEqual([
      [1, 9, 20, 'run-ended'],
      [2, 9, null, 'open'],
    ]);
    const names = 'open_start opened opened_unobserved closed closed_unobserved open_end';
    // 1 and 2 of run 1 and 1 of run 2 open at −5, before the recording; then 4 and 3 open.
    expect(seen(churnReport(cases.restart, 60_000), names)).toEqual([[3, 2, 0, 2, 2, 1]]);
  });

  it('takes the times of events, and counts what lived between two polls', () => {
    const names = `${LIFE} close_reason or_id type_flags read_bytes lifetime_min_s lifetime_max_s`;
    const relay = 'AB'.repeat(20);
    expect(seen(connectionsReport(cases.events), names)).toEqual([
      [1, 0, -3, 0, 10, 14, 'closed', 'DONE', '0', 'IRt', 10, 13, 17],
      [2, 0, 4, 10, 20, 30, 'closed', '', '0', 'IRt', 10, 16, 26],
      [3, 0, 11, 11, 13, 13, 'closed', '=TLS, "error"', relay, 'ORT', null, 2, 2],
      [4, 0, 12, 12, 12, 20, 'closed', '', '0', '', null, 0, 8],
      [5, 0, 20, 20, 20, 20, 'closed', '', '0', '', null, 0, 0],
      [1, 0, -3, 20, 20, 30, 'closed', '', '0', 'IRt', 10, 23, 33],
      [2, 7, 4, 20, 20, 30, 'closed', '', '0', 'IRt', 10, 16, 26],
    ]);
  });

  it('lets nothing come back that an event ended', () => {
    expect(seen(connectionsReport(cases.endedForGood), LIFE)).toEqual([
      [1, 0, -5, 0, 10, 14, 'closed'],
      [1, 7, -5, 0, 0, 10, 'closed'],
      [2, 0, -5, 0, 0, 10, 'closed'],
      [3, 8, -50, 0, 0, 10, 'closed'],
      [3, 9, -5, 0, 10, 14, 'closed'],
      [2, 0, 12, 12, 13, 13, 'closed'],
      [1, 7, -5, 20, 20, null, 'open'],
      [2, 0, -5, 20, 20, null, 'open'],
      [3, 8, -50, 20, 20, null, 'open'],
    ]);
  });

  it('does not bound a lifetime whose beginning nobody saw', () => {
    const names = 'conn_id opened_at opened_known lifetime_min_s lifetime_max_s';
    expect(seen(connectionsReport(cases.ageUnknown), names)).toEqual([
      [1, 10, false, 10, null],
      [2, 7, true, 13, 23],
    ]);
    expect(seen(circuitsReport(cases.ageUnknown), 'lifetime_min_s lifetime_max_s')).toEqual([
      [10, null],
    ]);
    const churn = 'opened opened_unobserved closed short_lived short_lived_share';
    expect(seen(churnReport(cases.ageUnknown, 60_000), churn)).toEqual([[1, 1, 2, 1, 0.5]]);
  });

  it('keeps only addresses that are no user’s', () => {
    expect(seen(connectionsReport(cases.addresses), 'conn_id ip port l_port')).toEqual([
      [1, '198.51.100.1', 9001, 443],
      [2, '203.0.113.2', 40002, 9051],
      [3, '192.168.1.3', 80, 40003],
      [4, '::ffff:10.0.0.4', 80, 40004],
      [5, '0', 0, 0],
      [6, '0', 0, 0],
      [7, '0', 0, 0],
      [8, '0', 0, 0],
    ]);
  });

  it('reads well-formed lines only', () => {
    const rows = seen(connectionsReport(cases.disorder), 'conn_id read_bytes');
    expect(rows).toEqual([
      [1, 10],
      [2, 10],
      [3, 10],
      [4, 10],
    ]);
  });
});

describe('circuits', () => {
  it('joins what overlaps or follows within an interval, and names its shape', () => {
    const names = 'circ_id shape opened_at first_seen last_seen closed_by end inbound outbound';
    expect(seen(circuitsReport(cases.shapes), names)).toEqual([
      [5, 'relay', -5, 0, 10, 20, 'closed', 1, 1],
      [6, 'pending', -5, 0, 20, 30, 'closed', 1, 1],
      [7, 'outbound-only', -5, 0, 20, 30, 'closed', 1, 1],
      [8, 'inbound-only', -5, 0, 0, 10, 'closed', 1, 0],
      [9, 'blocked', -5, 0, 0, 10, 'closed', 1, 1],
      [8, 'outbound-only', 21, 30, 30, null, 'open', 0, 1],
    ]);
  });

  it('counts the bytes of a connection once, whatever number of entries it had', () => {
    const names = 'circ_id inbound outbound read_bytes written_bytes';
    expect(seen(circuitsReport(cases.splitEntry), names)).toEqual([[7, 1, 1, 105n, 36n]]);
    expect(seen(circuitsReport(cases.splitEntryOfItsOwn), names)).toEqual([[7, 1, 1, 145n, 56n]]);
  });

  it('does not guess the bytes of circuits that share a connection', () => {
    const names = 'circ_id read_bytes written_bytes';
    expect(seen(circuitsReport(cases.shared('connection')), names)).toEqual([
      [5, null, null],
      [6, null, null],
      [7, null, null],
    ]);
    expect(seen(circuitsReport(cases.shared('entry')), names)).toEqual([
      [5, 101n, 202n],
      [6, 100n, 200n],
      [7, 300n, 400n],
    ]);
  });

  it('sums exactly', () => {
    expect(seen(circuitsReport(cases.greatCounters), 'read_bytes written_bytes')).toEqual([
      [18014398509481982n, 9007199254740992n],
    ]);
  });
});

describe('churn', () => {
  it('tells what a gap hides from what was observed', () => {
    expect(csvOf(churnReport(cases.gaps, 60_000))).toBe(
      [
        'bucket_start,bucket_end,observed_s,open_start,opened,opened_unobserved,closed,' +
          'closed_unobserved,open_end,opened_per_min,closed_per_min,short_lived,short_lived_share',
        '2026-11-23T00:00:00.000Z,2026-11-23T00:01:00.000Z,20,2,3,2,1,1,5,9,3,1,1',
        '2026-11-23T00:01:00.000Z,2026-11-23T00:02:00.000Z,0,5,0,0,0,2,3,,,0,',
        '',
      ].join('\r\n'),
    );
  });

  it('takes a step of 2.5 intervals as observed', () => {
    expect(seen(churnReport(cases.longestStep, 60_000), 'observed_s')).toEqual([[25]]);
  });

  it('knows an opening where the oldest line does', () => {
    const names = 'opened opened_unobserved';
    expect(seen(churnReport(cases.agesDisagree, 60_000), names)).toEqual([[1, 1]]);
  });

  it('calls under 30 s short', () => {
    const names = 'closed short_lived short_lived_share observed_s';
    expect(seen(churnReport(cases.shortLived, 60_000), names)).toEqual([[2, 1, 0.5, 40]]);
  });

  it('adds up in every bucket, and from bucket to bucket', () => {
    const names = 'open_start opened opened_unobserved closed closed_unobserved open_end';
    fc.assert(
      fc.property(transcripts, bucketLengths, (transcript, bucketMs) => {
        let openEnd: Cell | undefined;
        for (const row of seen(churnReport(transcript, bucketMs), names)) {
          const [start, opened, unseen, closed, lost, end] = row.map(Number);
          expect(start! + opened! + unseen! - closed! - lost!).toBe(end);
          if (openEnd !== undefined) expect(start).toBe(openEnd);
          openEnd = end;
        }
      }),
    );
  });
});

describe('lifetimes', () => {
  const names =
    'group count closed open p10_min_s p10_max_s median_min_s median_max_s p90_min_s p90_max_s ' +
    'short_lived_share from_age_s';

  it('takes gaps and runs as docs/reference.md does', () => {
    // The arithmetic stands in test/reports/lifetimes.test.ts.
    expect(seen(lifetimesReport(tenfold(cases.gaps)), names)[0]).toEqual([
      ...['all', 70, 40, 30, 10.001, 15, 10.001, 15, 15, 110, 0.5, 10],
    ]);
    expect(seen(lifetimesReport(tenfold(cases.restart)), names)[0]).toEqual([
      ...['all', 50, 20, 10, 15, 21, 15, 21, null, 21, 1, 10],
    ]);
    expect(seen(lifetimesReport(tenfold(cases.ageUnknown)), names)[0]).toEqual([
      ...['all', 20, 20, 0, 13, 23, 13, 23, 13, 23, 0.5, 0],
    ]);
    const window = { from: cases.MIDNIGHT + 40_000, to: cases.MIDNIGHT + 50_000 };
    expect(seen(lifetimesReport(tenfold(cases.gaps), window), names)[0]).toEqual([
      ...['all', 50, 10, 40, null, null, null, null, null, null, 1, 10],
    ]);
  });

  it('has groups by flags and by shape, none of them empty', () => {
    const groups = seen(lifetimesReport(cases.shapes), 'subject group count');
    expect(groups).toEqual([
      ['connection', 'all', 9],
      ['connection', 'inbound', 4],
      ['connection', 'outbound', 5],
      ['connection', 'relay', 9],
      ['circuit', 'all', 6],
      ['circuit', 'relay', 1],
      ['circuit', 'blocked', 1],
      ['circuit', 'outbound-only', 2],
      ['circuit', 'inbound-only', 1],
      ['circuit', 'pending', 1],
    ]);
  });

  it('estimates by the product limit', () => {
    const from = (age: number, until: number, died: boolean): Watched => {
      return { from: age, until, died };
    };
    // 10: 1 of 6, 5/6; 30: 1 of 4, 5/8; 50: 1 of 2, 5/16; 60: 0.
    const lost = [from(0, 20, false), from(0, 40, false)];
    const dead = [10, 30, 50, 60].map((until) => from(0, until, true));
    const ten = (lives: readonly Watched[]) => Array.from({ length: 10 }, () => lives).flat();
    expect(agesAt([1, 5, 9], ten([...dead, ...lost]))).toEqual([10, 50, 60]);
    // 10: 1 of 6. 30: of 4, which are fewer than ten.
    expect(agesAt([1, 5], [...dead, ...lost])).toEqual([null, null]);
    // 10: 1 of 2, 1/2; 30: 1 of 3, 1/3; 40: 1 of 2, 1/6; 50: 0.
    const later = [from(0, 10, true), from(0, 30, true), from(20, 40, true), from(20, 50, true)];
    expect(agesAt([1, 5, 9], ten(later))).toEqual([10, 10, 50]);
    // 10: everyone at risk; that another was alive at 1000 changes nothing.
    expect(agesAt([5], ten([from(0, 10, true), from(1000, 2000, false)]))).toEqual([10]);
  });
});

describe('the CSV', () => {
  it('guards and quotes text', () => {
    const csv = csvOf(connectionsReport(cases.events));
    const opened = '2026-11-23T00:00:11.000Z';
    const closed = '2026-11-23T00:00:13.000Z';
    const row = `1,3,0,${'AB'.repeat(20)},0,0,0,ORT,${opened},true,${opened},${closed},${closed}`;
    expect(csv.split('\r\n')[3]).toBe(`${row},closed,"'=TLS, ""error""",2,2,,`);
  });

  it('guards what a spreadsheet would read as a formula', () => {
    const columns: Table['columns'] = [['reason', 'text']];
    const rows = ['=1', '+1', '-1', '@a', '\ta', 'a=1', "'=1", '\ra'].map((text) => [text]);
    const guarded = ["'=1", "'+1", "'-1", "'@a", "'\ta", 'a=1', "'=1", '"\'\ra"'];
    expect(csvOf({ columns, rows })).toBe(`${['reason', ...guarded].join('\r\n')}\r\n`);
  });

  it('is a header alone where nothing was recorded', () => {
    const reports = [
      connectionsReport(cases.nothing),
      circuitsReport(cases.nothing),
      churnReport(cases.nothing, 60_000),
      lifetimesReport(cases.nothing),
    ];
    for (const report of reports) expect(csvOf(report)).toMatch(/^[a-z0-9_,]+\r\n$/);
  });

  it('writes decimals plainly', () => {
    const columns: Table['columns'] = [['share', 'decimal']];
    const rows = [0, 1, 100, 0.5, 1 / 3, 1e-9, -1e-9, 4e9, 0.1 + 0.2].map((value) => [value]);
    const lines = csvOf({ columns, rows }).split('\r\n').slice(1, -1);
    expect(lines).toEqual('0 1 100 0.5 0.333333 0 0 4000000000 0.3'.split(' '));
  });
});

describe('local addresses', () => {
  it('are those of the ranges, whichever way they are written', () => {
    const local = [
      '10.0.0.0',
      '100.127.255.255',
      '::1',
      '0:0::0:1',
      'FEBF::1',
      'fdff::',
      '::ffff:a00:1',
    ];
    const other = [
      '11.0.0.0',
      '100.128.0.0',
      '::',
      '::2',
      'fec0::1',
      'fe00::',
      '::ffff:b00:1',
      '0',
    ];
    expect(local.filter((ip) => !isLocal(ip))).toEqual([]);
    expect(other.filter(isLocal)).toEqual([]);
  });
});

describe('the transcripts', () => {
  it('try everything', () => {
    const sample = fc.sample(transcripts, { numRuns: 1500, seed: 7 });
    const rows = sample.flatMap((transcript) =>
      seen(connectionsReport(transcript), 'end read_bytes'),
    );
    const circuits = sample.flatMap((transcript) =>
      seen(circuitsReport(transcript), 'shape read_bytes'),
    );
    const conns = sample.map((transcript) => transcript.join('\n'));
    const tapes = sample.map(readTape);
    expect(new Set(rows.map(([end]) => end))).toEqual(new Set(['open', 'closed', 'run-ended']));
    expect(rows.some(([, read]) => read === null)).toBe(true);
    expect(new Set(circuits.map(([shape]) => shape))).toEqual(
      new Set(['relay', 'blocked', 'outbound-only', 'inbound-only', 'pending']),
    );
    expect(circuits.some(([, read]) => read === null)).toBe(true);
    expect(circuits.some(([, read]) => typeof read === 'bigint' && read > 2n ** 53n)).toBe(true);
    const wordings = ['AGE=unknown', '9007199254740992', '"gap"', '"closed"', 'x'.repeat(4000)];
    for (const wording of wordings) expect(conns.some((text) => text.includes(wording))).toBe(true);
    expect(tapes.some(({ gaps }) => gaps.length > 2)).toBe(true);
    expect(tapes.some(({ snapshots }) => snapshots.length === 0)).toBe(true);
    expect(tapes.some(({ snapshots }) => snapshots.some(({ lines }) => lines.length > 6))).toBe(
      true,
    );
  });
});
