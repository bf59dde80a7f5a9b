/**
 * A recording of a fleet, and one that does not answer.
 * Owns the shapes; who is one members.ts finds out, who is silent silence.ts.
 */
import type { Window } from '../recording/reader.ts';

/** A recording of a fleet. */
export interface Member {
  readonly path: string;
  /** 40 hex digits in upper case; empty where it is not a relay's, or not known. */
  readonly fingerprint: string;
  /** As it was recorded: anything. */
  readonly nickname: string;
  /** From its first snapshot to its last. */
  readonly extent: Window;
  /** Milliseconds from poll to poll, of its last session. */
  readonly intervalMs: number;
  /** What a reader should know of the file; undefined where it is all there. */
  readonly notice: string | undefined;
}

/**
 * - `unrecorded`: it is whole, and nothing was recorded in it of the time that was asked about;
 * - `damaged`: it is not what was written;
 * - `failed`: it cannot be read, or is not a recording.
 */
export type SilenceReason = 'unrecorded' | 'damaged' | 'failed';

/** A recording, or a folder, that does not answer. */
export interface Silence {
  readonly path: string;
  /** Undefined where it could not even say whose it is. */
  readonly member: Member | undefined;
  readonly reason: SilenceReason;
  readonly why: string;
  /** The next step, or what there is in place of what was asked about. */
  readonly hint: string | undefined;
}
