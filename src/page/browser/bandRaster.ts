/**
 * Counts in bands, stretch by stretch, as columns of pixels: how many circuits were how balanced, how many
 * lives were how long.
 * Owns which count a pixel shows and how dark that is; it draws nothing.
 */
import type { DrawnStretches, PageSpan } from '../parts.ts';
import { pixelColumns, stretchesIn } from './laneRaster.ts';

/** Counts by band and column, band by band; the greatest of the stretches that share a column. */
export interface BandField {
  readonly bands: number;
  readonly columns: number;
  readonly counts: Uint32Array;
  /** The least but 0, and the greatest of them, and how many all stretches of the window have together. */
  readonly least: number;
  readonly most: number;
  readonly sum: number;
}

/** @param counts `bands` of them a stretch, stretch by stretch. */
export function bandField(
  stretches: DrawnStretches,
  counts: ArrayLike<number>,
  bands: number,
  window: PageSpan,
  columns: number,
): BandField {
  const [first, end] = stretchesIn(stretches, window);
  const { begins, ends } = pixelColumns(stretches, first, end - first, window, columns);
  const field = new Uint32Array(bands * columns);
  let [least, most, sum] = [Number.POSITIVE_INFINITY, 0, 0];
  for (let stretch = 0; stretch < end - first; stretch++) {
    for (let band = 0; band < bands; band++) {
      const count = counts[(first + stretch) * bands + band]!;
      if (count === 0) continue;
      sum += count;
      if (count > most) most = count;
      if (count < least) least = count;
      for (let column = begins[stretch]!; column < ends[stretch]!; column++) {
        const place = band * columns + column;
        if (count > field[place]!) field[place] = count;
      }
    }
  }
  return { bands, columns, counts: field, least: Math.min(least, most), most, sum };
}

/** The palest that is still seen beside nothing. */
const PALEST = 24;

/** On a log scale, so that few are seen beside thousands: 0 for none, up to 255 from the least to the most. */
export function shadeOf(count: number, least: number, most: number): number {
  if (count === 0) return 0;
  if (most <= least) return 255;
  const share = Math.log(count / least) / Math.log(most / least);
  return PALEST + Math.round((255 - PALEST) * share);
}

/** Pixels of a field, the last band on top. @param shades as many as `shadeOf` has. */
export function bandPixels(field: BandField, shades: Uint32Array): Uint32Array<ArrayBuffer> {
  const { bands, columns, counts, least, most } = field;
  const pixels = new Uint32Array(bands * columns);
  for (let band = 0; band < bands; band++) {
    const row = (bands - 1 - band) * columns;
    for (let column = 0; column < columns; column++) {
      pixels[row + column] = shades[shadeOf(counts[band * columns + column]!, least, most)]!;
    }
  }
  return pixels;
}
