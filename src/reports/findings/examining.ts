/**
 * All rules at work on one window.
 * Owns bringing rules, tape and thresholds together, and the order of what they find: worst first.
 */

import type { Step } from '../../recording/playback/step.ts';
import type { ReportInput } from '../report.ts';
import { CircuitHistories } from './circuitHistories.ts';
import { type Examination, type Finding, type Rule, SEVERITIES } from './rule.ts';
import { type Sight, Sights } from './sight.ts';

export interface RuleFinding extends Finding {
  readonly rule: Rule;
}

/** How much a rule could see of what it needs. */
export interface RuleSight extends Sight {
  readonly rule: Rule;
  /** Whether it found anything. */
  readonly found: boolean;
}

/** What rules found in a window, and how much they could see of it. */
export interface Verdict {
  /** Worst first; of equals, in the order of the rules and then of time. */
  readonly findings: readonly RuleFinding[];
  /** Of every rule, in their order. */
  readonly sights: readonly RuleSight[];
}

export class Examining {
  readonly #circuits = new CircuitHistories();
  readonly #input: ReportInput;
  readonly #sights: Sights;
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
    for (const { examination } of this.#examinations) examination.watch?.(step);
  }

  /** Called once, when everything was seen. */
  verdict(): Verdict {
    this.#circuits.finish();
    const findings: RuleFinding[] = [];
    for (const { rule, examination } of this.#examinations) {
      for (const finding of examination.findings()) findings.push({ rule, ...finding });
    }
    const found = new Set(findings.map(({ rule }) => rule));
    const { recording, window } = this.#input;
    const sights = [...this.#sights.over(recording, window)].map(([rule, sight]) => {
      return { rule, found: found.has(rule), ...sight };
    });
    const order = this.#examinations.map(({ rule }) => rule);
    findings.sort(
      (a, b) =>
        rankOf(b) - rankOf(a) ||
        order.indexOf(a.rule) - order.indexOf(b.rule) ||
        a.firstSeen - b.firstSeen,
    );
    return { findings, sights };
  }
}

function rankOf({ severity }: Finding): number {
  return SEVERITIES.indexOf(severity);
}
