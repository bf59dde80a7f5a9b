/**
 * How much of a recording is kept: `--keep` and `--max-size`.
 * Owns the options; dropping is recording/retention.ts's.
 */
import type { Command } from 'commander';
import { ConntapeError } from '../error.ts';
import { LEAST_BYTES, type RetentionPolicy } from '../recording/retention.ts';
import { parseDurationFrom } from './duration.ts';
import { formatSize, parseSize } from './size.ts';

export interface KeptOptions {
  /** Milliseconds. */
  readonly keep?: number;
  /** Bytes. */
  readonly maxSize?: number;
}

/** What is under way in an hour is not dropped. */
const LEAST_KEEP_MS = 3_600_000;

export function addKeptOptions(command: Command): Command {
  return command
    .option(
      '--keep <duration>',
      'drop what is older than this, half an hour at a time; at least 1h',
      (text: string) => parseDurationFrom(LEAST_KEEP_MS, '--keep', text),
    )
    .option(
      '--max-size <size>',
      'drop the oldest so that the recording and its log stay below this, such as 500MB',
      parseMaxSize,
    );
}

function parseMaxSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes >= LEAST_BYTES) return bytes;
  throw new ConntapeError('usage', {
    operation: 'reading --max-size',
    cause: `${formatSize(bytes)} is too small: the log beside a recording takes as much`,
    hint: `it is at least ${formatSize(LEAST_BYTES)}`,
  });
}

/** Undefined where all is kept. */
export function retentionOf({ keep, maxSize }: KeptOptions): RetentionPolicy | undefined {
  if (keep === undefined && maxSize === undefined) return undefined;
  return {
    ...(keep === undefined ? {} : { keepMs: keep }),
    ...(maxSize === undefined ? {} : { maxBytes: maxSize }),
  };
}
