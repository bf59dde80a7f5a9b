/**
 * Whether the lives of a window can be told one by one, and how many there are by birth and length where
 * they cannot.
 * Owns that choice, and the density that takes their place, from the rollups.
 */
import { LENGTH_BANDS, leastLengthOf } from '../../recording/index/rollups/bands.ts';
import { textOfBytes } from '../levels.ts';
import type { LivesPart } from '../parts.ts';
import type { PartInput } from './input.ts';

/** As many as a page shows one by one. */
export const MAX_LIVES = 50_000;

/** What a count is at most: those are told as 16 bits. */
const MOST = 0xff_ff;

export function livesPart(input: PartInput): LivesPart {
  const total = livesIn(input);
  return total <= MAX_LIVES ? listedLives(total) : denseLives(input, total);
}

/** They are the rows of the report of connections. */
export function listedLives(total: number): LivesPart {
  return { total, listed: true, density: null, exact: true, note: null };
}

/** @param total how many entries there are, at most. */
export function denseLives(input: PartInput, total = livesIn(input)): LivesPart {
  return {
    ...{ total, listed: false, density: densityOf(input), exact: total > MAX_LIVES },
    note: 'From the rollups: connections that ended, by the minute of their end and in bands of length. What is still open is not among them.',
  };
}

/** How many entries a window saw, at most: all that the recording holds, or what polls say opened. */
function livesIn({ recording, window }: Pick<PartInput, 'recording' | 'window'>): number {
  const all = recording.index.entryCount();
  if (all <= MAX_LIVES) return all;
  let lives = 0;
  let isFirst = true;
  for (const { opened, connections } of recording.index.rollups().polls(window)) {
    lives += isFirst ? connections : opened;
    isFirst = false;
  }
  return Math.min(all, lives);
}

function densityOf({ recording, window, bins }: PartInput): LivesPart['density'] {
  const lengthMs = Math.max(60_000, Math.ceil((window.to - window.from) / bins));
  const count = Math.max(1, Math.ceil((window.to - window.from) / lengthMs));
  const counts = new Uint16Array(count * LENGTH_BANDS);
  for (const { from, to, counts: lengths } of recording.index.rollups().ended(window)) {
    for (let band = 0; band < LENGTH_BANDS; band++) {
      if (lengths[band] === 0) continue;
      const born = (from + to) / 2 - leastLengthOf(band);
      const stretch = Math.floor((born - window.from) / lengthMs);
      if (stretch < 0 || stretch >= count) continue;
      const cell = stretch * LENGTH_BANDS + band;
      counts[cell] = Math.min(MOST, counts[cell]! + lengths[band]!);
    }
  }
  const begin = (stretch: number) => window.from + stretch * lengthMs;
  return {
    since: Array.from({ length: count }, (_, stretch) => begin(stretch)),
    at: Array.from({ length: count }, (_, stretch) => begin(stretch + 1)),
    lengths: Array.from({ length: LENGTH_BANDS }, (_, band) => leastLengthOf(band)),
    counts: textOfBytes(new Uint8Array(counts.buffer)),
  };
}
