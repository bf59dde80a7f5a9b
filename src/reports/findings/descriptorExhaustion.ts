/**
 * descriptor-exhaustion: a Tor that is about to run out of file descriptors.
 * Owns the rule (docs/reference.md, descriptor-exhaustion).
 */
import type { Step } from '../../recording/playback/step.ts';
import type { Need } from './needs.ts';
import type { Examination, Finding, Rule } from './rule.ts';
import { Sightings } from './sightings.ts';
import { percent } from './wording.ts';

/** How many descriptors are in use, and how many there may be. */
const DESCRIPTORS: Need = () => (step) => {
  const reason = `the recording does not have ${USED} and ${LIMIT}`;
  return descriptorsOf(step) === undefined ? { wholly: true, reason } : undefined;
};

export const descriptorExhaustion: Rule = {
  name: 'descriptor-exhaustion',
  explanation:
    'Tor had used up nearly all of the file descriptors that it may have. Without descriptors it refuses connections: someone may be flooding it.',
  harmless: 'A limit that is too low for a relay that has become busy: raise it.',
  shownBy: {
    report: 'load',
    columns: ['bucket_start', 'open', 'descriptors_used', 'descriptors_limit'],
  },
  thresholds: {
    share: { value: 0.9, says: 'share of the descriptors that are in use', most: 1 },
  },
  needs: () => [DESCRIPTORS],
  examine: ({ threshold }) => new DescriptorExhaustion(threshold('share')),
};

/** The info values for it. */
const USED = 'info/descriptor-used';
const LIMIT = 'info/descriptor-limit';

interface Peak {
  share: number;
  used: number;
  limit: number;
}

class DescriptorExhaustion implements Examination {
  readonly #share: number;
  readonly #peaks = new Sightings<Peak>();

  constructor(share: number) {
    this.#share = share;
  }

  watch(step: Step): void {
    const descriptors = descriptorsOf(step);
    if (descriptors === undefined) return;
    const { used, limit } = descriptors;
    const share = used / limit;
    if (used < this.#share * limit) return;
    const none = () => ({ share: 0, used: 0, limit: 0 });
    const peak = this.#peaks.see(`process (run ${step.run})`, step, none);
    if (share > peak.share) Object.assign(peak, { share, used, limit });
  }

  findings(): Finding[] {
    return this.#peaks.all().map(({ subject, evidence, detail: { share, used, limit } }) => ({
      ...evidence,
      severity: 'warning',
      subject,
      value: share,
      threshold: this.#share,
      explanation: `${used} of ${limit} descriptors, ${percent(share)}, were in use.`,
    }));
  }
}

/** Both figures; undefined where one is not known, or none may be in use. */
function descriptorsOf(step: Step): { readonly used: number; readonly limit: number } | undefined {
  const used = countOf(step, USED);
  const limit = countOf(step, LIMIT);
  return used === undefined || limit === undefined || limit === 0 ? undefined : { used, limit };
}

function countOf({ info }: Step, key: string): number | undefined {
  const text = info.get(key);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
