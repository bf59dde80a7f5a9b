/**
 * Which entries are one circuit.
 * Owns that rule alone; where entries are read is the recording's.
 */

/** Milliseconds between two polls, asked for a time in milliseconds since the epoch. */
export type IntervalAt = (at: number) => number;

/** What the rule needs to know of an entry. Times are milliseconds since the epoch, UTC. */
export interface InCircuit {
  readonly run: number;
  readonly circId: number;
  readonly openedAt: number;
  /** Null while it is open. */
  readonly closedBy: number | null;
}

/**
 * Entries of one CIRC_ID that overlap in time, from opening to end, or follow within one interval, as
 * it was then.
 * @param entries in order of run, CIRC_ID and opening.
 */
export function* circuitsAmong<Entry extends InCircuit>(
  entries: Iterable<Entry>,
  intervalAt: IntervalAt,
): Generator<Entry[]> {
  let members: Entry[] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    const first = members[0];
    const goesOn =
      first?.run === entry.run && first.circId === entry.circId && entry.openedAt <= reach;
    if (!goesOn) {
      if (members.length > 0) yield members;
      members = [];
      reach = Number.NEGATIVE_INFINITY;
    }
    members.push(entry);
    const { closedBy } = entry;
    const until = closedBy === null ? Number.POSITIVE_INFINITY : closedBy + intervalAt(closedBy);
    reach = Math.max(reach, until);
  }
  if (members.length > 0) yield members;
}
