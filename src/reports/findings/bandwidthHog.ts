/**
 * bandwidth-hog: one circuit that moves nearly all of the bytes of all circuits.
 * Owns the rule (docs/reference.md, bandwidth-hog); stretches are leading.ts's.
 */
import type { Step, TapeCircuit } from '../../recording/playback/step.ts';
import { circuitName } from './circuitHistories.ts';
import { type Lead, Leads, type MovedStep } from './leading.ts';
import {
  BYTES,
  CIRCUIT_BYTES,
  CIRCUITS,
  LINES,
  lasting,
  PLACED_CIRCUITS,
  polledWithin,
} from './needs.ts';
import type { Examination, Finding, Rule, RuleInput } from './rule.ts';
import { bytes, duration, percent } from './wording.ts';

export const bandwidthHog: Rule = {
  name: 'bandwidth-hog',
  explanation:
    'One circuit moved nearly all of the bytes of all circuits, while others moved some. On a relay with many circuits that is peculiar: someone may be using it for one purpose.',
  harmless:
    'A long download on a relay with few users, such as a new one, looks just the same; a circuit of the operator’s own.',
  thresholds: {
    share: { value: 0.99, says: 'share of the bytes of all circuits, in every part', most: 1 },
    bytes: { value: 2 ** 20, says: 'bytes that it must have moved' },
    seconds: { value: 60, says: 'seconds that it must last' },
    warning: { value: 120, says: 'seconds that make it a warning' },
    part: { value: 20, says: 'seconds of the shortest part, two steps at least' },
    circuits: { value: 5, says: 'circuits that moved something, in every part' },
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
  examine: (input) => new BandwidthHog(input),
};

class BandwidthHog implements Examination {
  readonly #threshold: RuleInput['threshold'];
  readonly #leads: Leads<TapeCircuit>;
  readonly #found: Finding[] = [];

  constructor({ threshold }: Pick<RuleInput, 'threshold'>) {
    this.#threshold = threshold;
    this.#leads = new Leads({
      share: threshold('share'),
      partMs: threshold('part') * 1000,
      movers: threshold('circuits'),
    });
  }

  watch(step: Step): void {
    const { since, acrossGap } = step;
    if (since === undefined || acrossGap) this.#look(this.#leads.cut());
    else this.#look(this.#leads.take(movedIn(step, since, this.#threshold('circuits'))));
  }

  over(): Finding[] {
    return this.#found.splice(0);
  }

  findings(): Finding[] {
    this.#look(this.#leads.cut());
    return this.over();
  }

  #look(lead: Lead<TapeCircuit> | undefined): void {
    if (lead === undefined) return;
    const { circuit, from, to, own, total } = lead;
    const lasted = to - from;
    if (lasted < this.#threshold('seconds') * 1000) return;
    if (own < this.#threshold('bytes')) return;
    const share = own / total;
    this.#found.push({
      severity: lasted >= this.#threshold('warning') * 1000 ? 'warning' : 'notice',
      subject: circuitName(circuit),
      about: { circuit: circuit.circId },
      firstSeen: from,
      lastSeen: to,
      snapshots: [lead.fromNumber, lead.toNumber],
      value: share,
      threshold: this.#threshold('share'),
      explanation: `It moved ${bytes(own)}, ${percent(share)} of the bytes of all circuits, for ${duration(lasted)}.`,
    });
  }
}

/** What all circuits moved in a step, and each of which that is known. */
function movedIn(
  { at, number, header, rows, moved, counted }: Step,
  since: number,
  mostMovers: number,
): MovedStep<TapeCircuit> {
  const repeats = header.bytes === 'connection';
  let total = 0;
  for (let index = 0; index < counted.slots.length; index++) {
    if (counted.bridged[index] === 1) continue;
    const slot = counted.slots[index]!;
    const isOfCircuit = repeats ? rows.carriesCircuit(slot) : rows.circuitNumberOf(slot) >= 0;
    if (isOfCircuit) total += counted.read[index]! + counted.written[index]!;
  }
  const own = new Map<TapeCircuit, number>();
  const movers = new Set<TapeCircuit>();
  for (let index = 0; index < moved.slots.length; index++) {
    const circuit = moved.bridged[index] === 1 ? undefined : rows.circuitOf(moved.slots[index]!);
    if (circuit === undefined) continue;
    if (movers.size < mostMovers) movers.add(circuit);
    if (circuit.shared) continue;
    own.set(circuit, (own.get(circuit) ?? 0) + moved.read[index]! + moved.written[index]!);
  }
  return { since, at, number, total, own, movers };
}
