/**
 * asymmetric-circuit: relayed circuits out of which more comes than went in, or less.
 * Owns the rule (docs/reference.md, asymmetric-circuit); the sums over legs are legs.ts's, the search
 * for windows surplus.ts's.
 */
import type { Step, TapeCircuit } from '../../recording/playback/step.ts';
import { circuitName } from './circuitHistories.ts';
import { type LeggedCircuit, type LegSide, type LegSum, Legs } from './legs.ts';
import {
  CIRCUIT_BYTES,
  CIRCUITS,
  COUNTED_BYTES,
  LINES,
  PLACED_CIRCUITS,
  polledWithin,
  STEPS,
} from './needs.ts';
import type { Examination, Finding, Rule, RuleInput } from './rule.ts';
import { type Incident, type Sums, Surplus, type SurplusLimits } from './surplus.ts';
import { bytes, duration } from './wording.ts';

export const asymmetricCircuit: Rule = {
  name: 'asymmetric-circuit',
  explanation:
    'A relay neither makes nor eats bytes: what a circuit brings in on one side goes out on the other. Here much came out that never went in, as in an attack that starts here, or went in and never came out, as where data is taken from here.',
  harmless: 'Counters that the source attributes wrongly; a circuit that was seen only in part.',
  thresholds: {
    ratio: { value: 10, says: 'times more on one side than on the other, in the window' },
    critical: { value: 100, says: 'times more that make it critical, where bytes are made' },
    bytes: { value: 600 * 1024, says: 'bytes made or swallowed, in the window and since birth' },
    rate: { value: 10 * 1024, says: 'bytes made or swallowed a second, in the window' },
    seconds: { value: 600, says: 'seconds of the longest window' },
    queue: { value: 25_700_000, says: 'bytes that Tor may hold back for a circuit' },
    wrapping: { value: 0.05, says: 'share that TLS may add, where bytes are of connections' },
  },
  needs: (threshold) => [
    STEPS,
    polledWithin(threshold('seconds')),
    LINES,
    CIRCUITS,
    PLACED_CIRCUITS,
    COUNTED_BYTES,
    CIRCUIT_BYTES,
  ],
  examine: (input) => new AsymmetricCircuit(input),
};

type Direction = 'forward' | 'backward';
type Kind = 'made' | 'swallowed';

/** What is watched of a circuit: bytes made or swallowed, in one direction. */
interface Account {
  readonly direction: Direction;
  readonly kind: Kind;
  readonly circuit: TapeCircuit;
  /** What came out and what went in, or the other way round. */
  readonly more: LegSum;
  readonly less: LegSum;
  readonly surplus: Surplus;
}

class AsymmetricCircuit implements Examination {
  readonly #limits: SurplusLimits;
  readonly #critical: number;
  readonly #queue: number;
  readonly #wrapping: number;
  readonly #legs = new Legs();
  readonly #isDerived = COUNTED_BYTES();
  readonly #accounts = new Map<LeggedCircuit, { last: number; readonly all: readonly Account[] }>();
  /** Those of which something was found that is not over. */
  readonly #open = new Set<Account>();
  readonly #found: Finding[] = [];

  constructor({ threshold }: Pick<RuleInput, 'threshold'>) {
    this.#limits = {
      ratio: threshold('ratio'),
      bytes: threshold('bytes'),
      rate: threshold('rate'),
      windowMs: threshold('seconds') * 1000,
    };
    this.#critical = threshold('critical');
    this.#queue = threshold('queue');
    this.#wrapping = threshold('wrapping');
  }

  watch(step: Step): void {
    const isDerived = this.#isDerived(step) !== undefined;
    for (const circuit of this.#legs.follow(step, isDerived)) {
      if (circuit.isGone) this.#accounts.delete(circuit);
      else if (circuit.inbound.stood && circuit.outbound.stood) this.#look(circuit, step);
    }
    for (const account of this.#open) {
      const { to } = account.surplus.open!;
      if (step.at - to.at > this.#limits.windowMs) this.#close(account);
    }
  }

  #look(circuit: LeggedCircuit, { at, number, since, header }: Step): void {
    let accounts = this.#accounts.get(circuit);
    if (accounts === undefined) {
      // What a connection moved holds what TLS wrapped the cells in; what a circuit did is cells.
      const wrapping = header.bytes === 'connection' ? this.#wrapping : 0;
      accounts = { last: number, all: accountsOf(circuit, this.#limits, wrapping) };
      this.#accounts.set(circuit, accounts);
    }
    const isCut = accounts.last < circuit.validFrom;
    for (const account of accounts.all) {
      const { surplus } = account;
      if (isCut) surplus.restart();
      const { more, less } = account;
      if (since !== undefined && number > circuit.validFrom) {
        surplus.add(since, number - 1, more.was - more.before, less.was);
      }
      const moreNow = more.now - more.before;
      if (circuit.relays && this.#isOut(circuit, account, surplus.of(moreNow, less.now))) {
        this.#judge(account, { at, number, more: moreNow, less: less.now });
      }
      surplus.add(at, number, moreNow, less.now);
    }
    accounts.last = number;
  }

  /** Whether so much was made or swallowed since the circuit's birth that a window counts. */
  #isOut({ late, exits }: LeggedCircuit, { kind, direction }: Account, surplus: number): boolean {
    // Where streams come and go unseen, what they moved is missing from the outbound side; and cells
    // end there that carry nothing out.
    if (exits && (kind === 'swallowed' || direction === 'backward')) return false;
    const queued = kind === 'swallowed' || late ? this.#queue : 0;
    return surplus >= this.#limits.bytes + queued;
  }

  #judge(account: Account, now: Sums): void {
    const windows = account.surplus.endingAt(now);
    if (windows === undefined) return;
    const before = account.surplus.join(windows);
    if (before !== undefined) this.#found.push(this.#findingOf(account, before));
    this.#open.add(account);
  }

  #close(account: Account): void {
    this.#open.delete(account);
    this.#found.push(this.#findingOf(account, account.surplus.open!));
    account.surplus.open = undefined;
  }

  over(): Finding[] {
    return this.#found.splice(0);
  }

  findings(): Finding[] {
    for (const account of this.#open) this.#close(account);
    return this.over();
  }

  #findingOf({ circuit, kind, direction }: Account, { from, to, worst }: Incident): Finding {
    const isCritical = kind === 'made' && worst.ratio >= this.#critical;
    const more = bytes(to.more - from.more);
    const less = bytes(to.less - from.less);
    const [tookIn, sentOut] = kind === 'made' ? [less, more] : [more, less];
    const lasted = duration(to.at - from.at);
    return {
      severity: isCritical ? 'critical' : 'warning',
      subject: circuitName(circuit),
      about: { circuit: circuit.circId },
      firstSeen: from.at,
      lastSeen: to.at,
      snapshots: [from.number, to.number],
      value: Number.isFinite(worst.ratio) ? worst.ratio : null,
      threshold: isCritical ? this.#critical : this.#limits.ratio,
      explanation: `Bytes were ${kind}, ${WAYS[direction]}: within ${lasted} it took in ${tookIn} and sent out ${sentOut}.`,
    };
  }
}

const WAYS: Readonly<Record<Direction, string>> = {
  forward: 'forward (from the inbound connection to the outbound ones)',
  backward: 'backward (from the outbound connections to the inbound one)',
};

function accountsOf(circuit: LeggedCircuit, limits: SurplusLimits, wrapping: number): Account[] {
  const { inbound, outbound } = circuit;
  return (['forward', 'backward'] as const).flatMap((direction) => {
    const [from, to]: [LegSide, LegSide] =
      direction === 'forward' ? [inbound, outbound] : [outbound, inbound];
    return (['made', 'swallowed'] as const).map((kind) => ({
      ...{ direction, kind, circuit: circuit.circuit },
      more: kind === 'made' ? to.written : from.read,
      less: kind === 'made' ? from.read : to.written,
      surplus: new Surplus(limits, wrapping),
    }));
  });
}
