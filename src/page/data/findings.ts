/**
 * What the audit found in a window, and how much each rule could see.
 * Owns which of very many findings are told one by one; the rules are reports/'s.
 */
import type { Recording } from '../../recording/reader.ts';
import { evidenceCommand } from '../../reports/findings/evidenceCommand.ts';
import {
  Examining,
  type FindingGroup,
  type RuleSight,
  type Verdict,
} from '../../reports/findings/examining.ts';
import type { Finding, Rule } from '../../reports/findings/rule.ts';
import { RULES } from '../../reports/findings/rules.ts';
import { snapshotsText } from '../../reports/findings.ts';
import { playAll } from '../../reports/playing.ts';
import type { DrawnStretches, FindingsPart, PageFinding, PageRule, PageVerdict } from '../parts.ts';
import { CoveredTimes } from './coveredTimes.ts';
import type { PartInput } from './input.ts';
import { questionIn } from './question.ts';

/** Of one rule and severity: more than anybody looks at one by one. */
export const MAX_PAGE_FINDINGS = 500;

export function findingsPart(input: PartInput): FindingsPart {
  const { recording, path, onSnapshot = () => {} } = input;
  const examining = new Examining(RULES, questionIn(input));
  playAll([examining], input, onSnapshot);
  return findingsOf(examining.verdict(), recording, path);
}

/** @param path the recording's, as a shell takes it. */
export function findingsOf(verdict: Verdict, recording: Recording, path: string): FindingsPart {
  const findings: PageFinding[] = [];
  const times = new Map<FindingGroup, DrawnStretches>();
  const { from, to } = recording.extent!;
  for (const group of verdict.groups) {
    const covered = new CoveredTimes((to - from) / PARTS);
    let shown = 0;
    for (const finding of group.findings()) {
      covered.add(finding.firstSeen, finding.lastSeen);
      if (shown++ >= MAX_PAGE_FINDINGS) continue;
      findings.push(pageFindingOf(group.rule, finding, recording, path));
    }
    times.set(group, covered.stretches);
  }
  return {
    rules: verdict.sights.map((sight) => ruleOf(sight, verdict.groups, times)),
    progress: 1,
    findings,
  };
}

/** Two times that are closer than such a part of the recording nobody tells apart. */
const PARTS = 500;

function pageFindingOf(
  rule: Rule,
  finding: Finding,
  recording: Recording,
  path: string,
): PageFinding {
  const { severity, subject, firstSeen, lastSeen, value, threshold, snapshots, about } = finding;
  return {
    rule: rule.name,
    ...{ severity, subject, value, threshold },
    from: firstSeen,
    to: lastSeen,
    snapshots: snapshotsText(snapshots),
    explanation: finding.explanation,
    command: evidenceCommand(rule, finding, recording, path),
    connId: about?.connection ?? null,
    circId: about?.circuit ?? null,
  };
}

function ruleOf(
  { rule, found, seen, unseen }: RuleSight,
  groups: readonly FindingGroup[],
  timesOf: ReadonlyMap<FindingGroup, DrawnStretches>,
): PageRule {
  const counts = { info: 0, notice: 0, warning: 0, critical: 0 };
  const none = { since: [], at: [] };
  const times = { info: none, notice: none, warning: none, critical: none };
  const own = groups.filter((group) => group.rule === rule);
  for (const group of own) counts[group.severity] += group.count;
  const told = own.map((group) => [group.severity, timesOf.get(group)!]);
  const { name, explanation, harmless } = rule;
  return {
    ...{ name, verdict: verdictOf(found, seen), unseen, explanation, harmless, counts },
    times: { ...times, ...Object.fromEntries(told) },
  };
}

function verdictOf(found: boolean, seen: RuleSight['seen']): PageVerdict {
  if (found) return 'found';
  if (seen === 'nothing') return 'not observable';
  return seen === 'all' ? 'not found' : 'not found in what could be seen';
}
