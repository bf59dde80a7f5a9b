/**
 * What a rule of the audit is, and what it finds.
 * Owns the shapes; each rule is a file of its own, the list of them is rules.ts's.
 */

import type { Selection } from '../../listing/selection.ts';
import type { Step } from '../../recording/playback/step.ts';
import type { ReportInput } from '../report.ts';
import type { CircuitHistories } from './circuitHistories.ts';
import type { SnapshotRange } from './evidence.ts';
import type { Need } from './needs.ts';

/** From the least to the worst. */
export const SEVERITIES = ['info', 'notice', 'warning', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** A number that an operator may change: `--set RULE.NAME=VALUE`. */
export interface Threshold {
  readonly value: number;
  /** What it means, for `--help` and the README: `seconds that it must last`. */
  readonly says: string;
  /** The greatest with which the rule could ever fire; none where it is not given. */
  readonly most?: number;
  /** What it must be above for the rule ever to fire; nothing where it is not given. */
  readonly above?: number;
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
  /** The lines that show it; absent where they are not those of one thing. */
  readonly about?: Selection;
  /** The first and the last snapshot that show it; of a gap those on both sides. */
  readonly snapshots: SnapshotRange;
  /** What was seen, in a sentence. */
  readonly explanation: string;
}

/** A rule at work on one window. */
export interface Examination {
  /** Sees every snapshot of the window, in order. */
  watch?(step: Step): void;
  /** What it fired at and nothing can change any more, each once; asked for after each snapshot. */
  over?(): readonly Finding[];
  /** What else it fired at; called once, when everything was seen. */
  findings(): readonly Finding[];
}

export interface RuleInput extends ReportInput {
  /** The rule's thresholds, as they are or as the operator set them. */
  threshold(name: string): number;
  /** The circuits of the window, one history after another. */
  readonly circuits: CircuitHistories;
}

export interface Rule {
  readonly name: string;
  /** What it fires at, and why that is of interest. */
  readonly explanation: string;
  /** What harmless thing looks the same. */
  readonly harmless: string;
  readonly thresholds: Readonly<Record<string, Threshold>>;
  /** The report whose rows show it, where lines of `conn/all` do not; with it its columns, if not all. */
  readonly shownBy?: { readonly report: string; readonly columns?: readonly string[] };
  /** What it needs to see; none where it needs nothing of the tape. */
  needs(threshold: (name: string) => number): readonly Need[];
  examine(input: RuleInput): Examination;
}
