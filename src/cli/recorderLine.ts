/**
 * How a recorder stands, in a line, for a terminal and for systemd.
 * Owns its words; the figures are recorderState.ts's.
 */
import { count } from '../reports/findings/wording.ts';
import { formatSeconds } from './duration.ts';
import type { RecorderFigures } from './recorderState.ts';
import { formatSize } from './size.ts';

/**
 * `360 snapshots, the last 2s ago; 10012 connections (+12 -9); gaps: 1; 812 MB`, and behind it what
 * the operator was told since the last snapshot.
 */
export function recorderLine(figures: RecorderFigures): string {
  const { snapshots, lagMs, connections, opened, closed, gaps, bytes, notice } = figures;
  const since = figures.lastSnapshotAt ?? figures.startedAt;
  const told = notice === null || notice.at <= since ? [] : [notice.text];
  if (lagMs === null) return ['waiting for the first snapshot', ...told].join('; ');
  const change = opened === null ? '' : ` (+${opened} -${closed})`;
  return [
    `${count(snapshots, 'snapshot')}, the last ${formatSeconds(lagMs)} ago`,
    `${count(connections ?? 0, 'connection')}${change}`,
    ...(gaps === 0 ? [] : [`gaps: ${gaps}`]),
    ...(bytes === null ? [] : [formatSize(bytes)]),
    ...told,
  ].join('; ');
}
