/**
 * beacon: a destination that is called as if by a clock.
 * Owns the rule (docs/reference.md, beacon); how regular is too regular is ../rhythm/'s.
 */
import type { Step } from '../../recording/playback/step.ts';
import { type DestinationBook, destinationsAt } from '../destinationBook.ts';
import { FEWEST_CALLS, type Rhythm } from '../rhythm/rhythm.ts';
import { snapshotsBetween } from './evidence.ts';
import { ADDRESSES, CONNECTIONS, LINES, OPENING_TIMES, SHORT_CONNECTIONS, STEPS } from './needs.ts';
import type { Examination, Finding, Rule, RuleInput } from './rule.ts';
import { count, duration } from './wording.ts';

export const beacon: Rule = {
  name: 'beacon',
  explanation:
    'Connections to one place open so regularly that neither chance nor Tor’s own time-outs explain it: a program that reports home, or takes orders, does that.',
  harmless:
    'A monitor of the operator’s; a proxy or a hidden service’s backend that is polled; a program that tries again after a fixed time.',
  thresholds: {
    openings: { value: FEWEST_CALLS, says: 'connections that were seen to open' },
    chance: {
      value: 0.05,
      says: 'how probable it is that chance makes any destination so regular',
      above: 0,
    },
  },
  needs: () => [STEPS, CONNECTIONS, SHORT_CONNECTIONS, LINES, OPENING_TIMES, ADDRESSES],
  examine: (input) => new Beacon(input),
};

class Beacon implements Examination {
  readonly #input: RuleInput;
  #book: DestinationBook | undefined;

  constructor(input: RuleInput) {
    this.#input = input;
  }

  watch(step: Step): void {
    this.#book = destinationsAt(step, this.#input.recording);
  }

  findings(): Finding[] {
    const least = this.#input.threshold('openings');
    const threshold = this.#input.threshold('chance');
    const book = this.#book;
    if (book === undefined) return [];
    const looked = book.all().flatMap((destination) => {
      const { rhythm } = book.regularitiesOf(destination);
      return rhythm === null
        ? []
        : [{ ip: destination.ip, lastSeen: destination.lastSeen, rhythm }];
    });
    const found: Finding[] = [];
    for (const { ip, lastSeen, rhythm } of looked) {
      const chance = Math.min(1, looked.length * rhythm.chance);
      if (rhythm.openings < least || chance >= threshold) continue;
      const { firstOpening, lastOpening } = rhythm;
      found.push({
        severity: 'notice',
        subject: ip,
        about: { address: ip },
        firstSeen: firstOpening,
        lastSeen: lastOpening,
        snapshots: snapshotsBetween(this.#input.recording, firstOpening, lastSeen + 1),
        value: chance,
        threshold,
        explanation: explanationOf(rhythm, chance, looked.length),
      });
    }
    return found;
  }
}

function explanationOf(rhythm: Rhythm, chance: number, looked: number): string {
  const { by, openings, periodMs } = rhythm;
  const how = by === 'intervals' ? 'the gaps between them are alike' : 'they keep to a beat';
  const of = looked === 1 ? 'it' : `any of ${looked} destinations`;
  return `${count(openings, 'connection')} to it opened about every ${duration(periodMs)}: ${how}. By chance ${of} would be so regular with a probability of ${Number(chance.toPrecision(2))}.`;
}
