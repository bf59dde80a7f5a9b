/**
 * witness-mismatch: what Tor reports and what the operating system has are not the same.
 * Owns the rule (docs/reference.md, witness-mismatch); the comparing was done when it was recorded.
 */
import { type Comparison, type WitnessedRow, witnessOf } from '../../listing/witness.ts';
import type { Step } from '../../recording/playback/step.ts';
import { type Need, STEPS } from './needs.ts';
import type { Examination, Finding, Rule } from './rule.ts';
import { count } from './wording.ts';

/** A listing that is made of sockets has each of them: only what events tell can differ. */
const SHARED =
  'connections of which Tor’s events do not tell: the listing was made of the sockets that the witness read';

/** What the operating system had at the same time. */
const WITNESS: Need = () => {
  return ({ aside }) => {
    const witness = witnessOf(aside.extra);
    if (witness === undefined) return { wholly: true, reason: 'no witness was recorded' };
    if (typeof witness.found !== 'string') {
      return witness.isShared ? { wholly: false, reason: SHARED } : undefined;
    }
    return { wholly: true, reason: `the witness failed: ${witness.found}` };
  };
};

export const witnessMismatch: Rule = {
  name: 'witness-mismatch',
  explanation:
    'Tor and the operating system do not agree on which connections there are: one of them does not tell the truth. A Tor that was tampered with may hide connections, or make them up.',
  harmless:
    'Tor’s answer and the system’s table were read too far apart on a busy machine; a proxy or a container hides who really connects.',
  thresholds: {
    snapshots: { value: 2, says: 'snapshots in a row that show it' },
  },
  needs: () => [STEPS, WITNESS],
  examine: ({ threshold }) => new WitnessMismatch(threshold('snapshots')),
};

/** Something that one side has and the other has not, over snapshots in a row. */
interface Mismatch {
  readonly subject: string;
  readonly explanation: string;
  readonly firstSeen: number;
  readonly firstNumber: number;
  lastSeen: number;
  lastNumber: number;
  snapshots: number;
}

class WitnessMismatch implements Examination {
  readonly #least: number;
  readonly #over: Mismatch[] = [];
  #open = new Map<string, Mismatch>();

  constructor(least: number) {
    this.#least = least;
  }

  watch(step: Step): void {
    const witness = witnessOf(step.aside.extra);
    const before = this.#open;
    this.#open = new Map();
    if (witness !== undefined && typeof witness.found !== 'string') {
      for (const { subject, explanation } of mismatchesIn(witness.found, step.run)) {
        const known = step.acrossGap ? undefined : before.get(subject);
        this.#open.set(subject, known ?? mismatchFrom(subject, explanation, step));
        const mismatch = this.#open.get(subject)!;
        mismatch.lastSeen = step.at;
        mismatch.lastNumber = step.number;
        mismatch.snapshots++;
      }
    }
    const goesOn = new Set(this.#open.values());
    for (const mismatch of before.values()) if (!goesOn.has(mismatch)) this.#over.push(mismatch);
  }

  findings(): Finding[] {
    return [...this.#over, ...this.#open.values()]
      .filter(({ snapshots }) => snapshots >= this.#least)
      .sort((a, b) => a.firstSeen - b.firstSeen)
      .map((mismatch) => ({
        severity: 'critical',
        subject: mismatch.subject,
        firstSeen: mismatch.firstSeen,
        lastSeen: mismatch.lastSeen,
        snapshots: [mismatch.firstNumber, mismatch.lastNumber] as const,
        value: mismatch.snapshots,
        threshold: this.#least,
        explanation: `${mismatch.explanation}, in ${count(mismatch.snapshots, 'snapshot')} in a row.`,
      }));
  }
}

function mismatchFrom(subject: string, explanation: string, { at, number }: Step): Mismatch {
  const first = { firstSeen: at, firstNumber: number, lastSeen: at, lastNumber: number };
  return { subject, explanation, ...first, snapshots: 0 };
}

function* mismatchesIn(
  found: Comparison,
  run: number,
): Generator<{ readonly subject: string; readonly explanation: string }> {
  for (const row of found.onlyReported) {
    yield {
      subject: `connection ${row.connId ?? 0} (run ${run})`,
      explanation: `Tor reports it${endsOf(row)}, and the system has no such socket`,
    };
  }
  for (const row of found.onlySystem) {
    yield {
      subject: `socket${endsOf(row)}`,
      explanation: 'The system has this socket of Tor’s, and Tor does not report it',
    };
  }
  for (const direction of ['inbound', 'outbound'] as const) {
    const { reported, system } = found[direction];
    if (Math.abs(system - reported) <= found.tolerance) continue;
    const [more, less] = system > reported ? ['the system', 'Tor'] : ['Tor', 'the system'];
    yield {
      subject: `${direction} connections without an address (more of ${more}’s)`,
      explanation: `Of ${direction} connections whose address is not kept, ${more} has more than ${less}: Tor ${reported}, the system ${system}`,
    };
  }
}

function endsOf({ ip, port, lPort }: WitnessedRow): string {
  return ip === '0' ? '' : ` to ${ip} port ${port} from port ${lPort}`;
}
