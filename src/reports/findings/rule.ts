/**
 * What a rule of the audit is, and what it finds.
 * Owns the shapes; each rule is a file of its own, the list of them is rules.ts's.
 */
import type { ReportInput } from '../report.ts';
import type { Step } from '../step.ts';
import type { CircuitHistories } from './circuitHistories.ts';
import type { Sight } from './sight.ts';

/** From the least to the worst. */
export const SEVERITIES = ['info', 'notice', 'warning', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** A number that an operator may change: `--set RULE.NAME=VALUE`. */
export interface Threshold {
  readonly value: number;
  /** What it means, for `--help` and the README: `seconds that it must last`. */
  readonly says: string;
}

/** Something that a rule fired at, with its evidence. Times are milliseconds since the epoch. */
export interface Finding {
  readonly severity: Severity;
  /** What it is about: `circuit 17 (run 1)`, an address, a bucket. */
  readonly subject: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** What was measured; null where it has no end, such as a ratio to nothing. */
  readonly value: number | null;
  /** What it is measured against. */
  readonly threshold: number;
  /** The first and the last snapshot that show it; undefined where none does, as in a gap. */
  readonly snapshots: readonly [first: number, last: number] | undefined;
  /** What was seen, in a sentence. */
  readonly explanation: string;
}

/** What a rule could not look at, and why. */
export interface Blindness {
  /** Whether it could look at nothing at all. */
  readonly wholly: boolean;
  readonly reason: string;
}

/** A rule at work on one window. */
export interface Examination {
  /** Sees every snapshot of the window, in order. */
  watch?(step: Step): void;
  /** What it fired at; called once, when everything was seen. */
  findings(): readonly Finding[];
  /** What it could not observe, undefined where it could all; called after `findings`. */
  blindness(): Blindness | undefined;
}

export interface RuleInput extends ReportInput {
  /** The rule's thresholds, as they are or as the operator set them. */
  threshold(name: string): number;
  /** The circuits of the window, one history after another. */
  readonly circuits: CircuitHistories;
  /** How far connections and circuits can be seen at all. */
  readonly sight: Sight;
}

export interface Rule {
  readonly name: string;
  /** What it fires at, and why that is of interest. */
  readonly explanation: string;
  /** What harmless thing looks the same. */
  readonly harmless: string;
  readonly thresholds: Readonly<Record<string, Threshold>>;
  examine(input: RuleInput): Examination;
}
