/**
 * All rules at work on one window.
 * Owns bringing rules, tape and thresholds together, and the order of what they find: worst first.
 */
import type { ReportInput } from '../report.ts';
import type { Step } from '../step.ts';
import { CircuitHistories } from './circuitHistories.ts';
import { type Blindness, type Examination, type Finding, type Rule, SEVERITIES } from './rule.ts';
import { Sight } from './sight.ts';

export interface RuleFinding extends Finding {
  readonly rule: Rule;
}

export interface RuleBlindness extends Blindness {
  readonly rule: Rule;
}

/** What rules found in a window, and what they could not observe. */
export interface Verdict {
  /** Worst first; of equals, in the order of the rules and then of time. */
  readonly findings: readonly RuleFinding[];
  /** In the order of the rules. */
  readonly blindness: readonly RuleBlindness[];
}

export class Examining {
  readonly #circuits = new CircuitHistories();
  readonly #sight = new Sight(this.#circuits);
  readonly #examinations: readonly { readonly rule: Rule; readonly examination: Examination }[];

  constructor(rules: readonly Rule[], input: ReportInput) {
    this.#examinations = rules.map((rule) => {
      const threshold = (name: string) =>
        input.thresholds.get(`${rule.name}.${name}`) ?? rule.thresholds[name]!.value;
      const examination = rule.examine({
        ...input,
        threshold,
        circuits: this.#circuits,
        sight: this.#sight,
      });
      return { rule, examination };
    });
  }

  watch(step: Step): void {
    this.#sight.watch(step);
    this.#circuits.watch(step);
    for (const { examination } of this.#examinations) examination.watch?.(step);
  }

  /** Called once, when everything was seen. */
  verdict(): Verdict {
    this.#circuits.finish();
    const findings: RuleFinding[] = [];
    const blindness: RuleBlindness[] = [];
    for (const { rule, examination } of this.#examinations) {
      for (const finding of examination.findings()) findings.push({ rule, ...finding });
      const blind = examination.blindness();
      if (blind !== undefined) blindness.push({ rule, ...blind });
    }
    const order = this.#examinations.map(({ rule }) => rule);
    findings.sort(
      (a, b) =>
        rankOf(b) - rankOf(a) ||
        order.indexOf(a.rule) - order.indexOf(b.rule) ||
        a.firstSeen - b.firstSeen,
    );
    return { findings, blindness };
  }
}

function rankOf({ severity }: Finding): number {
  return SEVERITIES.indexOf(severity);
}
