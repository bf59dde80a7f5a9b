/**
 * The overview's rows of marks, one a rule.
 * Owns where they are and how they look, however many findings there are.
 */
import type { PageFinding, PageRule, PageSeverity, PageSpan } from '../parts.ts';
import { PLOT_FONT, type Plot, xOf } from './canvas.ts';
import { drawSeverity, notFoundText, rulesInOrder, WORST_FIRST, worstOf } from './severity.ts';
import type { Palette } from './view.ts';

const ROW_HEIGHT = 15;
const LINE_HEIGHT = 12;

/** The worse, the higher: a share of the row. */
const HEIGHTS: Readonly<Record<PageSeverity, number>> = {
  critical: 1,
  warning: 0.8,
  notice: 0.55,
  info: 0.35,
};

const LEAST_MARK = 3;

/** Signs are no closer. */
const SIGN_PIXELS = 13;

interface RuleRow {
  readonly rule: PageRule;
  /** The words of its name, a line each. */
  readonly lines: readonly string[];
  readonly top: number;
  readonly height: number;
  readonly findings: readonly PageFinding[];
}

export interface RuleRows {
  readonly rows: readonly RuleRow[];
  readonly height: number;
}

/** @param gutter so wide may a name be; a longer one takes two lines. */
export function ruleRowsOf(
  rules: readonly PageRule[],
  findings: readonly PageFinding[],
  gutter: number,
): RuleRows {
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = PLOT_FONT;
  let top = 0;
  const rows = rulesInOrder(rules).map((rule) => {
    const lines = linesOf(rule.name, gutter - 30, context);
    const height = ROW_HEIGHT + (lines.length - 1) * LINE_HEIGHT;
    const row = {
      rule,
      lines,
      top,
      height,
      findings: findings.filter((one) => one.rule === rule.name),
    };
    top += height;
    return row;
  });
  return { rows, height: top };
}

function linesOf(name: string, width: number, context: CanvasRenderingContext2D): string[] {
  const lines = [''];
  for (const word of name.split(/(?<=-)/)) {
    const longer = lines.at(-1)! + word;
    if (context.measureText(longer).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** @param top where the first row begins. */
export function drawRuleRows(
  { rows }: RuleRows,
  plot: Plot,
  top: number,
  window: PageSpan,
  palette: Palette,
): void {
  for (const row of rows) {
    const middle = top + row.top + row.height / 2;
    drawName(row, plot, middle, palette);
    if (row.rule.verdict === 'found') drawFound(row, plot, middle, window, palette);
    else drawNotFound(row.rule, plot, middle, palette);
  }
}

function drawName({ rule, lines }: RuleRow, plot: Plot, middle: number, palette: Palette): void {
  const { context, left } = plot;
  const worst = worstOf(rule);
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillStyle = worst === undefined ? palette.muted : palette.ink;
  lines.forEach((line, index) => {
    const y = middle + (index - (lines.length - 1) / 2) * LINE_HEIGHT;
    context.fillText(line, left - 24, y);
  });
  const x = left - 13;
  if (worst === undefined) drawVerdict(rule, context, x, middle, palette);
  else fillSeverity(context, worst, x, middle, 5, palette);
}

/** ✓, ◐ or –, as lines: nothing that could be taken for a finding. */
function drawVerdict(
  { verdict }: PageRule,
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  palette: Palette,
): void {
  context.save();
  context.strokeStyle = palette.muted;
  context.fillStyle = palette.muted;
  context.lineWidth = 1.25;
  context.beginPath();
  if (verdict === 'not found') {
    context.moveTo(x - 4, y);
    context.lineTo(x - 1, y + 3);
    context.lineTo(x + 4, y - 4);
  } else if (verdict === 'not observable') {
    context.moveTo(x - 4, y);
    context.lineTo(x + 4, y);
  } else {
    context.arc(x, y, 4, 0, 2 * Math.PI);
  }
  context.stroke();
  if (verdict === 'not found in what could be seen') {
    context.beginPath();
    context.arc(x, y, 4, Math.PI / 2, -Math.PI / 2);
    context.fill();
  }
  context.restore();
}

/** A quiet line where all was seen, a broken one where some was, none where nothing was. */
function drawNotFound(rule: PageRule, plot: Plot, middle: number, palette: Palette): void {
  const { context, left, right } = plot;
  const text = fitting(context, notFoundText(rule), right - left - 12);
  const width = context.measureText(text).width;
  // Blind times are hatched behind it.
  context.fillStyle = palette.paper;
  context.fillRect(left + 2, middle - LINE_HEIGHT / 2, width + 8, LINE_HEIGHT);
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = palette.muted;
  context.fillText(text, left + 6, middle);
  if (rule.verdict === 'not observable') return;
  const begin = left + 14 + width;
  if (begin >= right) return;
  context.save();
  context.strokeStyle = palette.grid;
  context.setLineDash(rule.verdict === 'not found' ? [] : [2, 5]);
  context.beginPath();
  context.moveTo(begin, Math.round(middle) + 0.5);
  context.lineTo(right, Math.round(middle) + 0.5);
  context.stroke();
  context.restore();
}

/** The text, or as much of it as has room. */
function fitting(context: CanvasRenderingContext2D, text: string, width: number): string {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > width) {
    shown = `${shown.slice(0, Math.min(shown.length - 2, Math.floor(shown.length * 0.95)))}…`;
  }
  return shown;
}

/** A pixel shows the worst of its findings. */
function drawFound(
  { rule, height }: RuleRow,
  plot: Plot,
  middle: number,
  window: PageSpan,
  palette: Palette,
): void {
  const { left, right } = plot;
  const width = Math.ceil(right - left);
  const most = Math.min(height, ROW_HEIGHT) - 3;
  // The worst last, over the others.
  for (const severity of WORST_FIRST.toReversed()) {
    const covered = new Int32Array(width + LEAST_MARK + 2);
    const { since, at } = rule.times[severity];
    for (const [place, from] of since.entries()) {
      const to = at[place]!;
      if (to < window.from || from > window.to) continue;
      const begin = Math.max(0, Math.floor(xOf(from, window, plot) - left));
      const end = Math.min(
        width,
        Math.max(begin + LEAST_MARK, Math.ceil(xOf(to, window, plot) - left)),
      );
      covered[Math.min(begin, width - 1)]! += 1;
      covered[Math.max(end, begin + 1)]! -= 1;
    }
    drawRuns(covered, severity, most, plot, middle, palette);
  }
}

/** @param covered how many more marks begin than end at a pixel. */
function drawRuns(
  covered: Int32Array,
  severity: PageSeverity,
  most: number,
  plot: Plot,
  middle: number,
  palette: Palette,
): void {
  const { context, left } = plot;
  const height = Math.max(2, most * HEIGHTS[severity]);
  let open = 0;
  let begin = 0;
  let signed = Number.NEGATIVE_INFINITY;
  for (let x = 0; x < covered.length; x++) {
    if (open === 0 && covered[x]! > 0) begin = x;
    const before = open;
    open += covered[x]!;
    if (before === 0 || open > 0) continue;
    context.fillStyle = palette[severity];
    context.fillRect(left + begin, middle - height / 2, x - begin, height);
    const middleOfMark = (begin + x) / 2;
    const sign = Math.min(begin + SIGN_PIXELS / 2, middleOfMark);
    if (sign - signed < SIGN_PIXELS) continue;
    signed = sign;
    if (sign === middleOfMark) {
      fillSeverity(context, severity, left + sign, middle, 5, palette);
    } else {
      // Within a wide mark, at its beginning.
      drawSeverity(context, severity, left + sign, middle, Math.min(4, height / 2 - 1));
      context.fillStyle = palette.paper;
      context.fill();
    }
  }
}

function fillSeverity(
  context: CanvasRenderingContext2D,
  severity: PageSeverity,
  x: number,
  y: number,
  radius: number,
  palette: Palette,
): void {
  context.save();
  drawSeverity(context, severity, x, y, radius);
  context.strokeStyle = palette.paper;
  context.lineWidth = 3;
  context.stroke();
  context.fillStyle = severity === 'info' ? palette.paper : palette[severity];
  context.fill();
  context.strokeStyle = palette[severity];
  context.lineWidth = severity === 'info' ? 1.5 : 0.5;
  context.stroke();
  context.restore();
}

/** The row at a height, and the findings of it at a time, the shortest first. */
export function ruleRowAt(
  { rows }: RuleRows,
  y: number,
  time: number,
  marginMs: number,
): { readonly rule: PageRule; readonly findings: readonly PageFinding[] } | undefined {
  const row = rows.find(({ top, height }) => y >= top && y < top + height);
  if (row === undefined) return undefined;
  const findings = row.findings
    .filter(({ from, to }) => from - marginMs <= time && time <= to + marginMs)
    .sort((a, b) => a.to - a.from - (b.to - b.from));
  return { rule: row.rule, findings };
}
