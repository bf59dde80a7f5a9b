/**
 * The files of a fleet: where each lies, what it says of itself, and whether it must be written.
 * Owns that a part is of one relay, one day and one table; what stands in it is tables.ts's.
 */
import { join } from 'node:path';
import { ConntapeError } from '../error.ts';
import { fingerprintIn } from '../listing/fingerprint.ts';
import { linkAt } from '../recording/links.ts';
import type { Recording } from '../recording/reader.ts';
import type { Day } from './days.ts';
import { FLEET_SCHEMA, type FleetTableName } from './schema.ts';

/** What a part says of itself, in the file's metadata. */
export interface PartStamp extends Pick<Day, 'since' | 'tape'> {
  readonly schema: number;
  /** Of conntape. */
  readonly version: string;
  readonly table: FleetTableName;
  /** 40 hex digits in upper case. */
  readonly relay: string;
  readonly day: string;
  /** Whether times and bytes are as they were recorded. */
  readonly exact: boolean;
}

/**
 * Of a part that is to be written:
 * - `due`: it is not there, or its recording has grown since;
 * - `recast`: it is there, of another schema, or exact where this is not, or the other way round;
 * - `same`: it is there, and would be no other;
 * - `cut`: it is there, and is of more of the day than its recording has any more, but not of all of it;
 * - `foreign`: it is there, and this recording cannot have made it: it is of another, or of more of this one;
 * - `unknown`: something is there that is not a part.
 */
export type PartState = 'due' | 'recast' | 'same' | 'cut' | 'foreign' | 'unknown';

/** Whether it is to be written. */
export function isDue(state: PartState): boolean {
  return state === 'due' || state === 'recast';
}

/** What the file of each is called. */
export const PART = 'part.parquet';

/** `DIR/TABLE/relay=FINGERPRINT/day=YYYY-MM-DD/part.parquet`. */
export function partPath(dir: string, { table, relay, day }: PartStamp): string {
  return join(dir, table, `relay=${relay}`, `day=${day}`, PART);
}

/** The relay under whose name the parts of a recording lie. Throws `recording` where it has none. */
export function relayOf(recording: Recording): string {
  const fingerprint = fingerprintIn(recording.header.relay.fingerprint);
  if (fingerprint !== undefined) return fingerprint;
  throw new ConntapeError('recording', {
    operation: 'exporting into a fleet’s files',
    object: recording.path,
    cause: 'it is of a Tor that is not a relay: it has no fingerprint to lie under',
    hint: 'export it as CSV: --format csv',
  });
}

/** What the part of a day says, as the recording is now. */
export function stampOf(
  { name, tape, since }: Day,
  part: Pick<PartStamp, 'table' | 'relay' | 'exact' | 'version'>,
): PartStamp {
  return { schema: FLEET_SCHEMA, ...part, day: name, tape, since };
}

/**
 * @param there what the file that is there says of itself; undefined where there is none.
 */
export function partState(recording: Recording, wanted: PartStamp, there: unknown): PartState {
  if (there === undefined) return 'due';
  if (!isStamp(there)) return 'unknown';
  const proven = linkAt(recording, there.tape.seq);
  if (proven === undefined) {
    // What it says is of before this recording begins, or of behind its end.
    return there.tape.seq < wanted.since ? 'cut' : 'foreign';
  }
  if (proven.link !== there.tape.link) return 'foreign';
  const isAlike = there.schema === wanted.schema && there.exact === wanted.exact;
  const isAsLong = there.tape.seq === wanted.tape.seq;
  if (there.since < wanted.since) return isAlike && isAsLong ? 'same' : 'cut';
  if (!isAlike) return 'recast';
  return isAsLong && there.since === wanted.since ? 'same' : 'due';
}

function isStamp(value: unknown): value is PartStamp {
  if (typeof value !== 'object' || value === null) return false;
  const { tape, since } = value as { readonly tape?: unknown; readonly since?: unknown };
  if (!Number.isSafeInteger(since) || typeof tape !== 'object' || tape === null) return false;
  const { seq, link } = tape as { readonly seq?: unknown; readonly link?: unknown };
  return Number.isSafeInteger(seq) && typeof link === 'string';
}
