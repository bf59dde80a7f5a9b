/**
 * How one-sided a circuit was, as one small integer.
 * Owns what a level means and how many of them travel as text.
 *
 * A level is twice the logarithm to base 2 of how much more went one way than the other: two levels are
 * twice as much. It is positive where more went out (WRITE) than came in, negative where less did, 0 where
 * both were the same or nothing moved.
 */

/** No lane is there. */
export const ABSENT = -128;

/** Something moved both ways, and neither more than the other. */
const EVEN = 0;

/** The greatest level: 2^53 bytes. */
export const MOST_LEVEL = 107;

/** @param read, written bytes, not negative. */
export function levelOf(read: number, written: number): number {
  const more = Math.abs(written - read);
  if (more < 1) return EVEN;
  const level = Math.min(MOST_LEVEL, 1 + Math.round(2 * Math.log2(more)));
  return written > read ? level : -level;
}

/** About how many bytes more went one way, whichever it was; 0 for none. */
export function bytesOfLevel(level: number): number {
  return level === EVEN || level === ABSENT ? 0 : 2 ** ((Math.abs(level) - 1) / 2);
}

/** The stronger of two levels; any is stronger than `ABSENT`. */
export function strongerLevel(a: number, b: number): number {
  if (a === ABSENT) return b;
  if (b === ABSENT) return a;
  return Math.abs(b) > Math.abs(a) ? b : a;
}

/** The same bytes as text, base64 (RFC 4648, section 4). */
export function textOfBytes(bytes: Uint8Array): string {
  let characters = '';
  for (let from = 0; from < bytes.length; from += CHARACTERS_AT_ONCE) {
    characters += String.fromCharCode(...bytes.subarray(from, from + CHARACTERS_AT_ONCE));
  }
  return btoa(characters);
}

/** So many arguments every engine takes. */
const CHARACTERS_AT_ONCE = 8192;

/** The bytes of such a text. Throws `InvalidCharacterError` for any other. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < characters.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
