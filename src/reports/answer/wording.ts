/**
 * Times, addresses and facts as answers put them.
 * Owns the words; what is said is the questions'.
 */
import { isoTime } from '../../listing/instant.ts';
import type { ComplaintDestination } from './complaint.ts';
import type { BlindPiece } from './looking.ts';

/** `198.51.100.7:443`, `[2001:db8::1]:443`, `198.51.100.7`. */
export function destinationText({ ip, port }: ComplaintDestination): string {
  if (port === undefined) return ip;
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}

/** From when to when; one time where both are the same. */
export function spanText(from: number, to: number): string {
  return from === to ? `at ${isoTime(from)}` : `from ${isoTime(from)} to ${isoTime(to)}`;
}

export function blindText({ from, to, reason }: BlindPiece): string {
  return `${spanText(from, to)}: ${reason}`;
}

/** So many facts of one kind are named. */
const NAMED = 10;

/** The first of them, and how many more there are. */
export function firstFacts(facts: readonly string[]): string[] {
  const more = facts.length - NAMED;
  return more <= 0 ? [...facts] : [...facts.slice(0, NAMED), `and ${more} more`];
}
