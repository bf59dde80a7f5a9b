/** What stands in for the exact parts of a long recording, held against them on a short one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePart } from '../../../src/page/data/parts.ts';
import { makeQuickly, standIn } from '../../../src/page/data/quick.ts';
import { bytesOfText } from '../../../src/page/levels.ts';
import type { Ranking } from '../../../src/page/parts.ts';
import { Recording } from '../../../src/recording/reader.ts';
import { churn } from '../../../src/reports/churn.ts';
import { tableOf } from '../../recording/tapes.ts';
import { demoIn } from '../recordings.ts';

const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
let recording: Recording;

beforeAll(async () => {
  recording = Recording.open(await demoIn(folder));
});

afterAll(() => {
  recording?.close();
  rmSync(folder, { recursive: true, force: true });
});

const input = (bins = 1000) => {
  return { recording, window: recording.extent!, bins, path: 'demo.tape' };
};

const total = (numbers: Iterable<number | null>) => {
  let sum = 0;
  for (const number of numbers) sum += number ?? 0;
  return sum;
};

describe('from the rollups', () => {
  it('come no parts of a short recording, whose exact ones take no longer', () => {
    for (const name of ['lanes', 'balance', 'lives', 'survival', 'rankings', 'load'] as const) {
      expect(makeQuickly(name, input())).toBeUndefined();
      const part = standIn(name, input());
      expect(part.exact, name).toBe(false);
      expect(part.note, name).toMatch(/\.$/);
      expect(makePart(name, input()).exact, name).toBe(true);
    }
    expect(makeQuickly('polls', input())).toEqual(makePart('polls', input()));
    expect(makeQuickly('findings', input())).toBeUndefined();
  });

  it('come lanes of the most lopsided circuits, the worst of them first', () => {
    const [quick, exact] = [standIn('lanes', input()), makePart('lanes', input())];
    expect(quick.lanes.id[0]).toBe(7777);
    const place = exact.lanes.id.indexOf(7777);
    const [read, written] = [exact.lanes.read[place]!, exact.lanes.written[place]!];
    expect(quick.lanes.read[0]).toBe(read);
    expect(quick.lanes.written[0]).toBe(written);
    const levels = new Int8Array(bytesOfText(quick.raster!.levels).buffer);
    expect(levels).toHaveLength(quick.raster!.rows * quick.at.length);
    expect(Math.max(...levels)).toBeGreaterThan(40);
  });

  it('comes as much of a balance as minutes had circuits that moved something', () => {
    const { bands, since, at } = standIn('balance', input());
    expect(total(bands)).toBeGreaterThan(1000);
    expect(bands).toHaveLength(41 * since.length);
    for (const [place, from] of since.entries()) {
      expect(at[place]! - from).toBe(60_000);
      expect(total(bands.slice(41 * place, 41 * (place + 1)))).toBeGreaterThan(0);
    }
    // The made bytes of circuit 7777 are at the edge, minute by minute.
    const out = since.filter((_, place) => bands[41 * place + 40]! > 0);
    expect(out).toContain(Date.parse('2026-11-23T02:45:00Z'));
    const together = standIn('balance', input(10));
    expect(total(together.bands)).toBe(total(bands));
    expect(together.since.length).toBeLessThanOrEqual(11);
  });

  it('come all lives that ended, as churn counts them, in a density and in a curve', () => {
    const { columns, rows } = tableOf(churn, recording, { bucketMs: 1e15 });
    const [row] = [...rows];
    const cell = (name: string) => Number(row![columns.findIndex((one) => one.name === name)]);
    const closed = cell('closed') + cell('closed_unobserved');
    const { groups } = standIn('survival', input());
    expect(groups).toHaveLength(1);
    // Those that ended with the run of Tor are among them here.
    expect(groups[0]!.count).toBeGreaterThan(cell('closed') * 0.95);
    expect(groups[0]!.count).toBeLessThanOrEqual(closed);
    expect(groups[0]!.least.share.at(-1)).toBeCloseTo(0, 9);
    for (const [step, age] of groups[0]!.least.age.entries()) {
      expect(age).toBeLessThan(groups[0]!.greatest.age[step]!);
    }
    const { density } = standIn('lives', input());
    const counts = new Uint16Array(bytesOfText(density!.counts).buffer);
    expect(counts).toHaveLength(density!.lengths.length * density!.since.length);
    // What began before the recording is in no stretch of it.
    expect(total(counts)).toBeLessThanOrEqual(groups[0]!.count);
    expect(total(counts)).toBeGreaterThan(groups[0]!.count * 0.85);
  });

  it('come the greatest peers, with no more than the reports say, gaps left out', () => {
    const [quick, exact] = [standIn('rankings', input()), makePart('rankings', input())];
    const holds = (stood: Ranking, whole: Ranking) => {
      let equal = 0;
      for (const [place, peer] of whole.peer.entries()) {
        const other = stood.peer.indexOf(peer);
        if (other < 0) continue;
        expect(stood.read[other]).toBeLessThanOrEqual(whole.read[place]!);
        expect(stood.written[other]).toBeLessThanOrEqual(whole.written[place]!);
        expect(stood.mostAtOnce[other]).toBeLessThanOrEqual(whole.mostAtOnce[place]!);
        if (stood.read[other] === whole.read[place]) equal++;
      }
      return equal;
    };
    expect(quick.destinations.peer[0]).toBe(exact.destinations.peer[0]);
    expect(quick.peers.peer[0]).toBe(exact.peers.peer[0]);
    expect(holds(quick.destinations, exact.destinations)).toBeGreaterThan(5);
    expect(holds(quick.peers, exact.peers)).toBeGreaterThan(5);
  });

  it('comes the load that is in tables', () => {
    const [quick, exact] = [standIn('load', input()), makePart('load', input())];
    expect(quick.series).toEqual(exact.series);
    expect(exact.unseen).not.toEqual([]);
  });
});
