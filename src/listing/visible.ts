/**
 * Makes the characters visible that a terminal would obey or hide.
 * Owns the choice of those characters and how they are written; who needs it calls it.
 *
 * A recording may hold what a hostile relay or control port chose to send. Printed raw, an escape
 * sequence could rewrite the screen and a bidirectional control could turn a line around.
 */

/** Controls, format characters (bidi, zero width), lone surrogates, private use, line separators. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

const PLAIN = /^[\x20-\x7e]*$/;

/**
 * The text with each of those characters as `\uXXXX`, one for every UTF-16 unit: ESC is `\u001b`.
 * Everything else stays, backslashes too. Applied to JSON it changes nothing of what is read back,
 * for JSON escapes its own controls and knows this notation.
 */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(HIDDEN, escaped);
}

function escaped(character: string): string {
  let text = '';
  for (let unit = 0; unit < character.length; unit++) {
    text += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }
  return text;
}
