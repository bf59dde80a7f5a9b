/**
 * Two windows of a recording side by side.
 * Owns what is compared, and that it is by rates: the times that were observed differ. The figures
 * are the reports'.
 */
import { type CellsByName, recordsOf } from '../output/records.ts';
import type { Cell, Column, Row, Table } from '../output/table.ts';
import { churn } from './churn.ts';
import { destinations } from './destinations.ts';
import { findings } from './findings.ts';
import { load } from './load.ts';
import { peers } from './peers.ts';
import type { Report, ReportInput } from './report.ts';
import { tablesOf } from './tables.ts';

const COLUMNS: readonly Column[] = [
  { name: 'report', kind: 'text' },
  { name: 'subject', kind: 'text' },
  { name: 'measure', kind: 'text' },
  { name: 'now', kind: 'decimal' },
  { name: 'before', kind: 'decimal' },
  { name: 'difference', kind: 'decimal' },
  { name: 'ratio', kind: 'decimal' },
  { name: 'change', kind: 'text' },
];

const COMPARED: readonly Report[] = [churn, load, findings, destinations, peers];

/** What is compared of a window: figures by report, subject and measure, in their order. */
type Figures = Map<string, Figure>;

interface Figure {
  readonly report: string;
  readonly subject: string;
  readonly measure: string;
  /** Null where it cannot be known. */
  readonly value: number | null;
}

/**
 * A row for each figure of either window. `difference` is `now` − `before`, `ratio` one by the other;
 * both are empty where one of them is not known, `ratio` also where there was nothing. `change` is
 * `new` for what was not seen before, and `gone` for what is not seen now.
 * @param now what is looked at, and `before` with what it is compared: the same but for their windows.
 * @param played asked of each before its tape is played, for what is called as that goes by.
 * Throws as the reports do.
 */
export function comparison(
  now: ReportInput,
  before: ReportInput,
  played: (window: ReportInput) => (at: number) => void,
): Table {
  function* rows(): Generator<Row, void> {
    const current = figuresOf(now, played(now));
    const other = figuresOf(before, played(before));
    for (const [key, figure] of inOrder(current, other)) {
      const pair = [valueIn(current, key, figure), valueIn(other, key, figure)] as const;
      // What was found in neither.
      if (LISTED.has(figure.report) && pair.every((value) => value === 0)) continue;
      yield rowOf(figure, ...pair);
    }
  }
  return {
    name: 'compare',
    columns: COLUMNS,
    leading: ['report', 'subject', 'measure', 'now', 'before', 'change', 'difference'],
    rows: rows(),
  };
}

/** All figures: of each report those of the window, then those that the other alone has. */
function inOrder(current: Figures, other: Figures): [string, Figure][] {
  const reports = ['recorder', ...COMPARED.map(({ name }) => name)];
  const all = [...current, ...[...other].filter(([key]) => !current.has(key))];
  return all.toSorted(([, a], [, b]) => reports.indexOf(a.report) - reports.indexOf(b.report));
}

/** What a window has no row of was not seen in it: 0 a rate, where it was observed at all. */
function valueIn(figures: Figures, key: string, { report }: Figure): number | null {
  const figure = figures.get(key);
  if (figure !== undefined) return figure.value;
  return LISTED.has(report) && observedIn(figures) > 0 ? 0 : null;
}

/** Reports whose rows are of what was seen. */
const LISTED = new Set([findings.name, destinations.name, peers.name]);

const OBSERVED = 'observed';

function observedIn(figures: Figures): number {
  return figures.get(keyOf('recorder', '', OBSERVED))?.value ?? 0;
}

function rowOf({ report, subject, measure }: Figure, now: Cell, before: Cell): Row {
  const areKnown = typeof now === 'number' && typeof before === 'number';
  const change = before === 0 ? 'new' : now === 0 ? 'gone' : null;
  return [
    ...[report, subject, measure, now, before],
    areKnown ? now - before : null,
    areKnown && before !== 0 ? now / before : null,
    areKnown && LISTED.has(report) ? change : null,
  ];
}

function figuresOf(input: ReportInput, onSnapshot: (at: number) => void): Figures {
  const figures: Figures = new Map();
  const add = (report: string, subject: string, measure: string, value: number | null) => {
    figures.set(keyOf(report, subject, measure), { report, subject, measure, value });
  };
  const tables = tablesOf(COMPARED, input, onSnapshot);
  const [churned, loaded, found, went, came] = tables.map(recordsOf);
  const seconds = sum(churned!, 'observed_s');
  const rate = (count: number | null, per: number) =>
    count === null || seconds === 0 ? null : (count * per) / seconds;
  add('recorder', '', OBSERVED, seconds / HOUR_S);
  add(churn.name, '', 'opened a minute', rate(sum(churned!, 'opened'), MINUTE_S));
  add(churn.name, '', 'closed a minute', rate(sum(churned!, 'closed'), MINUTE_S));
  add(churn.name, '', 'short-lived a minute', rate(sum(churned!, 'short_lived'), MINUTE_S));
  add(churn.name, '', 'open, mean of the buckets', mean(churned!, 'open_end'));
  add(load.name, '', 'read bytes a second', rate(sum(loaded!, 'read_bytes'), 1));
  add(load.name, '', 'written bytes a second', rate(sum(loaded!, 'written_bytes'), 1));
  add(load.name, '', 'circuits, mean of the buckets', mean(loaded!, 'circuits'));
  add(load.name, '', 'descriptors used, most', most(loaded!, 'descriptors_used'));
  for (const [rule, count] of incidentsIn(found!)) {
    add(findings.name, rule, 'incidents an hour', rate(count, HOUR_S));
  }
  for (const row of went!) {
    const ip = String(row['ip']) === '0' ? 'withheld' : String(row['ip']);
    add(destinations.name, ip, 'connections an hour', rate(Number(row['connections']), HOUR_S));
  }
  for (const row of came!) {
    const relay = String(row['or_id']) === '0' ? 'no relay' : String(row['or_id']);
    add(peers.name, relay, 'connections an hour', rate(Number(row['connections']), HOUR_S));
  }
  return figures;
}

const MINUTE_S = 60;
const HOUR_S = 3600;

function keyOf(...parts: readonly string[]): string {
  return parts.join('\n');
}

/** The numbers of a column that are known. */
function numbers(rows: readonly CellsByName[], column: string): number[] {
  return rows.map((row) => row[column]).filter((cell) => typeof cell === 'number');
}

function sum(rows: readonly CellsByName[], column: string): number {
  return numbers(rows, column).reduce((total, value) => total + value, 0);
}

function mean(rows: readonly CellsByName[], column: string): number | null {
  const values = numbers(rows, column);
  return values.length === 0 ? null : sum(rows, column) / values.length;
}

function most(rows: readonly CellsByName[], column: string): number | null {
  const values = numbers(rows, column);
  return values.length === 0 ? null : values.reduce((max, value) => Math.max(max, value));
}

/** How many incidents each rule found; null for one that could not be observed at all. */
function incidentsIn(found: readonly CellsByName[]): Map<string, number | null> {
  const incidents = new Map<string, number | null>();
  for (const { rule, severity, subject } of found) {
    const name = String(rule);
    const isSight = severity === 'not found' || severity === 'not observable';
    if (!isSight) incidents.set(name, (incidents.get(name) ?? 0) + 1);
    else if (severity === 'not found') incidents.set(name, 0);
    else if (!incidents.has(name)) incidents.set(name, subject === 'part' ? 0 : null);
  }
  return incidents;
}
