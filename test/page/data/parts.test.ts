/** What the page draws, held against the reports that it stands for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../../src/listing/listing.ts';
import type { Cell } from '../../../src/output/table.ts';
import { momentAt } from '../../../src/page/data/moment.ts';
import { makePart } from '../../../src/page/data/parts.ts';
import { bytesOfText } from '../../../src/page/levels.ts';
import type { LanesPart } from '../../../src/page/parts.ts';
import { pcrOf } from '../../../src/recording/index/rollups/bands.ts';
import { EVERYTHING, type Recording } from '../../../src/recording/reader.ts';
import { asymmetry } from '../../../src/reports/asymmetry.ts';
import { destinations } from '../../../src/reports/destinations.ts';
import { findings } from '../../../src/reports/findings.ts';
import { lifetimes } from '../../../src/reports/lifetimes.ts';
import { load } from '../../../src/reports/load.ts';
import { peers } from '../../../src/reports/peers.ts';
import type { Report } from '../../../src/reports/report.ts';
import { transcripts } from '../../oracle/arbitrary.ts';
import { relaying } from '../../oracle/relaying.ts';
import { tableOf, withRecording } from '../../recording/tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 40);

/** Longer than any recording: one bucket holds it all. */
const FOR_EVER = 1e15;

const tapes = fc.oneof(transcripts, relaying);

/** Calls `check` with recordings that hold a snapshot. */
async function always(check: (recording: Recording) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(tapes, (lines) =>
      withRecording(lines, (recording) => {
        if (recording.extent !== undefined) check(recording);
      }),
    ),
    { numRuns: RUNS },
  );
}

function inputOf(recording: Recording, bins = FOR_EVER) {
  return { recording, window: recording.extent!, bins, path: 'a.tape' };
}

type Cells = Readonly<Record<string, Cell>>;

function rowsOf(report: Report, recording: Recording): Cells[] {
  const window = recording.extent!;
  const { columns, rows } = tableOf(report, recording, { window, bucketMs: FOR_EVER });
  return Array.from(rows, (row) =>
    Object.fromEntries(columns.map(({ name }, place) => [name, row[place] ?? null])),
  );
}

/** What each circuit moved, by run, id and opening; lanes and rows of one that came back together. */
function movedByKey(rows: Iterable<readonly [key: string, read: Cell, written: Cell]>) {
  const sums = new Map<string, string>();
  const all = new Map<string, [bigint | null, bigint | null]>();
  for (const [key, read, written] of rows) {
    const [r, w] = all.get(key) ?? [0n, 0n];
    const add = (sum: bigint | null, more: Cell) =>
      sum === null || more === null ? null : sum + BigInt(more as number | bigint);
    all.set(key, [add(r, read), add(w, written)]);
  }
  for (const [key, [read, written]] of all) {
    if (read !== 0n || written !== 0n) sums.set(key, `${read} ${written}`);
  }
  return sums;
}

/** Whether all sums of a part are below where doubles round. */
const isExact = (value: number | null) => value === null || Number.isSafeInteger(value);

describe('lanes', () => {
  it('moved what the report of asymmetry says, circuit by circuit', async () => {
    await always((recording) => {
      const { lanes, subject } = makePart('lanes', inputOf(recording));
      if (subject !== 'circuit' || ![...lanes.read, ...lanes.written].every(isExact)) return;
      const drawn = lanes.run.map((run, lane) => {
        const key = `${run} ${lanes.id[lane]} ${lanes.openedAt[lane]}`;
        return [key, lanes.read[lane]!, lanes.written[lane]!] as const;
      });
      const rows = rowsOf(asymmetry, recording).map((row) => {
        const key = `${row['run']} ${row['circ_id']} ${row['circuit_opened_at']}`;
        return [key, row['read_bytes']!, row['written_bytes']!] as const;
      });
      const shared = new Set(rows.filter(([, read]) => read === null).map(([key]) => key));
      const known = drawn.filter(([key, read]) => !shared.has(key) && read !== null);
      const ofRows = rows.filter(([key]) => !shared.has(key));
      expect(movedByKey(known)).toEqual(movedByKey(ofRows));
    });
  });

  it('stand in the order of birth, each with levels for the stretches that it lived through', async () => {
    await always((recording) => {
      const { lanes, cells, at, total } = makePart('lanes', inputOf(recording, 7));
      expect(lanes.id).toHaveLength(total);
      expect([...lanes.openedAt].sort((a, b) => a - b)).toEqual(lanes.openedAt);
      const { first, count, levels } = cells!;
      expect(count.reduce((sum, one) => sum + one, 0)).toBe(bytesOfText(levels).length);
      for (const [lane, begin] of first.entries()) {
        expect(at[begin]).toBeGreaterThanOrEqual(lanes.firstSeen[lane]!);
        expect(begin + count[lane]!).toBeLessThanOrEqual(at.length);
      }
    });
  });

  it('are circuits, with the side that each was most one-sided to', async () => {
    const lines = transcriptOfOneSided();
    await withRecording(lines, (recording) => {
      const part = makePart('lanes', inputOf(recording));
      expect(part.subject).toBe('circuit');
      expect(part.lanes.shape).toEqual(['relay', 'inbound-only']);
      const levels = levelsOf(part);
      expect(levels[0]!.every((level) => level >= 0)).toBe(true);
      expect(levels[0]!.some((level) => level > 20)).toBe(true);
      expect(levels[1]!.some((level) => level < -20)).toBe(true);
    });
  });

  it('are connections where circuits of others are not seen', async () => {
    const [header, ...rest] = transcriptOfOneSided();
    const observes = { transit_circuits: 'a stock Tor lists no circuit that others built' };
    const stock = JSON.stringify({ ...JSON.parse(header!), source: 'stock', observes });
    const lines = rest.map((line) => line.replaceAll(' 5 ', ' 0 ').replaceAll(' 6 ', ' 0 '));
    await withRecording([stock, ...lines], (recording) => {
      const { lanes, subject } = makePart('lanes', inputOf(recording));
      expect(subject).toBe('connection');
      expect(lanes.id).toEqual([1, 2, 3]);
      expect(lanes.written[1]).toBeGreaterThan(0);
    });
  });
});

function levelsOf({ cells }: LanesPart): number[][] {
  const all = new Int8Array(bytesOfText(cells!.levels).buffer);
  let place = 0;
  return cells!.count.map((count) => {
    place += count;
    return [...all.subarray(place - count, place)];
  });
}

/** Circuit 5 relays and sends out more than it takes in; circuit 6 only takes in. */
function transcriptOfOneSided(): string[] {
  const header = {
    transcript: 1,
    source: 'native',
    bytes: 'entry',
    interval_s: 10,
    relay: { fingerprint: 'F'.repeat(40), nickname: 'n', tor_version: '0' },
  };
  const begin = Date.parse('2026-11-23T02:00:00Z');
  const snapshots = Array.from({ length: 6 }, (_, poll) => ({
    at: new Date(begin + poll * 10_000).toISOString(),
    conn: [
      `1 5 ${'A'.repeat(40)} 198.51.100.1 9001 9001 IRt ${poll * 100} ${poll * 100} ${100 + poll * 10}`,
      `2 5 ${'B'.repeat(40)} 198.51.100.2 9001 9001 ORt ${poll * 100} ${poll * 9000} ${90 + poll * 10}`,
      `3 6 ${'C'.repeat(40)} 198.51.100.3 9001 9001 IRt ${poll * 5000} ${poll * 10} ${50 + poll * 10}`,
    ].join('\n'),
  }));
  return [header, ...snapshots].map((line) => JSON.stringify(line));
}

describe('balance', () => {
  it('counts the circuits of every band of pcr', async () => {
    await always((recording) => {
      const { at, bands } = makePart('balance', inputOf(recording, 1));
      const rows = rowsOf(asymmetry, recording);
      if (at.length !== 1 || rows.some(({ pcr }) => pcr === null)) return;
      const expected = new Array<number>(41).fill(0);
      for (const { pcr } of rows) {
        const nearest = Array.from({ length: 41 }, (_, band) => band).filter(
          (band) => Math.abs(pcrOf(band) - Number(pcr)) <= 0.025 + 1e-9,
        );
        const outermost = nearest.sort((a, b) => Math.abs(b - 20) - Math.abs(a - 20))[0]!;
        expected[outermost]!++;
      }
      const { lanes, subject } = makePart('lanes', inputOf(recording));
      // A circuit that comes back is another lane.
      const keys = lanes.id.map((id, lane) => `${lanes.run[lane]} ${id}`);
      if (subject !== 'circuit' || new Set(keys).size < keys.length) return;
      expect(bands).toEqual(expected);
    });
  });
});

describe('polls', () => {
  it('add up to the report of load', async () => {
    await always((recording) => {
      for (const bins of [1, 3, FOR_EVER]) {
        const polls = makePart('polls', inputOf(recording, bins));
        const sum = (column: readonly (number | null)[]) =>
          column.reduce<number>((all, one) => all + (one ?? 0), 0);
        const [row] = rowsOf(load, recording);
        if (!isExact(sum(polls.read)) || !isExact(sum(polls.written))) continue;
        expect([sum(polls.read), sum(polls.written)].map(String)).toEqual([
          String(row!['read_bytes']),
          String(row!['written_bytes']),
        ]);
        for (const [place, since] of polls.since.entries()) {
          expect(since).toBeLessThanOrEqual(polls.at[place]!);
          expect(since).toBeGreaterThanOrEqual(polls.at[place - 1] ?? 0);
          expect(polls.openLeast[place]).toBeLessThanOrEqual(polls.openMost[place]!);
        }
      }
    });
  });

  it('say of what came to pass across a gap that it is not known', async () => {
    const [header, first, second] = transcriptOfOneSided();
    const gap = { from: '2026-11-23T02:00:01Z', to: '2026-11-23T02:00:09Z', reason: 'away' };
    await withRecording([header!, first!, JSON.stringify({ gap }), second!], (recording) => {
      const { since, at, read, opened } = makePart('polls', inputOf(recording, 1));
      expect(since).toEqual(at);
      expect(at).toHaveLength(2);
      expect([...read, ...opened]).toEqual([null, null, null, null]);
    });
  });
});

describe('survival', () => {
  it('has the medians of the report of lifetimes', async () => {
    await always((recording) => {
      const { groups } = makePart('survival', inputOf(recording));
      const rows = rowsOf(lifetimes, recording);
      expect(groups.map(({ subject, group, count }) => [subject, group, count])).toEqual(
        rows.map((row) => [row['subject'], row['group'], row['count']]),
      );
      for (const [place, { least, greatest }] of groups.entries()) {
        for (const [curve, column] of [
          [least, 'median_min_s'],
          [greatest, 'median_max_s'],
        ] as const) {
          const step = curve.share.findIndex((share) => share <= 0.5 + 1e-9);
          const age = curve.age[step];
          const isFew = age === undefined || (curve.fewFrom !== null && age >= curve.fewFrom);
          // Few at risk now may be many later, as the report sees it; then it says less than that.
          if (rows[place]![column] !== null) expect(age! / 1000).toBe(rows[place]![column]);
          else expect(isFew).toBe(true);
        }
      }
    });
  });
});

describe('rankings', () => {
  it('are rows of the reports, with openings no more than connections', async () => {
    await always((recording) => {
      const part = makePart('rankings', inputOf(recording));
      // An event may say of a connection that polls go on to show that it closed, and is another since.
      const areEvents = [...recording.items(EVERYTHING)].some(
        (item) => item.kind === 'snapshot' && item.events.length > 0,
      );
      for (const [ranking, report, key] of [
        [part.destinations, destinations, 'ip'],
        [part.peers, peers, 'or_id'],
      ] as const) {
        const rows = rowsOf(report, recording);
        expect(ranking.total).toBe(rows.length);
        for (const [place, peer] of ranking.peer.entries()) {
          const row = rows.find((one) => one[key] === peer)!;
          expect(ranking.connections[place]).toBe(row['connections']);
          if (areEvents) continue;
          expect(ranking.openings[place]!.length).toBeLessThanOrEqual(Number(row['connections']));
        }
      }
    });
  });
});

describe('findings', () => {
  it('are those of the report, with its verdict on each rule', async () => {
    await always((recording) => {
      const part = makePart('findings', inputOf(recording));
      const rows = rowsOf(findings, recording);
      const found = rows.filter(({ severity }) => !String(severity).startsWith('not '));
      expect(part.findings.map(({ rule, subject, from }) => [rule, subject, from])).toEqual(
        found.map((row) => [row['rule'], row['subject'], row['first_seen']]),
      );
      for (const { rule, severity, from, to } of part.findings) {
        const { since, at } = part.rules!.find(({ name }) => name === rule)!.times[severity];
        expect(since.some((begin, place) => begin <= from && to <= at[place]!)).toBe(true);
        for (const [place, end] of at.entries()) {
          expect(end).toBeLessThan(since[place + 1] ?? Number.POSITIVE_INFINITY);
        }
      }
      for (const { name, verdict, counts } of part.rules!) {
        const ofRule = rows.filter(({ rule }) => rule === name);
        const isFound = ofRule.some(({ severity }) => !String(severity).startsWith('not '));
        const total = Object.values(counts).reduce((sum, one) => sum + one, 0);
        expect(verdict === 'found').toBe(isFound);
        expect(total > 0).toBe(isFound);
        if (verdict === 'not observable') expect(ofRule[0]!['severity']).toBe('not observable');
        if (verdict === 'not found')
          expect(ofRule[0]!['explanation']).toBe('Looked for and not found.');
      }
    });
  });
});

describe('a moment', () => {
  it('is the listing that replay gives, with what changed', async () => {
    await always((recording) => {
      let before = new Map<string, string>();
      for (const item of recording.items(EVERYTHING)) {
        if (item.kind !== 'snapshot') continue;
        const lines = textOf(item.listing)
          .split('\n')
          .filter((line) => line !== '');
        const now = new Map(
          lines.map((line) => {
            const [conn, circ, , , , , , read, written] = line.split(' ');
            return [`${conn} ${circ}`, `${read} ${written}`];
          }),
        );
        const moment = momentAt(recording, item.at);
        const pairs = moment.connId.map((conn, row) => `${conn} ${moment.circId[row]}`);
        expect(pairs).toEqual([...now.keys()]);
        expect(moment.read.map((read, row) => `${read} ${moment.written[row]}`)).toEqual([
          ...now.values(),
        ]);
        if (moment.before !== null) {
          const known = before;
          const changes = pairs.map((pair) => {
            if (!known.has(pair)) return 1;
            return known.get(pair) === now.get(pair) ? 0 : 2;
          });
          expect(moment.change).toEqual(changes);
          const gone = [...before.keys()].filter((pair) => !now.has(pair));
          expect(moment.closed.map(({ connId, circId }) => `${connId} ${circId}`)).toEqual(gone);
        }
        before = now;
      }
    });
  });
});
