/**
 * A recording opened for a command that reads it.
 * Owns that it is closed again, that the operator hears what the file lacks, and that damage names
 * the file; what is read is the command's.
 */
import { damageOf } from '../recording/damage.ts';
import { Recording } from '../recording/reader.ts';
import { type Io, tell } from './io.ts';

/**
 * What `use` makes of the recording at `path`. Throws as `Recording.open` does, and `damaged` for
 * whatever `use` finds damaged.
 */
export async function withRecording<Result>(
  path: string,
  io: Io,
  use: (recording: Recording) => Result | Promise<Result>,
): Promise<Result> {
  const recording = Recording.open(path);
  try {
    if (recording.notice !== undefined) tell(io, recording.notice);
    return await use(recording);
  } catch (thrown) {
    throw damageOf(thrown, path);
  } finally {
    recording.close();
  }
}
