/**
 * Reports where not all lines are asked about.
 * Owns which rows belong to a selection, and which reports are made of a recording of its lines alone;
 * what a report does is `narrowing` of its own.
 */
import { directionOf } from '../listing/flags.ts';
import { isEverything, isSelected } from '../listing/selection.ts';
import type { Cell, Row, Table } from '../output/table.ts';
import { type Taking, withNarrowed } from '../recording/narrowing.ts';
import { connections } from './connections.ts';
import type { Report, ReportInput, RowNarrowing, SelectedLines } from './report.ts';
import { tablesOf } from './tables.ts';

/** What a caller sees of the tape, and does for a recording of the lines that are asked about. */
export interface Seeing extends Taking {
  /** Called as the tape is played, with the time of the snapshot. */
  readonly played: (at: number) => void;
}

/**
 * Calls `use` with a table for each report that can be of the input's selection, in their order;
 * their rows can be read until it is done. Throws as `tablesOf`, and as `withNarrowed`.
 */
export async function withTables<Result>(
  reports: readonly Report[],
  input: ReportInput,
  seeing: Seeing,
  use: (tables: Table[]) => Result | Promise<Result>,
): Promise<Result> {
  const { recording, window, selection = {} } = input;
  const { played } = seeing;
  if (isEverything(selection)) return use(tablesOf(reports, input, played));
  const counted = reports.filter(({ narrowing }) => narrowing === 'counted');
  const others = reports.filter(({ narrowing }) => narrowing !== 'counted' && narrowing !== 'none');
  const rest = narrowedRows(others, input, played);
  if (counted.length === 0) return use(rest);
  return withNarrowed(recording, selection, window.to, seeing, (narrowed) => {
    const whole = { ...input, recording: narrowed, selection: {} };
    const all = [...tablesOf(counted, whole), ...rest];
    const order = reports.map(({ name }) => name);
    return use(all.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name)));
  });
}

function narrowedRows(
  reports: readonly Report[],
  input: ReportInput,
  played: (at: number) => void,
): Table[] {
  const lines = new LinesOf(input);
  return tablesOf(reports, input, played).map((table, place) => {
    const { narrowing } = reports[place]!;
    if (typeof narrowing === 'string') return table;
    return { ...table, rows: those(table, narrowing(lines)) };
  });
}

function* those({ columns, rows }: Table, isMeant: ReturnType<RowNarrowing>): Generator<Row, void> {
  const places = new Map(columns.map(({ name }, place) => [name, place]));
  for (const row of rows) {
    if (isMeant((column) => row[places.get(column)!] ?? null)) yield row;
  }
}

/** What belongs to the selected lines of a window, found when it is first asked for. */
class LinesOf implements SelectedLines {
  readonly #input: ReportInput;
  #found: { circuits: Set<string>; to: Set<Cell>; from: Set<Cell> } | undefined;

  constructor(input: ReportInput) {
    this.#input = input;
  }

  readonly isOne: SelectedLines['isOne'] = (line) => isSelected(line, this.#input.selection ?? {});

  hasCircuit(run: Cell, circId: Cell): boolean {
    return this.#those.circuits.has(`${run} ${circId}`);
  }

  leadsTo(ip: Cell): boolean {
    return this.#those.to.has(ip);
  }

  comesFrom(orId: Cell): boolean {
    return this.#those.from.has(orId);
  }

  get #those() {
    this.#found ??= this.#find();
    return this.#found;
  }

  #find() {
    const found = { circuits: new Set<string>(), to: new Set<Cell>(), from: new Set<Cell>() };
    const [table] = narrowedRows([connections], this.#input, () => {});
    const places = connections.columns.map(({ name }) => name);
    const [run, circuit, ip, orId, flags] = ['run', 'circ_id', 'ip', 'or_id', 'type_flags'].map(
      (name) => places.indexOf(name),
    );
    for (const row of table!.rows) {
      const direction = directionOf(String(row[flags!]));
      if (row[circuit!] !== 0) found.circuits.add(`${row[run!]} ${row[circuit!]}`);
      if (direction === 'outbound') found.to.add(row[ip!]!);
      if (direction === 'inbound') found.from.add(row[orId!]!);
    }
    return found;
  }
}
