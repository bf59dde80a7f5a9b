/**
 * How long things live: the share that lives on, by age, between both bounds.
 * Owns the view; reading curves is survivalSteps.ts's.
 */
import type { SurvivalPart } from '../parts.ts';
import { gutterText, onPlot, type Plot, plotIn } from './canvas.ts';
import { csvLink } from './csvLink.ts';
import { make } from './elements.ts';
import { countText, lengthText } from './format.ts';
import { LastMade } from './lastMade.ts';
import { LENGTH_TICKS, type LengthScale, lengthScale, lengthShare } from './lifeStrokes.ts';
import { notedOfFile } from './partOfFile.ts';
import { sectionOf } from './section.ts';
import { cornersOf, lastAge, medianOf, type SurvivalGroup, shareOn } from './survivalSteps.ts';
import type { Palette, Stage, View } from './view.ts';

const HEIGHT = 246;
const LEFT = 64;
const RIGHT = 110;

/** What is drawn until somebody chooses. */
const FIRST_SHOWN = ['connection all', 'connection inbound', 'connection outbound'];

export function survivalView(): View {
  const section = sectionOf(
    'How long they live',
    'The share that is still open at an age. The truth lies in the band: on its left edge each ended when it was last ' +
      'seen, on its right when it was first missed. Dashed: fewer than ten were left to judge by.',
  );
  const link = csvLink(['lifetimes']);
  section.heading.append(link.root);
  const empty = make('p', { class: 'empty', hidden: true }, 'Nothing lived in this window.');
  const host = make('div', { class: 'plot' });
  const choices = make('div', { class: 'groups', role: 'group', 'aria-label': 'Groups shown' });
  const below = make('p', { class: 'below' });
  const half = make('p', { class: 'below' }, 'Groups, and the age at which half are gone:');
  section.body.append(empty, half, choices, host, below);
  /** Which colour each has that is shown. */
  const colors = new Map(FIRST_SHOWN.map((name, nth) => [name, nth]));
  const toggles = new LastMade<void>();
  let redraw = () => {};

  return {
    root: section.root,
    async draw(stage, signal) {
      link.update(stage);
      const part = await stage.source.part('survival', stage.window, 1, signal);
      if (signal.aborted) return;
      section.note(notedOfFile(part.note, stage));
      empty.hidden = part.groups.length > 0;
      half.hidden = !empty.hidden;
      redraw = () => drawGroups(part, stage);
      redraw();
      toggles.get([part, stage.palette.ink], () =>
        choices.replaceChildren(...part.groups.map((group) => toggleOf(group, stage))),
      );
    },
  };

  function toggleOf(group: SurvivalGroup, { palette }: Stage) {
    const name = nameOf(group);
    const box = make('input', { type: 'checkbox' });
    box.checked = colors.has(name);
    const swatch = make('span', { class: 'swatch', 'aria-hidden': 'true' });
    const paint = () => {
      swatch.style.background = box.checked ? colorOf(colors.get(name)!, palette) : 'transparent';
    };
    box.addEventListener('change', () => {
      if (box.checked) colors.set(name, freeColor([...colors.values()]));
      else colors.delete(name);
      paint();
      redraw();
    });
    paint();
    const median = make('span', { class: 'muted' }, ` ${medianText(group)}`);
    const title = `${countText(group.count)} ${labelOf(group)}`;
    return make('label', { title }, box, swatch, labelOf(group), median);
  }

  function drawGroups(part: SurvivalPart, { palette }: Stage) {
    const plot = plotIn(host, HEIGHT, 'The share that lives on, by age', {
      ...{ left: LEFT, right: RIGHT },
    });
    const drawn = part.groups
      .filter((group) => colors.has(nameOf(group)))
      .map((group) => ({ group, color: colorOf(colors.get(nameOf(group))!, palette) }));
    const longest = Math.max(0, ...drawn.map(({ group }) => lastAge(group)));
    const earliest = Math.min(...drawn.map(({ group }) => group.fromAge));
    const scale = lengthScale(longest, Math.max(1000, drawn.length === 0 ? 0 : earliest / 2));
    drawShares(plot, scale, palette);
    for (const { group, color } of drawn) drawGroup(plot, scale, group, color);
    drawNames(plot, scale, drawn, palette);
    onPlot(plot, AGES, {
      hover: (place, _y) => {
        const age = ageAt((place - AGES.from) / (AGES.to - AGES.from), scale);
        return [`at ${lengthText(age)}`, ...drawn.map(({ group }) => shareText(group, age))];
      },
    });
    const judged = part.groups.filter(({ fromAge }) => fromAge > 0);
    const ages = [...new Set(judged.map(({ fromAge }) => lengthText(fromAge)))];
    below.textContent =
      ages.length === 0 ? '' : `Of those that lived longer than ${ages.join(' or ')}.`;
    if (part.groups.length === 0) return section.describe('Nothing lived in this window.');
    const words = part.groups.map(
      (group) => `${countText(group.count)} ${labelOf(group)}: ${medianText(group)}`,
    );
    section.describe(`${below.textContent} Half are gone at: ${words.join('; ')}.`);
  }
}

/** The axis of ages as a plot of times has it: in a thousand thousand steps from left to right. */
const AGES = { from: 0, to: 1_000_000 };

function ageAt(share: number, { least, most }: LengthScale): number {
  return least * (most / least) ** share;
}

function nameOf({ subject, group }: SurvivalGroup): string {
  return `${subject} ${group}`;
}

function labelOf({ subject, group }: SurvivalGroup): string {
  return group === 'all' ? `all ${subject}s` : `${group} ${subject}s`;
}

function colorOf(nth: number, palette: Palette): string {
  const { ink, closed, opened, muted } = palette;
  const colors = [ink, palette.in, palette.out, closed, opened, muted];
  return colors[nth % colors.length]!;
}

/** The first that none has; with all taken the one behind. */
function freeColor(taken: readonly number[]): number {
  let nth = 0;
  while (taken.includes(nth)) nth++;
  return nth;
}

function medianText({ least, greatest }: SurvivalGroup): string {
  const [low, high] = [medianOf(least), medianOf(greatest)];
  if (low === null && high === null) return 'cannot be said';
  if (low === null || high === null) {
    return `${lengthText((low ?? high)!)} or later`;
  }
  const ages =
    lengthText(low) === lengthText(high)
      ? lengthText(low)
      : `${lengthText(low)} – ${lengthText(high)}`;
  return ages;
}

function shareText(group: SurvivalGroup, age: number): string {
  const few =
    group.least.fewFrom !== null && age >= group.least.fewFrom ? ', of fewer than ten' : '';
  if (age < group.fromAge)
    return `${labelOf(group)}: not judged below ${lengthText(group.fromAge)}`;
  const percents = [group.least, group.greatest].map((curve) =>
    (100 * shareOn(curve, age)).toFixed(1),
  );
  const share = percents[0] === percents[1] ? percents[0] : percents.join(' to ');
  return `${labelOf(group)}: ${share} % live on${few}`;
}

function drawShares(plot: Plot, scale: LengthScale, palette: Palette): void {
  const { context, left, right, top, bottom } = plot;
  for (const percent of [0, 25, 50, 75, 100]) {
    const y = bottom - (percent / 100) * (bottom - top);
    context.fillStyle = percent === 50 ? palette.muted : palette.grid;
    context.fillRect(left, Math.round(y) - 0.5, right - left, percent === 50 ? 0.5 : 1);
    gutterText(plot, `${percent} %`, Math.min(bottom - 5, Math.max(top + 5, y)), palette.muted);
  }
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const tick of LENGTH_TICKS) {
    if (tick < scale.least || tick > scale.most) continue;
    const x = xOfAge(tick, scale, plot);
    context.fillStyle = palette.grid;
    context.fillRect(Math.round(x), top, 1, bottom - top);
    context.fillStyle = palette.muted;
    context.fillText(lengthText(tick), x, bottom + 5);
  }
}

function xOfAge(age: number, scale: LengthScale, { left, right }: Plot): number {
  return left + lengthShare(age, scale) * (right - left);
}

function drawGroup(plot: Plot, scale: LengthScale, group: SurvivalGroup, color: string): void {
  const { context, top, bottom } = plot;
  const { fromAge, least, greatest } = group;
  const to = lastAge(group);
  const line = (corners: readonly [number, number][]) => {
    for (const [age, share] of corners) {
      context.lineTo(xOfAge(age, scale, plot), bottom - share * (bottom - top));
    }
  };
  context.save();
  context.strokeStyle = color;
  context.fillStyle = color;
  context.globalAlpha = 0.2;
  context.beginPath();
  line(cornersOf(greatest, fromAge, to));
  line(cornersOf(least, fromAge, to).reverse());
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1.25;
  for (const curve of [least, greatest]) {
    const few = Math.min(to, curve.fewFrom ?? to);
    const last = Math.max(few, curve.age.at(-1) ?? few);
    context.beginPath();
    context.setLineDash([]);
    line(cornersOf(curve, fromAge, few));
    context.stroke();
    if (last <= few) continue;
    context.beginPath();
    context.setLineDash([3, 3]);
    line(cornersOf(curve, few, last));
    context.stroke();
  }
  context.restore();
}

/** Each curve's name where it ends, apart from one another. */
function drawNames(
  plot: Plot,
  scale: LengthScale,
  drawn: readonly { readonly group: SurvivalGroup; readonly color: string }[],
  palette: Palette,
): void {
  const { context, right, top, bottom } = plot;
  const ends = drawn.map(({ group, color }) => {
    const to = lastAge(group);
    const y = bottom - shareOn(group.greatest, to) * (bottom - top);
    return { x: xOfAge(to, scale, plot), y, color, name: `${labelOf(group)}` };
  });
  ends.sort((a, b) => a.y - b.y);
  let before = Number.NEGATIVE_INFINITY;
  for (const end of ends) {
    end.y = Math.max(top + 6, end.y - 6, before + 13);
    before = end.y;
  }
  let behind = bottom + 13 - 6;
  for (const end of ends.toReversed()) {
    end.y = Math.min(end.y, behind - 13);
    behind = end.y;
  }
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const { x, y, color, name } of ends) {
    context.fillStyle = color;
    context.fillRect(Math.min(x, right) + 4, y - 1, 8, 2);
    context.fillStyle = palette.ink;
    context.fillText(name, Math.min(x, right) + 16, y, RIGHT - 18);
  }
}
