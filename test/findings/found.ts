/**
 * What the report of findings says of what was planted.
 * Owns telling it in polls; what it should say is the tests'.
 */
import { findings } from '../../src/reports/findings.ts';
import type { ReportInput } from '../../src/reports/report.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';
import type { Told } from './incidents.ts';
import { type Planted, pollAt, pollsOf, transcriptWith } from './planted.ts';

export interface Found {
  readonly told: Required<Told>[];
  /** The explanation of each. */
  readonly says: string[];
  /** `rule all: reason` or `rule part: reason` of each that could not see all. */
  readonly blind: string[];
  /** Rules that looked and found nothing, and could see all. */
  readonly quiet: string[];
}

/** What is found in a recording of all that is planted. */
export async function foundIn(
  planted: readonly Planted[],
  question: Partial<ReportInput> = {},
): Promise<Found> {
  const polls = pollsOf(planted);
  return await withRecording(transcriptWith(...planted), (recording) => {
    const told: Required<Told>[] = [];
    const explanations: string[] = [];
    const blind: string[] = [];
    const quiet: string[] = [];
    const table = tableOf(findings, recording, question);
    for (const row of table.rows) {
      const [rule, severity, subject, from, to, value, threshold, snapshots, says] = row;
      if (severity === 'not found' && subject === 'all') {
        quiet.push(`${rule}`);
        continue;
      }
      if (severity === 'not found' || severity === 'not observable') {
        blind.push(`${rule} ${subject}: ${says}`);
        continue;
      }
      explanations.push(String(says));
      told.push({
        rule: String(rule),
        severity: String(severity),
        subject: String(subject),
        seen: [pollAt(Number(from)), pollAt(Number(to))],
        value: typeof value === 'number' ? Number(value.toFixed(3)) : null,
        threshold: Number(threshold),
        shown: shownPolls(String(snapshots), polls),
      });
    }
    return { told, says: explanations, blind, quiet };
  });
}

function shownPolls(snapshots: string, polls: readonly number[]): readonly [number, number] {
  const [first, last = first] = snapshots.split('..').map(Number);
  return [polls[first! - 1]!, polls[last! - 1]!];
}

/** As the report should tell it. */
export function whole(told: Told): Required<Told> {
  return { shown: told.seen, ...told };
}

export function thresholds(...set: readonly (readonly [string, number])[]): Partial<ReportInput> {
  return { thresholds: new Map(set) };
}
