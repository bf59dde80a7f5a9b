/**
 * In which snapshots something was seen, by what it is about.
 * Owns the first and the last of them; what counts as seen is the rules'.
 */
import type { Step } from '../../recording/playback/step.ts';

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
  all() {
    return [...this.#bySubject].map(([subject, sighting]) => ({
      subject,
      detail: sighting.detail,
      evidence: {
        firstSeen: sighting.firstSeen,
        lastSeen: sighting.lastSeen,
        snapshots: [sighting.firstNumber, sighting.lastNumber] as const,
      },
    }));
  }
}
