/**
 * What one connection or circuit did: when it lived, its other sides, its bytes poll by poll.
 * Owns the dialog; the rows are the source's.
 */
import type { PageSpan } from '../parts.ts';
import { drawTimeAxis, gutterText, plotIn, xOf } from './canvas.ts';
import { button, commandLine, make } from './elements.ts';
import { bytesText, countText, lengthText, localText } from './format.ts';
import { windowText } from './savedName.ts';
import { storyRows } from './storyRows.ts';
import type { PageSource, ReportRows, Stage, Subject } from './view.ts';

const PLOT_HEIGHT = 130;

/** Of `connections`, what tells a life. */
const LIFE_COLUMNS = [
  ...['run', 'conn_id', 'circ_id', 'type_flags', 'or_id', 'ip', 'port', 'opened_at'],
  ...['last_seen', 'closed_by', 'end', 'close_reason', 'read_bytes', 'written_bytes'],
];

const TIMELINE_COLUMNS = [
  ...['at', 'conn_id', 'circ_id', 'type_flags', 'read_delta', 'written_delta', 'event'],
];

export interface Story {
  readonly root: HTMLDialogElement;
  show(subject: Subject, stage: Stage): void;
}

export function storyDialog(): Story {
  const root = make('dialog', { class: 'story', 'aria-labelledby': 'story-title' });
  let stop = new AbortController();
  root.addEventListener('close', () => stop.abort());
  const show = (subject: Subject, stage: Stage) => {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    const body = make(
      'div',
      { class: 'body', 'aria-busy': 'true' },
      make('p', {}, 'Its rows are read …'),
    );
    root.replaceChildren(
      make(
        'div',
        { class: 'heading' },
        make('h2', { id: 'story-title' }, `${subject.kind} ${subject.id}`),
        button('Close', 'Close (Esc)', () => root.close()),
      ),
      body,
    );
    if (!root.open) root.showModal();
    const again = (other: Subject) => show(other, stage);
    tell(subject, stage, body, signal, again).then(
      () => body.setAttribute('aria-busy', 'false'),
      (error: Error) => {
        if (!signal.aborted)
          body.replaceChildren(make('p', { class: 'trouble', role: 'alert' }, error.message));
      },
    );
  };
  return { root, show };
}

async function tell(
  subject: Subject,
  stage: Stage,
  body: HTMLElement,
  signal: AbortSignal,
  again: (other: Subject) => void,
): Promise<void> {
  const { source } = stage;
  const all = source.head.window;
  const own = await source.rows('connections', all, signal, subject);
  const lived = livedOf(own, all);
  const others = subject.kind === 'connection' ? await othersOf(own, source, all, signal) : [];
  signal.throwIfAborted();
  const lives = { columns: LIFE_COLUMNS, subject, day: (lived ?? all).from, again };
  body.replaceChildren(
    lived === null
      ? make('p', {}, `No row of connections in ${windowText(all)} is of it.`)
      : make('p', {}, livedText(own, lived)),
    lived === null ? '' : lookButton(lived, stage),
    storyRows(own, lives),
    ...others.flatMap(({ circuit, rows }) => [
      make('h3', {}, `The other sides of circuit ${circuit}`),
      storyRows(rows, lives),
    ]),
    make('h3', {}, 'Poll by poll'),
    commandLine(commandOf(subject, lived ?? all, source)),
  );
  const place = make('div', {}, make('p', {}, 'Its bytes are read …'));
  body.insertBefore(place, body.lastChild);
  const timeline = lived === null ? null : await source.timeline(subject, lived, signal);
  signal.throwIfAborted();
  if (timeline === null) {
    place.replaceChildren(
      make('p', {}, 'This file does not hold it. In a terminal, beside the recording:'),
    );
    return;
  }
  place.replaceChildren(
    make('div', { class: 'plot' }),
    storyRows(timeline, { ...lives, columns: TIMELINE_COLUMNS }),
  );
  drawBytes(place.firstElementChild as HTMLElement, timeline, lived!, stage);
}

function livedOf(own: ReportRows, all: PageSpan): PageSpan | null {
  if (own.count === 0) return null;
  const firsts = [...own.numbers('opened_at'), ...own.numbers('first_seen')];
  const lasts = [...own.numbers('last_seen'), ...own.numbers('closed_by')];
  const least = (values: readonly (number | null)[]) =>
    values.reduce<number>((one, other) => Math.min(one, other ?? one), all.to);
  const most = lasts.reduce<number>((one, other) => Math.max(one, other ?? one), all.from);
  const from = Math.max(all.from, least(firsts));
  return { from, to: Math.max(from, Math.min(all.to, most)) };
}

function livedText(own: ReportRows, lived: PageSpan): string {
  const count = own.count === 1 ? 'One entry' : `${countText(own.count)} entries`;
  const open = own.text('end').filter((end) => end === 'open').length;
  const still =
    open === 0 ? '' : `, ${open === own.count ? '' : `${open} of them `}still open at the end`;
  return `${count}${still}: ${windowText(lived)}, ${lengthText(lived.to - lived.from)}${beside(lived.from)}.`;
}

/** Looks at its time, with something of what was before and after. */
function lookButton(lived: PageSpan, stage: Stage): HTMLElement {
  return button('Look at its time', 'Set the window about its life', ({ target }) => {
    (target as HTMLElement).closest('dialog')?.close();
    const margin = Math.max(stage.source.head.intervalMs * 3, (lived.to - lived.from) * 0.1);
    stage.setWindow({ from: lived.from - margin, to: lived.to + margin });
  });
}

/** For each circuit of a connection the rows of its other connections, of the same run; eight at most. */
async function othersOf(own: ReportRows, source: PageSource, all: PageSpan, signal: AbortSignal) {
  const [runs, circuits, connections] = ['run', 'circ_id', 'conn_id'].map((name) =>
    own.numbers(name),
  );
  const distinct = [...new Set(circuits!.filter((id) => id !== null && id !== 0))].slice(0, 8);
  const others: { circuit: number; rows: ReportRows }[] = [];
  for (const circuit of distinct) {
    const rows = await source.rows('connections', all, signal, { kind: 'circuit', id: circuit! });
    const [run, connection] = ['run', 'conn_id'].map((name) => rows.numbers(name));
    const wanted = Array.from({ length: rows.count }, (_, row) => row).filter(
      (row) => runs!.includes(run![row]!) && !connections!.includes(connection![row]!),
    );
    if (wanted.length > 0) others.push({ circuit: circuit!, rows: someOf(rows, wanted) });
  }
  return others;
}

function someOf(rows: ReportRows, wanted: readonly number[]): ReportRows {
  return {
    report: rows.report,
    count: wanted.length,
    text: (column) => wanted.map((row) => rows.text(column)[row]!),
    numbers: (column) => wanted.map((row) => rows.numbers(column)[row]!),
  };
}

function commandOf({ kind, id }: Subject, { from, to }: PageSpan, { head }: PageSource): string {
  const times = `--from ${new Date(from).toISOString()} --to ${new Date(to).toISOString()}`;
  return `conntape report timeline ${head.path} --${kind} ${id} ${times}`;
}

/** Bytes that went each way at each poll, of all its lines: read above, written below. */
function drawBytes(host: HTMLElement, rows: ReportRows, lived: PageSpan, { palette }: Stage): void {
  const read = sumsByTime(rows, 'read_delta');
  const written = sumsByTime(rows, 'written_delta');
  let most = 0;
  for (const amount of [...read.values(), ...written.values()]) most = Math.max(most, amount);
  const plot = plotIn(host, PLOT_HEIGHT, `Bytes poll by poll, to ${bytesText(most)}`, {
    left: 110,
  });
  drawTimeAxis(plot, lived, palette);
  const middle = (plot.top + plot.bottom) / 2;
  const scale = ((plot.bottom - plot.top) / 2 - 2) / Math.max(1, most);
  gutterText(plot, 'read ▲ written ▼', middle - 7, palette.ink);
  gutterText(plot, `to ${bytesText(most)} a poll`, middle + 7, palette.muted);
  const width = Math.max(1, (plot.right - plot.left) / Math.max(1, read.size) - 1);
  for (const [time, amount] of read) {
    const x = Math.max(plot.left, xOf(time, lived, plot) - width);
    const [up, down] = [amount * scale, (written.get(time) ?? 0) * scale];
    plot.context.fillStyle = palette.in;
    plot.context.fillRect(x, middle - up, width, up);
    plot.context.fillStyle = palette.out;
    plot.context.fillRect(x, middle, width, down);
  }
}

function sumsByTime(rows: ReportRows, column: string): Map<number, number> {
  const sums = new Map<number, number>();
  const amounts = rows.numbers(column);
  rows.numbers('at').forEach((at, row) => {
    if (at !== null) sums.set(at, (sums.get(at) ?? 0) + (amounts[row] ?? 0));
  });
  return sums;
}

/** The local time, where it is another. */
function beside(ms: number): string {
  const local = localText(ms);
  return local === '' ? '' : `, local ${local}`;
}
