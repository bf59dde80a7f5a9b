/**
 * What lanes say where the pointer is: which they are, when that was, and how one-sided.
 * Owns these words; where the pointer is says the view.
 */
import { ABSENT, bytesOfLevel } from '../levels.ts';
import type { LanesPart } from '../parts.ts';
import { bytesText, countText, timeText } from './format.ts';
import { type LaneCells, type LaneField, lanesOfRow, stretchAt } from './laneRaster.ts';
import { wayOf } from './lopsided.ts';

/** What a window of a part is drawn from. */
export interface DrawnLanes {
  readonly part: LanesPart;
  /** Null where the part has a raster. */
  readonly cells: LaneCells | null;
  /** Of a raster the listed ones. */
  readonly alive: Int32Array;
  readonly field: LaneField;
}

/** The lane that a pixel shows: the only one of its row, or the strongest; null where none is told apart. */
export function laneAt(
  { part, cells, alive, field }: DrawnLanes,
  time: number,
  row: number,
): number | null {
  if (row < 0 || cells === null) return null;
  const [first, end] = lanesOfRow(row, alive.length, field.rows);
  if (end - first === 1) return alive[first]!;
  const stretch = stretchAt(part, time);
  let strongest: number | null = null;
  let most = 0;
  for (let nth = first; nth < end; nth++) {
    const lane = alive[nth]!;
    const level = levelAt(cells, lane, stretch);
    if (level === ABSENT || Math.abs(level) <= most) continue;
    most = Math.abs(level);
    strongest = lane;
  }
  return strongest;
}

function levelAt({ first, count, offset, levels, end }: LaneCells, lane: number, stretch: number) {
  const place = stretch - first[lane]!;
  if (place < 0 || stretch >= end[lane]!) return ABSENT;
  return place < count[lane]! ? levels[offset[lane]! + place]! : 0;
}

/** @param row −1 for none. */
export function laneLinesAt(drawn: DrawnLanes, time: number, row: number): string[] | null {
  const { part, cells, alive, field } = drawn;
  if (row < 0) return null;
  const stretch = stretchAt(part, time);
  const inField = stretch - field.first;
  const level =
    inField < 0 || inField >= field.stretches
      ? ABSENT
      : field.levels[row * field.stretches + inField]!;
  const when =
    stretch < 0
      ? timeText(time)
      : `${timeText(part.since[stretch]!)} to ${timeText(part.at[stretch]!)}`;
  const lane = laneAt(drawn, time, row);
  const [first, end] = lanesOfRow(row, alive.length, field.rows);
  const count = cells === null ? Math.round(field.lanes / field.rows) : end - first;
  const many = `${cells === null ? 'about ' : ''}${countText(count)} ${part.subject}s in this row`;
  return [
    ...(lane === null ? [] : laneLines(part, lane)),
    `${when}: ${levelText(level)}`,
    ...(count > 1 ? [lane === null ? many : `the strongest of ${many}`] : []),
  ];
}

function levelText(level: number): string {
  if (level === ABSENT) return 'not open';
  if (level === 0) return 'as much out as in, or nothing';
  return `about ${bytesText(bytesOfLevel(level))} more ${level > 0 ? 'out' : 'in'}`;
}

function laneLines({ lanes, subject }: LanesPart, lane: number): string[] {
  const [read, written] = [lanes.read[lane]!, lanes.written[lane]!];
  const bytes =
    read === null || written === null
      ? 'bytes not its own: the connection carries others'
      : `in ${bytesText(read)}, out ${bytesText(written)} in all`;
  const closed = lanes.closedBy[lane]!;
  const until = closed === null ? 'still open' : `gone by ${timeText(closed)}`;
  return [
    `${subject} ${lanes.id[lane]!}: ${wayOf(lanes, lane, subject)}`,
    `opened ${timeText(lanes.openedAt[lane]!)}, ${until}`,
    bytes,
  ];
}
