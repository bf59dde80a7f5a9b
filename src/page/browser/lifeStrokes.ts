/**
 * Lives as strokes of pixels: across by birth, upwards by length on a log scale.
 * Owns what is drawn of a life, and of which nothing can be; it draws nothing.
 */
import type { PageSpan } from '../parts.ts';
import { shadeOf } from './bandRaster.ts';

/** Rows of the report of connections, by column. */
export interface LifeRows {
  readonly count: number;
  text(column: string): readonly string[];
  numbers(column: string): readonly (number | null)[];
}

/** Lives that are drawn; milliseconds. */
export interface Lives {
  /** Their places in the rows. */
  readonly row: Int32Array;
  readonly born: Float64Array;
  readonly least: Float64Array;
  /** NaN while it is open. */
  readonly greatest: Float64Array;
  /** How many of them are open. */
  readonly open: number;
  /** How many are not drawn, since nobody knows when they began. */
  readonly unknown: number;
}

/** A connection's entries that share its birth and its length are one life. */
export function livesOf(rows: LifeRows): Lives {
  const { count } = rows;
  const [ids, born] = [rows.numbers('conn_id'), rows.numbers('opened_at')];
  const [known, ends] = [rows.numbers('opened_known'), rows.text('end')];
  const [least, greatest] = [rows.numbers('lifetime_min_s'), rows.numbers('lifetime_max_s')];
  const lives = {
    row: new Int32Array(count),
    born: new Float64Array(count),
    least: new Float64Array(count),
    greatest: new Float64Array(count),
  };
  const before = new Map<number, number>();
  let [drawn, open, unknown] = [0, 0, 0];
  for (let row = 0; row < count; row++) {
    const same = before.get(ids[row]!);
    before.set(ids[row]!, row);
    if (
      same !== undefined &&
      born[same] === born[row] &&
      least[same] === least[row] &&
      greatest[same] === greatest[row]
    ) {
      continue;
    }
    const isOpen = ends[row] === 'open';
    if (known[row] !== 1 || born[row] === null || least[row] === null) {
      unknown++;
      continue;
    }
    lives.row[drawn] = row;
    lives.born[drawn] = born[row]!;
    lives.least[drawn] = Math.max(0, least[row]! * 1000);
    lives.greatest[drawn] = isOpen ? Number.NaN : 1000 * (greatest[row] ?? least[row]!);
    if (isOpen) open++;
    drawn++;
  }
  return {
    row: lives.row.subarray(0, drawn),
    born: lives.born.subarray(0, drawn),
    least: lives.least.subarray(0, drawn),
    greatest: lives.greatest.subarray(0, drawn),
    ...{ open, unknown },
  };
}

/** Where the axis of lengths begins and ends, milliseconds. */
export interface LengthScale {
  readonly least: number;
  readonly most: number;
}

const SECOND = 1000;
const [MINUTE, HOUR, DAY] = [60 * SECOND, 3600 * SECOND, 86_400 * SECOND];

/** Lengths that the axis names. */
export const LENGTH_TICKS = [
  ...[SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 10 * HOUR],
  ...[2 * DAY, 14 * DAY, 91 * DAY, 728 * DAY],
];

/** From a second, or from `least`, to somewhat more than the longest, ten minutes at least. */
export function lengthScale(longest: number, least = SECOND): LengthScale {
  return { least, most: Math.max(10 * MINUTE, 1.2 * longest, 10 * least) };
}

/** From 0 for the least length, and all that are shorter, to 1 for the most. */
export function lengthShare(length: number, { least, most }: LengthScale): number {
  if (length <= least) return 0;
  return Math.min(1, Math.log(length / least) / Math.log(most / least));
}

/** How much ink is in each pixel, row by row from the top. */
export interface StrokeField {
  readonly columns: number;
  readonly rows: number;
  /** Of those that ended; of those that are open 1 or 0. */
  readonly ended: Uint32Array;
  readonly open: Uint8Array;
  /** How many were born in the window, and before it. */
  readonly born: number;
  readonly before: number;
}

/**
 * Those that were born in the window: from its least to its greatest length a life is a stroke, one that is open
 * an arrow's head at its least.
 * @param thickness of a stroke, pixels of the screen.
 */
export function strokeField(
  lives: Lives,
  window: PageSpan,
  scale: LengthScale,
  [columns, rows]: readonly [number, number],
  thickness: number,
): StrokeField {
  const ended = new Uint32Array(columns * rows);
  const open = new Uint8Array(columns * rows);
  const perMs = (columns - 1) / Math.max(1, window.to - window.from);
  const perLog = (rows - 1) / Math.log(scale.most / scale.least);
  const rowOfLength = (length: number) =>
    length <= scale.least
      ? rows - 1
      : Math.max(0, Math.round(rows - 1 - perLog * Math.log(length / scale.least)));
  let [born, before] = [0, 0];
  for (let life = 0; life < lives.born.length; life++) {
    const at = lives.born[life]!;
    if (at < window.from) before++;
    if (at < window.from || at > window.to) continue;
    born++;
    const column = Math.round((at - window.from) * perMs);
    const bottom = rowOfLength(lives.least[life]!);
    const greatest = lives.greatest[life]!;
    if (Number.isNaN(greatest)) {
      arrowHead(open, columns, rows, column, bottom, 2 * thickness);
      continue;
    }
    const top = Math.min(rowOfLength(greatest), Math.max(0, bottom - thickness + 1));
    const right = Math.min(columns, column + thickness);
    const ink = inkOf(bottom - top + 1, thickness);
    for (let row = top; row <= bottom; row++) {
      for (let place = row * columns + column; place < row * columns + right; place++) {
        ended[place]! += ink;
      }
    }
  }
  return { columns, rows, ended, open, born, before };
}

const [LEAST_INK, MOST_INK] = [2, 16];

/** A pixel of a life that is little known has less: it may have ended at any of them. */
function inkOf(length: number, thickness: number): number {
  return Math.max(LEAST_INK, Math.min(MOST_INK, Math.round((8 * thickness * MOST_INK) / length)));
}

/** Pointing upwards: it goes on. */
function arrowHead(
  field: Uint8Array,
  columns: number,
  rows: number,
  column: number,
  top: number,
  size: number,
): void {
  for (let step = 0; step <= size; step++) {
    const row = top + step;
    if (row >= rows) return;
    for (const place of step === 0 ? [column] : [column - step, column + step]) {
      if (place >= 0 && place < columns) field[row * columns + place] = 1;
    }
  }
}

/** @param ended, open shades as many as `shadeOf` has; what is open covers what ended. */
export function strokePixels(
  field: StrokeField,
  ended: Uint32Array,
  open: Uint32Array,
): Uint32Array<ArrayBuffer> {
  let most = 1;
  for (const count of field.ended) if (count > most) most = count;
  const shades = Uint8Array.from({ length: most + 1 }, (_, count) => shadeOf(count, 1, most));
  const pixels = new Uint32Array(field.columns * field.rows);
  for (let place = 0; place < pixels.length; place++) {
    pixels[place] = field.open[place] === 1 ? open[255]! : ended[shades[field.ended[place]!]!]!;
  }
  return pixels;
}

/** The life whose stroke is nearest to a place; −1 where none is near. Tolerances in milliseconds and shares. */
export function lifeNear(
  lives: Lives,
  scale: LengthScale,
  place: { readonly time: number; readonly share: number },
  near: { readonly ms: number; readonly share: number },
): number {
  let [found, best] = [-1, Number.POSITIVE_INFINITY];
  for (let life = 0; life < lives.born.length; life++) {
    const across = Math.abs(lives.born[life]! - place.time) / near.ms;
    if (across > 1) continue;
    const low = lengthShare(lives.least[life]!, scale);
    const greatest = lives.greatest[life]!;
    const high = Number.isNaN(greatest) ? low : lengthShare(greatest, scale);
    const off = Math.max(0, low - place.share, place.share - high) / near.share;
    if (off > 1 || across + off >= best) continue;
    best = across + off;
    found = life;
  }
  return found;
}
