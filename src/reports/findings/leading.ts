/**
 * Stretches in which one circuit moved nearly all of the bytes while others moved some, in every part.
 * Owns the parts and joining them; what moved, and which stretch is a finding, is the rule's.
 */

/** What moved between two snapshots, bytes. */
export interface MovedStep<Circuit> {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly at: number;
  /** The number of the later snapshot. */
  readonly number: number;
  /** Of all circuits, each byte once. */
  readonly total: number;
  /** Of each circuit whose bytes are known apart. */
  readonly own: ReadonlyMap<Circuit, number>;
  /** Circuits that moved something, as many as are of interest at least. */
  readonly movers: ReadonlySet<Circuit>;
}

export interface Lead<Circuit> {
  readonly circuit: Circuit;
  readonly from: number;
  readonly fromNumber: number;
  to: number;
  toNumber: number;
  own: number;
  total: number;
}

export interface LeadLimits {
  /** Of the bytes of every part. */
  readonly share: number;
  /** A part is so long at least, milliseconds, and two steps. */
  readonly partMs: number;
  /** In every part so many circuits moved something. */
  readonly movers: number;
}

/** Products of fractions differ by less than that from what they should be; a byte is far more. */
const ROUNDING = 1e-3;

/** @template Circuit whatever tells circuits apart; not undefined. */
export class Leads<Circuit> {
  readonly #limits: LeadLimits;
  /** The last part: the fewest steps that are long enough. */
  #part: MovedStep<Circuit>[] = [];
  #total = 0;
  readonly #own = new Map<Circuit, number>();
  #lead: Lead<Circuit> | undefined;

  constructor(limits: LeadLimits) {
    this.#limits = limits;
  }

  /** Takes the next step and gives the stretch that ended with the one before, if any did. */
  take(step: MovedStep<Circuit>): Lead<Circuit> | undefined {
    this.#part.push(step);
    this.#add(step, 1);
    while (this.#isLongWithout(1)) this.#add(this.#part.shift()!, -1);
    const leader = this.#isLongWithout(0) ? this.#leader() : undefined;
    const before = this.#lead;
    if (before !== undefined && leader !== undefined && leader === before.circuit) {
      before.to = step.at;
      before.toNumber = step.number;
      before.own += step.own.get(leader) ?? 0;
      before.total += step.total;
      return undefined;
    }
    this.#lead = leader === undefined ? undefined : this.#begin(leader);
    return before;
  }

  /** Ends what is under way, as at a gap, and gives it. */
  cut(): Lead<Circuit> | undefined {
    const before = this.#lead;
    this.#part = [];
    this.#own.clear();
    this.#total = 0;
    this.#lead = undefined;
    return before;
  }

  /** Whether the last part is one, but for its first steps. */
  #isLongWithout(steps: number): boolean {
    const first = this.#part[steps];
    if (first === undefined || this.#part.length - steps < 2) return false;
    return this.#part.at(-1)!.at - first.since >= this.#limits.partMs;
  }

  #add({ own, total }: MovedStep<Circuit>, change: 1 | -1): void {
    this.#total += change * total;
    for (const [circuit, bytes] of own) {
      const sum = (this.#own.get(circuit) ?? 0) + change * bytes;
      if (sum > 0) this.#own.set(circuit, sum);
      else this.#own.delete(circuit);
    }
  }

  #leader(): Circuit | undefined {
    if (!this.#isBusy()) return undefined;
    const least = this.#limits.share * this.#total - ROUNDING;
    let leader: Circuit | undefined;
    let most = 0;
    for (const [circuit, bytes] of this.#own) {
      if (bytes < least || bytes <= most) continue;
      leader = circuit;
      most = bytes;
    }
    return leader;
  }

  /** Whether enough circuits moved something in the last part. */
  #isBusy(): boolean {
    const movers = new Set<Circuit>();
    for (const step of this.#part) {
      for (const circuit of step.movers) movers.add(circuit);
      if (movers.size >= this.#limits.movers) return true;
    }
    return false;
  }

  #begin(circuit: Circuit): Lead<Circuit> {
    const [first, last] = [this.#part[0]!, this.#part.at(-1)!];
    return {
      ...{ circuit, from: first.since, fromNumber: first.number - 1 },
      ...{ to: last.at, toNumber: last.number },
      ...{ own: this.#own.get(circuit)!, total: this.#total },
    };
  }
}
