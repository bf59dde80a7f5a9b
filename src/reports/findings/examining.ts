/**
 * All rules at work on one window.
 * Owns bringing rules, tape and thresholds together, and the order of what they find: worst first.
 */

import type { Step } from '../../recording/playback/step.ts';
import { Spill } from '../../recording/spill.ts';
import type { ReportInput } from '../report.ts';
import { CircuitHistories } from './circuitHistories.ts';
import { type Examination, type Finding, type Rule, SEVERITIES, type Severity } from './rule.ts';
import { type Sight, Sights } from './sight.ts';

/** How much a rule could see of what it needs. */
export interface RuleSight extends Sight {
  readonly rule: Rule;
  /** Whether it found anything. */
  readonly found: boolean;
}

/** What a rule found of one severity; something. */
export interface FindingGroup {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly count: number;
  /** In the order of time. */
  findings(): Iterable<Finding>;
}

/** What rules found in a window, and how much they could see of it. */
export interface Verdict {
  /** Worst first; of equals, in the order of the rules. */
  readonly groups: readonly FindingGroup[];
  /** Of every rule, in their order. */
  readonly sights: readonly RuleSight[];
}

export class Examining {
  readonly #circuits = new CircuitHistories();
  readonly #input: ReportInput;
  readonly #sights: Sights;
  readonly #found = new Found();
  readonly #examinations: readonly { readonly rule: Rule; readonly examination: Examination }[];

  constructor(rules: readonly Rule[], input: ReportInput) {
    this.#input = input;
    const thresholdsOf = (rule: Rule) => (name: string) =>
      input.thresholds.get(`${rule.name}.${name}`) ?? rule.thresholds[name]!.value;
    this.#sights = new Sights(rules, thresholdsOf);
    this.#examinations = rules.map((rule) => {
      const threshold = thresholdsOf(rule);
      const examination = rule.examine({
        ...input,
        threshold,
        circuits: this.#circuits,
      });
      return { rule, examination };
    });
  }

  watch(step: Step): void {
    this.#sights.watch(step);
    this.#circuits.watch(step);
    for (const { rule, examination } of this.#examinations) {
      examination.watch?.(step);
      for (const finding of examination.over?.() ?? []) this.#found.add(rule, finding);
    }
  }

  /** Called once, when everything was seen. */
  verdict(): Verdict {
    this.#circuits.finish();
    for (const { rule, examination } of this.#examinations) {
      for (const finding of examination.findings()) this.#found.add(rule, finding);
    }
    const order = this.#examinations.map(({ rule }) => rule);
    const groups = this.#found.groups(order);
    const found = new Set(groups.map(({ rule }) => rule));
    const { recording, window } = this.#input;
    const sights = [...this.#sights.over(recording, window)].map(([rule, sight]) => {
      return { rule, found: found.has(rule), ...sight };
    });
    return { groups, sights };
  }
}

/** What was found so far. There may be very many, which wait for the end in a file. */
class Found {
  readonly #spill = new Spill<Finding>();
  readonly #groups: { readonly rule: Rule; readonly severity: Severity; count: number }[] = [];

  add(rule: Rule, finding: Finding): void {
    const { severity, firstSeen } = finding;
    let number = this.#groups.findIndex((group) => {
      return group.rule === rule && group.severity === severity;
    });
    if (number < 0) number = this.#groups.push({ rule, severity, count: 0 }) - 1;
    this.#groups[number]!.count++;
    this.#spill.add(number, firstSeen, finding);
  }

  groups(order: readonly Rule[]): FindingGroup[] {
    const rank = (severity: Severity) => SEVERITIES.indexOf(severity);
    return this.#groups
      .map((group, number) => ({ ...group, findings: () => this.#spill.inOrder(number) }))
      .sort(
        (a, b) =>
          rank(b.severity) - rank(a.severity) || order.indexOf(a.rule) - order.indexOf(b.rule),
      );
  }
}
