/**
 * beacon: a destination that is called as if by a clock.
 * Owns the rule (docs/reference.md, beacon); the score is ../beacon.ts's.
 */

import type { Step } from '../../recording/playback/step.ts';
import { DestinationBook } from '../destinationBook.ts';
import { snapshotsBetween } from './evidence.ts';
import { ADDRESSES, CONNECTIONS, LINES, OPENING_TIMES, SHORT_CONNECTIONS, STEPS } from './needs.ts';
import type { Examination, Finding, Rule, RuleInput } from './rule.ts';
import { count } from './wording.ts';

export const beacon: Rule = {
  name: 'beacon',
  explanation:
    'Connections to one place open as regularly as if by a clock: a program that reports home, or takes orders, does that.',
  harmless:
    'A monitor of the operator’s, a proxy or a hidden service’s backend that is polled, a relay that is built to again and again by a timer of Tor’s own.',
  thresholds: {
    openings: { value: 10, says: 'connections that were seen to open' },
    score: { value: 0.8, says: 'beacon_score, from 0 to 1' },
  },
  needs: () => [STEPS, CONNECTIONS, SHORT_CONNECTIONS, LINES, OPENING_TIMES, ADDRESSES],
  examine: (input) => new Beacon(input),
};

class Beacon implements Examination {
  readonly #input: RuleInput;
  readonly #book: DestinationBook;

  constructor(input: RuleInput) {
    this.#input = input;
    this.#book = new DestinationBook(input);
  }

  watch(step: Step): void {
    this.#book.watch(step);
  }

  findings(): Finding[] {
    const least = this.#input.threshold('openings');
    const threshold = this.#input.threshold('score');
    const found: Finding[] = [];
    for (const destination of this.#book.all()) {
      const openings = this.#book.openingsOf(destination);
      const score = this.#book.beaconScoreOf(destination);
      if (openings.length < least || score === null || score < threshold) continue;
      const [firstSeen, lastSeen] = [openings[0]!, openings.at(-1)!];
      found.push({
        severity: 'notice',
        subject: destination.ip,
        firstSeen,
        lastSeen,
        snapshots: snapshotsBetween(this.#input.recording, firstSeen, destination.lastSeen + 1),
        value: score,
        threshold,
        explanation: `${count(openings.length, 'connection')} to it opened regularly: beacon_score ${score.toFixed(2)}.`,
      });
    }
    return found;
  }
}
