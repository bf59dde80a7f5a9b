/**
 * The whole of the recording at a glance, in which the window is brushed.
 * Owns its tracks and the shade over what is not in the window; the rows of marks are ruleRows.ts's.
 */
import type { Head, PageSpan, PollsPart } from '../parts.ts';
import type { Audit } from './audit.ts';
import {
  drawMoment,
  drawTimeAxis,
  markTimes,
  onPlot,
  type Plot,
  plotIn,
  xOf,
  zoomedWindow,
} from './canvas.ts';
import { csvLink } from './csvLink.ts';
import { make } from './elements.ts';
import { bytesText, countText, localText, timeText } from './format.ts';
import { drawRuleRows, type RuleRows, ruleRowAt, ruleRowsOf } from './ruleRows.ts';
import { windowText } from './savedName.ts';
import { sectionOf } from './section.ts';
import { foundBy, notFoundText } from './severity.ts';
import { drawTracks, pollLines, TRACKS_HEIGHT } from './tracks.ts';
import type { Palette, Stage, View } from './view.ts';

const GUTTER = 150;
const AXIS_HEIGHT = 20;
const NO_ROWS: RuleRows = { rows: [], height: 18 };

export interface Overview extends View {
  /** What is known of the audit from the next drawing on. */
  auditIs(audit: Audit): void;
  /** Sets the window about a finding: given by who shows findings. */
  onFinding(show: (finding: PageSpan) => void): void;
}

export function overviewView(): Overview {
  const section = sectionOf(
    'Overview',
    'Drag to look closer; the wheel zooms; double click for all. One window rules all that is below.',
  );
  const link = csvLink(['churn', 'load', 'findings']);
  section.heading.append(link.root);
  const [before, behind, frame] = ['shade', 'shade', 'frame'].map((name) =>
    make('div', { class: name }),
  );
  let audit: Audit = { part: null, trouble: null };
  let rows = NO_ROWS;
  let showFinding: (finding: PageSpan) => void = () => {};

  return {
    root: section.root,
    auditIs(known) {
      audit = known;
      const rules = known.part?.rules;
      rows = rules == null ? NO_ROWS : ruleRowsOf(rules, known.part!.findings, GUTTER);
    },
    onFinding(show) {
      showFinding = show;
    },
    async draw(stage, signal) {
      const { head } = stage.source;
      const bins = Math.max(1, section.body.clientWidth - GUTTER);
      const polls = await stage.source.part('polls', head.window, bins, signal);
      signal.throwIfAborted();
      link.update(stage);
      const height = rows.height + TRACKS_HEIGHT + AXIS_HEIGHT;
      const words = wordsOf(polls, head, audit);
      const plot = plotIn(section.body, height, words, { left: GUTTER, axis: AXIS_HEIGHT });
      section.body.append(before!, behind!, frame!);
      section.describe(words);
      drawTimeAxis(plot, head.window, stage.palette);
      markTimes(plot, head, head.window, stage.palette);
      drawTracks(plot, plot.top + rows.height, polls, head, stage.palette);
      if (rows === NO_ROWS) drawProgress(plot, audit, stage.palette);
      else drawRuleRows(rows, plot, plot.top, head.window, stage.palette);
      drawMoment(plot, { ...stage, window: head.window });
      shade(plot, head.window, stage.window, [before!, behind!, frame!]);
      listen(plot, polls, rows, stage, (finding) => showFinding(finding));
    },
  };
}

function drawProgress(plot: Plot, audit: Audit, palette: Palette): void {
  const { context, left, right, top } = plot;
  const share = audit.part?.progress ?? 0;
  const text =
    audit.trouble === null
      ? `The audit is at work: ${Math.floor(share * 100)} %`
      : `The audit has no answer: ${audit.trouble.message}`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = palette.muted;
  context.fillText(text, left + 6, top + 8);
  context.fillStyle = palette.grid;
  context.fillRect(left, top + 16, right - left, 2);
  context.fillStyle = palette.muted;
  context.fillRect(left, top + 16, (right - left) * share, 2);
}

/** Shades what is not in the window, and frames it; nothing where the window is all. */
function shade(plot: Plot, all: PageSpan, window: PageSpan, parts: readonly HTMLElement[]): void {
  const isAll = window.from === all.from && window.to === all.to;
  const { left, right, top, bottom } = plot;
  const [begin, end] = [xOf(window.from, all, plot), xOf(window.to, all, plot)];
  const places = [
    [left, begin],
    [end, right],
    [begin, Math.max(begin + 2, end)],
  ] as const;
  parts.forEach((part, index) => {
    part.hidden = isAll;
    const [from, to] = places[index]!;
    part.style.left = `${from}px`;
    part.style.width = `${Math.max(0, to - from)}px`;
    part.style.top = `${top}px`;
    part.style.height = `${bottom - top}px`;
  });
}

function listen(
  plot: Plot,
  polls: PollsPart,
  rows: RuleRows,
  stage: Stage,
  showFinding: (finding: PageSpan) => void,
): void {
  const all = stage.source.head.window;
  const margin = (4 / Math.max(1, plot.right - plot.left)) * (all.to - all.from);
  const found = (time: number, y: number) => ruleRowAt(rows, y - plot.top, time, margin);
  onPlot(plot, all, {
    brush: (from, to) => stage.setWindow({ from, to }),
    zoom: (time, factor) => {
      const zoomed = zoomedWindow(stage.window, all, time, factor);
      if (zoomed === null) return false;
      stage.setWindow(zoomed);
      return true;
    },
    click: (time, y) => {
      const finding = found(time, y)?.findings[0];
      if (finding === undefined) stage.setMoment(time);
      else showFinding(finding);
    },
    hover: (time, y) => {
      const row = found(time, y);
      const lines = [[`${timeText(time, true)} UTC`, localText(time)].filter(Boolean).join(', ')];
      if (row === undefined) return [...lines, ...pollLines(polls, time)];
      const { rule, findings } = row;
      if (findings.length === 0) {
        return [...lines, `${rule.name}: ${notFoundText(rule) || 'nothing at this time'}`];
      }
      const shown = findings
        .slice(0, 4)
        .map((one) => `${one.severity}: ${one.subject}, ${windowText(one)}`);
      const more = findings.length > 4 ? [`and ${countText(findings.length - 4)} more`] : [];
      return [...lines, rule.name, ...shown, ...more, 'Click to look at it.'];
    },
  });
}

function wordsOf(polls: PollsPart, head: Head, { part }: Audit): string {
  const total = (column: readonly (number | null)[]) =>
    column.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const most = polls.openMost.reduce((one, other) => Math.max(one, other), 0);
  const rules = part?.rules ?? [];
  const found = rules.filter((rule) => rule.verdict === 'found');
  return [
    `${windowText(head.window)}, ${countText(head.snapshots)} snapshots.`,
    `At most ${countText(most)} connections open at once; as the polls saw it ${countText(total(polls.opened))} opened, ${countText(total(polls.closed))} closed;`,
    `${bytesText(total(polls.read))} read, ${bytesText(total(polls.written))} written.`,
    `${head.gaps.length} gaps, ${head.restarts.length} restarts.`,
    part?.rules == null
      ? 'The audit is at work.'
      : `Found: ${found.map((rule) => `${rule.name} ${foundBy(rule)}`).join(', ') || 'nothing'}.`,
  ].join(' ');
}
