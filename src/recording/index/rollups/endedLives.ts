/**
 * How long connections had lived that ended, minute by minute.
 * Owns their rows, which stand from the first end of a minute on; which connections ended is the
 * tracker's to say.
 */
import type { Changes, Life } from '../../../listing/life.ts';
import type { Interval } from '../../deltas.ts';
import type { RowWriter } from '../../rows.ts';
import type { Sqlite } from '../../sqlite.ts';
import { lengthBandOf } from './bands.ts';
import { type EndedLengths, emptyLengths, packLengths, unpackLengths } from './coding.ts';
import { MINUTE_MS, numberOf } from './stretches.ts';

interface Minute {
  readonly lengths: EndedLengths;
  /** What stands in the table; undefined where nothing does. */
  stored: Buffer | undefined;
  isChanged: boolean;
}

export class EndedLives {
  readonly #rows: RowWriter;
  readonly #isBlind: (from: number, to: number) => boolean;
  readonly #timeOf: (snapshot: number) => number;
  readonly #minutes = new Map<number, Minute>();

  /**
   * @param db a recording opened for writing; the caller holds the transaction.
   * @param isBlind whether some of the time between two moments was blind.
   */
  constructor(db: Sqlite, rows: RowWriter, isBlind: (from: number, to: number) => boolean) {
    this.#rows = rows;
    this.#isBlind = isBlind;
    const select = db.prepare<[number], number>('SELECT at FROM snapshot WHERE number = ?').pluck();
    this.#timeOf = (snapshot) => select.get(snapshot)!;
  }

  /** Goes on where the table stands. @param lastAt the time of the last snapshot. */
  resume(db: Sqlite, lastAt: number): void {
    const rows = db
      .prepare<[number], { minute: number; lengths: Buffer }>(
        'SELECT minute, lengths FROM minute_ended WHERE minute >= ?',
      )
      .all(numberOf(lastAt, MINUTE_MS));
    for (const { minute, lengths } of rows) {
      const known = { lengths: unpackLengths(lengths), stored: lengths, isChanged: false };
      this.#minutes.set(minute, known);
    }
  }

  /** Takes what a snapshot ended. @returns the lives whose end was seen: not with their run, nor in a gap. */
  take(changes: Changes, interval: Interval): ReadonlySet<Life> {
    const { since } = interval;
    for (const connection of changes.resumedConnections) this.#takeBack(connection, interval);
    const ended = [...changes.closedConnections, ...changes.passed.map(({ life }) => life)];
    const seen = ended.filter((life) => this.#isSeen(life, interval));
    for (const life of seen) this.#count(life, life.closedBy!, 1);
    this.#forgetBefore(since);
    return new Set(seen);
  }

  #forgetBefore(since: number | undefined): void {
    if (since === undefined || this.#minutes.size < 2) return;
    const under = numberOf(since, MINUTE_MS);
    for (const [minute, { isChanged }] of this.#minutes) {
      if (minute < under && !isChanged) this.#minutes.delete(minute);
    }
  }

  /** At the end of a transaction: the rows of minutes that are not what the table holds. */
  flush(): void {
    const table = this.#rows.table('minute_ended');
    for (const [number, minute] of this.#minutes) {
      if (!minute.isChanged) continue;
      if (minute.stored !== undefined) table.remove([number, minute.stored]);
      const { unknown, counts } = minute.lengths;
      const isEmpty = unknown === 0 && counts.every((count) => count === 0);
      minute.stored = isEmpty ? undefined : packLengths(minute.lengths);
      if (minute.stored !== undefined) table.insert([number, minute.stored]);
      minute.isChanged = false;
    }
  }

  #isSeen(life: Life, { since, isBlind }: Interval): boolean {
    if (life.end !== 'closed') return false;
    const isWithinStep = life.lastSeen === since && !isBlind(since);
    return isWithinStep || !this.#isBlind(life.lastSeen, life.closedBy!);
  }

  /** A connection is back that a snapshot of the minute under way ended. */
  #takeBack(life: Life, { since }: Interval): void {
    const closedBy = this.#timeOf(life.lastSnapshot + 1);
    if (since === undefined || numberOf(closedBy, MINUTE_MS) < numberOf(since, MINUTE_MS)) return;
    if (!this.#isBlind(life.lastSeen, closedBy)) this.#count(life, closedBy, -1);
  }

  #count({ openedAt, openingKnown }: Life, closedBy: number, by: 1 | -1): void {
    const number = numberOf(closedBy, MINUTE_MS);
    let minute = this.#minutes.get(number);
    if (minute === undefined) {
      minute = { lengths: emptyLengths(), stored: undefined, isChanged: true };
      this.#minutes.set(number, minute);
    }
    minute.isChanged = true;
    if (openingKnown === 'unknown') minute.lengths.unknown += by;
    else minute.lengths.counts[lengthBandOf(closedBy - openedAt)]! += by;
  }
}
