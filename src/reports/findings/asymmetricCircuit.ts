/**
 * asymmetric-circuit: relayed circuits that send out far more than they take in, or the other way.
 * Owns the rule (docs/reference.md, asymmetric-circuit); the histories are circuitHistories.ts's.
 */
import {
  type CircuitHistory,
  circuitName,
  evidenceOf,
  extentOf,
  movedSoFar,
  type Span,
  spansWhere,
} from './circuitHistories.ts';
import {
  CIRCUIT_BYTES,
  CIRCUITS,
  COUNTED_BYTES,
  LINES,
  lasting,
  PLACED_CIRCUITS,
  polledWithin,
} from './needs.ts';
import type { Finding, Rule } from './rule.ts';
import { Staircase } from './staircase.ts';
import { bytes, seconds } from './wording.ts';

export const asymmetricCircuit: Rule = {
  name: 'asymmetric-circuit',
  explanation:
    'A relay neither makes nor eats bytes: what a circuit brings in on one side goes out on the other. This one moved many times more in one direction, as in an attack that starts here, or data that is taken from here.',
  harmless:
    'Bytes that wait in a queue while the next relay is slow, for a short time; counters that the source attributes wrongly.',
  thresholds: {
    ratio: { value: 10, says: 'times more in one direction than in the other' },
    critical: { value: 100, says: 'times more that make it critical' },
    rate: { value: 10 * 1024, says: 'bytes a second in the larger direction' },
    seconds: { value: 60, says: 'seconds of the shortest window' },
  },
  needs: (threshold) => [
    lasting(threshold('seconds')),
    polledWithin(threshold('seconds')),
    LINES,
    CIRCUITS,
    PLACED_CIRCUITS,
    COUNTED_BYTES,
    CIRCUIT_BYTES,
  ],
  examine({ threshold, circuits }) {
    const limits = {
      ratio: threshold('ratio'),
      critical: threshold('critical'),
      rate: threshold('rate'),
      seconds: threshold('seconds'),
    };
    const found: Finding[] = [];
    const looksAt = COUNTED_BYTES();
    let lastBlindAt = Number.NEGATIVE_INFINITY;
    circuits.each((history) => {
      const { timeline, first } = history;
      if (timeline.at[first]! > lastBlindAt) found.push(...asymmetriesIn(history, limits));
    });
    return {
      watch(step) {
        if (looksAt(step) !== undefined) lastBlindAt = step.at;
      },
      over: () => found.splice(0),
      findings: () => found,
    };
  },
};

export interface AsymmetryLimits {
  readonly ratio: number;
  readonly critical: number;
  readonly rate: number;
  readonly seconds: number;
}

/** The two sums of a span; which is the larger is asked twice, once each way. */
interface Sums {
  readonly large: Float64Array;
  readonly small: Float64Array;
}

/** A finding for each direction of each span in which the circuit relayed. */
export function asymmetriesIn(history: CircuitHistory, limits: AsymmetryLimits): Finding[] {
  if (history.circuit.shared) return [];
  const found: Finding[] = [];
  for (const span of spansWhere(history, ({ shape, relays }) => shape === 'relay' && relays)) {
    const { read, written } = movedSoFar(history, span);
    for (const direction of ['out', 'in'] as const) {
      const sums =
        direction === 'out' ? { large: written, small: read } : { large: read, small: written };
      const asked = windowsIn(history, span, sums, limits.ratio, limits);
      if (asked.length === 0) continue;
      // The windows found at one ratio need not hold the one that reaches the other.
      const critical = windowsIn(history, span, sums, limits.critical, limits);
      const isCritical = critical.length > 0;
      const windows = asked.concat(critical);
      found.push(findingOf(history, windows, sums, span, { direction, isCritical, limits }));
    }
  }
  return found;
}

/** For each place that ends a window as asked, one such window. */
function windowsIn(
  { timeline: { at } }: CircuitHistory,
  span: Span,
  { large, small }: Sums,
  ratio: number,
  limits: AsymmetryLimits,
): Span[] {
  const leastMs = limits.seconds * 1000;
  const started = at[span.from]!;
  // What moves too little in all cannot move enough in a part.
  if (large.at(-1)! < (limits.rate * leastMs) / 1000) return [];
  const pointOf = (place: number) => {
    const [more, less] = [large[place - span.from]!, small[place - span.from]!];
    const elapsed = (at[place]! - started) / 1000;
    return { place, a: more - ratio * less, b: more - limits.rate * elapsed };
  };
  const windows: Span[] = [];
  const earlier = new Staircase();
  let next = span.from;
  for (let place = span.from; place <= span.to; place++) {
    while (at[place]! - at[next]! >= leastMs && next < place) earlier.add(pointOf(next++));
    const begin = earlier.below(pointOf(place));
    if (begin !== undefined) windows.push({ from: begin.place, to: place });
  }
  return windows;
}

function findingOf(
  history: CircuitHistory,
  windows: readonly Span[],
  { large, small }: Sums,
  span: Span,
  told: { direction: 'in' | 'out'; isCritical: boolean; limits: AsymmetryLimits },
): Finding {
  const movedIn = ({ from, to }: Span) => {
    const more = large[to - span.from]! - large[from - span.from]!;
    const less = small[to - span.from]! - small[from - span.from]!;
    return { more, less, ratio: less > 0 ? more / less : Number.POSITIVE_INFINITY };
  };
  const ranked = windows.map((window) => ({ window, ...movedIn(window) }));
  const worst = ranked.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const { at } = history.timeline;
  const lasted = seconds(at[worst.window.to]! - at[worst.window.from]!);
  const isOut = told.direction === 'out';
  const [did, other] = isOut ? ['sent out', 'took in'] : ['took in', 'sent out'];
  // As the report of asymmetry has it, the ratio is of what went out to what came in.
  const value = isOut ? (Number.isFinite(worst.ratio) ? worst.ratio : null) : 1 / worst.ratio;
  const { ratio, critical } = told.limits;
  const limit = told.isCritical ? critical : ratio;
  return {
    ...evidenceOf(history, extentOf(windows)),
    severity: told.isCritical ? 'critical' : 'warning',
    subject: circuitName(history.circuit),
    value,
    threshold: isOut ? limit : 1 / limit,
    explanation: `It ${did} ${bytes(worst.more)} and ${other} ${bytes(worst.less)} within ${lasted}.`,
  };
}
