/**
 * many-connections-one-address: many connections at once to one place.
 * Owns the rule (docs/reference.md, many-connections-one-address).
 */
import type { Label } from '../../listing/label.ts';
import { outsideOf } from '../../listing/outside.ts';
import type { Step } from '../../recording/playback/step.ts';
import { leadsOut, WITHHELD } from '../outbound.ts';
import { MatchingEntries } from './matching.ts';
import { CONNECTIONS, COUNTED_ADDRESSES, LINES, SHORT_CONNECTIONS } from './needs.ts';
import type { Examination, Finding, Rule } from './rule.ts';
import { Sightings } from './sightings.ts';
import { count } from './wording.ts';

export const manyConnections: Rule = {
  name: 'many-connections-one-address',
  explanation:
    'Many connections were open to one address at the same time: someone may be attacking it through this Tor, or counting on it.',
  harmless:
    'An address that many relays share; a popular site, behind an exit; on an exit, many streams to one proxy of a large provider.',
  thresholds: {
    connections: { value: 20, says: 'connections open at once to one address' },
  },
  needs: () => [CONNECTIONS, SHORT_CONNECTIONS, LINES, COUNTED_ADDRESSES],
  examine: ({ threshold }) => new ManyConnections(threshold('connections')),
};

/** What the addresses that are not kept have in common. */
const OUTSIDE = 'an address outside the Tor network, which is not kept';

class ManyConnections implements Examination {
  readonly #most: number;
  readonly #peaks = new Sightings<{ connections: number }>();
  readonly #kept = new MatchingEntries(goesToKeptAddress);

  constructor(most: number) {
    this.#most = most;
  }

  watch(step: Step): void {
    const connections = new Map<string, Set<number>>();
    for (const { ip, connId } of this.#kept.follow(step).values()) {
      const known = connections.get(ip);
      if (known === undefined) connections.set(ip, new Set([connId]));
      else known.add(connId);
    }
    for (const [ip, { size }] of connections) this.#see(ip, size, step);
    const outside = outsideOf(step.aside.extra);
    if (outside !== undefined) this.#see(OUTSIDE, outside.most, step);
  }

  #see(subject: string, connections: number, step: Step): void {
    if (connections < this.#most) return;
    const peak = this.#peaks.see(subject, step, () => ({ connections: 0 }));
    peak.connections = Math.max(peak.connections, connections);
  }

  findings(): Finding[] {
    return this.#peaks.all().map(({ subject, evidence, detail }) => ({
      ...evidence,
      severity: 'warning',
      subject,
      value: detail.connections,
      threshold: this.#most,
      explanation: `${count(detail.connections, 'connection')} to it were open at once.`,
    }));
  }
}

function goesToKeptAddress({ flags, ip }: Label): boolean {
  return ip !== WITHHELD && leadsOut(flags);
}
