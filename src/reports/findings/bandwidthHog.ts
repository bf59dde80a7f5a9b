/**
 * bandwidth-hog: one circuit that moves nearly all of the bytes.
 * Owns the rule (docs/reference.md, bandwidth-hog); the histories are circuitHistories.ts's.
 */
import {
  type CircuitHistory,
  circuitName,
  evidenceOf,
  extentOf,
  movedSoFar,
  type Span,
} from './circuitHistories.ts';
import {
  BYTES,
  CIRCUIT_BYTES,
  CIRCUITS,
  LINES,
  lasting,
  PLACED_CIRCUITS,
  polledWithin,
} from './needs.ts';
import type { Finding, Rule } from './rule.ts';
import { ROUNDING } from './staircase.ts';
import { bytes, percent, seconds } from './wording.ts';

export const bandwidthHog: Rule = {
  name: 'bandwidth-hog',
  explanation:
    'One circuit moved nearly all of the bytes of this Tor. On a relay with many circuits that is peculiar: someone may be using it for one purpose.',
  harmless:
    'A relay with few users, such as a new one, and one large download; a circuit of the operator’s own.',
  thresholds: {
    share: { value: 0.99, says: 'share of all bytes' },
    bytes: { value: 2 ** 20, says: 'bytes that it must have moved' },
    seconds: { value: 60, says: 'seconds that it must last' },
  },
  needs: (threshold) => [
    lasting(threshold('seconds')),
    polledWithin(threshold('seconds')),
    LINES,
    CIRCUITS,
    PLACED_CIRCUITS,
    BYTES,
    CIRCUIT_BYTES,
  ],
  examine({ threshold, circuits }) {
    const limits = {
      share: threshold('share'),
      bytes: threshold('bytes'),
      seconds: threshold('seconds'),
    };
    const found: Finding[] = [];
    circuits.each((history) => {
      const finding = hogIn(history, limits);
      if (finding !== undefined) found.push(finding);
    });
    return { over: () => found.splice(0), findings: () => found };
  },
};

export interface HogLimits {
  readonly share: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** One finding for a history in which there is any window as asked. */
export function hogIn(history: CircuitHistory, limits: HogLimits): Finding | undefined {
  const { circuit, timeline, first, last, moves } = history;
  const total = moves.reduce((sum, move) => sum + move.read + move.written, 0);
  if (circuit.shared || total < limits.bytes) return undefined;
  const whole: Span = { from: first, to: last };
  const { read, written } = movedSoFar(history, whole);
  const own = read.map((bytesRead, index) => bytesRead + written[index]!);
  const all = (place: number) => timeline.bytes[place]! - timeline.bytes[first]!;
  const lead = (place: number) => own[place - first]! - limits.share * all(place);
  // Both the time and the circuit's bytes only grow, so the places that a window may begin at are
  // all those up to one that only moves on; the best of them is where the lead was least.
  const windows: Span[] = [];
  let next = first;
  let best: number | undefined;
  for (let place = first; place <= last; place++) {
    while (
      next < place &&
      timeline.at[place]! - timeline.at[next]! >= limits.seconds * 1000 &&
      own[place - first]! - own[next - first]! >= limits.bytes
    ) {
      if (best === undefined || lead(next) < lead(best)) best = next;
      next++;
    }
    if (best !== undefined && lead(place) >= lead(best) - ROUNDING) {
      windows.push({ from: best, to: place });
    }
  }
  if (windows.length === 0) return undefined;
  const shareIn = ({ from, to }: Span) =>
    (own[to - first]! - own[from - first]!) / (all(to) - all(from));
  const worst = windows.reduce((a, b) => (shareIn(b) > shareIn(a) ? b : a));
  const movedBytes = own[worst.to - first]! - own[worst.from - first]!;
  const lasted = seconds(timeline.at[worst.to]! - timeline.at[worst.from]!);
  return {
    ...evidenceOf(history, extentOf(windows)),
    severity: 'warning',
    subject: circuitName(circuit),
    value: shareIn(worst),
    threshold: limits.share,
    explanation: `It moved ${bytes(movedBytes)}, ${percent(shareIn(worst))} of all bytes, within ${lasted}.`,
  };
}
