/**
 * The report of findings: what the rules of the audit fired at, and how much each of them could see.
 * Owns its columns (docs/reference.md, findings); the rules are findings/'s.
 */

import type { Cell, Row } from '../output/table.ts';
import type { SnapshotRange } from './findings/evidence.ts';
import { Examining, type RuleSight, type Verdict } from './findings/examining.ts';
import type { Finding, Rule } from './findings/rule.ts';
import { RULES } from './findings/rules.ts';
import type { Report, ReportInput } from './report.ts';

export const findings: Report = {
  name: 'findings',
  question: 'What looks wrong, with what evidence, what was not found, and what could not be seen?',
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
  narrowing: 'none',
  leading: [
    'severity',
    'rule',
    'subject',
    'first_seen',
    'explanation',
    'last_seen',
    'value',
    'threshold',
  ],
  analyse(input) {
    const examining = new Examining(RULES, input);
    return {
      watch: (step) => examining.watch(step),
      rows: () => findingRows(examining.verdict(), input),
    };
  },
};

/** What was found, worst first, then what was not, or could not be seen. */
export function* findingRows(
  { groups, sights }: Verdict,
  input: Pick<ReportInput, 'recording' | 'window'>,
): Generator<Row, void> {
  for (const { rule, findings: inOrder } of groups) {
    for (const finding of inOrder()) yield findingRow(rule, finding);
  }
  yield* sightRows(sights, input);
}

/** A row for each rule that found nothing, or could not see all that it needs. */
export function* sightRows(
  sights: readonly RuleSight[],
  input: Pick<ReportInput, 'recording' | 'window'>,
): Generator<Cell[], void> {
  for (const sight of sights) {
    // What found something, and saw all, has no more to say.
    if (!sight.found || sight.seen !== 'all') yield sightRow(sight, input);
  }
}

/** The row of a finding. */
export function findingRow(rule: Rule, finding: Finding): Cell[] {
  const { severity, subject, firstSeen, lastSeen, value, threshold, snapshots } = finding;
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

/**
 * How much a rule saw: no severity that could be taken for a finding's. `not found` or `not
 * observable`, of `all` or of a `part` of what the rule needs to see.
 */
function sightRow(
  { rule, found, seen, unseen }: RuleSight,
  { recording, window }: Pick<ReportInput, 'recording' | 'window'>,
): Cell[] {
  const { extent } = recording;
  return [
    rule.name,
    found || seen === 'nothing' ? 'not observable' : 'not found',
    seen === 'part' ? 'part' : 'all',
    extent === undefined ? null : Math.max(window.from, extent.from),
    extent === undefined ? null : Math.min(window.to, extent.to),
    null,
    null,
    null,
    sightText({ found, seen, unseen }),
  ];
}

function sightText({ found, seen, unseen }: Pick<RuleSight, 'found' | 'seen' | 'unseen'>): string {
  const what = unseen.join('; ');
  if (seen === 'all') return 'Looked for and not found.';
  if (found) return `Not all observable. Not seen: ${what}.`;
  if (seen === 'nothing') return `Not observable: ${what}.`;
  return `Not found in what could be seen. Not seen: ${what}.`;
}

/** `17` or `17..23`, which no spreadsheet takes for a number or a date. */
export function snapshotsText([first, last]: SnapshotRange): string {
  return first === last ? `${first}` : `${first}..${last}`;
}
