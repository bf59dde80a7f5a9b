/**
 * many-connections-one-address: many connections at once to one place.
 * Owns the rule (docs/reference.md, many-connections-one-address).
 */
import { usageOf } from '../../listing/flags.ts';
import { outsideOf } from '../../listing/outside.ts';
import type { Rows, Step } from '../../recording/playback/step.ts';
import { leadsOut, WITHHELD } from '../outbound.ts';
import { MatchingRows } from './matching.ts';
import { CONNECTIONS, COUNTED_ADDRESSES, LINES, SHORT_CONNECTIONS } from './needs.ts';
import type { Examination, Finding, Rule } from './rule.ts';
import { type Seen, Sightings } from './sightings.ts';
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
  readonly #found: Finding[] = [];
  /** How many lines each connection to an address has, by IP and CONN_ID. */
  readonly #lines = new Map<string, Map<number, number>>();
  /** What stands in each slot that counts. */
  readonly #places: { readonly ip: string; readonly connId: number }[] = [];
  /** Addresses with as many connections as it takes. */
  readonly #crowded = new Set<string>();
  /** Those that became so with the last snapshot. */
  readonly #fresh: string[] = [];
  readonly #kept = new MatchingRows(goesToKeptAddress);

  constructor(most: number) {
    this.#most = most;
  }

  watch(step: Step): void {
    this.#kept.follow(step);
    for (const slot of this.#kept.ended) this.#count(this.#places[slot]!, -1);
    for (const slot of this.#kept.begun) {
      const { ip, connId } = step.rows.labelOf(slot);
      this.#places[slot] = { ip, connId };
      this.#count(this.#places[slot], 1);
    }
    this.#orderCrowded(step);
    for (const ip of this.#crowded) this.#see(ip, this.#lines.get(ip)!.size, step);
    const outside = outsideOf(step.aside.extra);
    if (outside !== undefined) this.#see(OUTSIDE, outside.most, step);
    for (const peak of this.#peaks.takeOver(step.at)) this.#found.push(this.#findingOf(peak));
  }

  over(): Finding[] {
    return this.#found.splice(0);
  }

  /** Of several that became crowded at once, the one whose rows came first is first. */
  #orderCrowded({ rows }: Step): void {
    const fresh = new Set(this.#fresh.splice(0));
    if (fresh.size < 2) return;
    for (const ip of fresh) this.#crowded.delete(ip);
    for (const slot of this.#kept.slots) {
      const { ip } = rows.labelOf(slot);
      if (fresh.has(ip) && this.#isCrowded(ip)) this.#crowded.add(ip);
    }
  }

  #isCrowded(ip: string): boolean {
    const connections = this.#lines.get(ip)?.size ?? 0;
    return connections > 0 && connections >= this.#most;
  }

  #count({ ip, connId }: { readonly ip: string; readonly connId: number }, change: 1 | -1): void {
    const connections = this.#lines.get(ip) ?? new Map<number, number>();
    const lines = (connections.get(connId) ?? 0) + change;
    if (lines === 0) connections.delete(connId);
    else connections.set(connId, lines);
    if (connections.size === 0) this.#lines.delete(ip);
    else this.#lines.set(ip, connections);
    if (!this.#isCrowded(ip)) {
      this.#crowded.delete(ip);
    } else if (!this.#crowded.has(ip)) {
      this.#crowded.add(ip);
      this.#fresh.push(ip);
    }
  }

  #see(subject: string, connections: number, step: Step): void {
    if (connections < this.#most) return;
    const peak = this.#peaks.see(subject, step, () => ({ connections: 0 }));
    peak.connections = Math.max(peak.connections, connections);
  }

  findings(): Finding[] {
    for (const peak of this.#peaks.all()) this.#found.push(this.#findingOf(peak));
    return this.over();
  }

  #findingOf({ subject, evidence, detail }: Seen<{ connections: number }>): Finding {
    return {
      ...evidence,
      severity: 'warning',
      subject,
      ...(subject === OUTSIDE ? {} : { about: { address: subject } }),
      value: detail.connections,
      threshold: this.#most,
      explanation: `${count(detail.connections, 'connection')} to it were open at once.`,
    };
  }
}

/** The operator’s own machine. */
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** A hidden service’s backend is called as often as the service is; so is what listens here. */
function goesToKeptAddress(rows: Rows, slot: number): boolean {
  const flags = rows.flagsOf(slot);
  if (!leadsOut(flags) || usageOf(flags) === 'hidden-service') return false;
  const { ip } = rows.labelOf(slot);
  return ip !== WITHHELD && !LOOPBACK.test(ip);
}
