/**
 * Churn, load and asymmetry side by side, a row a stretch of time: what a workbook's charts are drawn
 * from.
 * Owns which columns of the reports are drawn and how stretches are put together where there are more
 * than a chart shows; how a chart is drawn is output/'s.
 */
import type { Cell, Column, Row, Table } from '../output/table.ts';
import type { Chart } from '../output/xlsx/chart.ts';
import type { Workbook } from '../output/xlsx/workbook.ts';
import { asymmetry } from './asymmetry.ts';
import { churn } from './churn.ts';
import { load } from './load.ts';

/** More than a screen has pixels. */
const MOST_STRETCHES = 2000;

/** See docs/reference.md, over_time. */
const COLUMNS: readonly Column[] = [
  { name: 'bucket_start', kind: 'time' },
  { name: 'most_made_bytes', kind: 'integer' },
  { name: 'most_kept_bytes', kind: 'integer' },
  { name: 'opened_per_min', kind: 'decimal' },
  { name: 'closed_per_min', kind: 'decimal' },
  { name: 'open_end', kind: 'integer' },
  { name: 'read_rate', kind: 'decimal' },
  { name: 'written_rate', kind: 'decimal' },
];

const CHARTS: readonly Chart[] = [
  {
    title: 'Asymmetry: most that one circuit made, and kept',
    unit: 'bytes a bucket',
    columns: ['most_made_bytes', 'most_kept_bytes'],
  },
  {
    title: 'Churn: connections opened and closed',
    unit: 'connections a minute',
    columns: ['opened_per_min', 'closed_per_min'],
  },
  {
    title: 'Load: connections open',
    unit: 'connections',
    columns: ['open_end'],
  },
  {
    title: 'Load: what the relay read and wrote',
    unit: 'bytes a second',
    columns: ['read_rate', 'written_rate'],
  },
];

type Reading = (cell: (column: string) => Cell) => number | null;

interface Quantity {
  readonly of: string;
  readonly value: Reading;
  readonly together: (earlier: number, later: number) => number;
}

const sum = (earlier: number, later: number) => earlier + later;
const last = (_: number, later: number) => later;

const reading =
  (column: string): Reading =>
  (cell) => {
    const value = cell(column);
    return value === null ? null : Number(value);
  };

/** How much more one circuit has of a column than of another. */
const beyond =
  (more: string, less: string): Reading =>
  (cell) => {
    const [a, b] = [cell(more), cell(less)];
    return a === null || b === null ? null : Math.max(0, Number(a) - Number(b));
  };

const QUANTITIES = {
  made: { of: asymmetry.name, value: beyond('written_bytes', 'read_bytes'), together: Math.max },
  kept: { of: asymmetry.name, value: beyond('read_bytes', 'written_bytes'), together: Math.max },
  watched: { of: churn.name, value: reading('observed_s'), together: sum },
  opened: { of: churn.name, value: reading('opened'), together: sum },
  closed: { of: churn.name, value: reading('closed'), together: sum },
  open: { of: churn.name, value: reading('open_end'), together: last },
  counted: { of: load.name, value: reading('observed_s'), together: sum },
  read: { of: load.name, value: reading('read_bytes'), together: sum },
  written: { of: load.name, value: reading('written_bytes'), together: sum },
} as const satisfies Record<string, Quantity>;

type QuantityName = keyof typeof QUANTITIES;

/** What is known of a stretch; null, once it is, for what cannot be known. */
interface Of {
  readonly start: number;
  readonly known: Partial<Record<QuantityName, number | null>>;
}

/**
 * A workbook of reports and other tables, with charts. One more table, `over_time`, is read last: it
 * has a row for each bucket in which something was observed, or, beyond 2,000, for 2, 4, 8 … of them
 * together; and an empty one wherever a bucket is missing, at which a line breaks.
 * @param bucketMs of the reports.
 */
export function charted(tables: readonly Table[], bucketMs: number): Workbook {
  const stretches = new Stretches(bucketMs);
  const of: Table = { name: 'over_time', columns: COLUMNS, rows: stretches };
  return {
    tables: [...tables.map((table) => stretches.watched(table)), of],
    charts: { of, charts: CHARTS, span: () => stretches.span },
  };
}

class Stretches implements Iterable<Row> {
  #lengthMs: number;
  #byNumber = new Map<number, Of>();

  constructor(bucketMs: number) {
    this.#lengthMs = bucketMs;
  }

  /** The same table; its rows are seen as they are read. */
  watched(table: Table): Table {
    const names = (Object.keys(QUANTITIES) as QuantityName[]).filter(
      (name) => QUANTITIES[name].of === table.name,
    );
    return names.length === 0 ? table : { ...table, rows: this.#seen(table, names) };
  }

  *#seen({ columns, rows }: Table, names: readonly QuantityName[]): Generator<Row, void> {
    const places = new Map(columns.map(({ name }, place) => [name, place]));
    for (const row of rows) {
      const cell = (column: string) => row[places.get(column)!] ?? null;
      if (cell('observed_s') !== 0) {
        const known = Object.fromEntries(names.map((name) => [name, QUANTITIES[name].value(cell)]));
        this.#see({ start: Number(cell('bucket_start')), known });
      }
      yield row;
    }
  }

  #see(stretch: Of): void {
    const number = Math.floor(stretch.start / this.#lengthMs);
    const before = this.#byNumber.get(number);
    this.#byNumber.set(number, before === undefined ? stretch : together(before, stretch));
    if (this.#byNumber.size <= MOST_STRETCHES) return;
    this.#lengthMs *= 2;
    const all = this.#inOrder();
    this.#byNumber = new Map();
    for (const one of all) this.#see(one);
  }

  #inOrder(): Of[] {
    return [...this.#byNumber.values()].toSorted((a, b) => a.start - b.start);
  }

  /** The first and the last start; undefined where there are not two. */
  get span(): readonly [number, number] | undefined {
    const all = this.#inOrder();
    return all.length < 2 ? undefined : [all[0]!.start, all.at(-1)!.start];
  }

  *[Symbol.iterator](): Generator<Row, void> {
    let before = Number.NaN;
    for (const { start, known } of this.#inOrder()) {
      const number = Math.floor(start / this.#lengthMs);
      if (number > before + 1) yield [];
      before = number;
      const { made, kept, watched, opened, closed, open, counted, read, written } = known;
      yield [
        ...[start, made ?? null, kept ?? null],
        ...[rate(opened, watched, 60), rate(closed, watched, 60), open ?? null],
        ...[rate(read, counted), rate(written, counted)],
      ];
    }
  }
}

/** Of a stretch and the next, or of two rows of one. What is not known of a part is not known of both. */
function together(earlier: Of, later: Of): Of {
  const known = { ...earlier.known };
  for (const [name, value] of Object.entries(later.known) as [QuantityName, number | null][]) {
    const before = known[name];
    if (before === undefined) known[name] = value;
    else
      known[name] =
        before === null || value === null ? null : QUANTITIES[name].together(before, value);
  }
  return { start: earlier.start, known };
}

function rate(
  amount: number | null | undefined,
  seconds: number | null | undefined,
  of = 1,
): number | null {
  if (typeof amount !== 'number' || typeof seconds !== 'number') return null;
  return seconds === 0 ? null : (amount * of) / seconds;
}
