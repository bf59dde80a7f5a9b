/**
 * How much of what a rule needs could be seen in a window.
 * Owns the verdict on that: all of it, a part, or nothing; what each rule needs, it says itself, and
 * what hinders it needs.ts finds.
 */
import type { Recording, Window } from '../../recording/reader.ts';
import type { Step } from '../step.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { type Hindrance, type Lookout, type Need, NO_STEP, type Reason } from './needs.ts';
import type { Rule } from './rule.ts';
import { duration } from './wording.ts';

/** What a rule could see of what it needs, and of what is not `all`, what it could not. */
export interface Sight {
  readonly seen: 'all' | 'part' | 'nothing';
  /** Phrases; none where all was seen. */
  readonly unseen: readonly string[];
}

/** What hindered a rule, over the window. */
interface Tally {
  /** Snapshots in which it could judge something. */
  seen: number;
  readonly hindrances: Map<Reason, { wholly: boolean; snapshots: number }>;
}

export class Sights {
  readonly #rules: readonly { readonly rule: Rule; readonly tally: Tally }[];
  readonly #lookouts = new Map<Need, Lookout>();
  #snapshots = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules.map((rule) => ({ rule, tally: { seen: 0, hindrances: new Map() } }));
    for (const need of rules.flatMap(({ needs }) => needs)) {
      if (!this.#lookouts.has(need)) this.#lookouts.set(need, need());
    }
  }

  watch(step: Step): void {
    this.#snapshots++;
    const found = new Map<Need, Hindrance>();
    for (const [need, look] of this.#lookouts) {
      const hindrance = look(step);
      if (hindrance !== undefined) found.set(need, hindrance);
    }
    for (const { rule, tally } of this.#rules) {
      const hindrances = rule.needs.flatMap((need) => found.get(need) ?? []);
      if (!hindrances.some(({ wholly }) => wholly)) tally.seen++;
      for (const hindrance of hindrances) note(tally, hindrance);
    }
  }

  /** The sight of each rule, called when every snapshot of the window was seen. */
  over(recording: Recording, window: Window): ReadonlyMap<Rule, Sight> {
    const coverage = this.#snapshots === 0 ? undefined : coverageOf(recording, window);
    return new Map(
      this.#rules.map(({ rule, tally }) => [
        rule,
        coverage === undefined ? NOTHING : this.#sightOf(rule, tally, coverage),
      ]),
    );
  }

  #sightOf(rule: Rule, { seen, hindrances }: Tally, coverage: Coverage): Sight {
    // What needs nothing of the tape is of the gaps themselves.
    const missing =
      rule.needs.length === 0
        ? unrecordedIn(coverage)
        : [...unrecordedIn(coverage), ...unseenIn(coverage)];
    const told = (only: (wholly: boolean) => boolean) =>
      [...hindrances]
        .filter(([reason, { wholly }]) => reason !== NO_STEP.reason && only(wholly))
        .map(([reason, { snapshots }]) => textOf(reason) + this.#howOften(snapshots));
    if (seen === 0 && rule.needs.length > 0) {
      const why = told((wholly) => wholly);
      return { seen: 'nothing', unseen: why.length > 0 ? why : missing };
    }
    const unseen = [...missing, ...told(() => true)];
    return { seen: unseen.length === 0 ? 'all' : 'part', unseen };
  }

  #howOften(snapshots: number): string {
    return snapshots === this.#snapshots ? '' : ` (${snapshots} of ${this.#snapshots} snapshots)`;
  }
}

const NOTHING: Sight = { seen: 'nothing', unseen: ['anything: nothing was recorded'] };

function note({ hindrances }: Tally, { wholly, reason }: Hindrance): void {
  const known = hindrances.get(reason);
  if (known === undefined) {
    hindrances.set(reason, { wholly, snapshots: 1 });
  } else {
    known.wholly ||= wholly;
    known.snapshots++;
  }
}

function textOf(reason: Reason): string {
  return typeof reason === 'string' ? reason : reason();
}

/** What was asked for and lies outside the recording. */
function unrecordedIn({ beforeMs, afterMs, from, to }: Coverage): string[] {
  const ms = beforeMs + afterMs;
  return ms === 0
    ? []
    : [`${duration(ms)} of ${duration(to - from + ms)}: nothing was recorded then`];
}

/** What the recorder did not see of the rest. */
function unseenIn({ snapshots, blindMs, gaps, from, to }: Coverage): string[] {
  const unseen: string[] = [];
  if (blindMs > 0) {
    const where = `in ${gaps} ${gaps === 1 ? 'gap' : 'gaps'}`;
    unseen.push(`${duration(blindMs)} of ${duration(to - from)}, ${where}: the recorder was blind`);
  }
  if (snapshots === 1) unseen.push('all but one moment: the window holds one snapshot');
  return unseen;
}
