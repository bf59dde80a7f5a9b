/**
 * A report as rows of typed cells, and its text as the product's CSV.
 * Owns the form of cells; what stands in them is the reports' to say.
 */

export type CellType = 'time' | 'integer' | 'decimal' | 'text' | 'boolean';

/**
 * A time is milliseconds since the epoch; an integer is exact, so a sum of bytes is a bigint; a
 * decimal is in the unit of its column's name; null is not known or does not apply.
 */
export type Cell = number | bigint | string | boolean | null;

export interface Table {
  readonly columns: readonly (readonly [name: string, type: CellType])[];
  readonly rows: readonly (readonly Cell[])[];
}

/**
 * The CSV of a table: RFC 4180, a header line, CRLF after every line.
 * Times are ISO 8601 with milliseconds and Z, decimals have up to six places, null is empty.
 */
export function csvOf(table: Table): string {
  const header = table.columns.map(([name]) => name).join(',');
  const lines = table.rows.map((row) =>
    table.columns.map(([, type], column) => textOf(row[column]!, type)).join(','),
  );
  return [header, ...lines].map((line) => `${line}\r\n`).join('');
}

function textOf(cell: Cell, type: CellType): string {
  if (cell === null) return '';
  if (type === 'time') return new Date(Number(cell)).toISOString();
  if (type === 'decimal') return decimal(Number(cell));
  if (type === 'text') return quoted(guarded(String(cell)));
  return String(cell);
}

function decimal(value: number): string {
  const places = value.toFixed(6).replace(/\.?0+$/, '');
  return places === '-0' ? '0' : places;
}

function guarded(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
