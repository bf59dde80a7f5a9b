/**
 * many-connections-from-one-address: many inbound connections at once from one place.
 * Owns the rule (docs/reference.md, many-connections-from-one-address).
 */
import { usageOf } from '../../listing/flags.ts';
import { inboundOf } from '../../listing/inbound.ts';
import type { Label } from '../../listing/label.ts';
import { isLocalAddress } from '../../listing/privacy.ts';
import type { Step } from '../../recording/playback/step.ts';
import { inboundAt } from '../inbound.ts';
import { CONNECTIONS, LINES, type Need, SHORT_CONNECTIONS } from './needs.ts';
import type { Examination, Finding, Rule } from './rule.ts';
import { Sightings } from './sightings.ts';
import { count } from './wording.ts';

/** How many connections come from one address, counted by the source before it withheld it. */
const COUNTED_STRANGERS: Need = () => {
  let strangers = 0;
  const reason =
    'how many connections come from one address, of those that are not a relay’s: the source did not count them';
  return (step) => {
    const { ended, begun } = inboundAt(step).changes;
    strangers -= ended.filter(({ label }) => isStranger(label)).length;
    strangers += begun.filter(({ label }) => isStranger(label)).length;
    const isCounted = strangers === 0 || inboundOf(step.aside.extra) !== undefined;
    return isCounted ? undefined : { wholly: false, reason };
  };
};

export const manyConnectionsFromOneAddress: Rule = {
  name: 'many-connections-from-one-address',
  explanation:
    'Many connections of one address, or of one relay, were open to this Tor at the same time: someone may be trying to exhaust it.',
  harmless:
    'Many users behind one address, such as a mobile network’s or a company’s; a relay of an old version, or one that is restarted again and again, whose old connections have yet to time out.',
  thresholds: {
    connections: {
      value: 50,
      says: 'connections open at once from one address that is no relay’s',
    },
    relay_connections: { value: 8, says: 'connections open at once from one relay' },
  },
  needs: () => [CONNECTIONS, SHORT_CONNECTIONS, LINES, COUNTED_STRANGERS],
  examine: ({ threshold }) =>
    new ManyFromOneAddress(threshold('connections'), threshold('relay_connections')),
};

/** What the addresses that are not kept have in common. */
const STRANGER = 'an address that is not a relay’s, which is not kept';

/** What comes back after so long without is another incident. */
const APART_MS = 600_000;

interface Peak {
  most: number;
  readonly threshold: number;
}

class ManyFromOneAddress implements Examination {
  readonly #most: number;
  readonly #mostOfRelay: number;
  /** How many connections each relay has now. */
  readonly #relays = new Map<string, number>();
  /** Of each subject the incident under way: when it was seen last. */
  readonly #seen = new Map<string, { incident: number; at: number }>();
  readonly #peaks = new Sightings<Peak>();
  #incidents = 0;

  constructor(most: number, mostOfRelay: number) {
    this.#most = most;
    this.#mostOfRelay = mostOfRelay;
  }

  watch(step: Step): void {
    const { ended, begun } = inboundAt(step).changes;
    for (const { label } of ended) this.#count(label, -1);
    for (const { label } of begun) this.#count(label, 1);
    for (const [orId, connections] of this.#relays) {
      this.#see(orId, connections, this.#mostOfRelay, step);
    }
    const strangers = inboundOf(step.aside.extra);
    if (strangers !== undefined) this.#see(STRANGER, strangers.most, this.#most, step);
  }

  #count(label: Label, change: 1 | -1): void {
    if (label.orId === '0' || !isFromOutside(label)) return;
    const connections = (this.#relays.get(label.orId) ?? 0) + change;
    if (connections === 0) this.#relays.delete(label.orId);
    else this.#relays.set(label.orId, connections);
  }

  #see(subject: string, connections: number, threshold: number, step: Step): void {
    if (connections < threshold) return;
    const before = this.#seen.get(subject);
    const goesOn = before !== undefined && step.at - before.at <= APART_MS;
    const incident = goesOn ? before.incident : ++this.#incidents;
    this.#seen.set(subject, { incident, at: step.at });
    const peak = this.#peaks.see(`${incident} ${subject}`, step, () => ({ most: 0, threshold }));
    peak.most = Math.max(peak.most, connections);
  }

  findings(): Finding[] {
    return this.#peaks.all().map(({ subject, evidence, detail: { most, threshold } }) => {
      const who = subject.slice(subject.indexOf(' ') + 1);
      return {
        ...evidence,
        severity: 'warning',
        subject: who,
        about: who === STRANGER ? { flags: 'I' } : { relay: who },
        value: most,
        threshold,
        explanation: `${count(most, 'connection')} from it were open at once.`,
      };
    });
  }
}

/** Not a user of the operator's own, nor one's own controller or service, nor this machine. */
function isFromOutside({ flags, ip }: Label): boolean {
  const usage = usageOf(flags);
  if (usage === 'client' || usage === 'control' || usage === 'hidden-service') return false;
  return !isLocalAddress(ip);
}

function isStranger(label: Label): boolean {
  return label.orId === '0' && isFromOutside(label);
}
