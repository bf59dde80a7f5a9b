/**
 * Sentences as lines.
 * Owns where they are broken, and how wide they may be: words stay whole, commands too.
 */

/** What of a stream says how wide it is. */
interface Screened {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** So wide are sentences on a wide terminal, and in a file or a mail. */
const PROSE_WIDTH = 78;

/** A terminal that is narrower breaks them itself. */
const LEAST_WIDTH = 20;

/** How wide a line is before a terminal breaks it, in the midst of a word; elsewhere nothing does. */
export function lineWidth({ isTTY, columns }: Screened): number {
  if (isTTY !== true) return Number.POSITIVE_INFINITY;
  return Math.max(columns || 80, LEAST_WIDTH);
}

/** How wide sentences are on a stream. */
export function proseWidth(stream: Screened): number {
  return Math.min(lineWidth(stream), PROSE_WIDTH);
}

/** A text as lines, broken at spaces; those after the first are indented. */
export function* wrapped(text: string, indent: string, width: number): Generator<string> {
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      yield `${line.trimEnd()}\n`;
      line = `${indent}${word.trimStart()}`;
    } else {
      line = longer;
    }
  }
  yield `${line}\n`;
}

/**
 * A text whose lines may have two columns, such as help or facts, each line broken at spaces where it
 * is too wide: it goes on in its second column, or indented. A command is left whole, to be copied.
 */
export function fitted(text: string, width: number): string {
  if (width === Number.POSITIVE_INFINITY) return text;
  const lines = text
    .split('\n')
    .map((line) => (widthOf(line) > width ? broken(line, width) : line));
  return lines.join('\n');
}

/** A second column that is narrower, or than its longest word, begins a line of its own. */
const LEAST_COLUMN = 20;

const COMMAND = /^ *\$ /;

function broken(line: string, width: number): string {
  const [, first = '', second = line] = /^( *\S.*? {2,})(\S.*)$/.exec(line) ?? [];
  if (COMMAND.test(second)) return line;
  const longest = Math.max(LEAST_COLUMN, ...second.split(' ').map(widthOf));
  if (first !== '' && widthOf(first) + longest <= width) {
    return whole(wrapped(line, ' '.repeat(widthOf(first)), width));
  }
  const indent = `${/^ */.exec(line)![0]}    `;
  if (first === '') return whole(wrapped(line, indent, width));
  return `${first.trimEnd()}\n${whole(wrapped(indent + second, indent, width))}`;
}

function whole(lines: Iterable<string>): string {
  return [...lines].join('').trimEnd();
}

/** Select Graphic Rendition (ECMA-48), which takes no room. */
const STYLES = /\u001b\[[\d;]*m/g;

/** A code point counts as one column. */
function widthOf(text: string): number {
  return Array.from(text.replaceAll(STYLES, '')).length;
}
