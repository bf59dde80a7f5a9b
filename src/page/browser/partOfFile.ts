/**
 * That a file holds some parts of its whole window only.
 * Owns when that is to be said.
 */
import { timeText } from './format.ts';
import type { Stage } from './view.ts';

/** Whether the stage's window is less than what a file holds. */
export function isPartOfFile({ source: { head }, window }: Stage): boolean {
  const isLess = window.from > head.window.from || window.to < head.window.to;
  return head.form === 'file' && isLess;
}

/** A note of what a view shows where it cannot show the window alone, behind any other; null for none. */
export function notedOfFile(note: string | null, stage: Stage): string | null {
  if (!isPartOfFile(stage)) return note;
  const { from, to } = stage.source.head.window;
  const whole = `Numbers are of all that this file holds, ${timeText(from, true)} to ${timeText(to, true)}, not of the window alone.`;
  return note === null ? whole : `${note} ${whole}`;
}
