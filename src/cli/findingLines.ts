/**
 * A finding for people, and the rule that fired.
 * Owns their lines; which are printed, and in which order, is the commands'.
 */
import { isoTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import type { Finding, Rule, Severity } from '../reports/findings/rule.ts';
import { snapshotsText } from '../reports/findings.ts';
import type { Io } from './io.ts';
import { type Style, styleFor } from './style.ts';
import { lineWidth, proseWidth, wrapped } from './wrapped.ts';

export interface FindingLayout {
  readonly style: Style;
  /** How wide sentences are. */
  readonly width: number;
  /** How wide any other line may be, commands left out. */
  readonly widest: number;
}

/** As standard output has them. */
export function findingLayout({ stdout, env }: Io): FindingLayout {
  return {
    style: styleFor(stdout, env),
    width: proseWidth(stdout),
    widest: lineWidth(stdout),
  };
}

/** What stands over the findings of a rule. @param many how many there are; empty says nothing. */
export function* ruleLines(
  { name, explanation, harmless }: Rule,
  severity: Severity,
  many: string,
  { style, width, widest }: FindingLayout,
): Generator<string> {
  const heading = `${style[severity](severity.toUpperCase())}  ${style.bold(name)}`;
  yield* wrapped(many === '' ? heading : `${heading}  ${many}`, '  ', widest);
  yield* wrapped(`  ${explanation}`, '  ', width);
  yield* wrapped(`  Harmless if: ${harmless}`, '    ', width);
  yield '\n';
}

/**
 * One finding, with its evidence.
 * @param command what shows it.
 * @param whose whose it is, where that is to be said.
 */
export function* findingLines(
  { subject, firstSeen, lastSeen, value, threshold, snapshots, explanation }: Finding,
  command: string,
  { style, width, widest }: FindingLayout,
  whose = '',
): Generator<string> {
  const who = whose === '' ? '' : `${style.bold(visible(whose))}  `;
  const seen = `${isoTime(firstSeen)} to ${isoTime(lastSeen)}`;
  yield* wrapped(`  ${who}${style.bold(visible(subject))}  ${seen}`, '    ', widest);
  yield* wrapped(`    ${visible(explanation)}`, '    ', width);
  const measured =
    value === null ? '' : `value ${rounded(value)}, threshold ${rounded(threshold)}; `;
  yield* wrapped(`    ${measured}snapshots ${snapshotsText(snapshots)}`, '      ', width);
  yield `    $ ${command}\n`;
}

/** Four significant digits: enough to compare, few enough to read. */
function rounded(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
}
