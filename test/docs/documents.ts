/**
 * The documents as tests read them: their headings, tables and blocks.
 * Owns reading Markdown as far as this repository writes it; what a document must say is the tests'.
 */
import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** A document, or any other file of the repository. @param path from its root. */
export function textAt(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** `docs/NAME.md`, all of them. */
export function documentPaths(): string[] {
  return markdownIn('docs/').map((name) => `docs/${name}`);
}

/** The same, and `README.md` and the others at the root. */
export function allDocumentPaths(): string[] {
  return [...markdownIn(''), ...documentPaths()];
}

function markdownIn(folder: string): string[] {
  return readdirSync(new URL(folder, ROOT)).filter((name) => name.endsWith('.md'));
}

/** The headings of a document, in order. */
export function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading!);
}

/** What stands under a heading, up to the next one of any depth. */
export function sectionOf(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex(
    (line) => line.replace(/^#{1,6} /, '') === heading && line[0] === '#',
  );
  if (start < 0) throw new Error(`there is no heading ${heading}`);
  const after = lines.slice(start + 1);
  const length = after.findIndex((line) => /^#{1,6} /.test(line));
  return after.slice(0, length < 0 ? undefined : length).join('\n');
}

/** The rows of all tables in a text whose first column is headed so, as cells; none without one. */
export function rowsOf(text: string, first: string): string[][] {
  const rows: string[][] = [];
  let isInside = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) isInside = false;
    else if (line.startsWith(`| ${first} |`)) isInside = true;
    else if (isInside && !line.startsWith('|---')) rows.push(cellsOf(line));
  }
  return rows;
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The text of each block of a language, in order. */
export function blocksOf(text: string, language: string): string[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'));
  return [...blocks].map(([, block]) => block!);
}
