/**
 * overload: a relay that had to drop what it was asked for, and defences of Tor's against floods at work.
 * Owns the rule (docs/reference.md, overload): which counters are which, and when rises are one
 * incident.
 */
import { METRICS } from '../../listing/metrics.ts';
import type { Step } from '../../recording/playback/step.ts';
import {
  type InfoMap,
  increaseOf,
  infoSeries,
  isPortRead,
  numberIn,
  type Series,
  seriesOf,
} from '../numbers.ts';
import type { Need } from './needs.ts';
import type { Examination, Finding, Rule, Severity } from './rule.ts';
import { count } from './wording.ts';

/** What rises for one cause. */
interface Strain {
  readonly subject: string;
  readonly severity: Severity;
  /** `12 onionskins were dropped`, of how many. */
  says(rise: number): string;
  /** Whether a series counts it. */
  is(series: Series): boolean;
}

const STRAINS: readonly Strain[] = [
  {
    subject: 'onionskins dropped',
    severity: 'warning',
    says: (rise) =>
      `${count(rise, 'request')} to extend a circuit went unanswered for lack of time`,
    is: ({ name, labels }) =>
      name === 'tor_relay_load_onionskins_total' && labels.includes('action="dropped"'),
  },
  {
    subject: 'out of memory',
    severity: 'warning',
    says: (rise) => `Tor freed ${count(rise, 'byte')} because it had too little memory`,
    is: ({ name }) => name === 'tor_relay_load_oom_bytes_total',
  },
  {
    subject: 'out of TCP ports',
    severity: 'warning',
    says: (rise) => `Tor found no free TCP port ${count(rise, 'time')}`,
    is: ({ name }) => name === 'tor_relay_load_tcp_exhaustion_total',
  },
  {
    subject: 'DoS defence',
    severity: 'notice',
    says: (rise) => `Tor's defence against floods acted ${count(rise, 'time')}`,
    is: ({ name }) => name === 'tor_relay_dos_total' || name === 'heartbeat/dos',
  },
];

const OUT_OF_SOCKETS = 'out of sockets';
const SOCKETS = `${METRICS}tor_relay_load_socket_total`;
const OPEN_SOCKETS = `${SOCKETS}{state="opened"}`;

/** Rises no further apart are of one incident: Tor drops and defends in bursts. */
const ONE_INCIDENT_MS = 600_000;

/** Tor's load, by its MetricsPort; of a heartbeat's lines the defences alone. */
const LOAD: Need = () => {
  const unread = { wholly: true, reason: `${WHAT}: Tor's MetricsPort was not read` };
  const defences = {
    wholly: false,
    reason: `${WHAT} but its defences, which heartbeats report: Tor's MetricsPort was not read`,
  };
  return ({ info }) => {
    if (isPortRead(info) && has(info, `${METRICS}tor_relay_load_`)) return undefined;
    return has(info, 'heartbeat/dos{') ? defences : unread;
  };
};

const WHAT = 'what Tor counts of its load';

function has(info: InfoMap, prefix: string): boolean {
  for (const key of info.keys()) if (key.startsWith(prefix)) return true;
  return false;
}

export const overload: Rule = {
  name: 'overload',
  explanation:
    'Tor had to drop what it was asked for, ran out of memory, sockets or TCP ports, or its defences against floods were at work. The relay may be flooded.',
  harmless:
    'A relay on a small machine, a limit that is too low, a busy hour of the network. Defences that act do what they are there for.',
  shownBy: { report: 'metrics' },
  thresholds: {
    rise: { value: 1, says: 'how much a counter grew in one incident' },
    sockets: { value: 0.95, says: 'share of the sockets that are in use', most: 1 },
  },
  needs: () => [LOAD],
  examine: ({ threshold }) => new Overload(threshold('rise'), threshold('sockets')),
};

/** What was read before, and in which run of Tor. */
interface Before {
  readonly info: InfoMap;
  readonly run: number;
}

interface Incident {
  readonly firstSeen: number;
  readonly firstNumber: number;
  lastSeen: number;
  lastNumber: number;
  value: number;
  /** What rose, by labels. */
  readonly rises: Map<string, number>;
}

class Overload implements Examination {
  readonly #rise: number;
  readonly #share: number;
  #before: Before | undefined;
  #beforePort: Before | undefined;
  readonly #strains = new Map<string, readonly [Series, Strain][]>();
  readonly #open = new Map<string, Incident>();
  #over: Finding[] = [];

  constructor(rise: number, share: number) {
    this.#rise = rise;
    this.#share = share;
  }

  watch(step: Step): void {
    const { info, run } = step;
    const isRead = isPortRead(info);
    this.#endIncidents(step.at - ONE_INCIDENT_MS);
    for (const [key, value] of info) {
      const ofPort = key.startsWith(METRICS);
      const before = ofPort ? this.#beforePort : this.#before;
      if (before === undefined || (ofPort && !isRead)) continue;
      const isOtherRun = before.run !== run;
      if (!isOtherRun && before.info.get(key) === value) continue;
      for (const [series, strain] of this.#strainsOf(key, value)) {
        // With both, each would count the same.
        if (!ofPort && isRead && has(info, METRICS)) continue;
        const rise = increaseOf(series, before.info, info, isOtherRun) ?? 0;
        if (rise > 0) this.#rose(step, strain.subject, series.labels, rise);
      }
    }
    if (isRead) this.#lookAtSockets(step);
    this.#before = { info, run };
    if (isRead) this.#beforePort = this.#before;
  }

  #strainsOf(key: string, value: string): readonly [Series, Strain][] {
    let found = this.#strains.get(key);
    if (found === undefined) {
      found = seriesOf(key, value).flatMap((series) =>
        STRAINS.filter((strain) => strain.is(series)).map((strain): [Series, Strain] => [
          series,
          strain,
        ]),
      );
      this.#strains.set(key, found);
    }
    return found;
  }

  #lookAtSockets(step: Step): void {
    const used = numberIn(infoSeries(OPEN_SOCKETS), step.info);
    const limit = numberIn(infoSeries(SOCKETS), step.info);
    if (used === undefined || limit === undefined || Number(limit) <= 0) return;
    const share = Number(used) / Number(limit);
    if (share < this.#share) return;
    const incident = this.#incident(step, OUT_OF_SOCKETS);
    if (share <= incident.value) return;
    incident.value = share;
    incident.rises.clear();
    incident.rises.set(`${used} of ${limit} sockets were open`, 0);
  }

  #rose(step: Step, subject: string, labels: string, rise: number): void {
    const incident = this.#incident(step, subject);
    incident.value += rise;
    incident.rises.set(labels, (incident.rises.get(labels) ?? 0) + rise);
  }

  #incident({ at, number }: Step, subject: string): Incident {
    let incident = this.#open.get(subject);
    if (incident === undefined) {
      const seen = { firstSeen: at, firstNumber: number, lastSeen: at, lastNumber: number };
      incident = { ...seen, value: 0, rises: new Map() };
      this.#open.set(subject, incident);
    }
    incident.lastSeen = at;
    incident.lastNumber = number;
    return incident;
  }

  /** Ends those in which nothing rose since a time. */
  #endIncidents(since: number): void {
    for (const [subject, incident] of this.#open) {
      if (incident.lastSeen >= since) continue;
      this.#open.delete(subject);
      const finding = this.#findingOf(subject, incident);
      if (finding !== undefined) this.#over.push(finding);
    }
  }

  #findingOf(subject: string, incident: Incident): Finding | undefined {
    const { firstSeen, lastSeen, firstNumber, lastNumber, value, rises } = incident;
    const seen = { firstSeen, lastSeen, snapshots: [firstNumber, lastNumber] as const };
    if (subject === OUT_OF_SOCKETS) {
      const [explanation] = rises.keys();
      const threshold = this.#share;
      return {
        severity: 'warning',
        subject,
        ...seen,
        value,
        threshold,
        explanation: `${explanation}.`,
      };
    }
    if (value < this.#rise) return undefined;
    const strain = STRAINS.find((each) => each.subject === subject)!;
    const parts = [...rises]
      .filter(([labels]) => labels !== '')
      .map(([labels, rise]) => `${labels}: ${rise}`);
    const which = parts.length === 0 ? '' : ` (${parts.join('; ')})`;
    const explanation = `${strain.says(value)}${which}.`;
    return {
      severity: strain.severity,
      subject,
      ...seen,
      value,
      threshold: this.#rise,
      explanation,
    };
  }

  over(): readonly Finding[] {
    return this.#over.splice(0);
  }

  findings(): readonly Finding[] {
    this.#endIncidents(Number.POSITIVE_INFINITY);
    return this.over();
  }
}
