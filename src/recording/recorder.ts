/**
 * From a source into a recording, until the source ends.
 * Owns what is counted of it; the source owns the pace, the writer what becomes of the file.
 */
import type { TapeItem } from '../listing/snapshot.ts';
import type { Source } from '../listing/source.ts';
import {
  type FileEnding,
  type KeptItem,
  type SteadyOptions,
  SteadyWriter,
} from './steadyWriter.ts';

export interface RecorderOptions extends SteadyOptions {
  /** Called after each item that was kept, as it was given, with what is known of it then. */
  readonly kept?: (item: TapeItem, kept: KeptItem) => void;
  /** Called before the first item with what says up to when the recording has items. */
  readonly opened?: (endsAt: () => number | undefined) => void;
}

/** What was recorded. */
export interface Recorded extends FileEnding {
  readonly snapshots: number;
  readonly quarantined: number;
}

/**
 * Appends everything that a source yields. While nothing can be kept, it is said once, and the
 * recording goes on, with a gap, at the first snapshot that can be. Throws as the source does, and
 * as the writer does where it is opened.
 */
export async function record(
  source: Source,
  path: string,
  options: RecorderOptions,
  signal: AbortSignal,
): Promise<Recorded> {
  const writer = new SteadyWriter(path, options);
  options.opened?.(() => writer.endsAt);
  let snapshots = 0;
  let quarantined = 0;
  let ending: FileEnding | undefined;
  try {
    for await (const item of source.items(signal)) {
      const kept = writer.append(item);
      if (kept === undefined) continue;
      options.kept?.(item, kept);
      if (item.kind !== 'snapshot') continue;
      snapshots++;
      quarantined += item.listing.quarantinedCount;
    }
  } finally {
    ending = writer.close();
  }
  return { ...ending, snapshots, quarantined };
}
