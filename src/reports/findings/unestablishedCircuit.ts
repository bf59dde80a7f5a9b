/**
 * unestablished-circuit: relayed circuits that only go out, or do not get out, for long.
 * Owns the rule (docs/reference.md, unestablished-circuit); when a circuit was open at one side, and
 * what of that is one incident, is oneSided.ts's.
 */
import { circuitName } from './circuitHistories.ts';
import { CIRCUITS, LINES, lasting, PLACED_CIRCUITS, polledWithin } from './needs.ts';
import { type OneSidedIncident, OneSidedIncidents, oneSidedIn } from './oneSided.ts';
import type { Finding, Rule } from './rule.ts';
import { bytes, seconds } from './wording.ts';

export const unestablishedCircuit: Rule = {
  name: 'unestablished-circuit',
  explanation:
    'A circuit that this relay carries has an outbound connection without an inbound one, or an inbound one whose outbound side does not get through, for long. With much traffic, something other than relaying goes on.',
  harmless:
    'A firewall or a hoster that blocks some of the ports that the exit policy permits, or a next relay that is down.',
  thresholds: {
    seconds: { value: 60, says: 'seconds that it must last without a break' },
    bytes: { value: 100 * 1024, says: 'bytes moved meanwhile that make it a warning' },
  },
  needs: (threshold) => [
    lasting(threshold('seconds')),
    polledWithin(threshold('seconds')),
    LINES,
    CIRCUITS,
    PLACED_CIRCUITS,
  ],
  examine({ threshold, circuits }) {
    const limits = { seconds: threshold('seconds'), bytes: threshold('bytes') };
    const incidents = new OneSidedIncidents();
    circuits.each((history) => {
      for (const stretch of oneSidedIn(history, limits.seconds)) incidents.add(stretch);
    });
    return { findings: () => incidents.all().map((incident) => findingOf(incident, limits)) };
  },
};

interface UnestablishedLimits {
  readonly seconds: number;
  readonly bytes: number;
}

/** What a circuit had, in the words of a finding. */
const HAD = {
  blocked: 'had an inbound connection, and an outbound one that was not established,',
  'outbound-only': 'had an outbound connection and no inbound one',
} as const;

function findingOf(incident: OneSidedIncident, limits: UnestablishedLimits): Finding {
  const { shape, count, first, longestMs, moved, most } = incident;
  const { firstSeen, lastSeen, snapshots } = incident;
  const name = circuitName(first);
  const isOne = count === 1;
  return {
    ...{ firstSeen, lastSeen, snapshots },
    severity: most.moved >= limits.bytes ? 'warning' : 'notice',
    subject: isOne ? name : `${count} circuits, ${name} the first`,
    ...(isOne ? { about: { circuit: first.circId } } : {}),
    value: longestMs / 1000,
    threshold: limits.seconds,
    explanation: isOne
      ? `It ${HAD[shape]} for at least ${seconds(longestMs)}; ${movedBy(incident)}.`
      : `${count} circuits ${HAD[shape]} (one that came to that again counts again), for ${seconds(longestMs)} at most; ${bytes(moved)} moved on them meanwhile, of those whose bytes are known apart, the most on ${circuitName(most.circuit)}: ${bytes(most.moved)}.`,
  };
}

function movedBy({ first, moved }: OneSidedIncident): string {
  return first.shared
    ? 'its bytes cannot be separated from those of other circuits on the same connection'
    : `it moved ${bytes(moved)} meanwhile`;
}
