/**
 * What was open at a moment, from the lives that a file holds.
 * Owns that; a file holds no snapshots, so bytes and what moved are not known.
 */
import type { Head, MomentPart, PollsPart } from '../parts.ts';
import type { CsvTable } from './csvRows.ts';

/** @param table the report of connections. */
export function fileMoment(table: CsvTable, polls: PollsPart, head: Head, at: number): MomentPart {
  const { snapshot, before, behind } = pollsAround(polls, head, at);
  const firstSeen = table.numbers('first_seen');
  const closedBy = table.numbers('closed_by');
  const open: number[] = [];
  const gone: number[] = [];
  for (let row = 0; row < table.count; row++) {
    if (firstSeen[row]! > at) continue;
    const end = closedBy[row];
    if (end == null || end > at) open.push(row);
    else if (end > before) gone.push(row);
  }
  const numbers = (column: string) => {
    const cells = table.numbers(column);
    return open.map((row) => cells[row] ?? 0);
  };
  const texts = (column: string, rows: readonly number[]) => {
    const cells = table.text(column);
    return rows.map((row) => cells[row]!);
  };
  const openedAt = table.numbers('opened_at');
  const openedKnown = table.numbers('opened_known');
  const [connId, circId] = [table.numbers('conn_id'), table.numbers('circ_id')];
  const [ips, flags] = [texts('ip', gone), texts('type_flags', gone)];
  const unknown = open.map(() => null);
  return {
    at: snapshot,
    before: snapshot > head.window.from ? before : null,
    behind: behind > head.window.to ? null : behind,
    gap: head.gaps.find(({ from, to }) => from <= at && at < to) ?? null,
    ...{ connId: numbers('conn_id'), circId: numbers('circ_id') },
    ...{ orId: texts('or_id', open), ip: texts('ip', open) },
    ...{ port: numbers('port'), lPort: numbers('l_port'), flags: texts('type_flags', open) },
    ...{ read: unknown, written: unknown },
    uptime: open.map((row) => {
      const opened = openedAt[row];
      return openedKnown[row] !== 1 || opened == null ? null : Math.max(0, at - opened) / 1000;
    }),
    change: open.map((row) => (firstSeen[row]! > before ? 1 : 0)),
    closed: gone.map((row, index) => ({
      ...{ connId: connId[row] ?? 0, circId: circId[row] ?? 0 },
      ...{ ip: ips[index]!, flags: flags[index]! },
    })),
    total: open.length,
  };
}

/** The polls about a moment where the file has them one by one; otherwise as far apart as they should be. */
function pollsAround({ at: polled }: PollsPart, { snapshots, intervalMs }: Head, at: number) {
  if (polled.length < snapshots) {
    return { snapshot: at, before: at - intervalMs, behind: at + intervalMs };
  }
  let index = 0;
  for (let end = polled.length; index < end; ) {
    const middle = (index + end) >> 1;
    if (polled[middle]! <= at) index = middle + 1;
    else end = middle;
  }
  const snapshot = polled[index - 1] ?? at;
  return {
    snapshot,
    before: polled[index - 2] ?? snapshot - intervalMs,
    behind: polled[index] ?? Number.POSITIVE_INFINITY,
  };
}
