/**
 * Every life: when it began, and how long it was.
 * Owns the view of both forms, one by one and as density; strokes are lifeStrokes.ts's.
 */
import type { LivesPart, PageSpan } from '../parts.ts';
import { type BandField, bandField, shadeOf } from './bandRaster.ts';
import {
  drawGround,
  drawMoment,
  gutterText,
  onPlot,
  type Plot,
  plotIn,
  stageGestures,
} from './canvas.ts';
import { csvLink } from './csvLink.ts';
import { make } from './elements.ts';
import { countText, lengthText, timeText } from './format.ts';
import { unsignedWords } from './laneRaster.ts';
import { LastMade } from './lastMade.ts';
import {
  LENGTH_TICKS,
  type LengthScale,
  type Lives,
  lengthScale,
  lengthShare,
  lifeNear,
  livesOf,
  type StrokeField,
  strokeField,
  strokePixels,
} from './lifeStrokes.ts';
import { binsAcross, drawPicture, pictureOf, pixelsAcross, rgbOf, shadesOf } from './pixels.ts';
import { sectionOf } from './section.ts';
import type { ReportRows, Stage, View } from './view.ts';

const HEIGHT = 246;
const LEFT = 64;

/** Few lives are drawn thicker. */
const FEW = 4000;

const NEAR_PIXELS = 4;

const HINTS = {
  strokes:
    'A stroke from its least to its greatest length, as polls bound it; an arrow’s head: still open. ' +
    'What calls regularly is a dotted row, what came all at once a dash upwards.',
  density: 'How many lives began when, and how long they were. The stronger the shade, the more.',
};

export function livesView(): View {
  const section = sectionOf('Every life: when it began, how long it was', HINTS.strokes);
  const link = csvLink(['connections']);
  section.heading.append(link.root);
  const empty = make('p', { class: 'empty', hidden: true });
  const host = make('div', { class: 'plot' });
  const below = make('p', { class: 'below' });
  section.body.append(empty, host, below);
  let held: (PageSpan & { readonly part: LivesPart; readonly rows: ReportRows }) | undefined;
  const decoded = new LastMade<Lives>();
  const fields = new LastMade<StrokeField>();
  const pictures = new LastMade<HTMLCanvasElement>();

  return {
    root: section.root,
    async draw(stage, signal) {
      link.update(stage);
      const { window, source } = stage;
      const bins = binsAcross(host);
      const part = await source.part('lives', window, bins, signal);
      const rows = part.listed ? await rowsOf(stage, part, signal) : null;
      if (signal.aborted) return;
      section.note(part.note);
      section.hint.textContent = rows === null ? HINTS.density : HINTS.strokes;
      const plot = plotIn(host, HEIGHT, 'Every life, by birth and length', { left: LEFT });
      const said = rows === null ? drawDensity(part, plot, stage) : drawStrokes(rows, plot, stage);
      below.textContent = said.says;
      empty.hidden = said.count > 0;
      empty.textContent = 'Nothing that this window shows began in it.';
      section.describe(said.words);
    },
  };

  /** They are not asked for again while the window stays. */
  async function rowsOf(stage: Stage, part: LivesPart, signal: AbortSignal): Promise<ReportRows> {
    const { from, to } = stage.window;
    if (held?.part === part && held.from === from && held.to === to) return held.rows;
    const rows = await stage.source.rows('connections', stage.window, signal);
    held = { part, from, to, rows };
    return rows;
  }

  function drawStrokes(rows: ReportRows, plot: Plot, stage: Stage) {
    const { window, palette } = stage;
    const lives = decoded.get([rows], () => livesOf(rows));
    const scale = lengthScale(longestOf(lives));
    const [columns, height] = pixelsAcross(plot);
    const thickness = Math.max(1, Math.round(plot.scale * (lives.born.length > FEW ? 1 : 2)));
    const field = fields.get([lives, window.from, window.to, columns, height], () =>
      strokeField(lives, window, scale, [columns, height], thickness),
    );
    const picture = pictures.get([field, palette.closed, palette.opened], () => {
      const [ended, open] = [
        shadesOf(rgbOf(palette.closed), 0.2),
        shadesOf(rgbOf(palette.opened), 1),
      ];
      return pictureOf(strokePixels(field, ended, open), columns, height);
    });
    drawAxes(plot, scale, stage);
    drawPicture(plot, picture, plot.bottom - plot.top);
    drawMoment(plot, stage);
    const near = {
      ms: ((window.to - window.from) * NEAR_PIXELS) / (plot.right - plot.left),
      share: NEAR_PIXELS / (plot.bottom - plot.top),
    };
    const lifeAt = (time: number, y: number) =>
      lifeNear(lives, scale, { time, share: shareAt(y, plot) }, near);
    onPlot(plot, window, {
      ...stageGestures(stage),
      hover: (time, y) => {
        const life = lifeAt(time, y);
        return life < 0 ? null : linesOf(lives, life, rows);
      },
      click: (time, y) => {
        stage.setMoment(time);
        const life = lifeAt(time, y);
        if (life < 0) return;
        stage.showStory({
          ...{ kind: 'connection', id: rows.numbers('conn_id')[lives.row[life]!]! },
        });
      },
    });
    const says = [
      `${countText(field.born)} lives began in this window`,
      ...(field.before > 0 ? [`${countText(field.before)} before it, which are not drawn`] : []),
      ...(lives.unknown > 0
        ? [`of ${countText(lives.unknown)} nobody knows when: they are not drawn`]
        : []),
    ].join('; ');
    const words =
      lives.born.length === 0
        ? `${says}.`
        : `${says}. ${countText(lives.open)} are still open. The longest lasted ${lengthText(longestOf(lives))}.`;
    return { says: `${says}.`, words, count: field.born };
  }
}

function longestOf({ least, greatest }: Lives): number {
  let longest = 0;
  for (let life = 0; life < least.length; life++) {
    const length = Number.isNaN(greatest[life]!) ? least[life]! : greatest[life]!;
    if (length > longest) longest = length;
  }
  return longest;
}

function drawAxes(plot: Plot, scale: LengthScale, stage: Stage): void {
  const { palette } = stage;
  drawGround(plot, stage);
  const { context, left, right } = plot;
  for (const tick of LENGTH_TICKS) {
    if (tick > scale.most) break;
    const y = yOf(tick, scale, plot);
    context.fillStyle = palette.grid;
    context.fillRect(left, Math.round(y) - 0.5, right - left, 1);
    const inside = Math.min(plot.bottom - 6, Math.max(plot.top + 6, y));
    gutterText(plot, lengthText(tick), inside, palette.muted);
  }
}

function yOf(length: number, scale: LengthScale, { top, bottom }: Plot): number {
  return bottom - lengthShare(length, scale) * (bottom - top);
}

function shareAt(y: number, { top, bottom }: Plot): number {
  return (bottom - y) / (bottom - top);
}

function linesOf({ row, born, least, greatest }: Lives, life: number, rows: ReportRows): string[] {
  const place = row[life]!;
  const [low, high] = [lengthText(least[life]!), lengthText(greatest[life]!)];
  const length = Number.isNaN(greatest[life]!)
    ? `${low} or more: still open`
    : low === high
      ? low
      : `${low} to ${high}`;
  const reason = rows.text('close_reason')[place]!;
  return [
    `connection ${rows.text('conn_id')[place]!} (${rows.text('type_flags')[place]!})`,
    `opened ${timeText(born[life]!)}`,
    `lived ${length}${reason === '' ? '' : `, ${reason}`}`,
  ];
}

/** Bands of length as they are, a column a stretch of births. */
function drawDensity({ total, density }: LivesPart, plot: Plot, stage: Stage) {
  const { window, palette } = stage;
  if (density === null) return { says: '', words: 'Nothing is known of lives.', count: 0 };
  const { lengths } = density;
  const counts = unsignedWords(density.counts);
  const field = bandField(density, counts, lengths.length, window, pixelsAcross(plot)[0]);
  const scale = lengthScale(longestBand(field, lengths));
  drawAxes(plot, scale, stage);
  drawBands(plot, field, lengths, scale, shadesOf(rgbOf(palette.closed), 0.25));
  drawMoment(plot, stage);
  onPlot(plot, window, {
    ...stageGestures(stage),
    click: (time) => stage.setMoment(time),
    hover: (time, y) => {
      const share = shareAt(y, plot);
      const band = lengths.findLastIndex((least) => lengthShare(least, scale) <= share);
      const column = Math.floor(
        (field.columns * (time - window.from)) / Math.max(1, window.to - window.from),
      );
      const count = field.counts[band * field.columns + Math.min(field.columns - 1, column)] ?? 0;
      const length = `${lengthText(lengths[band]!)} to ${lengthText(endOf(lengths, band))}`;
      return [`born about ${timeText(time)}`, `${countText(count)} lived ${length}`];
    },
  });
  const says = `${countText(field.sum)} of ${countText(total)} lives are drawn, by birth and length together.`;
  return { says, words: says, count: field.sum };
}

function endOf(lengths: readonly number[], band: number): number {
  return lengths[band + 1] ?? 2 * lengths[band]!;
}

function longestBand({ counts, columns }: BandField, lengths: readonly number[]): number {
  let longest = 0;
  for (let place = 0; place < counts.length; place++) {
    if (counts[place]! > 0) longest = endOf(lengths, Math.floor(place / columns));
  }
  return longest;
}

function drawBands(
  plot: Plot,
  field: BandField,
  lengths: readonly number[],
  scale: LengthScale,
  shades: Uint32Array,
): void {
  const { columns, counts, least, most } = field;
  for (const [band, shortest] of lengths.entries()) {
    const pixels = new Uint32Array(columns);
    for (let column = 0; column < columns; column++) {
      pixels[column] = shades[shadeOf(counts[band * columns + column]!, least, most)]!;
    }
    if (pixels.every((pixel) => pixel === 0)) continue;
    const top = yOf(endOf(lengths, band), scale, plot);
    const bottom = Math.max(top + 1, yOf(shortest, scale, plot));
    drawPicture({ ...plot, top }, pictureOf(pixels, columns, 1), bottom - top);
  }
}
