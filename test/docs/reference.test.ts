/** docs/reference.md against the program: columns, thresholds, exit codes, and what cites it. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AUDIT_METRICS } from '../../src/cli/auditMetrics.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { RECORDER_METRICS } from '../../src/cli/recorderMetrics.ts';
import { recordingTables } from '../../src/cli/recordingTables.ts';
import { RULES } from '../../src/reports/findings/rules.ts';
import { NAMED_REPORTS } from '../../src/reports/reports.ts';
import { stillOpen } from '../oracle/cases.ts';
import { withRecording } from '../recording/tapes.ts';
import { documentPaths, headingsOf, rowsOf, sectionOf, textAt } from './documents.ts';

const DOCUMENT = textAt('docs/reference.md');

interface Columned {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly kind: string }[];
}

/** The columns as the document must have them: name and kind. */
function columnsOf({ columns }: Columned): string[][] {
  return columns.map(({ name, kind }) => [name, kind]);
}

function documented(heading: string): string[][] {
  const rows = rowsOf(sectionOf(DOCUMENT, heading), 'column');
  expect(rows.every(([, , meaning]) => meaning !== '')).toBe(true);
  return rows.map((cells) => cells.slice(0, 2));
}

const isUnder = (parent: string) => {
  const [, ...parts] = DOCUMENT.split(/^## /m);
  const part = parts.find((text) => text.startsWith(`${parent}\n`))!;
  return [...part.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading!);
};

describe('docs/reference.md', () => {
  it('has every report, in order', () => {
    expect(isUnder('Reports')).toEqual(NAMED_REPORTS.map(({ name }) => name));
  });

  it.each(NAMED_REPORTS)('has the columns of $name, with their kinds, in order', (report) => {
    expect(documented(report.name)).toEqual(columnsOf(report));
  });

  it('has the tables beside the reports, with their columns, in order', async () => {
    await withRecording(stillOpen, (recording) => {
      const tables = recordingTables(recording);
      expect(isUnder('Tables beside the reports')).toEqual(tables.map(({ name }) => name));
      for (const table of tables) expect(documented(table.name)).toEqual(columnsOf(table));
    });
  });

  it('has every rule, in order', () => {
    const [first, ...rules] = isUnder('The audit');
    expect(first).toBe('What was looked at');
    expect(rules).toEqual(RULES.map(({ name }) => name));
  });

  it.each(RULES)('has the thresholds of $name and what they are, and what it needs', (rule) => {
    // Two headings may be alike: a rule's is the last.
    const section = DOCUMENT.slice(DOCUMENT.lastIndexOf(`\n### ${rule.name}\n`));
    const own = sectionOf(section, rule.name);
    const thresholds = rowsOf(own, 'threshold').map((cells) => cells.slice(0, 2));
    expect(thresholds).toEqual(
      Object.entries(rule.thresholds).map(([name, { value }]) => [
        `${rule.name}.${name}`,
        String(value),
      ]),
    );
    expect(own).toMatch(/^Needs.*Harmless: /m);
  });

  it.each([
    ['Metrics of the recorder', RECORDER_METRICS],
    ['Metrics of the audit', AUDIT_METRICS],
  ])('has the %s, with their types and labels, in order', (heading, metrics) => {
    const rows = rowsOf(sectionOf(DOCUMENT, heading), 'series');
    expect(rows.map((cells) => cells.slice(0, 3))).toEqual(
      metrics.map(({ name, type, labels }) => [name, type, labels.join(', ')]),
    );
    expect(rows.every(([, , , meaning]) => meaning !== '')).toBe(true);
  });

  it('has every exit code', () => {
    const codes = rowsOf(sectionOf(DOCUMENT, 'Exit codes'), 'code').map(([code]) => code);
    expect(codes).toEqual([...Object.values(EXIT).map(String), '128 + N']);
  });
});

/** Comments and SQL, with their line ends taken out. */
function proseOf(path: string): string {
  return textAt(path).replace(/\n\s*(?:\*|\/\/|--)?\s*/g, ' ');
}

function citingPaths(): string[] {
  return ['src', 'test', 'bench', 'queries'].flatMap((room) =>
    readdirSync(new URL(`../../${room}/`, import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|sql|mjs|py)$/.test(name) && !name.startsWith('docs/'))
      .map((name) => `${room}/${name}`),
  );
}

describe('what cites a document', () => {
  const headings = new Map(documentPaths().map((path) => [path, headingsOf(textAt(path))]));
  const citations = citingPaths().flatMap((path) =>
    [...proseOf(path).matchAll(/(docs\/[\w-]+\.md)(?:, (?=[A-Z]|[a-z-]+[);.]))?(.{0,60})/g)].map(
      ([whole, document, rest]) => ({ path, whole, document: document!, rest: rest! }),
    ),
  );

  it('cites one that is there, by a heading that is there', () => {
    const wrong = citations.filter(({ whole, document, rest }) => {
      const known = headings.get(document);
      if (known === undefined) return true;
      const isByHeading = whole.startsWith(`${document}, `) && !rest.startsWith(', ');
      return isByHeading && !known.some((heading) => rest.startsWith(heading));
    });
    expect(wrong.map(({ path, whole }) => `${path}: ${whole}`)).toEqual([]);
    expect(citations.length).toBeGreaterThan(50);
  });

  it('cites nothing that is not in the repository', () => {
    const section = /\bcontract\b/i;
    expect(citingPaths().filter((path) => section.test(textAt(path)))).toEqual([]);
  });
});
