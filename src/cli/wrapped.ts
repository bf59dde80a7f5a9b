/**
 * Sentences on a terminal.
 * Owns breaking them into lines.
 */

/** So wide are lines of words: a terminal has 80 columns at least. */
const WIDTH = 78;

/** A text as lines, broken at spaces; those after the first are indented. */
export function* wrapped(text: string, indent: string): Generator<string> {
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > WIDTH && line !== '') {
      yield `${line}\n`;
      line = `${indent}${word}`;
    } else {
      line = longer;
    }
  }
  yield `${line}\n`;
}
