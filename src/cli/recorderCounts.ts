/**
 * What came and went since a recorder began, in sums that only grow.
 * Owns those sums; what a snapshot came to the recording says (PollAccount), how they are told is
 * recorderMetrics.ts's.
 */
import type { ConnectionLife, Life } from '../listing/life.ts';
import type { Snapshot } from '../listing/snapshot.ts';
import type { PollAccount } from '../recording/index/rollups/rollups.ts';
import { KindTally } from './connectionKinds.ts';

/** Up to how many seconds, included, each class of lives is long; what is longer is in none. */
export const LIFETIMES_S: readonly number[] = [
  ...[1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21_600, 86_400],
];

export class RecorderCounts {
  readonly opened = new KindTally();
  readonly closed = new KindTally();
  /** In a blind step, or with the run. */
  openedUnobserved = 0;
  closedUnobserved = 0;
  /** Bytes that were moved, steps that are blind left out. */
  read = 0;
  written = 0;
  blindMs = 0;
  runsEnded = 0;
  quarantined = 0;
  /** Of the connections whose end was seen and whose opening is known: by class, and in all. */
  readonly lifetimes: number[] = LIFETIMES_S.map(() => 0);
  lifetimeCount = 0;
  lifetimeMs = 0;

  /** Takes the next snapshot. */
  add({ at, listing }: Snapshot, account: PollAccount): void {
    const { changes, since, isBlind, read, written } = account;
    this.quarantined += listing.quarantinedCount;
    this.read += read;
    this.written += written;
    if (since === undefined) return;
    if (isBlind) this.blindMs += at - since;
    if (changes.runStarted) this.runsEnded++;
    this.#addOpened(account);
    this.#addClosed(account);
  }

  #addOpened({ changes, isBlind }: PollAccount): void {
    const { openedConnections, resumedConnections, passed } = changes;
    if (isBlind) {
      this.openedUnobserved += openedConnections.length + resumedConnections.length + passed.length;
      return;
    }
    for (const connection of openedConnections) this.opened.add(flagsOf(connection));
    for (const connection of resumedConnections) this.opened.add(flagsOf(connection));
    for (const { label } of passed) this.opened.add(label.flags);
  }

  #addClosed({ changes, endsSeen }: PollAccount): void {
    const flags = new Map<Life, string>(
      changes.closed.map(({ connection, label }) => [connection, label.flags]),
    );
    for (const connection of changes.closedConnections) {
      this.#close(connection, flags.get(connection) ?? '', endsSeen);
    }
    for (const { life, label } of changes.passed) this.#close(life, label.flags, endsSeen);
  }

  #close(life: Life, flags: string, endsSeen: ReadonlySet<Life>): void {
    if (!endsSeen.has(life)) {
      this.closedUnobserved++;
      return;
    }
    this.closed.add(flags);
    if (life.openingKnown === 'unknown') return;
    const ms = Math.max(0, life.closedBy! - life.openedAt);
    this.lifetimeCount++;
    this.lifetimeMs += ms;
    const place = LIFETIMES_S.findIndex((longest) => ms <= longest * 1000);
    if (place >= 0) this.lifetimes[place]!++;
  }
}

/** TYPE_FLAGS of an open connection. */
function flagsOf({ entries: [first] }: ConnectionLife): string {
  return first?.label.flags ?? '';
}
