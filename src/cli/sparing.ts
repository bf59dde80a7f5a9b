/**
 * What is written never touches a recording.
 * Owns the refusal; what belongs to a recording is recording/harm.ts's to say.
 */
import { fstatSync } from 'node:fs';
import { ConntapeError } from '../error.ts';
import { harmedRecording, isFileOf, recordingBeside } from '../recording/harm.ts';
import type { Io, Output } from './io.ts';

/**
 * Throws `usage` where writing to a path would harm a recording: one of `recordings`, whatever state
 * it is in, or any other that lies there.
 * @param operation what would be done, as a gerund.
 */
export function spareRecordings(
  operation: string,
  path: string,
  recordings: readonly string[],
): void {
  const harmed = harmedRecording(path, recordings);
  if (harmed !== undefined) throw refused(operation, path, harmed);
}

/** Throws `usage` for a path that is the name of another recording's log or lock. */
export function spareNamesOfOthers(operation: string, path: string): void {
  const harmed = recordingBeside(path);
  if (harmed !== undefined) throw refused(operation, path, harmed);
}

function refused(operation: string, path: string, recording: string): ConntapeError {
  return new ConntapeError('usage', {
    operation,
    object: path,
    cause: path === recording ? 'it is a recording' : `it belongs to the recording ${recording}`,
    hint: 'name another file: nothing is ever written over a recording',
  });
}

/** Throws `usage` where standard output goes into the recording that is read, as with `>>`. */
export function spareFromStdout(recording: string, io: Io): void {
  const descriptor = descriptorOf(io.stdout);
  if (descriptor === undefined) return;
  if (!isFileOf(recording, fstatSync(descriptor, { bigint: true }))) return;
  throw refused('writing', 'standard output', recording);
}

function descriptorOf(stream: Output): number | undefined {
  return 'fd' in stream && typeof stream.fd === 'number' ? stream.fd : undefined;
}
