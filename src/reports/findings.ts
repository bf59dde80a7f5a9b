/**
 * The report of findings: what the rules of the audit fired at, and what they could not observe.
 * Owns its columns (contract, section 5); the rules are findings/'s.
 */
import { Examining, type RuleBlindness, type RuleFinding } from './findings/examining.ts';
import { RULES } from './findings/rules.ts';
import type { Cell, Report, ReportInput, Row } from './report.ts';

export const findings: Report = {
  name: 'findings',
  question: 'What looks wrong, with what evidence, and what could not be observed?',
  columns: [
    { name: 'rule', kind: 'text' },
    { name: 'severity', kind: 'text' },
    { name: 'subject', kind: 'text' },
    { name: 'first_seen', kind: 'time' },
    { name: 'last_seen', kind: 'time' },
    { name: 'value', kind: 'decimal' },
    { name: 'threshold', kind: 'decimal' },
    { name: 'snapshots', kind: 'text' },
    { name: 'explanation', kind: 'text' },
  ],
  analyse(input) {
    const examining = new Examining(RULES, input);
    return {
      watch: (step) => examining.watch(step),
      *rows(): Generator<Row, void> {
        const { findings: found, blindness } = examining.verdict();
        for (const finding of found) yield rowOf(finding);
        for (const blind of blindness) yield blindRow(blind, input);
      },
    };
  },
};

function rowOf(finding: RuleFinding): Cell[] {
  const { rule, severity, subject, firstSeen, lastSeen, value, threshold, snapshots } = finding;
  return [
    rule.name,
    severity,
    subject,
    firstSeen,
    lastSeen,
    value,
    threshold,
    snapshotsText(snapshots),
    `${finding.explanation} Harmless if: ${rule.harmless}`,
  ];
}

/** A rule that could not look, or not everywhere: no severity that could be taken for a finding. */
function blindRow({ rule, wholly, reason }: RuleBlindness, { recording, window }: ReportInput) {
  const { extent } = recording;
  return [
    rule.name,
    'not observable',
    wholly ? 'all' : 'part',
    Math.max(window.from, extent!.from),
    Math.min(window.to, extent!.to),
    null,
    null,
    null,
    `${wholly ? 'Not observable' : 'Not all observable'}: ${reason}.`,
  ];
}

/** `17` or `17..23`, which no spreadsheet takes for a number or a date. */
export function snapshotsText(snapshots: readonly [number, number] | undefined): string | null {
  if (snapshots === undefined) return null;
  const [first, last] = snapshots;
  return first === last ? `${first}` : `${first}..${last}`;
}
