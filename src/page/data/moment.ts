/**
 * What `conn/all` said at a moment, and what had changed since the snapshot before.
 * Owns which lines are shown of very many; any moment of the tape is the recording's.
 */
import type { ReadFrame } from '../../recording/decode.ts';
import type { Recording } from '../../recording/reader.ts';
import { snapshotBefore } from '../../reports/recorded.ts';
import type { MomentPart } from '../parts.ts';

/** Twice what a busy relay has. */
export const MAX_MOMENT_LINES = 20_000;

const [STAYED, OPENED, MOVED] = [0, 1, 2] as const;

type Change = MomentPart['change'][number];

/** Throws `recording` for a time before the first snapshot. */
export function momentAt(recording: Recording, time: number): MomentPart {
  const place = snapshotBefore(recording, time);
  const before = recording.timeOf(place.number - 1) ?? null;
  // In one go along the tape: what a frame changed is what is different since the one before.
  const frames = recording.frames({ from: before ?? place.at, to: place.at });
  let last: ReadFrame | undefined;
  let closed: MomentPart['closed'] = [];
  for (const item of frames) {
    if (item.kind !== 'frame') continue;
    // What left stands until the next frame is read.
    if (last !== undefined) closed = closedIn(item);
    last = item;
  }
  const { standing } = last!;
  const { labels, read, written, uptime } = standing.listing();
  const changes = changesIn(last!, before === null);
  const shown = Math.min(labels.length, MAX_MOMENT_LINES);
  const some = labels.slice(0, shown);
  return {
    at: place.at,
    before,
    behind: recording.timeOf(place.number + 1) ?? null,
    gap: recording.gapAt(time) ?? null,
    connId: some.map(({ connId }) => connId),
    circId: some.map(({ circId }) => circId),
    orId: some.map(({ orId }) => orId),
    ip: some.map(({ ip }) => ip),
    port: some.map(({ port }) => port),
    lPort: some.map(({ lPort }) => lPort),
    flags: some.map(({ flags }) => flags),
    read: [...read.subarray(0, shown)],
    written: [...written.subarray(0, shown)],
    uptime: [...uptime.subarray(0, shown)],
    change: changes.slice(0, shown),
    closed,
    total: labels.length,
  };
}

/** Row by row; of a first snapshot nothing is known. */
function changesIn({ change, standing }: ReadFrame, isFirst: boolean): Change[] {
  const bySlot = new Uint8Array(standing.capacity);
  if (!isFirst) {
    for (const slot of change.moved) bySlot[slot] = MOVED;
    for (const slot of change.came) bySlot[slot] = OPENED;
  }
  return Array.from(standing.slots, (slot) => (bySlot[slot] ?? STAYED) as Change);
}

function closedIn({ change, standing }: ReadFrame): MomentPart['closed'] {
  return Array.from(change.gone.subarray(0, MAX_MOMENT_LINES), (slot) => {
    const { connId, circId, ip, flags } = standing.labelOf(slot);
    return { connId, circId, ip, flags };
  });
}
