/**
 * How much of what a rule needs could be seen in a window.
 * Owns the verdict on that: all of it, a part, or nothing; what each rule needs, it says itself, and
 * what hinders it needs.ts finds.
 */

import type { Step } from '../../recording/playback/step.ts';
import type { Recording, Window } from '../../recording/reader.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import type { Hindrance, Lookout, Need, Reason } from './needs.ts';
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
  readonly hindrances: Map<Reason, { wholly: boolean; passes: boolean; snapshots: number }>;
}

export class Sights {
  readonly #rules: readonly {
    readonly rule: Rule;
    readonly needs: readonly Need[];
    readonly tally: Tally;
  }[];
  readonly #lookouts = new Map<Need, Lookout>();
  #snapshots = 0;

  /** @param thresholdsOf a rule's thresholds, by name. */
  constructor(rules: readonly Rule[], thresholdsOf: (rule: Rule) => (name: string) => number) {
    this.#rules = rules.map((rule) => {
      const needs = rule.needs(thresholdsOf(rule));
      return { rule, needs, tally: { seen: 0, hindrances: new Map() } };
    });
    for (const need of this.#rules.flatMap(({ needs }) => needs)) {
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
    for (const { needs, tally } of this.#rules) {
      const hindrances = needs.flatMap((need) => found.get(need) ?? []);
      if (!hindrances.some(({ wholly }) => wholly)) tally.seen++;
      for (const hindrance of hindrances) note(tally, hindrance);
    }
  }

  /** The sight of each rule, called when every snapshot of the window was seen. */
  over(recording: Recording, window: Window): ReadonlyMap<Rule, Sight> {
    const coverage = this.#snapshots === 0 ? undefined : coverageOf(recording, window);
    return new Map(
      this.#rules.map(({ rule, needs, tally }) => [
        rule,
        coverage === undefined ? NOTHING : this.#sightOf(needs.length > 0, tally, coverage),
      ]),
    );
  }

  /** @param needsTape false for a rule that is about the gaps themselves. */
  #sightOf(needsTape: boolean, { seen, hindrances }: Tally, coverage: Coverage): Sight {
    const all = [...hindrances].map(([reason, { wholly, passes, snapshots }]) => {
      return {
        text: textOf(reason) + this.#howOften(passes ? undefined : snapshots),
        wholly,
        passes,
        isAlways: snapshots === this.#snapshots,
      };
    });
    if (seen === 0 && needsTape) {
      const why = all.filter(({ wholly }) => wholly);
      // What keeps it from judging at all says more than that there was little time to, and what
      // never passed more than what did.
      const kinds = [why.filter(({ passes }) => !passes), why.filter(({ isAlways }) => isAlways)];
      const said = kinds.find(({ length }) => length > 0) ?? why;
      return { seen: 'nothing', unseen: said.map(({ text }) => text) };
    }
    const unseen = [
      ...unrecordedIn(coverage),
      ...(needsTape ? unseenIn(coverage) : []),
      ...all.filter(({ passes }) => !passes).map(({ text }) => text),
    ];
    return { seen: unseen.length === 0 ? 'all' : 'part', unseen };
  }

  #howOften(snapshots = this.#snapshots): string {
    return snapshots === this.#snapshots ? '' : ` (${snapshots} of ${this.#snapshots} snapshots)`;
  }
}

const NOTHING: Sight = { seen: 'nothing', unseen: ['anything: nothing was recorded'] };

function note({ hindrances }: Tally, { wholly, reason, passes = false }: Hindrance): void {
  const known = hindrances.get(reason);
  if (known === undefined) {
    hindrances.set(reason, { wholly, passes, snapshots: 1 });
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
