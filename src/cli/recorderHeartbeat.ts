/**
 * A line an hour that says that a recorder is alive, and how it stands.
 * Owns when it is due and its words.
 */
import { count } from '../reports/findings/wording.ts';
import { formatDuration, formatSeconds } from './duration.ts';
import { formatCost } from './ownCost.ts';
import type { RecorderFigures } from './recorderState.ts';
import { formatSize } from './size.ts';

const EVERY_MS = 3_600_000;

type Counts = Pick<RecorderFigures, 'snapshots' | 'gaps' | 'gapMs'>;

export class RecorderHeartbeat {
  readonly #monotonic: () => number;
  readonly #notice: (text: string) => void;
  #since: Counts = { snapshots: 0, gaps: 0, gapMs: 0 };
  #toldAt: number;

  constructor(monotonic: () => number, notice: (text: string) => void) {
    this.#monotonic = monotonic;
    this.#notice = notice;
    this.#toldAt = monotonic();
  }

  /** To be called now and then; figures are asked for when a line is due. */
  look(figures: () => RecorderFigures): void {
    const now = this.#monotonic();
    if (now - this.#toldAt < EVERY_MS) return;
    const current = figures();
    this.#notice(`in the last ${inMinutes(now - this.#toldAt)}: ${said(current, this.#since)}`);
    this.#since = current;
    this.#toldAt = now;
  }
}

/** `360 snapshots, the last 4s ago, 10012 connections, no gap, 812 MB, 1.2 % of one core (…)`. */
function said(figures: RecorderFigures, since: Counts): string {
  const { lagMs, connections, bytes, cost } = figures;
  const gaps = figures.gaps - since.gaps;
  const last = lagMs === null ? '' : `, the last ${formatSeconds(lagMs)} ago`;
  return [
    `${count(figures.snapshots - since.snapshots, 'snapshot')}${last}`,
    ...(connections === null ? [] : [count(connections, 'connection')]),
    gaps === 0 ? 'no gap' : `gaps: ${gaps}, ${formatSeconds(figures.gapMs - since.gapMs)} in all`,
    ...(bytes === null ? [] : [formatSize(bytes)]),
    ...(cost === undefined ? [] : [formatCost(cost)]),
  ].join(', ');
}

function inMinutes(ms: number): string {
  return formatDuration(Math.round(ms / 60_000) * 60_000);
}
