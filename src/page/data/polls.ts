/**
 * What the polls of a window came to, from the rollups: the page's overview.
 * Owns how polls are put together; what one poll came to is the recording's.
 */
import type { PollsPart } from '../parts.ts';
import { type PartInput, pollsAStretch } from './input.ts';
import { StretchBook } from './stretchBook.ts';

export function pollsPart(input: PartInput): PollsPart {
  const { recording, window } = input;
  const blind = recording.index.blindTimes();
  const book = new StretchBook(pollsAStretch(input));
  const [openLeast, openMost]: [number[], number[]] = [[], []];
  const sums = { opened: new Sums(), closed: new Sums(), read: new Sums(), written: new Sums() };
  let before: number | undefined;
  for (const poll of recording.index.rollups().polls(window)) {
    const { at, connections } = poll;
    const since = before === undefined || blind.overlaps(before, at) ? undefined : before;
    const stretch = book.take(at, since);
    before = at;
    openLeast[stretch] = Math.min(openLeast[stretch] ?? connections, connections);
    openMost[stretch] = Math.max(openMost[stretch] ?? connections, connections);
    for (const [name, sum] of Object.entries(sums) as [keyof typeof sums, Sums][]) {
      sum.take(stretch, since === undefined ? null : poll[name]);
    }
  }
  return {
    ...book.stretches,
    ...{ openLeast, openMost },
    opened: sums.opened.of,
    closed: sums.closed.of,
    read: sums.read.of,
    written: sums.written.of,
  };
}

/** By stretch; null where nothing of it is known. */
class Sums {
  readonly of: (number | null)[] = [];

  take(stretch: number, amount: number | null): void {
    const sum = this.of[stretch] ?? null;
    this.of[stretch] = amount === null ? sum : (sum ?? 0) + amount;
  }
}
