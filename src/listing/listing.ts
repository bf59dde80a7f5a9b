/**
 * What `conn/all` said at one moment, column by column.
 * Owns the in-memory shape of a listing and its text lines; not the parsing (parse.ts).
 */
import type { Label, LabelFields } from './label.ts';
import { roundBytes } from './privacy.ts';

/** A line that was not well formed: why, and what of it may be shown. */
export interface Quarantined {
  readonly reason: string;
  /** The line with everything that might be an address masked. */
  readonly line: string;
}

/**
 * One listing. All four columns have the same length, one row an entry, in the order given;
 * an empty listing has length 0. Counters are exact integers from 0 to 2^53 − 1.
 */
export interface Listing {
  readonly labels: readonly Label[];
  /** READ, bytes. */
  readonly read: Float64Array;
  /** WRITE, bytes. */
  readonly written: Float64Array;
  /** UPTIME, seconds. */
  readonly uptime: Float64Array;
  /** The first lines that were put aside; `quarantinedCount` counts them all. */
  readonly quarantined: readonly Quarantined[];
  readonly quarantinedCount: number;
}

/** One row, for those who build a listing entry by entry. */
export interface Entry {
  readonly label: Label;
  readonly read: number;
  readonly written: number;
  readonly uptime: number;
}

/** A listing of the entries given, in their order. */
export function listingOf(entries: readonly Entry[]): Listing {
  return {
    labels: entries.map((entry) => entry.label),
    read: Float64Array.from(entries, (entry) => entry.read),
    written: Float64Array.from(entries, (entry) => entry.written),
    uptime: Float64Array.from(entries, (entry) => entry.uptime),
    quarantined: [],
    quarantinedCount: 0,
  };
}

export const EMPTY_LISTING: Listing = listingOf([]);

/** The `conn/all` line of one row, without a line end. */
export function lineOf(
  label: Required<LabelFields>,
  read: number,
  written: number,
  uptime: number,
): string {
  const tail = label.extra === '' ? '' : ` ${label.extra}`;
  return `${label.connId} ${label.circId} ${label.orId} ${label.ip} ${label.port} ${label.lPort} ${label.flags} ${read} ${written} ${uptime}${tail}`;
}

/** The body of `GETINFO conn/all`: lines joined by newlines, empty for an empty listing. */
export function textOf(listing: Listing): string {
  const lines = new Array<string>(listing.labels.length);
  for (let row = 0; row < lines.length; row++) {
    lines[row] = lineOf(
      listing.labels[row]!,
      listing.read[row]!,
      listing.written[row]!,
      listing.uptime[row]!,
    );
  }
  return lines.join('\n');
}

/** The listing with the bytes of withheld rows rounded to multiples of `unit` (1 is exact). */
export function roundWithheld(listing: Listing, unit: number): Listing {
  if (unit <= 1 || !listing.labels.some((label) => label.withheld)) return listing;
  const round = (bytes: number, row: number) =>
    listing.labels[row]!.withheld ? roundBytes(bytes, unit) : bytes;
  return { ...listing, read: listing.read.map(round), written: listing.written.map(round) };
}
