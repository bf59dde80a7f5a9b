/**
 * Circuits as lanes in the order of birth: what went to one side.
 * Owns how lanes are drawn and read out; their pixels are laneRaster.ts's, the list beside lopsidedList.ts's.
 */
import { bytesOfLevel } from '../levels.ts';
import type { LanesPart } from '../parts.ts';
import {
  drawMoment,
  drawTimeAxis,
  gutterText,
  markTimes,
  onPlot,
  type Plot,
  plotIn,
  stageGestures,
} from './canvas.ts';
import { type CsvLink, csvLink } from './csvLink.ts';
import { make } from './elements.ts';
import { bytesText, countText, lengthText } from './format.ts';
import {
  cellsOf,
  fieldOfCells,
  fieldOfRaster,
  type LaneCells,
  type LaneField,
  lanesAlive,
  levelColors,
  pixelsOf,
  type Rgb,
  signedBytes,
} from './laneRaster.ts';
import { type DrawnLanes, laneAt, laneLinesAt } from './laneReadout.ts';
import { LastMade } from './lastMade.ts';
import { mostLopsided } from './lopsided.ts';
import { LISTED_MOST, lopsidedList } from './lopsidedList.ts';
import { isPartOfFile } from './partOfFile.ts';
import { binsAcross, drawPicture, mixedColor, pictureOf, pixelsAcross, rgbOf } from './pixels.ts';
import { sectionOf } from './section.ts';
import type { Palette, Stage, View } from './view.ts';

const HEIGHT = 470;

/** A lane is no higher, CSS pixels: a few circuits are lines, not areas. */
const MOST_LANE_HEIGHT = 14;

/** From this height on lanes are told apart by a line between them. */
const APART_FROM = 5;

const HINTS = {
  circuit:
    'Every circuit is a lane, in the order of birth. Orange: sent out more than it took in; blue: took in more. ' +
    'A pixel shows the strongest of its circuits, so that one of thousands is not averaged away.',
  connection:
    'Every connection is a lane, in the order of birth. Orange: sent out more than it took in; blue: took in more. ' +
    'A pixel shows the strongest of its connections, so that one of thousands is not averaged away.',
};

export function lanesView(): View {
  const section = sectionOf('Every circuit: what went to one side', HINTS.circuit);
  const host = make('div', { class: 'plot' });
  const mark = make('div', { class: 'lane-mark', hidden: true });
  const empty = make('p', { class: 'empty', hidden: true });
  const list = lopsidedList();
  section.body.classList.add('lanes');
  section.body.append(make('div', { class: 'lanes-plot' }, empty, host), list.root);
  const links = new Map<LanesPart['subject'], CsvLink>();
  const decoded = new LastMade<{ cells: LaneCells | null; raster: Int8Array | null }>();
  const fields = new LastMade<DrawnLanes>();
  const pictures = new LastMade<HTMLCanvasElement | null>();
  const listed = new LastMade<void>();

  return {
    root: section.root,
    async draw(stage, signal) {
      const bins = binsAcross(host);
      const part = await stage.source.part('lanes', stage.window, bins, signal);
      if (signal.aborted) return;
      const { window, palette } = stage;
      const { subject } = part;
      const { head } = stage.source;
      linkFor(subject).update(stage);
      section.heading.querySelector('h2')!.textContent = `Every ${subject}: what went to one side`;
      section.hint.textContent = HINTS[subject];
      section.note(notesOf(part, head.circuitsUnseen));

      const plot = plotIn(host, HEIGHT, `Every ${subject} over time, how one-sided it was`);
      host.append(mark);
      const [columns, mostRows] = pixelsAcross(plot);
      const { cells, raster } = decoded.get([part], () => ({
        cells: cellsOf(part),
        raster: part.raster === null ? null : signedBytes(part.raster.levels),
      }));
      const drawn = fields.get([part, window.from, window.to, mostRows], () => {
        const alive = lanesAlive(part.lanes, window);
        const field =
          cells === null
            ? fieldOfRaster(part, raster ?? new Int8Array(), window, mostRows)
            : fieldOfCells(part, cells, alive, window, mostRows);
        return { part, cells, alive, field };
      });
      const { field } = drawn;
      const picture = pictures.get([drawn, columns, palette.quiet, palette.out, palette.in], () => {
        if (field.rows === 0) return null;
        const colors = levelColors(field.top, {
          ...{ quiet: laneColor(palette), out: rgbOf(palette.out), in: rgbOf(palette.in) },
        });
        return pictureOf(pixelsOf(field, part, window, columns, colors), columns, field.rows);
      });
      drawTimeAxis(plot, window, palette);
      const laneHeight = heightOf(field, plot);
      if (picture !== null) drawPicture(plot, picture, laneHeight * field.rows);
      if (laneHeight >= APART_FROM) drawApart(plot, field.rows, laneHeight, palette.paper);
      markTimes(plot, head, window, palette);
      drawMoment(plot, stage);
      drawGutter(plot, drawn, stage);
      empty.textContent = emptyText(field, part);
      empty.hidden = empty.textContent === '';
      onPlot(plot, window, {
        ...stageGestures(stage),
        hover: (time, y) => laneLinesAt(drawn, time, rowAt(drawn, y, plot)),
        click: (time, y) => {
          stage.setMoment(time);
          const lane = laneAt(drawn, time, rowAt(drawn, y, plot));
          if (lane !== null) stage.showStory({ kind: subject, id: part.lanes.id[lane]! });
        },
      });

      const isBrushed = isPartOfFile(stage);
      const found = () =>
        mostLopsided(part, drawn.alive, window, isBrushed ? cells : null, LISTED_MOST);
      listed.get([drawn, isBrushed, columns], () =>
        list.show(stage, part, found(), {
          isOfFile: isBrushed && cells === null,
          mark: (lane) => markLane(mark, drawn, lane, plot),
        }),
      );
      section.describe(wordsOf(drawn, list.says));
    },
  };

  function linkFor(subject: LanesPart['subject']): CsvLink {
    let link = links.get(subject);
    if (link === undefined) {
      link = csvLink([subject === 'circuit' ? 'circuits' : 'connections']);
      links.set(subject, link);
    }
    for (const other of links.values()) if (other !== link) other.root.remove();
    if (!link.root.isConnected) section.heading.append(link.root);
    return link;
  }
}

function notesOf({ subject, note }: LanesPart, circuitsUnseen: string | null): string | null {
  const why =
    subject === 'connection' && circuitsUnseen !== null
      ? `Connections, since circuits of others are not seen here: ${circuitsUnseen}.`
      : null;
  const notes = [why, note].filter((text) => text !== null);
  return notes.length === 0 ? null : notes.join(' ');
}

/** What was not looked for is not empty. */
function emptyText({ rows, top }: LaneField, { subject, exact }: LanesPart): string {
  if (!exact) return '';
  if (rows === 0) return `No ${subject} was open in this window.`;
  if (top === 0) return `No ${subject} in this window moved more one way than the other.`;
  return '';
}

/** Of a lane in which nothing is one-sided: seen beside the lines of the grid. */
function laneColor({ quiet, muted }: Palette): Rgb {
  return mixedColor(rgbOf(quiet), rgbOf(muted), 0.14);
}

function heightOf({ rows }: LaneField, { top, bottom }: Plot): number {
  return rows === 0 ? 0 : Math.min(MOST_LANE_HEIGHT, (bottom - top) / rows);
}

function drawApart(
  { context, left, right, top }: Plot,
  rows: number,
  height: number,
  color: string,
) {
  context.fillStyle = color;
  for (let row = 1; row < rows; row++) {
    context.fillRect(left, Math.round(top + row * height) - 0.5, right - left, 1);
  }
}

/** How many lanes there are, and what a colour stands for. */
function drawGutter(plot: Plot, { part, field }: DrawnLanes, { palette }: Stage): void {
  const { context, left, top } = plot;
  const about = field.exact ? '' : 'about ';
  const lanes = `${about}${countText(field.lanes)} ${part.subject}${field.lanes === 1 ? '' : 's'}`;
  if (part.exact) gutterText(plot, lanes, top + 8, palette.ink);
  else if (field.lanes > 0) gutterText(plot, `${lanes} drawn`, top + 8, palette.ink);
  const perRow = field.rows === 0 ? 0 : field.lanes / field.rows;
  if (perRow > 1) {
    const text = perRow < 10 ? perRow.toFixed(1) : countText(Math.round(perRow));
    gutterText(plot, `${text} a row`, top + 23, palette.muted);
  }
  if (field.top === 0) return;
  const [from, height] = [top + 48, 96];
  const scale = context.createLinearGradient(0, from, 0, from + height);
  scale.addColorStop(0, palette.out);
  scale.addColorStop(0.5, `rgb(${laneColor(palette).join(' ')})`);
  scale.addColorStop(1, palette.in);
  context.fillStyle = scale;
  context.fillRect(left - 16, from, 10, height);
  const beside = { ...plot, left: left - 14 };
  const most = bytesText(bytesOfLevel(field.top));
  gutterText(beside, `${most} more out`, from + 5, palette.ink);
  gutterText(beside, 'an eighth of it', from + height / 4, palette.muted);
  gutterText(beside, 'even', from + height / 2, palette.ink);
  gutterText(beside, `${most} more in`, from + height - 5, palette.ink);
  const length = lengthText(usualLength(part));
  gutterText(plot, `in ${length}`, from + height + 13, palette.muted);
}

function usualLength({ since, at }: LanesPart): number {
  const lengths = since.map((from, stretch) => at[stretch]! - from).filter((length) => length > 0);
  return lengths.sort((a, b) => a - b)[lengths.length >> 1] ?? 0;
}

function rowAt({ field }: DrawnLanes, y: number, plot: Plot): number {
  const row = Math.floor((y - plot.top) / Math.max(0.01, heightOf(field, plot)));
  return row >= 0 && row < field.rows ? row : -1;
}

/** Shows in the plot which lane is meant; none with null. */
function markLane(
  mark: HTMLElement,
  { alive, cells, field }: DrawnLanes,
  lane: number | null,
  plot: Plot,
) {
  const nth = lane === null || cells === null ? -1 : alive.indexOf(lane);
  mark.hidden = nth < 0;
  if (nth < 0) return;
  const height = heightOf(field, plot);
  const row = alive.length <= field.rows ? nth : Math.floor((nth * field.rows) / alive.length);
  mark.style.top = `${plot.top + row * height}px`;
  mark.style.height = `${Math.max(1, height)}px`;
  mark.style.left = `${plot.left}px`;
  mark.style.width = `${plot.right - plot.left}px`;
}

function wordsOf({ part, field }: DrawnLanes, listed: string): string {
  const { subject } = part;
  const about = field.exact ? '' : 'about ';
  const are = part.exact ? 'were open in this window' : 'are drawn';
  const count = `${about}${countText(field.lanes)} ${subject}s ${are}`;
  if (field.top === 0) return `${count}; none moved more one way than the other.`;
  const most = bytesText(bytesOfLevel(field.top));
  return `${count}; the strongest moved about ${most} more one way in ${lengthText(usualLength(part))}. ${listed}`;
}
