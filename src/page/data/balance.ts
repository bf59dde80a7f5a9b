/**
 * How the bytes of circuits were balanced, by the minute, from the rollups.
 * Owns how minutes are put together; what a band is is the recording's.
 */
import { BALANCE_BANDS } from '../../recording/index/rollups/bands.ts';
import type { BalancePart } from '../parts.ts';
import type { PartInput } from './input.ts';

const MINUTE_MS = 60_000;

/** Minutes in which nothing moved, or nobody looked, are in no stretch. */
export function balancePart({ recording, window, bins }: PartInput): BalancePart {
  const minutes = Math.max(1, Math.ceil((window.to - window.from) / MINUTE_MS / bins));
  const lengthMs = minutes * MINUTE_MS;
  const [since, at, bands]: [number[], number[], number[]] = [[], [], []];
  for (const minute of recording.index.rollups().balances(window)) {
    const from = Math.floor(minute.from / lengthMs) * lengthMs;
    if (since.at(-1) !== from) {
      since.push(from);
      at.push(from + lengthMs);
      for (let band = 0; band < BALANCE_BANDS; band++) bands.push(0);
    }
    const begin = bands.length - BALANCE_BANDS;
    for (let band = 0; band < BALANCE_BANDS; band++) bands[begin + band]! += minute.circuits[band]!;
  }
  const length = minutes === 1 ? 'minute by minute' : `${minutes} minutes together`;
  return { since, at, bands, exact: false, note: `From the rollups, ${length}.` };
}
