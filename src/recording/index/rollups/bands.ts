/**
 * The bands that rollups count in.
 * Owns where each begins; what is counted in them is for others.
 */

/** Bands of pcr, from −1 (nothing but READ) to 1 (nothing but WRITE), 0 being the middle one. */
export const BALANCE_BANDS = 41;

/** Bands of length. */
export const LENGTH_BANDS = 40;

/** Sums stand as this where they are more: the greatest integer that a number holds exactly. */
const MOST = Number.MAX_SAFE_INTEGER;

/** The sum of two numbers of bytes. */
export function addedUp(a: number, b: number): number {
  return Math.min(MOST, a + b);
}

/**
 * The band of a circuit that moved something: pcr = (WRITE − READ) / (WRITE + READ) times 20, to
 * the nearest integer, halves away from 0, and 20 more: 0 to 40.
 */
export function balanceBandOf(read: number, written: number): number {
  const pcr = (written - read) / (written + read);
  return 20 + Math.sign(pcr) * Math.round(20 * Math.abs(pcr));
}

/** The pcr in the middle of a band. */
export function pcrOf(band: number): number {
  return (band - 20) / 20;
}

/** Where each band of length begins, milliseconds: 0, then 1 s and √2 times as much each time. */
const LENGTHS = Array.from({ length: LENGTH_BANDS }, (_, band) =>
  band === 0 ? 0 : Math.ceil(1000 * 2 ** ((band - 1) / 2)),
);

/** The band of a length in milliseconds: 0 below a second, 39 from 6 days (2^19 s) on. */
export function lengthBandOf(ms: number): number {
  let band = LENGTH_BANDS - 1;
  while (band > 0 && ms < LENGTHS[band]!) band--;
  return band;
}

/** Where a band of length begins, milliseconds. */
export function leastLengthOf(band: number): number {
  return LENGTHS[band]!;
}
