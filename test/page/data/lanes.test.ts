/** Lanes that are too many to be told one by one, and lanes of a long recording in a moment. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LaneBook } from '../../../src/page/data/laneBook.ts';
import { lanedParts } from '../../../src/page/data/lanes.ts';
import { framedParts, lopsidedLanes } from '../../../src/page/data/quickLanes.ts';
import {
  ABSENT,
  bytesOfLevel,
  bytesOfText,
  levelOf,
  MOST_LEVEL,
  strongerLevel,
  textOfBytes,
} from '../../../src/page/levels.ts';
import { relaying } from '../../oracle/relaying.ts';
import { withRecording } from '../../recording/tapes.ts';

const bytes = fc.oneof(
  fc.nat(2000),
  fc.maxSafeNat(),
  fc.constantFrom(0, 1, 514, Number.MAX_SAFE_INTEGER),
);

describe('a level', () => {
  it('says to within a fifth how much more went one way, and which', () => {
    fc.assert(
      fc.property(bytes, bytes, (read, written) => {
        const level = levelOf(read, written);
        const more = Math.abs(written - read);
        expect(Math.sign(level)).toBe(more < 1 ? 0 : Math.sign(written - read));
        expect(Math.abs(level)).toBeLessThanOrEqual(MOST_LEVEL);
        if (more >= 1) {
          expect(bytesOfLevel(level) / more).toBeGreaterThan(0.84);
          expect(bytesOfLevel(level) / more).toBeLessThan(1.19);
        }
      }),
    );
  });

  it('is stronger where it is further from even, and anything than nothing', () => {
    expect(strongerLevel(-9, 8)).toBe(-9);
    expect(strongerLevel(8, -9)).toBe(-9);
    expect(strongerLevel(ABSENT, 0)).toBe(0);
    expect(strongerLevel(0, ABSENT)).toBe(0);
    expect(strongerLevel(ABSENT, ABSENT)).toBe(ABSENT);
  });

  it('comes back from text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (some) => {
        expect(bytesOfText(textOfBytes(some))).toEqual(some);
      }),
      { numRuns: 20 },
    );
  });
});

/** What lanes do: from which stretch on, for how many, and in which of them how much they moved. */
const lives = fc.array(
  fc.record({
    first: fc.nat(9),
    length: fc.integer({ min: 1, max: 6 }),
    moves: fc.array(fc.tuple(bytes, bytes), { maxLength: 6 }),
  }),
  { minLength: 1, maxLength: 30 },
);

const STRETCHES = 16;
const ROWS = 4;

describe('a raster', () => {
  it('has of every row and stretch the strongest of its lanes', () => {
    fc.assert(
      fc.property(lives, fc.nat(30), (all, most) => {
        const born = (at: number) => at / STRETCHES;
        const book = new LaneBook({ most, rows: ROWS, bornBy: born });
        const open = new Map<number, ReturnType<LaneBook['open']>>();
        for (let stretch = 0; stretch < STRETCHES; stretch++) {
          book.go(stretch);
          for (const [id, { first, length, moves }] of all.entries()) {
            if (stretch === first) {
              const life = { run: 1, id, openedAt: first, firstSeen: first, shape: 'relay' };
              open.set(id, book.open(life, false));
            }
            const lane = open.get(id);
            if (lane === undefined) continue;
            const move = stretch < first + length ? moves[stretch - first] : undefined;
            if (move !== undefined) book.move(lane, ...move);
            if (stretch < first + length) continue;
            lane.closedBy = stretch;
            book.close(lane);
            open.delete(id);
          }
        }
        for (const lane of open.values()) book.close(lane);
        const { raster, lanes, cells, total } = book.finish();
        expect(total).toBe(all.length);
        if (all.length <= most) {
          expect(raster).toBeNull();
          expect(lanes.id).toHaveLength(all.length);
          return;
        }
        expect(cells).toBeNull();
        const drawn = new Int8Array(bytesOfText(raster!.levels).buffer);
        const expected = new Int8Array(ROWS * STRETCHES).fill(ABSENT);
        for (const { first, length, moves } of all) {
          const row = Math.floor(born(first) * ROWS);
          for (let stretch = first; stretch < Math.min(first + length, STRETCHES); stretch++) {
            const [read, written] = moves[stretch - first] ?? [0, 0];
            const cell = row * STRETCHES + stretch;
            expected[cell] = strongerLevel(expected[cell]!, levelOf(read, written));
          }
        }
        const magnitude = (level: number) => (level === ABSENT ? -1 : Math.abs(level));
        expect([...drawn].map(magnitude)).toEqual([...expected].map(magnitude));
      }),
    );
  });
});

describe('lanes from frames alone', () => {
  it('moved what the exact ones did, where no connection carries several circuits', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(relaying, (lines) =>
        withRecording(lines, (recording) => {
          const input = { recording, window: recording.extent!, bins: 1e9, path: '' };
          const [exact, quick] = [lanedParts(input).lanes, framedParts(input).lanes];
          expect(quick.subject).toBe(exact.subject);
          expect(quick.at).toEqual(exact.at);
          // Ids that come back, and ages that are not known, only the lives tell apart.
          const isPlain =
            new Set(exact.lanes.id).size === exact.lanes.id.length &&
            exact.lanes.read.every((read) => read !== null && Number.isSafeInteger(read)) &&
            !lines.some((line) => line.includes('AGE=unknown'));
          if (!isPlain || quick.lanes.id.length !== exact.lanes.id.length) return;
          compared++;
          const movedOf = ({ lanes }: typeof exact) =>
            lanes.id.map((id, lane) => [id, lanes.read[lane]]).sort(([a], [b]) => a! - b!);
          const more = movedOf(quick).filter(([, read], lane) => read! > movedOf(exact)[lane]![1]!);
          expect(more).toEqual([]);
        }),
      ),
      { numRuns: 60 },
    );
    expect(compared).toBeGreaterThan(5);
  });
});

describe('lanes from the rollups', () => {
  it('have the most lopsided circuits of the tape, with what they moved', async () => {
    await fc.assert(
      fc.asyncProperty(relaying, (lines) =>
        withRecording(lines, (recording) => {
          const input = { recording, window: recording.extent!, bins: 1e9, path: '' };
          const { lanes, raster, total } = lopsidedLanes(input);
          if (total === 0) return;
          expect(raster).not.toBeNull();
          const exact = lanedParts(input).lanes.lanes;
          for (const [lane, id] of lanes.id.entries()) {
            expect(exact.id).toContain(id);
            expect(lanes.read[lane]).not.toBe(lanes.written[lane]);
          }
        }),
      ),
      { numRuns: 25 },
    );
  });
});
