/** What a workbook's charts are drawn from: reports side by side, stretch by stretch. */
import { describe, expect, it } from 'vitest';
import type { Cell, Row, Table } from '../../src/output/table.ts';
import { asymmetry } from '../../src/reports/asymmetry.ts';
import { churn } from '../../src/reports/churn.ts';
import { load } from '../../src/reports/load.ts';
import { charted } from '../../src/reports/overTime.ts';
import type { Report } from '../../src/reports/report.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-23T02:00:00Z');

function tableOf({ name, columns }: Report, rows: Readonly<Record<string, Cell>>[]): Table {
  return {
    name,
    columns,
    rows: rows.map((row) => columns.map((column) => row[column.name] ?? null)),
  };
}

/** The rows of `over_time`, after all tables were read. */
function overTime(...tables: Table[]): Row[] {
  const workbook = charted(tables, MINUTE);
  const rows = workbook.tables.map((table) => [...table.rows]);
  expect(workbook.tables.map(({ name }) => name)).toEqual([
    ...tables.map(({ name }) => name),
    'over_time',
  ]);
  return rows.at(-1)!;
}

const minute = (n: number) => ({ bucket_start: START + n * MINUTE, observed_s: 60 });

describe('over_time', () => {
  it('puts the three side by side', () => {
    const rows = overTime(
      tableOf(churn, [{ ...minute(0), opened: 3, closed: 2, open_end: 9 }]),
      tableOf(load, [{ ...minute(0), read_bytes: 600, written_bytes: 6000n }]),
      tableOf(asymmetry, [
        { ...minute(0), read_bytes: 10, written_bytes: 70 },
        { ...minute(0), read_bytes: 50, written_bytes: 20 },
        { ...minute(0), read_bytes: 5, written_bytes: 5 },
      ]),
    );
    expect(rows).toEqual([[START, 60, 30, 3, 2, 9, 10, 100]]);
  });

  it('has an empty row where buckets are missing, or nothing was observed', () => {
    const one = { opened: 1, closed: 1, open_end: 1 };
    const rows = overTime(
      tableOf(churn, [
        { ...minute(0), ...one },
        { ...minute(1), ...one, observed_s: 0 },
        { ...minute(2), ...one },
        { ...minute(9), ...one },
      ]),
    );
    expect(rows.map(([at]) => at)).toEqual(
      [0, 2, 9].flatMap((n) => [...(n > 0 ? [undefined] : []), START + n * MINUTE]),
    );
  });

  it('leaves empty what is not known', () => {
    const rows = overTime(
      tableOf(load, [{ ...minute(0), read_bytes: 600, written_bytes: null }]),
      tableOf(asymmetry, [{ ...minute(0), read_bytes: 10, written_bytes: null }]),
    );
    expect(rows).toEqual([[START, null, null, null, null, null, 10, null]]);
  });

  it('puts buckets together where there are more than a chart shows: counts add up, the most stays', () => {
    const all = Array.from({ length: 5000 }, (_, n) => n);
    const rows = overTime(
      tableOf(
        churn,
        all.map((n) => ({ ...minute(n), opened: n % 2, closed: 1, open_end: n })),
      ),
      tableOf(
        asymmetry,
        all.map((n) => ({ ...minute(n), read_bytes: 0, written_bytes: n % 4 === 1 ? n : 1 })),
      ),
    );
    expect(rows).toHaveLength(1250);
    expect(rows[1]).toEqual([START + 4 * MINUTE, 5, 0, 0.5, 1, 7, null, null]);
  });

  it('knows nothing of buckets together of which one is not known', () => {
    const all = Array.from({ length: 2001 }, (_, n) => n);
    const rows = overTime(
      tableOf(
        load,
        all.map((n) => ({ ...minute(n), read_bytes: n === 0 ? null : 60, written_bytes: 0 })),
      ),
    );
    expect(rows.slice(0, 2).map((row) => row[6])).toEqual([null, 1]);
  });
});
