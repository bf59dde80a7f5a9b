/**
 * Some lines of a recording as one of its own, for what is counted over all lines.
 * Owns the file, which has no name as long as it is read; which lines they are is
 * listing/selection.ts's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectedItems } from '../listing/selectedItems.ts';
import type { Selection } from '../listing/selection.ts';
import { fullMeanwhileOf } from './faults.ts';
import { Recording } from './reader.ts';
import { RecordingWriter } from './writer.ts';

/** Snapshots a transaction: what ends the process takes the file with it anyway. */
const ITEMS_PER_COMMIT = 256;

/** What a caller sees of it, and does for it. */
export interface Taking {
  /** Called with the time of each snapshot that was read, and waited for. */
  readonly taken: (at: number) => void | Promise<void>;
  /** Sees to it that `undo` is called should the process be ended, until the function given is. */
  readonly guarded: (undo: () => void) => () => Promise<void>;
}

/**
 * What `use` makes of a recording that has of every snapshot up to a time the lines that are
 * selected, and sessions, gaps and info values as they are. It is made in the system's folder for
 * temporary files, and has no name any more when `use` begins: whatever ends the process then, nothing
 * stays.
 * @param to milliseconds since the epoch.
 * Throws as reading and writing recordings do.
 */
export async function withNarrowed<Result>(
  recording: Recording,
  selection: Selection,
  to: number,
  { taken, guarded }: Taking,
  use: (narrowed: Recording) => Result | Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const release = guarded(remove);
  let narrowed: Recording;
  try {
    const path = join(folder, 'narrowed.tape');
    await write(path, recording, selection, to, taken);
    narrowed = Recording.open(path);
  } catch (thrown) {
    throw fullMeanwhileOf(thrown);
  } finally {
    remove();
    await release();
  }
  try {
    return await use(narrowed);
  } finally {
    narrowed.close();
  }
}

async function write(
  path: string,
  recording: Recording,
  selection: Selection,
  to: number,
  taken: Taking['taken'],
): Promise<void> {
  const writer = RecordingWriter.open(path, {
    durable: false,
    fresh: true,
    itemsPerCommit: ITEMS_PER_COMMIT,
    writtenBy: '',
    now: () => 0,
  });
  try {
    const items = recording.items({ from: Number.NEGATIVE_INFINITY, to });
    for (const item of selectedItems(items, selection)) {
      writer.append(item);
      if (item.kind === 'snapshot') await taken(item.at);
    }
  } finally {
    writer.close();
  }
}
