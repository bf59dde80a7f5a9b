/**
 * The balance of all circuits: how many were in which band of pcr, over time.
 * Owns the view; how dark a count is says bandRaster.ts.
 */
import type { BalancePart } from '../parts.ts';
import { type BandField, bandField, bandPixels } from './bandRaster.ts';
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
import { csvLink } from './csvLink.ts';
import { make } from './elements.ts';
import { countText, timeText } from './format.ts';
import { stretchAt, stretchesIn } from './laneRaster.ts';
import { LastMade } from './lastMade.ts';
import { binsAcross, drawPicture, pictureOf, pixelsAcross, rgbOf, shadesOf } from './pixels.ts';
import { sectionOf } from './section.ts';
import type { View } from './view.ts';

const HEIGHT = 246;
const LEFT = 64;

/** From −1, all in, to 1, all out. */
const BANDS = 41;
const EVEN_BAND = 20;

export function balanceView(): View {
  const section = sectionOf(
    'Balance of all circuits',
    'How many circuits sent out as much as they took in (even), only sent, or only took in. The stronger the shade, the more; ' +
      'one alone is still seen. What a relay passes on is even.',
  );
  const link = csvLink(['asymmetry']);
  section.heading.append(link.root);
  const empty = make('p', { class: 'empty', hidden: true });
  const host = make('div', { class: 'plot' });
  section.body.append(empty, host);
  const fields = new LastMade<BandField>();
  const pictures = new LastMade<HTMLCanvasElement>();

  return {
    root: section.root,
    async draw(stage, signal) {
      link.update(stage);
      const bins = binsAcross(host);
      const part = await stage.source.part('balance', stage.window, bins, signal);
      if (signal.aborted) return;
      const { window, palette, source } = stage;
      section.note(part.note);
      const plot = plotIn(host, HEIGHT, 'Balance of all circuits over time', { left: LEFT });
      const [columns] = pixelsAcross(plot);
      const field = fields.get([part, window.from, window.to, columns], () =>
        bandField(part, part.bands, BANDS, window, columns),
      );
      const picture = pictures.get([field, palette.ink], () =>
        pictureOf(bandPixels(field, shadesOf(rgbOf(palette.ink), 0.22)), columns, BANDS),
      );
      drawTimeAxis(plot, window, palette);
      drawPicture(plot, picture, plot.bottom - plot.top);
      markTimes(plot, source.head, window, palette);
      drawMoment(plot, stage);
      const middle = (plot.top + plot.bottom) / 2;
      gutterText(plot, 'all out', plot.top + 6, palette.muted);
      gutterText(plot, 'even', middle, palette.muted);
      gutterText(plot, 'all in', plot.bottom - 6, palette.muted);
      empty.textContent = 'No circuit in this window moved anything.';
      empty.hidden = field.sum > 0;
      onPlot(plot, window, {
        ...stageGestures(stage),
        click: (time) => stage.setMoment(time),
        hover: (time, y) => readBand(part, time, bandAt(y, plot)),
      });
      section.describe(wordsOf(part, stretchesIn(part, window)));
    },
  };
}

function bandAt(y: number, { top, bottom }: Plot): number {
  const row = Math.floor((BANDS * (y - top)) / (bottom - top));
  return BANDS - 1 - Math.min(BANDS - 1, Math.max(0, row));
}

function readBand(part: BalancePart, time: number, band: number): string[] {
  const stretch = stretchAt(part, time);
  const says = `${bandText(band)} (pcr ${pcrText(band)})`;
  if (stretch < 0) return [says, `${timeText(time)}: nothing known`];
  const count = part.bands[stretch * BANDS + band]!;
  const when = `${timeText(part.since[stretch]!)} to ${timeText(part.at[stretch]!)}`;
  return [says, `${when}: ${countText(count)} ${count === 1 ? 'circuit' : 'circuits'}`];
}

function pcrText(band: number): string {
  const pcr = (band - EVEN_BAND) / EVEN_BAND;
  return pcr < 0 ? `−${(-pcr).toFixed(2)}` : pcr.toFixed(2);
}

function bandText(band: number): string {
  if (band === EVEN_BAND) return 'as much out as in';
  if (band === 0) return 'all in';
  if (band === BANDS - 1) return 'all out';
  const share = Math.round(50 * (1 + Math.abs(band - EVEN_BAND) / EVEN_BAND));
  return `${share} % of the bytes ${band > EVEN_BAND ? 'out' : 'in'}`;
}

/** What the picture shows in numbers: of each circuit each stretch counts. */
function wordsOf({ bands }: BalancePart, [first, end]: [number, number]): string {
  const sums = new Float64Array(BANDS);
  for (let place = first * BANDS; place < end * BANDS; place++) {
    sums[place % BANDS]! += bands[place]!;
  }
  const all = sums.reduce((sum, count) => sum + count, 0);
  if (all === 0) return 'No circuit in this window moved anything.';
  const share = (count: number) => `${((100 * count) / all).toFixed(1)} %`;
  const out = sums.slice(EVEN_BAND + 1).reduce((sum, count) => sum + count, 0);
  return (
    `Circuits, each counted in each stretch in which it moved something, ${countText(all)} in all: ` +
    `${share(sums[EVEN_BAND]!)} were even, ${share(out)} sent out more (${share(sums[BANDS - 1]!)} all out), ` +
    `${share(all - out - sums[EVEN_BAND]!)} took in more (${share(sums[0]!)} all in).`
  );
}
