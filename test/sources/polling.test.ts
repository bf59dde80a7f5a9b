/** The pace, the outages and the clocks of a source that polls, on a real control port. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { record } from '../../src/commands/recorder.ts';
import { ConntapeError } from '../../src/error.ts';
import { EMPTY_LISTING, textOf } from '../../src/listing/listing.ts';
import type { Gap, Session, Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { playback } from '../../src/reports/playback.ts';
import { openNative } from '../../src/sources/native.ts';
import { openPolling, type PolledConnection } from '../../src/sources/polling.ts';
import { HEADER, temporaryFolder, WRITER_OPTIONS } from '../recording/tapes.ts';
import { FakeTor } from './fakeTor.ts';
import { aborted, HandTime, START } from './handTime.ts';

const INTERVAL_MS = 10_000;

async function polling(options: { random?: number } = {}) {
  const tor = await FakeTor.start();
  const time = new HandTime();
  const notices: string[] = [];
  const stop = new AbortController();
  const source = await openPolling(
    (signal) => openNative({ address: tor.address, signal }, INTERVAL_MS),
    {
      intervalMs: INTERVAL_MS,
      clock: time,
      notice: (text) => notices.push(text),
      random: () => options.random ?? 0,
    },
    stop.signal,
  );
  onTestFinished(() => source.close());
  const sessions: Session[] = [];
  /** The next snapshots and gaps until the source ends, or there are so many. */
  const take = async (count: number): Promise<(Snapshot | Gap)[]> => {
    const items: (Snapshot | Gap)[] = [];
    for await (const item of source.items(stop.signal)) {
      if (item.kind === 'session') {
        sessions.push(item);
        continue;
      }
      items.push(item);
      if (items.length === count) break;
    }
    return items;
  };
  return { tor, time, notices, stop, source, sessions, take };
}

/** What an item says of time, in seconds after the start. */
function placed(items: readonly (Snapshot | Gap)[]) {
  const second = (time: number) => (time - START) / 1000;
  return items.map((item) =>
    item.kind === 'gap' ? { from: second(item.from), to: second(item.to) } : second(item.at),
  );
}

describe('polling', () => {
  it('says who is there before the first snapshot', async () => {
    const { take, sessions } = await polling();
    await take(1);
    expect(sessions).toMatchObject([{ at: START, header: {} }]);
    expect(sessions[0]!.header).toMatchObject({
      source: 'native',
      bytes: 'connection',
      intervalMs: INTERVAL_MS,
      relay: { fingerprint: 'A'.repeat(40), nickname: 'r0', torVersion: '0.4.9.11' },
      config: { ExitRelay: '1', ExitPolicyRejectPrivate: '1', ORPort: '1' },
    });
  });

  it('polls at once and then every interval, what info/names lists of it', async () => {
    const { take, time, notices } = await polling();
    const items = await take(4);
    expect(placed(items)).toEqual([0, 10, 20, 30]);
    expect(time.waits).toEqual([10_000, 10_000, 10_000]);
    expect(notices).toEqual([]);
    const [first] = items;
    if (first?.kind !== 'snapshot') throw new Error('no snapshot');
    expect(textOf(first.listing)).toBe('1 0 0 0 0 0 IRt 10 20 5');
    expect([...first.info]).toEqual([['info/uptime-process', '159']]);
  });

  it('keeps its beat when polls take time', async () => {
    const { tor, take, time } = await polling();
    tor.onPoll = () => {
      time.elapsed += 3000;
    };
    const items = await take(3);
    // Taken when asked for: at 0, 10, 20, however long the answer took.
    expect(placed(items)).toEqual([0, 10, 20]);
    expect(time.waits).toEqual([7000, 7000]);
    expect(items.map((item) => item.kind === 'snapshot' && item.pollMs)).toEqual([
      3000, 3000, 3000,
    ]);
  });

  it('skips what a slow poll covers, and says so', async () => {
    const { tor, take, time, notices } = await polling();
    tor.onPoll = () => {
      time.elapsed += tor.polls === 2 ? 25_000 : 0;
    };
    // The poll of 10 answers at 35: those of 20 and 30 are skipped, never queued.
    expect(placed(await take(4))).toEqual([0, 10, 40, 50]);
    expect(notices).toEqual([expect.stringMatching(/longer than the interval: 2 skipped/)]);
  });

  it('ends at once when it is told to, while it waits', async () => {
    const { take, time, stop } = await polling();
    time.onWait = async (count, signal) => {
      if (count === 2) stop.abort();
      if (count === 2) await aborted(signal);
    };
    expect(placed(await take(9))).toEqual([0, 10]);
  });

  it('ends at once when it is told to, while a poll is under way', async () => {
    const { tor, take, stop, notices } = await polling();
    let answer = () => {};
    tor.onPoll = async () => {
      if (tor.polls === 1) return;
      stop.abort();
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
    };
    expect(placed(await take(9))).toEqual([0]);
    expect(notices).toEqual([]);
    answer();
  });

  it('ends at once when it is told to, while nobody is there', async () => {
    const { tor, take, time, stop } = await polling();
    time.onWait = async (count, signal) => {
      if (count === 1) await tor.stop();
      if (count === 4) stop.abort();
      if (count === 4) await aborted(signal);
    };
    expect(placed(await take(9))).toEqual([0]);
  });
});

describe('an outage', () => {
  it('is noticed when it begins, and is a gap with its reason', async () => {
    const { tor, take, time, notices } = await polling();
    time.onWait = async (count, signal) => {
      if (count === 2) {
        await tor.stop();
        // Nothing but the connection's end wakes this wait.
        await aborted(signal);
      }
      if (count === 4) await tor.start();
    };
    // Last polled at 10; lost at once, it is sought after 0.5 s, 1 s.
    const items = await take(4);
    expect(placed(items)).toEqual([0, 10, { from: 10, to: 11.5 }, 11.5]);
    expect(time.waits).toEqual([10_000, 10_000, 500, 1000]);
    expect(items[2]).toMatchObject({
      kind: 'gap',
      reason: expect.stringMatching(/connection closed/),
    });
    expect(notices).toEqual([
      expect.stringMatching(/the connection closed; connecting again$/),
      'connected again',
    ]);
  });

  it.each([
    [0, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]],
    [0.5, [750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000, 45_000]],
  ])('backs off to a minute, less up to half of it (%s)', async (random, waits) => {
    const { tor, take, time } = await polling({ random });
    time.onWait = async (count) => {
      if (count === 1) await tor.stop();
      if (count === 10) await tor.start();
    };
    await take(3);
    expect(time.waits).toEqual([10_000, ...waits]);
  });

  it('begins with the shortest wait again after a poll', async () => {
    const { tor, take, time } = await polling();
    time.onWait = async (count) => {
      if (count === 1 || count === 6) await tor.stop();
      if (count === 5 || count === 7) await tor.start();
    };
    await take(5);
    // Lost while waiting for 10; four tries; polled; lost again; found at once.
    expect(time.waits).toEqual([10_000, 500, 1000, 2000, 4000, 10_000, 500]);
  });

  it('goes on when a connection is let in and its poll fails: one gap, longer and longer waits', async () => {
    const { tor, take, time } = await polling();
    tor.onPoll = () => {
      if (tor.polls === 1 || tor.polls === 5) return;
      throw new ConntapeError('protocol', { operation: 'busy with', cause: '203.0.113.7' });
    };
    const items = await take(3);
    expect(placed(items)).toEqual([0, { from: 0, to: 13.5 }, 13.5]);
    expect(time.waits).toEqual([10_000, 500, 1000, 2000]);
    expect(items[1]).toMatchObject({ reason: expect.stringMatching(/551.*busy with/) });
    expect(JSON.stringify(items[1])).not.toContain('203.0.113.7');
  });

  it('has no address in its reason, whoever tells it', async () => {
    let polls = 0;
    const open = async (): Promise<PolledConnection> => ({
      askPid: async () => undefined,
      header: HEADER,
      poll: async (at) => {
        if (polls++ === 0) throw new Error('refused to talk to 203.0.113.7:40001');
        return [
          {
            kind: 'snapshot',
            at,
            pollMs: 0,
            listing: EMPTY_LISTING,
            info: new Map(),
            events: [],
            extra: {},
          },
        ];
      },
      closed: new Promise(() => {}),
      close: async () => {},
    });
    const notices: string[] = [];
    const options = {
      intervalMs: INTERVAL_MS,
      clock: new HandTime(),
      notice: (text: string) => notices.push(text),
      random: () => 0,
    };
    const { signal } = new AbortController();
    const source = await openPolling(open, options, signal);
    for await (const item of source.items(signal)) {
      if (item.kind === 'session') continue;
      expect(item).toMatchObject({ kind: 'gap', reason: 'refused to talk to 0' });
      break;
    }
    expect(notices[0]).toBe('refused to talk to 0; connecting again');
  });

  it('before the first poll is a gap too', async () => {
    const { tor, take } = await polling();
    await tor.stop();
    await tor.start();
    expect(placed(await take(2))).toEqual([{ from: 0.001, to: 0.5 }, 0.5]);
  });

  it('may bring another configuration, which the recording tells from then on', async () => {
    const { tor, stop, source, time } = await polling();
    time.onWait = async (count) => {
      if (count === 5) stop.abort();
      if (count !== 2) return;
      await tor.stop();
      tor.conf.set('ExitRelay', '0');
      await tor.start();
    };
    const path = join(temporaryFolder(), 'a.tape');
    await record(source, path, { ...WRITER_OPTIONS, round: 1, notice: () => {} }, stop.signal);
    const recording = Recording.open(path);
    const steps = [...playback({ recording, window: EVERYTHING })];
    const told = steps.map(({ header, at }) => [at - START, header.config['ExitRelay']]);
    expect(told).toEqual([
      ...[
        [0, '1'],
        [10_000, '1'],
      ],
      ...[
        [20_500, '0'],
        [30_500, '0'],
      ],
    ]);
    expect(recording.sessions.map(({ at }) => at - START)).toEqual([0, 20_500]);
    const { damages } = verifyRecording(recording, { rebuild: true, progress: () => {} });
    expect(damages).toEqual([]);
    recording.close();
  });

  it('of the same configuration goes on as before', async () => {
    const { tor, sessions, take, time } = await polling();
    time.onWait = async (count) => {
      if (count !== 2) return;
      await tor.stop();
      await tor.start();
    };
    await take(4);
    expect(sessions).toHaveLength(1);
  });

  it('never joins two relays', async () => {
    const { tor, take, time } = await polling();
    time.onWait = async (count) => {
      if (count !== 2) return;
      await tor.stop();
      tor.info.set('fingerprint', 'B'.repeat(40));
      await tor.start();
    };
    const taking = take(9);
    await expect(taking).rejects.toThrow(ConntapeError);
    await expect(taking).rejects.toMatchObject({ kind: 'recording', hint: expect.any(String) });
  });
});

describe('the first connection', () => {
  it('must succeed', async () => {
    const tor = await FakeTor.start();
    await tor.stop();
    const open = () => openNative({ address: tor.address }, INTERVAL_MS);
    const options = {
      intervalMs: INTERVAL_MS,
      clock: new HandTime(),
      notice: () => {},
      random: () => 0,
    };
    const opening = openPolling(open, options, new AbortController().signal);
    await expect(opening).rejects.toMatchObject({ kind: 'connect' });
  });
});

/** What each snapshot says of a clock that was stepped back. */
function ahead(items: readonly (Snapshot | Gap)[]) {
  return items.map((item) => item.kind === 'snapshot' && item.info.get('conntape/clock-ahead-s'));
}

describe('a recording that ends in the future', () => {
  it.each([3600, 86_400, 315_360_000])(
    'is gone on with behind its end, %i s ahead',
    async (aheadS) => {
      const tor = await FakeTor.start();
      const time = new HandTime();
      const path = join(temporaryFolder(), 'future.tape');
      const end = START + aheadS * 1000;
      const notices: string[] = [];
      const notice = (text: string) => notices.push(text);
      let endsAt: () => number | undefined = () => undefined;
      for (const offset of [end, START]) {
        const stop = new AbortController();
        time.offset = offset - time.elapsed;
        const source = await openPolling(
          (signal) => openNative({ address: tor.address, signal }, INTERVAL_MS),
          {
            intervalMs: INTERVAL_MS,
            clock: time,
            notice,
            random: () => 0,
            endsAt: () => endsAt(),
          },
          stop.signal,
        );
        onTestFinished(() => source.close());
        let kept = 0;
        const options = {
          ...WRITER_OPTIONS,
          round: 1,
          notice,
          opened: (told: () => number | undefined) => {
            endsAt = told;
          },
          kept: ({ kind }: TapeItem) => {
            if (kind === 'snapshot' && ++kept === 2) stop.abort();
          },
        };
        await record(source, path, options, stop.signal);
      }
      const last = end + INTERVAL_MS;
      expect(notices).toEqual([
        `the recording ends at ${new Date(last).toISOString()}, ahead of the clock: times go on there, ${aheadS + 10} s ahead`,
      ]);
      const recording = Recording.open(path);
      const items = [...recording.items(EVERYTHING)];
      expect(items.flatMap((item) => (item.kind === 'snapshot' ? [item.at - last] : []))).toEqual([
        -INTERVAL_MS,
        0,
        1,
        1 + INTERVAL_MS,
      ]);
      expect(items.find(({ kind }) => kind === 'gap')).toMatchObject({
        from: last,
        to: last + 1,
        reason:
          'recorder not running, for how long is not known: the clock was behind the recording',
      });
      expect(items.filter(({ kind }) => kind === 'snapshot').at(-2)).toMatchObject({
        info: new Map([['conntape/clock-ahead-s', `${aheadS + 10}`]]),
      });
      recording.close();
    },
  );
});

describe('a wall clock that is stepped', () => {
  it('forward takes the times with it', async () => {
    const { take, time, notices } = await polling();
    time.onWait = (count) => {
      if (count === 2) time.offset += 3_600_000;
    };
    const items = await take(4);
    expect(placed(items)).toEqual([0, 10, 3620, 3630]);
    expect(ahead(items)).toEqual([undefined, undefined, undefined, undefined]);
    expect(notices).toEqual(['the clock was stepped forward by 3600 s']);
  });

  it('back leaves them going on, and says by how much, and when that is over', async () => {
    const { take, time, notices } = await polling();
    time.onWait = (count) => {
      if (count === 2) time.offset -= 3_600_000;
      if (count === 4) time.offset += 3_600_000;
    };
    const items = await take(6);
    expect(placed(items)).toEqual([0, 10, 20, 30, 40, 50]);
    expect(ahead(items)).toEqual([undefined, undefined, '3600', undefined, '0', undefined]);
    expect(notices).toEqual(['the clock was stepped back: times go on 3600 s ahead of it']);
  });

  it('by a little is followed by nobody', async () => {
    const { take, time, notices } = await polling();
    time.onWait = (count) => {
      time.offset += count % 2 === 0 ? 1900 : -1900;
    };
    expect(placed(await take(4))).toEqual([0, 10, 20, 30]);
    expect(notices).toEqual([]);
  });
});
