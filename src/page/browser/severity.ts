/**
 * Findings and verdicts as signs and in order.
 * Owns their shapes and words: a severity is told by its shape as well as by its colour, and what was not
 * found by neither.
 */
import type { PageRule, PageSeverity, PageVerdict } from '../parts.ts';

/** Worst first. */
export const WORST_FIRST: readonly PageSeverity[] = ['critical', 'warning', 'notice', 'info'];

export const SEVERITY_SIGNS: Readonly<Record<PageSeverity, string>> = {
  critical: '▲',
  warning: '◆',
  notice: '●',
  info: '○',
};

export const VERDICT_SIGNS: Readonly<Record<Exclude<PageVerdict, 'found'>, string>> = {
  'not found': '✓',
  'not found in what could be seen': '◐',
  'not observable': '–',
};

const VERDICTS: readonly PageVerdict[] = [
  'found',
  'not found in what could be seen',
  'not observable',
  'not found',
];

/** The worst that a rule found; undefined for nothing. */
export function worstOf({ counts }: PageRule): PageSeverity | undefined {
  return WORST_FIRST.find((severity) => counts[severity] > 0);
}

export function foundBy({ counts }: PageRule): number {
  return WORST_FIRST.reduce((sum, severity) => sum + counts[severity], 0);
}

/** Worst findings first, then what is less sure before what is surer. */
export function rulesInOrder(rules: readonly PageRule[]): PageRule[] {
  const rank = (rule: PageRule) => {
    const worst = worstOf(rule);
    return worst === undefined
      ? WORST_FIRST.length + VERDICTS.indexOf(rule.verdict)
      : WORST_FIRST.indexOf(worst);
  };
  return rules.toSorted((a, b) => rank(a) - rank(b));
}

/** The sign of what a rule found, or of why it found nothing. */
export function signOf(rule: PageRule): string {
  const worst = worstOf(rule);
  if (worst !== undefined) return SEVERITY_SIGNS[worst];
  return rule.verdict === 'found' ? '' : VERDICT_SIGNS[rule.verdict];
}

/** What was not found, and what could not be seen: `not observable: addresses`; empty where something was. */
export function notFoundText({ verdict, unseen }: PageRule): string {
  if (verdict === 'found') return '';
  const why = unseen.length === 0 ? '' : `: ${unseen.join('; ')}`;
  return verdict === 'not found' ? 'nothing found' : `${verdict}${why}`;
}

/** Draws a sign about a place, so that it is the same whatever fonts there are. */
export function drawSeverity(
  context: CanvasRenderingContext2D,
  severity: PageSeverity,
  x: number,
  y: number,
  radius: number,
): void {
  context.beginPath();
  if (severity === 'critical') {
    context.moveTo(x, y - radius);
    context.lineTo(x + radius, y + radius * 0.8);
    context.lineTo(x - radius, y + radius * 0.8);
  } else if (severity === 'warning') {
    context.moveTo(x, y - radius);
    context.lineTo(x + radius, y);
    context.lineTo(x, y + radius);
    context.lineTo(x - radius, y);
  } else {
    context.arc(x, y, radius * 0.8, 0, 2 * Math.PI);
  }
  context.closePath();
}
