import { describe, expect, it } from 'vitest';
import { bandField, shadeOf } from '../../src/page/browser/bandRaster.ts';
import {
  cellsOf,
  fieldOfCells,
  fieldOfRaster,
  lanesAlive,
  lanesOfRow,
  pixelsOf,
  rowOf,
  signedBytes,
  stretchAt,
} from '../../src/page/browser/laneRaster.ts';
import { livesOf, strokeField } from '../../src/page/browser/lifeStrokes.ts';
import { mostLopsided } from '../../src/page/browser/lopsided.ts';
import { medianOf, shareOn } from '../../src/page/browser/survivalSteps.ts';
import { ABSENT, textOfBytes } from '../../src/page/levels.ts';
import type { LanesPart } from '../../src/page/parts.ts';

const WINDOW = { from: 0, to: 30 };

/** Three lanes over three stretches of 10 ms; the second is open to the end, and moved only at first. */
function part(): LanesPart {
  return {
    ...{
      since: [0, 10, 20],
      at: [10, 20, 30],
      subject: 'circuit',
      total: 3,
      exact: true,
      note: null,
    },
    lanes: {
      ...{ run: [1, 1, 1], id: [7, 8, 9], openedAt: [0, 1, 15], firstSeen: [10, 10, 20] },
      ...{ lastSeen: [20, 30, 20], closedBy: [30, null, 30] },
      ...{ shape: ['relay', 'relay', 'blocked'], inbound: [1, 1, 1], outbound: [1, 1, 1] },
      ...{ read: [100, 1000, null], written: [104, 3000, null] },
    },
    cells: { first: [0, 0, 1], count: [2, 1, 1], levels: text([5, -9, 21, -30]) },
    raster: null,
  };
}

function text(levels: readonly number[]): string {
  return textOfBytes(new Uint8Array(Int8Array.from(levels).buffer));
}

function field(window = WINDOW, rows = 10) {
  return fieldOfCells(part(), cellsOf(part())!, lanesAlive(part().lanes, window), window, rows);
}

describe('lanes as rows', () => {
  it('have a level for each stretch, 0 where a lane lives on, and none where it is not', () => {
    expect([...field().levels]).toEqual([5, -9, ABSENT, 21, 0, 0, ABSENT, -30, ABSENT]);
    expect(field().top).toBe(30);
  });

  it('show the strongest of those that share a row, not a mean', () => {
    expect([...field(WINDOW, 1).levels]).toEqual([21, -30, 0]);
  });

  it('are those of the window alone', () => {
    expect(field({ from: 21, to: 30 }).lanes).toBe(1);
  });

  it('lie each in one row, and each row has some', () => {
    for (const [lanes, rows] of [
      [10, 10],
      [34_000, 446],
      [447, 446],
      [3, 446],
    ] as const) {
      for (let row = 0; row < Math.min(rows, lanes); row++) {
        const [first, end] = lanesOfRow(row, lanes, rows);
        expect(end).toBeGreaterThan(first);
        expect([rowOf(first, lanes, rows), rowOf(end - 1, lanes, rows)]).toEqual([row, row]);
      }
    }
  });

  it('leave out rows of a raster that nothing in the window is in', () => {
    const raster = signedBytes(text([1, ABSENT, ABSENT, ABSENT, 2, -3]));
    const drawn = { ...part(), cells: null, raster: { rows: 2, levels: '' }, total: 20 };
    const late = fieldOfRaster(drawn, raster, { from: 15, to: 30 }, 10);
    expect(late).toMatchObject({ rows: 1, top: 3, lanes: 10, exact: false });
    expect([...late.levels]).toEqual([2, -3]);
  });

  it('keep the strongest of the stretches that share a pixel', () => {
    const colors = Uint32Array.from({ length: 256 }, (_, place) => place);
    const pixels = pixelsOf(field(WINDOW, 1), part(), WINDOW, 1, colors);
    expect([...pixels]).toEqual([-30 + 128]);
  });
});

it('a time between two stretches lies in none', () => {
  const stretches = { since: [0, 20], at: [10, 30] };
  expect([0, 10, 15, 20, 31].map((time) => stretchAt(stretches, time))).toEqual([0, 0, -1, 1, -1]);
});

it('lists what is lopsided: by its bytes, or where those are not of the window by its levels', () => {
  const alive = lanesAlive(part().lanes, WINDOW);
  expect(mostLopsided(part(), alive, WINDOW, null, 20)).toEqual([
    { lane: 1, net: 2000, bytes: { read: 1000, written: 3000 } },
  ]);
  const about = mostLopsided(part(), alive, { from: 10, to: 20 }, cellsOf(part()), 20);
  expect(about).toEqual([{ lane: 0, net: -16, bytes: null }]);
});

it('counts in bands keep the greatest of a pixel, and one is seen beside thousands', () => {
  const stretches = { since: [0, 10], at: [10, 20] };
  const { counts, most, sum } = bandField(stretches, [1, 0, 5, 2], 2, { from: 0, to: 20 }, 1);
  expect({ counts: [...counts], most, sum }).toEqual({ counts: [5, 2], most: 5, sum: 8 });
  expect([0, 1, 5000].map((count) => shadeOf(count, 1, 5000))).toEqual([0, 24, 255]);
  expect([900, 5000].map((count) => shadeOf(count, 900, 5000))).toEqual([24, 255]);
});

describe('lives', () => {
  const cells: Record<string, readonly (number | null)[]> = {
    conn_id: [1, 1, 2, 3, 4],
    opened_at: [1000, 1000, 2000, 3000, 50],
    opened_known: [1, 1, 1, 0, 1],
    lifetime_min_s: [2, 2, 100, 4, 1],
    lifetime_max_s: [4, 4, null, null, 2],
  };
  const rows = {
    count: 5,
    numbers: (column: string) => cells[column]!,
    text: () => ['closed', 'closed', 'open', 'closed', 'closed'],
  };

  it('are one where entries of a connection share them; an unknown opening is none', () => {
    const lives = livesOf(rows);
    expect([...lives.row]).toEqual([0, 2, 4]);
    expect([...lives.greatest]).toEqual([4000, Number.NaN, 2000]);
    expect(lives).toMatchObject({ open: 1, unknown: 1 });
  });

  it('are strokes from their least to their greatest length, where they were born', () => {
    const scale = { least: 1000, most: 1_024_000 };
    const strokes = strokeField(livesOf(rows), { from: 1000, to: 2000 }, scale, [2, 11], 1);
    const inked = [...strokes.ended.keys()].filter((place) => strokes.ended[place]! > 0);
    // A row doubles a length: 1 s is row 10, 2 s row 9, 4 s row 8. Column 0 of 2.
    expect(inked).toEqual([16, 18]);
    expect(strokes.open[2 * 3 + 1]).toBe(1);
    expect(strokes).toMatchObject({ born: 2, before: 1 });
  });
});

describe('a curve of survival', () => {
  const curve = { age: [10, 20, 30], share: [0.8, 0.5, 0.1], fewFrom: null };

  it('is level between its steps', () => {
    expect([9, 10, 29, 99].map((age) => shareOn(curve, age))).toEqual([1, 0.8, 0.5, 0.1]);
  });

  it('tells no median that fewer than ten stand for', () => {
    expect(medianOf(curve)).toBe(20);
    expect(medianOf({ ...curve, fewFrom: 20 })).toBeNull();
    expect(medianOf({ ...curve, share: [0.9, 0.8, 0.7] })).toBeNull();
  });
});
