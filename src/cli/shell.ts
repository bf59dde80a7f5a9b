/**
 * Words of a command line that is printed to be typed again.
 * Owns how a shell and this program take them as they are meant.
 */
import { visible } from '../listing/visible.ts';

/** An argument as a shell takes it, in apostrophes where it needs them; control characters visible. */
export function shellWord(text: string): string {
  const shown = visible(text);
  // A leading dash would make it an option.
  const safe = shown.startsWith('-') ? `./${shown}` : shown;
  return /^[\w./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}
