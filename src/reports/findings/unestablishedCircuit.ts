/**
 * unestablished-circuit: relayed circuits that only go out, or do not get out, for long.
 * Owns the rule (docs/reference.md, unestablished-circuit); the histories are
 * circuitHistories.ts's.
 */
import {
  type CircuitHistory,
  circuitName,
  evidenceOf,
  movedSoFar,
  type Span,
  spansWhere,
  type Turn,
} from './circuitHistories.ts';
import { CIRCUITS, LINES, lasting, PLACED_CIRCUITS, polledWithin } from './needs.ts';
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
    const found: Finding[] = [];
    circuits.each((history) => found.push(...unestablishedIn(history, limits)));
    return { over: () => found.splice(0), findings: () => found };
  },
};

export interface UnestablishedLimits {
  readonly seconds: number;
  readonly bytes: number;
}

/** Each span of a history in which the circuit stood open at one side long enough. */
export function unestablishedIn(history: CircuitHistory, limits: UnestablishedLimits): Finding[] {
  const { at } = history.timeline;
  return spansWhere(history, isUnestablished)
    .filter(({ from, to }) => at[to]! - at[from]! >= limits.seconds * 1000)
    .map((span) => findingOf(history, span, limits));
}

function isUnestablished({ shape, relays, reachesOut }: Turn): boolean {
  return relays && (shape === 'blocked' || (shape === 'outbound-only' && reachesOut));
}

function isBlockedWithin({ turns }: CircuitHistory, { from, to }: Span): boolean {
  return turns.some(({ shape, place }, index) => {
    const next = turns[index + 1]?.place ?? Number.POSITIVE_INFINITY;
    return shape === 'blocked' && place <= to && next > from;
  });
}

function findingOf(history: CircuitHistory, span: Span, limits: UnestablishedLimits): Finding {
  const { read, written } = movedSoFar(history, span);
  const moved = read.at(-1)! + written.at(-1)!;
  const evidence = evidenceOf(history, span);
  const lasted = evidence.lastSeen - evidence.firstSeen;
  const what = isBlockedWithin(history, span)
    ? 'had an inbound connection, and an outbound one that was not established,'
    : 'had an outbound connection and no inbound one';
  const meanwhile = history.circuit.shared
    ? 'its bytes cannot be separated from those of other circuits on the same connection'
    : `it moved ${bytes(moved)} meanwhile`;
  return {
    ...evidence,
    severity: moved >= limits.bytes ? 'warning' : 'notice',
    subject: circuitName(history.circuit),
    value: lasted / 1000,
    threshold: limits.seconds,
    explanation: `It ${what} for at least ${seconds(lasted)}; ${meanwhile}.`,
  };
}
