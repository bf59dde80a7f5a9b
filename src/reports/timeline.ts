/**
 * The report of a timeline: what one connection or circuit did, snapshot by snapshot.
 * Owns its columns and rows (docs/reference.md, timeline); it needs to be asked of something, and no
 * other report does.
 */
import type { Label } from '../listing/label.ts';
import { isSelected, type Selection } from '../listing/selection.ts';
import type { Cell, Row } from '../output/table.ts';
import type { Moves, Step } from '../recording/playback/step.ts';
import type { Analysis, Report, ReportInput } from './report.ts';

export const timeline: Report = {
  name: 'timeline',
  question: 'What did one connection or circuit do, poll by poll? (--connection, --circuit)',
  narrowing: 'itself',
  columns: [
    { name: 'at', kind: 'time' },
    { name: 'conn_id', kind: 'integer' },
    { name: 'circ_id', kind: 'integer' },
    { name: 'type_flags', kind: 'text' },
    { name: 'read_bytes', kind: 'integer' },
    { name: 'written_bytes', kind: 'integer' },
    { name: 'read_delta', kind: 'integer' },
    { name: 'written_delta', kind: 'integer' },
    { name: 'event', kind: 'text' },
    { name: 'or_id', kind: 'text' },
    { name: 'circuits', kind: 'integer' },
    { name: 'cells_read', kind: 'integer' },
    { name: 'cells_written', kind: 'integer' },
    { name: 'fields', kind: 'text' },
  ],
  leading: ['at', 'conn_id', 'circ_id', 'type_flags', 'read_delta', 'written_delta', 'event'],
  analyse: (input) => new Timeline(input),
};

/** A line that is asked about, and its counters as they stand. */
interface Line {
  label: Label;
  read: number;
  written: number;
}

class Timeline implements Analysis {
  readonly #selection: Selection;
  readonly #lines = new Map<number, Line>();
  #rows: Row[] = [];

  constructor({ selection = {} }: ReportInput) {
    this.#selection = selection;
  }

  watch(step: Step): void {
    this.#tellEvents(step);
    for (const slot of step.left) this.#leave(slot, step.at);
    const began = this.#arrive(step);
    const changed = new Set<number>();
    for (const slot of step.relabelled) {
      const line = this.#lines.get(slot);
      if (line === undefined) continue;
      const label = step.rows.labelOf(slot);
      if (label.flags !== line.label.flags || label.orId !== line.label.orId) changed.add(slot);
      line.label = label;
    }
    const moved = new Map<number, readonly [number, number]>();
    for (const [slot, ...bytes] of movesOf(step.moved)) {
      const line = this.#lines.get(slot);
      if (line === undefined) continue;
      moved.set(slot, bytes);
      if (began.has(slot)) continue;
      line.read += bytes[0];
      line.written += bytes[1];
    }
    for (const [slot, line] of this.#lines) {
      const isNew = began.has(slot);
      const event = isNew ? 'first seen' : changed.has(slot) ? 'changed' : null;
      const delta = moved.get(slot) ?? (isNew ? [null, null] : [0, 0]);
      this.#rows.push(rowOf(step.at, line.label, [line.read, line.written, ...delta], event));
    }
  }

  finished(): Row[] {
    return this.#rows.splice(0);
  }

  rows(): Row[] {
    return this.finished();
  }

  #tellEvents({ aside }: Step): void {
    for (const { at, connId, what, reason } of aside.events) {
      // Events are of connections: none is of a circuit alone.
      if (connId !== this.#selection.connection) continue;
      const event = reason === '' ? what : `${what} ${reason}`;
      this.#rows.push([at, connId, ...Array<Cell>(6).fill(null), event, ...Array(5).fill(null)]);
    }
  }

  #leave(slot: number, at: number): void {
    const line = this.#lines.get(slot);
    if (line === undefined) return;
    this.#lines.delete(slot);
    this.#rows.push(rowOf(at, line.label, [null, null, null, null], 'gone'));
  }

  /** The slots of lines that were not there before. */
  #arrive({ rows, arrived }: Step): ReadonlySet<number> {
    const began = new Set<number>();
    for (const slot of arrived) {
      const label = rows.labelOf(slot);
      if (!isSelected(label, this.#selection)) continue;
      began.add(slot);
      this.#lines.set(slot, { label, read: 0, written: 0 });
    }
    if (began.size === 0) return began;
    const { read, written } = rows.listing();
    for (let row = 0; row < rows.slots.length; row++) {
      const slot = rows.slots[row]!;
      if (!began.has(slot)) continue;
      const line = this.#lines.get(slot)!;
      line.read = read[row]!;
      line.written = written[row]!;
    }
    return began;
  }
}

function* movesOf({ slots, read, written }: Moves): Generator<readonly [number, number, number]> {
  for (let index = 0; index < slots.length; index++) {
    yield [slots[index]!, read[index]!, written[index]!];
  }
}

function rowOf(at: number, label: Label, bytes: readonly Cell[], event: Cell): Row {
  const { connId, circId, flags, orId, extra } = label;
  const isGone = event === 'gone';
  const counted = ['CIRCS', 'CELLS_READ', 'CELLS_WRITTEN'].map((name) =>
    isGone ? null : countIn(extra, name),
  );
  return [
    at,
    connId,
    circId,
    flags,
    ...bytes,
    event,
    orId,
    ...counted,
    isGone ? null : extra || null,
  ];
}

/** A number among the fields past the tenth; null where there is none. */
function countIn(extra: string, name: string): number | null {
  const [, digits] = new RegExp(`(?:^| )${name}=(\\d{1,15})(?: |$)`).exec(extra) ?? [];
  return digits === undefined ? null : Number(digits);
}
