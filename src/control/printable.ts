/**
 * What of the other side's text may stand in an error message.
 * Owns the shortening and the escaping, not the messages.
 */
import { maskAddresses } from '../addresses.ts';

/** Enough for every answer of Tor's own; bounds what a lying control port can make us print. */
const MAX_LENGTH = 240;

/**
 * One printable line: control characters escaped, every address masked, the words past 240
 * characters left out. No address of a Tor user may be in an error.
 */
export function printable(text: string): string {
  // Cut first: the masking takes quadratic time on hostile text. A word that was cut could be
  // half an address that no longer looks like one, so it goes too.
  const short = text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH).replace(/\S*$/, '…') : text;
  return escapeControls(maskAddresses(short, '[address]'));
}

/** Control characters as `\xNN`. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
