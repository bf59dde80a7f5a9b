/**
 * How a recording is written.
 * Owns the words for it; writing is writer.ts's.
 */
import type { Claimant } from './claim.ts';

export interface WriterOptions extends Claimant {
  /** Whether a snapshot survives a power failure, not only the end of the process. */
  readonly durable: boolean;
  /**
   * How many items are one transaction; 1 where it is not given. What ends the process takes back
   * those of the one under way: for what can be done again.
   */
  readonly itemsPerCommit?: number;
  /** A key frame comes after so many frames at the latest: `FRAMES_PER_KEY` where it is not given. */
  readonly framesPerKey?: number;
  /** Bytes of withheld connections are rounded to multiples of this; exact where it is not given. */
  readonly round?: number;
  /** Whether what is there is removed first, if nobody else writes it. */
  readonly fresh?: boolean;
  /** Why there are no snapshots between a recording's last and the first that is appended. */
  readonly gapReason?: string;
  /**
   * Whether the recorder that wrote the last item goes on: a session is written only where it says
   * something else than the last one.
   */
  readonly goesOn?: boolean;
  /** How long another program's lock is waited for; the store's default where it is not given. */
  readonly busyMs?: number;
}
