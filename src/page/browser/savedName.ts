/**
 * What saved rows are called, and how a window is said.
 * Owns these two texts.
 */
import type { PageSpan } from '../parts.ts';
import { timeText } from './format.ts';

const DAY_MS = 86_400_000;

/** `07:18:39 to 08:18:40 UTC`, with the dates where it is not of one day. */
export function windowText({ from, to }: PageSpan): string {
  const isOneDay = Math.floor(from / DAY_MS) === Math.floor(to / DAY_MS);
  return `${timeText(from, true)} to ${timeText(to, !isOneDay)} UTC`;
}

/** `relay-churn-20261123T020000Z-20261123T040000Z.csv`, of a recording `relay.tape`. */
export function csvName(recording: string, report: string, { from, to }: PageSpan): string {
  const stamp = (at: number) => `${timeText(at, true).replace(' ', 'T').replace(/[-:]/g, '')}Z`;
  const stem = recording.replace(/\.[^.]*$/, '').replace(/[^\w.-]/g, '_');
  return `${stem}-${report}-${stamp(from)}-${stamp(to)}.csv`;
}
