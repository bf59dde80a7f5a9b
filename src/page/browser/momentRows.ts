/**
 * The lines of a moment as rows of a table: which are shown, and in which order.
 * Owns filtering and sorting; the table is momentTable.ts's.
 */
import type { MomentPart } from '../parts.ts';

export type Change = 'opened' | 'moved' | 'closed' | '';

export interface MomentRow {
  readonly change: Change;
  readonly connId: number;
  readonly circId: number;
  readonly orId: string;
  readonly ip: string;
  readonly port: number | null;
  readonly lPort: number | null;
  readonly flags: string;
  readonly read: number | null;
  readonly written: number | null;
  /** Seconds. */
  readonly uptime: number | null;
}

export interface MomentFilter {
  /** Stands in any cell, whatever its case; empty for all. */
  readonly text: string;
  /** `I` or `O`, empty for both. */
  readonly direction: string;
  /** The letter of the usage; empty for all, `?` for one that is not known. */
  readonly usage: string;
  readonly isChangedOnly: boolean;
}

/** By a column, and whether the greatest comes first. */
export interface MomentOrder {
  readonly column: keyof MomentRow;
  readonly isDescending: boolean;
}

export const USAGES: Readonly<Record<string, string>> = {
  C: 'client',
  R: 'relay',
  X: 'control',
  H: 'hidden service',
  D: 'directory',
};

const CHANGES: readonly Change[] = ['', 'opened', 'moved'];

/** What closed comes first: it is few, and not in the listing. */
export function momentRows(part: MomentPart): MomentRow[] {
  const unknown = { port: null, lPort: null, read: null, written: null, uptime: null };
  const closed = part.closed.map(
    (line): MomentRow => ({ ...line, ...unknown, change: 'closed', orId: '' }),
  );
  const open = part.connId.map(
    (connId, row): MomentRow => ({
      change: CHANGES[part.change[row]!]!,
      connId,
      circId: part.circId[row]!,
      orId: part.orId[row]!,
      ip: part.ip[row]!,
      port: part.port[row]!,
      lPort: part.lPort[row]!,
      flags: part.flags[row]!,
      read: part.read[row]!,
      written: part.written[row]!,
      uptime: part.uptime[row]!,
    }),
  );
  return [...closed, ...open];
}

/** Rows that a filter lets through, sorted; what is not known comes last, either way. */
export function chosenRows(
  rows: readonly MomentRow[],
  filter: MomentFilter,
  { column, isDescending }: MomentOrder,
): MomentRow[] {
  const sign = isDescending ? -1 : 1;
  return rows
    .filter((row) => isChosen(row, filter))
    .sort((a, b) => {
      const [one, other] = [a[column], b[column]];
      if (one === other) return a.connId - b.connId || a.circId - b.circId;
      if (one === null || one === '') return 1;
      if (other === null || other === '') return -1;
      return one < other ? -sign : sign;
    });
}

function isChosen(
  row: MomentRow,
  { text, direction, usage, isChangedOnly }: MomentFilter,
): boolean {
  if (isChangedOnly && row.change === '') return false;
  if (direction !== '' && row.flags[0]?.toUpperCase() !== direction) return false;
  const letter = row.flags[1] ?? '';
  if (usage === '?' ? letter in USAGES : usage !== '' && letter !== usage) return false;
  if (text === '') return true;
  const wanted = text.toLowerCase();
  return Object.values(row).some(
    (cell) => cell !== null && String(cell).toLowerCase().includes(wanted),
  );
}
