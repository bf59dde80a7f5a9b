/**
 * Lanes × stretches as rows of pixels, each the strongest one-sidedness of the lanes in it.
 * Owns which lane is in which row, and what colour a level has; it draws nothing.
 */
import { ABSENT, bytesOfLevel, bytesOfText, strongerLevel } from '../levels.ts';
import type { DrawnStretches, Lanes, LanesPart, PageSpan } from '../parts.ts';

/** A level for each row and stretch of a window, row by row. */
export interface LaneField {
  readonly rows: number;
  /** The stretches of the part that it has: from `first` on, `stretches` of them. */
  readonly first: number;
  readonly stretches: number;
  readonly levels: Int8Array;
  /** The strongest level, from 0 on. */
  readonly top: number;
  /** How many lanes there are, and whether that is exact. */
  readonly lanes: number;
  readonly exact: boolean;
}

/** Cells of lanes, read back: those of a lane begin at its offset, and may end before the lane does. */
export interface LaneCells {
  readonly first: readonly number[];
  readonly count: readonly number[];
  readonly offset: Int32Array;
  readonly levels: Int8Array;
  /** The stretch behind the last that held the lane. */
  readonly end: Int32Array;
}

/** Null where the part has a raster in their place. */
export function cellsOf(part: LanesPart): LaneCells | null {
  if (part.cells === null) return null;
  const { first, count } = part.cells;
  const offset = new Int32Array(count.length);
  const end = new Int32Array(count.length);
  for (let lane = 0; lane < count.length; lane++) {
    if (lane > 0) offset[lane] = offset[lane - 1]! + count[lane - 1]!;
    end[lane] = Math.min(part.at.length, stretchNotBefore(part, part.lanes.lastSeen[lane]!) + 1);
  }
  return { first, count, offset, levels: signedBytes(part.cells.levels), end };
}

export function signedBytes(text: string): Int8Array {
  return new Int8Array(bytesOfText(text).buffer);
}

/** The stretches that share time with a window: from the first up to the second, not included. */
export function stretchesIn({ since, at }: DrawnStretches, window: PageSpan): [number, number] {
  let first = 0;
  while (first < at.length && at[first]! <= window.from) first++;
  let end = first;
  while (end < since.length && since[end]! < window.to) end++;
  return [first, end];
}

/** The stretch that a time lies in; −1 where it lies in none. */
export function stretchAt(stretches: DrawnStretches, time: number): number {
  const stretch = stretchNotBefore(stretches, time);
  return stretch < stretches.at.length && stretches.since[stretch]! <= time ? stretch : -1;
}

/** The first stretch that ends at a time or behind it; behind the last where there is none. */
function stretchNotBefore({ at }: DrawnStretches, time: number): number {
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lanes that a window holds, in order of birth, by their place in `lanes`. */
export function lanesAlive({ openedAt, lastSeen }: Lanes, window: PageSpan): Int32Array {
  const alive = new Int32Array(openedAt.length);
  let count = 0;
  for (let lane = 0; lane < openedAt.length; lane++) {
    if (openedAt[lane]! <= window.to && lastSeen[lane]! >= window.from) alive[count++] = lane;
  }
  return alive.subarray(0, count);
}

/** The row of the n-th of so many lanes. Ascending; where there are fewer lanes than rows it is n. */
export function rowOf(nth: number, lanes: number, rows: number): number {
  return lanes <= rows ? nth : Math.floor((nth * rows) / lanes);
}

/** The lanes of a row: from the first up to the second, not included. */
export function lanesOfRow(row: number, lanes: number, rows: number): [number, number] {
  if (lanes <= rows) return [row, row + 1];
  return [Math.ceil((row * lanes) / rows), Math.ceil(((row + 1) * lanes) / rows)];
}

/** @param alive as `lanesAlive` has them; at most `mostRows` rows come of them. */
export function fieldOfCells(
  part: LanesPart,
  cells: LaneCells,
  alive: Int32Array,
  window: PageSpan,
  mostRows: number,
): LaneField {
  const [first, end] = stretchesIn(part, window);
  const stretches = end - first;
  const rows = Math.min(alive.length, mostRows);
  const levels = new Int8Array(rows * stretches).fill(ABSENT);
  let top = 0;
  for (let nth = 0; nth < alive.length; nth++) {
    const lane = alive[nth]!;
    const row = rowOf(nth, alive.length, rows) * stretches - first;
    const begin = cells.first[lane]!;
    const offset = cells.offset[lane]! - begin;
    const last = Math.min(end, cells.end[lane]!);
    const told = begin + cells.count[lane]!;
    for (let stretch = Math.max(first, begin); stretch < last; stretch++) {
      const level = stretch < told ? cells.levels[offset + stretch]! : 0;
      if (level === ABSENT) continue;
      levels[row + stretch] = strongerLevel(levels[row + stretch]!, level);
      top = Math.max(top, Math.abs(level));
    }
  }
  return { rows, first, stretches, levels, top, lanes: alive.length, exact: true };
}

/** Rows of a part's raster in which nothing is in the window take none. */
export function fieldOfRaster(
  part: LanesPart,
  raster: Int8Array,
  window: PageSpan,
  mostRows: number,
): LaneField {
  const [first, end] = stretchesIn(part, window);
  const width = part.at.length;
  const all = part.raster?.rows ?? 0;
  const alive: number[] = [];
  for (let row = 0; row < all; row++) {
    const cells = raster.subarray(row * width + first, row * width + end);
    if (cells.some((level) => level !== ABSENT)) alive.push(row);
  }
  const stretches = end - first;
  const rows = Math.min(alive.length, mostRows);
  const levels = new Int8Array(rows * stretches).fill(ABSENT);
  let top = 0;
  for (const [nth, from] of alive.entries()) {
    const row = rowOf(nth, alive.length, rows) * stretches;
    for (let stretch = 0; stretch < stretches; stretch++) {
      const level = raster[from * width + first + stretch]!;
      if (level === ABSENT) continue;
      levels[row + stretch] = strongerLevel(levels[row + stretch]!, level);
      top = Math.max(top, Math.abs(level));
    }
  }
  const lanes = all === 0 ? 0 : Math.round((part.total * alive.length) / all);
  return { rows, first, stretches, levels, top, lanes, exact: alive.length === all };
}

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/**
 * Pixels by level: [level + 128], as `ImageData` has them in the words of this machine. A level of
 * the top has all of its colour, one of an eighth of its bytes half.
 */
export function levelColors(
  top: number,
  colors: { readonly quiet: Rgb; readonly out: Rgb; readonly in: Rgb },
): Uint32Array {
  const pixels = new Uint8ClampedArray(4 * 256);
  for (let level = ABSENT + 1; level < 128; level++) {
    const share = intensity(level, top);
    const strong = level > 0 ? colors.out : colors.in;
    const place = 4 * (level + 128);
    for (let part = 0; part < 3; part++) {
      pixels[place + part] = colors.quiet[part]! + share * (strong[part]! - colors.quiet[part]!);
    }
    pixels[place + 3] = 255;
  }
  return new Uint32Array(pixels.buffer);
}

/** From 0 for none to 1 for the top: the cube root of the share of bytes. */
export function intensity(level: number, top: number): number {
  if (level === 0 || level === ABSENT || top === 0) return 0;
  return Math.min(1, Math.cbrt(bytesOfLevel(level) / bytesOfLevel(top)));
}

/** `columns` pixels a row of a field, over all of a window. What shares a pixel shows its strongest. */
export function pixelsOf(
  field: LaneField,
  { since, at }: DrawnStretches,
  window: PageSpan,
  columns: number,
  colors: Uint32Array,
): Uint32Array<ArrayBuffer> {
  const { rows, stretches, first, levels } = field;
  const { begins, ends } = pixelColumns({ since, at }, first, stretches, window, columns);
  const pixels = new Uint32Array(rows * columns);
  const line = new Int8Array(columns);
  for (let row = 0; row < rows; row++) {
    line.fill(ABSENT);
    for (let stretch = 0; stretch < stretches; stretch++) {
      const level = levels[row * stretches + stretch]!;
      if (level === ABSENT) continue;
      for (let column = begins[stretch]!; column < ends[stretch]!; column++) {
        line[column] = strongerLevel(line[column]!, level);
      }
    }
    for (let column = 0; column < columns; column++) {
      pixels[row * columns + column] = colors[line[column]! + 128]!;
    }
  }
  return pixels;
}

/** In which columns of pixels each of so many stretches is: one at least, from `begins` on, up to `ends`. */
export function pixelColumns(
  { since, at }: DrawnStretches,
  first: number,
  stretches: number,
  window: PageSpan,
  columns: number,
): { readonly begins: Int32Array; readonly ends: Int32Array } {
  const perMs = columns / Math.max(1, window.to - window.from);
  const place = (time: number) =>
    Math.min(columns, Math.max(0, Math.round((time - window.from) * perMs)));
  const begins = Int32Array.from({ length: stretches }, (_, n) =>
    Math.min(columns - 1, place(since[first + n]!)),
  );
  const ends = Int32Array.from({ length: stretches }, (_, n) =>
    Math.max(begins[n]! + 1, place(at[first + n]!)),
  );
  return { begins, ends };
}

export function unsignedWords(text: string): Uint16Array {
  return new Uint16Array(bytesOfText(text).buffer);
}
