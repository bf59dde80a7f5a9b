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
 * Takes entries in order of run, CIRC_ID and opening, and says where one circuit ends and the next
 * begins: those of one CIRC_ID belong together that overlap in time, from opening to end, or follow
 * within one interval, as it was then.
 */
export class CircuitSeams {
  readonly #intervalAt: IntervalAt;
  #run = Number.NaN;
  #circId = Number.NaN;
  #reach = Number.NEGATIVE_INFINITY;

  constructor(intervalAt: IntervalAt) {
    this.#intervalAt = intervalAt;
  }

  /** Whether the next entry begins a circuit. */
  begins({ run, circId, openedAt, closedBy }: InCircuit): boolean {
    const goesOn = run === this.#run && circId === this.#circId && openedAt <= this.#reach;
    const until =
      closedBy === null ? Number.POSITIVE_INFINITY : closedBy + this.#intervalAt(closedBy);
    this.#reach = goesOn ? Math.max(this.#reach, until) : until;
    this.#run = run;
    this.#circId = circId;
    return !goesOn;
  }
}

/** The entries of each circuit. @param entries in order of run, CIRC_ID and opening. */
export function* circuitsAmong<Entry extends InCircuit>(
  entries: Iterable<Entry>,
  intervalAt: IntervalAt,
): Generator<Entry[]> {
  const seams = new CircuitSeams(intervalAt);
  let members: Entry[] = [];
  for (const entry of entries) {
    if (seams.begins(entry) && members.length > 0) {
      yield members;
      members = [];
    }
    members.push(entry);
  }
  if (members.length > 0) yield members;
}
