/**
 * Some lines of a recording as one of its own, for what is counted over all lines.
 * Owns the file, which is gone when the recording is closed; which lines they are is
 * listing/selection.ts's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectedItems } from '../listing/selectedItems.ts';
import type { Selection } from '../listing/selection.ts';
import { Recording } from './reader.ts';
import { RecordingWriter } from './writer.ts';

/** Snapshots a transaction: what ends the process takes the file with it anyway. */
const ITEMS_PER_COMMIT = 256;

/**
 * What `use` makes of a recording that has of every snapshot up to a time the lines that are
 * selected, and sessions, gaps and info values as they are. It is in the system's folder for
 * temporary files, and removed when `use` is done.
 * @param to milliseconds since the epoch.
 * @param onSnapshot called with the time of each snapshot that was read.
 * Throws as reading and writing recordings do.
 */
export async function withNarrowed<Result>(
  recording: Recording,
  selection: Selection,
  to: number,
  onSnapshot: (at: number) => void,
  use: (narrowed: Recording) => Result | Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-'));
  try {
    const path = join(folder, 'narrowed.tape');
    write(path, recording, selection, to, onSnapshot);
    const narrowed = Recording.open(path);
    try {
      return await use(narrowed);
    } finally {
      narrowed.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(
  path: string,
  recording: Recording,
  selection: Selection,
  to: number,
  onSnapshot: (at: number) => void,
): void {
  const writer = RecordingWriter.open(path, {
    durable: false,
    fresh: true,
    itemsPerCommit: ITEMS_PER_COMMIT,
    writtenBy: '',
    now: () => 0,
  });
  try {
    for (const item of selectedItems(
      recording.items({ from: Number.NEGATIVE_INFINITY, to }),
      selection,
    )) {
      writer.append(item);
      if (item.kind === 'snapshot') onSnapshot(item.at);
    }
  } finally {
    writer.close();
  }
}
