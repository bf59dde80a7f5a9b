/**
 * A recording opened for a command that reads it.
 * Owns that it is closed again, that the operator hears what the file lacks, that damage names the
 * file, a folder the commands that take one, and no room what has none; what is read is the command's.
 */
import { ConntapeError } from '../error.ts';
import { damageOf } from '../recording/damage.ts';
import { fullMeanwhileOf } from '../recording/faults.ts';
import { Recording } from '../recording/reader.ts';
import { isFolder } from './folder.ts';
import { type Io, tell } from './io.ts';
import { shellWord } from './shell.ts';

/**
 * What `use` makes of the recording at `path`. Throws as `Recording.open` does, and `damaged` for
 * whatever `use` finds damaged.
 */
export async function withRecording<Result>(
  path: string,
  io: Io,
  use: (recording: Recording) => Result | Promise<Result>,
): Promise<Result> {
  const recording = opened(path);
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

function opened(path: string): Recording {
  try {
    return Recording.open(path);
  } catch (thrown) {
    const own = thrown instanceof ConntapeError ? thrown.hint : undefined;
    if (!(thrown instanceof ConntapeError) || own === undefined || !isFolder(path)) throw thrown;
    const hint = `${own}, or ask all of them: conntape fleet audit ${shellWord(path)}`;
    throw new ConntapeError(thrown.kind, { ...thrown.parts, hint }, { cause: thrown });
  }
}
