/**
 * A recording opened for a command that reads it.
 * Owns that it is closed again, that the operator hears what the file lacks, that damage names the
 * file, and no room what has none; what is read is the command's.
 */
import { ConntapeError } from '../error.ts';
import { damageOf } from '../recording/damage.ts';
import { fullMeanwhileOf } from '../recording/faults.ts';
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
    if (thrown instanceof ConntapeError) throw damageOf(thrown, path);
    throw fullMeanwhileOf(damageOf(thrown, path));
  } finally {
    recording.close();
  }
}
