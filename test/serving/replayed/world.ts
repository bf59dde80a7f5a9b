/**
 * A recording served in the process of the test, on a clock that the test moves.
 * Owns how tape, clock and port are put together; what the tape holds is the test's.
 */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseTime } from '../../../src/cli/time.ts';
import { ControlClient, type ControlEvent } from '../../../src/control/client.ts';
import { ControlServer } from '../../../src/control/server.ts';
import { ConntapeError } from '../../../src/error.ts';
import { Recording } from '../../../src/recording/reader.ts';
import { ReplayedHost } from '../../../src/serving/replayed/replayed.ts';
import { ReplayedTime } from '../../../src/serving/replayed/time.ts';
import { FREE_PORT } from '../../control/peers.ts';
import { importInto, temporaryFolder } from '../../recording/tapes.ts';

export interface ReplayedOptions {
  /** Milliseconds since the epoch; the first snapshot unless told. */
  readonly at?: number;
  readonly speed?: number;
  readonly round?: number;
}

/** Plays a recording that is open, which its owner closes. */
export function hostOf(
  recording: Recording,
  monotonic: () => number,
  { at, speed = 1, round = 1 }: ReplayedOptions = {},
): ReplayedHost {
  const { from, to } = recording.extent!;
  return new ReplayedHost({
    tape: recording,
    time: new ReplayedTime({ start: at ?? from, end: to, speed, monotonic }),
    from: at === undefined ? Number.NEGATIVE_INFINITY : recording.snapshotAt(at)!.at,
    round,
    maxReplyCharacters: 2 ** 26,
    parseTime: (text, now) => {
      try {
        return parseTime(text, { now, first: from, last: to });
      } catch (thrown) {
        if (thrown instanceof ConntapeError) return undefined;
        throw thrown;
      }
    },
  });
}

export interface World {
  readonly host: ReplayedHost;
  readonly server: ControlServer;
  readonly path: string;
  /** Lets real time pass, milliseconds. */
  pass(ms: number): void;
  client(): Promise<ControlClient>;
}

/** A port over a recording of a transcript, until the test ends. */
export async function replayed(
  lines: readonly string[],
  options: ReplayedOptions = {},
): Promise<World> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, lines);
  const recording = Recording.open(path);
  let elapsed = 0;
  const host = hostOf(recording, () => elapsed, options);
  const server = await ControlServer.listen({
    address: FREE_PORT,
    service: host,
    authentication: 'none',
  });
  onTestFinished(async () => {
    await server.close();
    host.playback.close();
    recording.close();
  });
  return {
    host,
    server,
    path,
    pass: (ms) => {
      elapsed += ms;
    },
    client: () => ControlClient.connect({ address: server.address }),
  };
}

/** A client that has asked for events, and those that came once a question was answered. */
export async function listener(world: World, names: readonly string[] = ['BW', 'ORCONN']) {
  const client = await world.client();
  const heard: string[] = [];
  client.onEvent(({ name, text }: ControlEvent) => heard.push(`${name} ${text}`));
  await client.setEvents(names);
  return {
    client,
    /** What was told since the last time. */
    heard: async () => {
      await client.getInfo(['conntape/now']);
      return heard.splice(0);
    },
  };
}
