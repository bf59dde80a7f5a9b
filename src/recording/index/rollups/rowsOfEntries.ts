/**
 * Which entry came in which row of a listing, and which left which row of the one before.
 * Owns finding them among a snapshot's changes; what follows is following.ts's.
 */
import type { Label } from '../../../listing/label.ts';
import type { Changes, ConnectionLife, EntryLife } from '../../../listing/life.ts';
import type { Listing } from '../../../listing/listing.ts';

/** A row of a listing, and the entry that came in it, or left. */
export interface RowOfEntry {
  readonly row: number;
  readonly entry: EntryLife;
}

/** The connections that began, or were back, where another ended, by CONN_ID; undefined for none. */
export function replacedAmong(changes: Changes): ReadonlyMap<number, ConnectionLife> | undefined {
  const { closedConnections, openedConnections, resumedConnections } = changes;
  if (closedConnections.length === 0) return undefined;
  const over = new Set(closedConnections.map(({ connId }) => connId));
  const replacing = [...openedConnections, ...resumedConnections].filter(({ connId }) =>
    over.has(connId),
  );
  if (replacing.length === 0) return undefined;
  return new Map(replacing.map((connection) => [connection.connId, connection]));
}

/** The entries that came in rows, in their order, as those that opened and those that were back do. */
export function arrivedIn(
  { labels }: Listing,
  { opened, resumed }: Changes,
  rows: readonly number[],
): RowOfEntry[] {
  let [nextOpened, nextResumed] = [0, 0];
  return rows.map((row) => {
    const isOpened = opened[nextOpened]?.label === labels[row];
    return { row, entry: isOpened ? opened[nextOpened++]! : resumed[nextResumed++]! };
  });
}

/** The entries that left rows: most ended in the order of those. */
export function leftIn(
  labels: readonly Label[],
  closed: readonly EntryLife[],
  rows: readonly number[],
): RowOfEntry[] {
  let next = 0;
  let others: Map<Label, EntryLife> | undefined;
  return rows.map((row) => {
    const label = labels[row]!;
    if (closed[next]?.label === label) return { row, entry: closed[next++]! };
    others ??= new Map(closed.map((entry) => [entry.label, entry]));
    return { row, entry: others.get(label)! };
  });
}

/** Leaves of rows of the listing before, ascending, those that no row of the next continues. */
export function dropTaken(rows: number[], continues: Int32Array): void {
  const isTaken = new Uint8Array((rows.at(-1) ?? -1) + 1);
  for (const row of continues) if (row >= 0 && row < isTaken.length) isTaken[row] = 1;
  const left = rows.filter((row) => isTaken[row] === 0);
  rows.splice(0, rows.length, ...left);
}
