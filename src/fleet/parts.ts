/**
 * The files of a fleet: where each lies, what it says of itself, and whether it must be written.
 * Owns that a part is of one relay, one day and one table; what stands in it is tables.ts's.
 */
import { join } from 'node:path';
import { ConntapeError } from '../error.ts';
import { fingerprintIn } from '../listing/fingerprint.ts';
import { linkAt, linkBehind, type TapeLink } from '../recording/links.ts';
import type { Recording } from '../recording/reader.ts';
import type { Day } from './days.ts';
import { FLEET_SCHEMA, type FleetTableName } from './schema.ts';

/** What a part says of itself, in the file's metadata. */
export interface PartStamp {
  readonly schema: number;
  /** Of conntape. */
  readonly version: string;
  readonly table: FleetTableName;
  /** 40 hex digits in upper case. */
  readonly relay: string;
  readonly day: string;
  /** Whether times and bytes are as they were recorded. */
  readonly exact: boolean;
  /** The first snapshot behind the day, or how far the tape went: the part is of all before it. */
  readonly tape: TapeLink;
}

/**
 * Of a part that is to be written:
 * - `due`: it is not there, or its recording has grown since;
 * - `same`: it is there, and would be no other;
 * - `cut`: it is there, and would be another, of a day of which its recording has dropped a part;
 * - `foreign`: something is there that this recording cannot have made: it is of another, or of more of
 *   this one.
 */
export type PartState = 'due' | 'same' | 'cut' | 'foreign';

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
  recording: Recording,
  day: Day,
  part: Pick<PartStamp, 'table' | 'relay' | 'exact' | 'version'>,
): PartStamp {
  return { schema: FLEET_SCHEMA, ...part, day: day.name, tape: linkBehind(recording, day.last)! };
}

/**
 * @param there what the file that is there says of itself; undefined where there is none.
 */
export function partState(
  recording: Recording,
  day: Day,
  wanted: PartStamp,
  there: unknown,
): PartState {
  if (there === undefined) return 'due';
  if (!isStamp(there)) return 'foreign';
  const alike = there.schema === wanted.schema && there.exact === wanted.exact;
  if (alike && there.tape.link === wanted.tape.link) return 'same';
  const { beginning } = recording;
  if (beginning !== undefined && beginning.to >= day.from) return 'cut';
  return linkAt(recording, there.tape.seq)?.link === there.tape.link ? 'due' : 'foreign';
}

function isStamp(value: unknown): value is PartStamp {
  if (typeof value !== 'object' || value === null) return false;
  const { tape } = value as { readonly tape?: unknown };
  if (typeof tape !== 'object' || tape === null) return false;
  const { seq, link } = tape as { readonly seq?: unknown; readonly link?: unknown };
  return Number.isSafeInteger(seq) && typeof link === 'string';
}
