/**
 * What a user typed, as an error message shows it.
 * Owns the quoting and the cutting; the messages are their modules' own.
 */
import { visible } from '../listing/visible.ts';

/** Enough to recognise what one typed. */
const MAX_SHOWN = 60;

/** The text in quotation marks, at most 60 characters of it, control characters visible. */
export function quoted(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return visible(JSON.stringify(shown));
}
