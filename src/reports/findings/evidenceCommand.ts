/**
 * The command that shows in a terminal what a rule fired at.
 * Owns which report, of which lines and when; running it is commands/'s.
 */
import { isoTime } from '../../listing/instant.ts';
import { isEverything, selectionText } from '../../listing/selection.ts';
import type { Recording } from '../../recording/reader.ts';
import type { Finding, Rule } from './rule.ts';

/** What is shown around values that stand beside the lines, such as how many descriptors are in use. */
const AROUND_MS = 300_000;

/**
 * Shows the evidence: its lines, with their times, or the values around it, a minute a row.
 * @param path the recording's, as a shell takes it.
 */
export function evidenceCommand(
  { shownBy }: Rule,
  { about = {}, snapshots }: Finding,
  recording: Recording,
  path: string,
): string {
  const [from, to] = snapshots.map((number) => recording.timeOf(number)!);
  const window = (around: number) =>
    `--from ${isoTime(from! - around)} --to ${isoTime(to! + around)}`;
  if (shownBy !== undefined) {
    const columns = shownBy.columns === undefined ? '' : ` --columns ${shownBy.columns.join(',')}`;
    return `conntape report ${shownBy.report} ${path} ${window(AROUND_MS)} --bucket 1m${columns}`;
  }
  return isEverything(about)
    ? `conntape replay ${path} ${window(0)}`
    : `conntape report timeline ${path} ${window(0)} ${selectionText(about)}`;
}
