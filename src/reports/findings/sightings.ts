/**
 * In which snapshots something was seen, by what it is about.
 * Owns the first and the last of them; what counts as seen is the rules'.
 */
import type { Step } from '../../recording/playback/step.ts';

/** What is seen again within ten minutes is one incident. */
export const APART_MS = 600_000;

/** A subject, and the first and the last snapshot that showed it. */
export interface Seen<Detail> {
  readonly subject: string;
  readonly detail: Detail;
  readonly evidence: {
    readonly firstSeen: number;
    readonly lastSeen: number;
    readonly snapshots: readonly [first: number, last: number];
  };
}

interface Sighting<Detail> {
  readonly detail: Detail;
  readonly firstSeen: number;
  readonly firstNumber: number;
  lastSeen: number;
  lastNumber: number;
}

export class Sightings<Detail> {
  readonly #bySubject = new Map<string, Sighting<Detail>>();

  /** Takes note of a subject in a snapshot and gives what is known of it. */
  see(subject: string, { at, number }: Pick<Step, 'at' | 'number'>, unknown: () => Detail): Detail {
    let sighting = this.#bySubject.get(subject);
    if (sighting === undefined) {
      const seen = { firstSeen: at, firstNumber: number, lastSeen: at, lastNumber: number };
      sighting = { detail: unknown(), ...seen };
      this.#bySubject.set(subject, sighting);
    }
    sighting.lastSeen = at;
    sighting.lastNumber = number;
    return sighting.detail;
  }

  /** Every subject, in the order of its first sight. */
  all(): Seen<Detail>[] {
    return [...this.#bySubject].map(([subject, sighting]) => seenOf(subject, sighting));
  }

  /** Those that were not seen for so long that another sight is another incident: forgotten now. */
  takeOver(now: number): Seen<Detail>[] {
    const over: Seen<Detail>[] = [];
    for (const [subject, sighting] of this.#bySubject) {
      if (now - sighting.lastSeen <= APART_MS) continue;
      over.push(seenOf(subject, sighting));
      this.#bySubject.delete(subject);
    }
    return over;
  }
}

function seenOf<Detail>(subject: string, sighting: Sighting<Detail>): Seen<Detail> {
  const { detail, firstSeen, lastSeen, firstNumber, lastNumber } = sighting;
  return {
    subject,
    detail,
    evidence: { firstSeen, lastSeen, snapshots: [firstNumber, lastNumber] },
  };
}
