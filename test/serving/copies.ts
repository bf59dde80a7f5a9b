/**
 * Recordings of served recordings.
 * Owns how the two are put together; what is served, and how fast, is the test's.
 */

import { ControlServer } from '../../src/control/server.ts';
import type { TapeItem } from '../../src/listing/snapshot.ts';
import type { Recording } from '../../src/recording/reader.ts';
import { record } from '../../src/recording/recorder.ts';
import { openNative } from '../../src/sources/native.ts';
import { openPolling } from '../../src/sources/polling.ts';
import { FREE_PORT } from '../control/peers.ts';
import { WRITER_OPTIONS } from '../recording/tapes.ts';
import { HandTime } from '../sources/handTime.ts';
import { hostOf } from './replayed/world.ts';

const EXACT = 1;

export interface Pace {
  readonly speed: number;
  readonly intervalMs: number;
}

/**
 * Serves a recording and records what is served, until the replay and the recorder are at its end.
 * @param at where the replay begins, milliseconds since the epoch; its first snapshot unless told.
 */
export async function copyServed(
  recording: Recording,
  path: string,
  pace: Pace,
  at?: number,
): Promise<void> {
  const time = new HandTime();
  const host = hostOf(recording, () => time.monotonic(), {
    speed: pace.speed,
    ...(at === undefined ? {} : { at }),
  });
  const server = await ControlServer.listen({
    address: FREE_PORT,
    service: host,
    authentication: 'none',
  });
  const { to } = recording.extent!;
  const over = new AbortController();
  const open = () => openNative({ address: server.address }, recording.header.intervalMs);
  const polling = {
    ...{ intervalMs: pace.intervalMs, clock: time, notice: () => {}, random: () => 0 },
  };
  const source = await openPolling(open, polling, over.signal);
  let last = Number.NEGATIVE_INFINITY;
  let after = 0;
  time.onWait = () => {
    if (last === to && ++after === 3) over.abort();
  };
  try {
    const recorder = {
      ...WRITER_OPTIONS,
      round: EXACT,
      notice: () => {},
      kept: (item: TapeItem) => {
        if (item.kind === 'snapshot') last = item.at;
      },
    };
    await record(source, path, recorder, over.signal);
  } finally {
    await source.close();
    await server.close();
    host.playback.close();
  }
}
