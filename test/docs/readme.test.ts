/** README and its kin: their links lead to what ships, rules and reports are all there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/reports/findings/rules.ts';
import { NAMED_REPORTS } from '../../src/reports/reports.ts';
import { allDocumentPaths, headingsOf, rowsOf, sectionOf, textAt } from './documents.ts';

const README = textAt('README.md');
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const { files } = JSON.parse(textAt('package.json')) as { readonly files: readonly string[] };

describe('README', () => {
  it('has every rule and every report, in order', () => {
    const rules = rowsOf(sectionOf(README, 'Audit'), 'rule').map(([name]) => name);
    expect(rules).toEqual(RULES.map(({ name }) => name));
    const reports = rowsOf(sectionOf(README, 'Read a recording'), 'report').map(([name]) => name);
    expect(reports).toEqual(NAMED_REPORTS.map(({ name }) => name));
  });

  it('links to every other document', () => {
    const linked = linksIn('README.md').map(({ path }) => path);
    const others = allDocumentPaths().filter((path) => path !== 'README.md');
    expect(others.filter((path) => !linked.includes(path))).toEqual([]);
  });
});

interface Link {
  /** From the root. */
  readonly path: string;
  /** As in a URL; empty for none. */
  readonly fragment: string;
}

/** The links of a document to others, and to places in itself. */
function linksIn(document: string): Link[] {
  return [...textAt(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(
    ([, path, fragment = '']) => ({
      path: path === '' ? document : new URL(path!, `file:///${document}`).pathname.slice(1),
      fragment,
    }),
  );
}

function fragmentOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

describe('links', () => {
  it.each(allDocumentPaths())('of %s lead to what there is, and to what ships', (document) => {
    for (const { path, fragment } of linksIn(document)) {
      const ships = files.some((file) => path === file || path.startsWith(`${file}/`));
      expect(ships || path === 'README.md', path).toBe(true);
      expect(() => textAt(path), path).not.toThrow();
      if (fragment !== '') expect(headingsOf(textAt(path)).map(fragmentOf)).toContain(fragment);
    }
  });
});

/** Places in the repository, as documents name them; a NAME in one is the reader's. */
const PLACE = /(?<![\w/.-])(?:src|test|bench|queries|migrations|\.ci)\/[\w./-]*\w/g;

describe('places', () => {
  it.each(allDocumentPaths())('that %s names are there', (document) => {
    const named = [...textAt(document).matchAll(PLACE)].map(([place]) => place);
    const missing = named.filter((place) => {
      return !place.includes('NAME') && !existsSync(join(ROOT, place));
    });
    expect(missing).toEqual([]);
  });
});
