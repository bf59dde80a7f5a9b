/**
 * Everything that tells how a recorder stands: its status file, an hourly line, a terminal's line.
 * Owns when each looks; what they tell is their own.
 */
import { sizesOf } from '../recording/files.ts';
import { type Io, tell } from './io.ts';
import { LiveLine } from './liveLine.ts';
import type { Weight } from './logLines.ts';
import type { Cost } from './ownCost.ts';
import { RecorderHeartbeat } from './recorderHeartbeat.ts';
import { recorderLine } from './recorderLine.ts';
import { RecorderState } from './recorderState.ts';
import { StatusFile } from './statusFile.ts';

export interface RecorderWatch {
  /** The world for the recorder: its waits are looked at, and what it tells is heard. */
  readonly io: Io;
  readonly kept: RecorderState['kept'];
  /** What it tells the operator; of weight `info` where nothing else is said. */
  readonly notice: (text: string, weight?: Weight) => void;
  /** How it stands, in a line. */
  readonly line: string;
  /** The last look: the status is as it ends. */
  end(): void;
}

/**
 * @param path the recording.
 * @param statusPath where the status is written; nowhere where it is not given.
 * @param cost what recording takes; undefined where that is not known yet.
 */
export function watchRecorder(
  path: string,
  statusPath: string | undefined,
  cost: () => Cost | undefined,
  io: Io,
): RecorderWatch {
  const line = io.stderr.isTTY === true ? new LiveLine(io.stderr) : undefined;
  const world = line?.above(io) ?? io;
  const { now, spent } = io;
  const state = new RecorderState({ now, sizes: () => sizesAt(path), cost, spent });
  const notice = (text: string, weight?: Weight) => {
    state.noticed(text);
    tell(world, text, weight);
  };
  const heartbeat = new RecorderHeartbeat(io.monotonic, notice);
  const file = statusPath === undefined ? undefined : new StatusFile(statusPath, path, notice);
  const look = () => {
    heartbeat.look(() => state.figures);
    if (file === undefined && line === undefined) return;
    const { figures } = state;
    file?.write(figures);
    line?.draw(figures);
  };
  return {
    io: {
      ...world,
      // Between polls, and while it tries to reach a Tor that is away.
      wait: (ms, signal) => {
        look();
        return io.wait(ms, signal);
      },
    },
    kept: (item, kept) => state.kept(item, kept),
    notice,
    get line() {
      return recorderLine(state.figures);
    },
    end: () => {
      file?.write(state.figures);
      line?.clear();
    },
  };
}

/** It may be moved or removed at any time. */
function sizesAt(path: string): ReturnType<typeof sizesOf> | undefined {
  try {
    return sizesOf(path);
  } catch {
    return undefined;
  }
}
