/** The pace, the outages and the clocks of a source that polls, on a real control port. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConntapeError } from '../../src/error.ts';
import { EMPTY_LISTING, textOf } from '../../src/listing/listing.ts';
import type { Gap, Session, Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import type { Source } from '../../src/listing/source.ts';
import { playback } from '../../src/recording/playback/playback.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { record } from '../../src/recording/recorder.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { FAILED_KEYS } from '../../src/sources/asking.ts';
import type { PollWatch } from '../../src/sources/delays.ts';
import { openNative } from '../../src/sources/native.ts';
import type { PolledConnection } from '../../src/sources/polledConnection.ts';
import { openPolling, type PollingOptions } from '../../src/sources/polling.ts';
import { run } from '../commands/running.ts';
import { HEADER, temporaryFolder, WRITER_OPTIONS } from '../recording/tapes.ts';
import { FakeTor } from './fakeTor.ts';
import { aborted, HandTime, START } from './handTime.ts';

const INTERVAL_MS = 10_000;

function optionsOf(clock: HandTime, notices: string[]): PollingOptions {
  const notice = (text: string) => notices.push(text);
  return { intervalMs: INTERVAL_MS, clock, notice, random: () => 0 };
}

/** The next snapshots and gaps until the source ends, or there are so many. */
async function takeFrom(source: Source, signal: AbortSignal, count: number) {
  const items: (Snapshot | Gap)[] = [];
  for await (const item of source.items(signal)) {
    if (item.kind !== 'session' && items.push(item) === count) break;
  }
  await source.close();
  return items;
}

async function polling(options: { random?: number; nearby?: boolean } = {}) {
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
      nearby: options.nearby ?? false,
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
    // Asked for at 0, 10, 20; what Tor said, it said 3 s later.
    expect(placed(items)).toEqual([3, 13, 23]);
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
    expect(placed(await take(5))).toEqual([0, { from: 0, to: 35 }, 35, 40, 50]);
    expect(notices).toEqual([
      'Tor did not answer for 25 s (stopped or busy): 2 polls skipped',
      'polls are in time again, 2 were skipped',
    ]);
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
    expect(placed(await take(9))).toEqual([0, { from: 0, to: 11.5 }]);
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
      reason: 'the control port closed',
    });
    expect(notices).toEqual([
      'the control port closed; connecting again',
      'polls are answered again, the first after 1.5 s',
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

  it.each([
    [0, [500, 1000, 1000, 1000, 1000]],
    [0.99, [995, 1990, 1990, 1990, 1990]],
  ])(
    'is over within two waits of two seconds where Tor is on this machine (%s)',
    async (random, waits) => {
      const { tor, take, time } = await polling({ random, nearby: true });
      time.onWait = async (count) => {
        if (count === 1) await tor.stop();
        if (count === 6) await tor.start();
      };
      await take(3);
      expect(time.waits).toEqual([10_000, ...waits]);
    },
  );

  it('backs off where a secret is refused, says so once, and is over when it is not any more', async () => {
    const tor = await FakeTor.start({ password: 'right' });
    const { time, notices, stop } = await polling();
    let password = 'right';
    const open = (signal: AbortSignal) =>
      openNative({ address: tor.address, signal, password }, INTERVAL_MS);
    time.onWait = async (count) => {
      if (count === 1) {
        password = 'wrong';
        await tor.stop();
        await tor.start();
      }
      if (count === 7) password = 'right';
    };
    const options = { ...optionsOf(time, notices), nearby: true };
    const source = await openPolling(open, options, stop.signal);
    const items = await takeFrom(source, stop.signal, 3);
    expect(time.waits).toEqual([10_000, 500, 1000, 2000, 4000, 8000, 16_000]);
    const refused = expect.stringMatching(
      /^still not polled: .*515 .*\(is the password the one of/,
    );
    expect(notices).toEqual([
      'the control port closed; connecting again',
      refused,
      'polls are answered again, the first after 42 s',
    ]);
    expect(items[1]).toMatchObject({
      reason: expect.stringMatching(/^the control port closed; then authenticating: .*515/),
    });
  });

  it('does not wait on where a hint comes that it would succeed now, each time', async () => {
    const tor = await FakeTor.start();
    const time = new HandTime();
    const stop = new AbortController();
    let hurry = new AbortController();
    const options = { ...optionsOf(time, []), hurry: () => hurry.signal };
    const source = await openPolling(
      (signal) => openNative({ address: tor.address, signal }, INTERVAL_MS),
      options,
      stop.signal,
    );
    time.onWait = async (count, signal) => {
      if (count === 1) await tor.stop();
      if (count === 1 || count > 3) return;
      if (count === 3) await tor.start();
      const before = hurry;
      hurry = new AbortController();
      before.abort();
      await aborted(signal);
    };
    expect(await takeFrom(source, stop.signal, 3)).toMatchObject([{}, { kind: 'gap' }, {}]);
    // The wait for the poll that failed; the two before connecting took no time.
    expect(time.elapsed).toBe(INTERVAL_MS);
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
    const { tor, time, notices, stop } = await polling();
    let polls = 0;
    const open = async (signal: AbortSignal): Promise<PolledConnection> => {
      const connection = await openNative({ address: tor.address, signal }, INTERVAL_MS);
      const poll = async (at: number, watch?: PollWatch) => {
        if (++polls > 1 && polls < 5) await connection.close();
        return await connection.poll(at, watch);
      };
      const { header, closed, askPid, askMetricsPort } = connection;
      return {
        ...{ header, closed, askPid, askMetricsPort, poll },
        close: () => connection.close(),
      };
    };
    const source = await openPolling(open, optionsOf(time, notices), stop.signal);
    const items = await takeFrom(source, stop.signal, 3);
    expect(placed(items)).toEqual([0, { from: 0, to: 13.5 }, 13.5]);
    expect(time.waits).toEqual([10_000, 500, 1000, 2000]);
    expect(notices).toEqual([
      'the control port closed: the connection was closed; connecting again',
      'polls are answered again, the first after 14 s',
    ]);
  });

  it('has no address in its reason, whoever tells it', async () => {
    let polls = 0;
    const open = async (): Promise<PolledConnection> => ({
      askPid: async () => undefined,
      askMetricsPort: async () => undefined,
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

  it('is told by what ended the connection, not by what failed for want of it', async () => {
    const { tor, time, notices, stop } = await polling();
    let polls = 0;
    const open = async (signal: AbortSignal): Promise<PolledConnection> => {
      const connection = await openNative({ address: tor.address, signal }, INTERVAL_MS);
      const poll = async (at: number, watch?: PollWatch) => {
        if (++polls !== 2) return await connection.poll(at, watch);
        await tor.stop();
        await connection.closed;
        await tor.start();
        throw new Error('process 853 is not there');
      };
      const { header, closed, askPid, askMetricsPort } = connection;
      return {
        ...{ header, closed, askPid, askMetricsPort, poll },
        close: () => connection.close(),
      };
    };
    const source = await openPolling(open, optionsOf(time, notices), stop.signal);
    expect(reasons(await takeFrom(source, stop.signal, 3))).toEqual(['the control port closed']);
  });

  it('before the first poll is a gap too', async () => {
    const { tor, take } = await polling();
    await tor.stop();
    await tor.start();
    expect(placed(await take(2))).toEqual([{ from: 0, to: 0.5 }, 0.5]);
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

describe('a key that Tor refuses', () => {
  const BW = 'info/relay/bw-limit';

  /** A Tor with one more key, which it does not answer. */
  async function pollingRefused() {
    const tor = await FakeTor.start();
    tor.info.set('info/names', `${tor.info.get('info/names')}\n${BW} -- Limit.`);
    const time = new HandTime();
    const notices: string[] = [];
    const stop = new AbortController();
    const open = (signal: AbortSignal) => openNative({ address: tor.address, signal }, INTERVAL_MS);
    const source = await openPolling(open, optionsOf(time, notices), stop.signal);
    onTestFinished(() => source.close());
    return { tor, time, notices, stop, source };
  }

  it('costs that key: it is named, once, and tried again', async () => {
    const { tor, time, notices, stop, source } = await pollingRefused();
    time.onWait = (count) => {
      if (count === 8) tor.info.set(BW, '1000');
      if (count === 14) stop.abort();
    };
    const items = await takeFrom(source, stop.signal, 99);
    expect(placed(items)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130]);
    const values = (key: string) =>
      items.map((item) => (item.kind === 'snapshot' ? item.info.get(key) : undefined));
    expect(values('info/uptime-process')).toEqual(Array(14).fill('159'));
    // Refused at 0, it was asked for again at 60, and at 120, when it was there.
    expect(values(BW)).toEqual([...Array(12).fill(undefined), '1000', '1000']);
    const failure = `${BW} (Tor answered 552 Unrecognized key "${BW}")`;
    expect(values(FAILED_KEYS)).toEqual([...Array(12).fill(failure), '', undefined]);
    expect(notices).toEqual([
      `not answered, and recorded without: ${failure}`,
      `answered again: ${failure}`,
    ]);
  });

  it('is asked for by itself once a minute, not at each poll', async () => {
    const { tor, time, stop, source } = await pollingRefused();
    time.onWait = (count) => {
      if (count === 6) stop.abort();
    };
    for await (const _ of source.items(stop.signal));
    // With it, without it, with those that are answered; then one a poll.
    expect(tor.polls).toBe(3 + 5);
  });

  it('is in `info` of the recording, without addresses', async () => {
    const { tor, time, stop, source } = await pollingRefused();
    tor.refusals.set(BW, 'no limit for 203.0.113.7');
    time.onWait = (count) => {
      if (count === 2) stop.abort();
    };
    const path = join(temporaryFolder(), 'a.tape');
    await record(source, path, { ...WRITER_OPTIONS, round: 1, notice: () => {} }, stop.signal);
    const { stdout } = await run(['info', path]);
    expect(stdout).toMatch(
      new RegExp(`keys refused +${BW} \\(Tor answered 551 .*no limit for \\[address\\]`),
    );
  });

  it('costs the poll where it is conn/all, and the connection is kept', async () => {
    const { tor, take, time, notices } = await polling();
    let connections = 0;
    tor.onConnect = () => connections++;
    time.onWait = (count) => {
      if (count === 2) tor.refusals.set('conn/all', 'busy with 203.0.113.7');
      if (count === 4) tor.refusals.clear();
    };
    const items = await take(4);
    expect(placed(items)).toEqual([0, 10, { from: 10, to: 40 }, 40]);
    expect(reasons(items)).toEqual([
      expect.stringMatching(/^GETINFO conn\/all: .*551 .*with \[address\]$/),
    ]);
    expect(time.waits).toEqual([10_000, 10_000, 10_000, 10_000]);
    expect(notices).toEqual([
      expect.stringMatching(/^GETINFO conn\/all: .*551 .*with \[address\]; asking on$/),
      'polls are answered again, the first after 30 s',
    ]);
    expect(connections).toBe(0);
  });
});

/** What the gaps say, in order. */
function reasons(items: readonly TapeItem[]) {
  return items.flatMap((item) => (item.kind === 'gap' ? [item.reason] : []));
}

describe('a delay', () => {
  it('of a Tor that hung has a gap until it answered, and the snapshot is of then', async () => {
    const { tor, take, time } = await polling();
    tor.onPoll = () => {
      time.elapsed += tor.polls === 3 ? 30_000 : 0;
    };
    const items = await take(5);
    expect(placed(items)).toEqual([0, 10, { from: 10, to: 50 }, 50, 60]);
    expect(reasons(items)).toEqual(['Tor did not answer for 30 s (stopped or busy)']);
  });

  it('that is not a gap yet is reported, and the snapshot is of when Tor answered', async () => {
    const { tor, take, time, notices } = await polling();
    tor.onPoll = () => {
      time.elapsed += tor.polls === 2 ? 12_000 : 0;
    };
    expect(placed(await take(4))).toEqual([0, 22, 30, 40]);
    expect(notices).toEqual(['Tor did not answer for 12 s (stopped or busy): 1 poll skipped']);
  });

  it('of the recorder is its own', async () => {
    const { take, time, notices } = await polling();
    time.onWait = (count) => {
      if (count === 2) time.stop(40_000);
    };
    const items = await take(4);
    expect(placed(items)).toEqual([0, 10, { from: 10, to: 60 }, 60]);
    const stood = 'the recorder stood still for 40 s (stopped, or the machine was too busy)';
    expect(reasons(items)).toEqual([stood]);
    expect(notices).toEqual([`${stood}: 4 polls skipped`]);
  });

  it('of the recorder is its own while a poll is under way, too', async () => {
    const { tor, take, time } = await polling();
    tor.onPoll = () => {
      if (tor.polls === 2) time.stop(40_000);
    };
    expect(reasons(await take(3))).toEqual([
      'the recorder stood still for 40 s (stopped, or the machine was too busy)',
    ]);
  });

  it('of who keeps what is recorded is theirs', async () => {
    const { source, stop, time } = await polling();
    const items: (Snapshot | Gap)[] = [];
    for await (const item of source.items(stop.signal)) {
      if (item.kind === 'session') continue;
      if (items.length === 1) time.elapsed += 45_000;
      if (items.push(item) === 4) break;
    }
    expect(placed(items)).toEqual([0, 10, { from: 10, to: 60 }, 60]);
    expect(reasons(items)).toEqual(['keeping the snapshot before took 45 s']);
  });

  it('of the sockets names the tool that read them', async () => {
    const { tor, time, notices, stop } = await polling();
    let polls = 0;
    const open = async (signal: AbortSignal): Promise<PolledConnection> => {
      const connection = await openNative({ address: tor.address, signal }, INTERVAL_MS);
      const poll = async (at: number, watch?: PollWatch) => {
        const reading = async () => {
          if (++polls === 2) time.elapsed += 31_000;
        };
        await watch?.sockets('lsof', reading);
        return await connection.poll(at, watch);
      };
      const { header, closed, askPid, askMetricsPort } = connection;
      return {
        ...{ header, closed, askPid, askMetricsPort, poll },
        close: () => connection.close(),
      };
    };
    const source = await openPolling(open, optionsOf(time, notices), stop.signal);
    const items = await takeFrom(source, stop.signal, 3);
    expect(reasons(items)).toEqual(['reading the sockets with lsof took 31 s']);
    expect(notices).toEqual(['reading the sockets with lsof took 31 s: 3 polls skipped']);
  });

  it('of a machine that slept is told from a clock that was stepped', async () => {
    const { take, time, notices } = await polling();
    time.onWait = (count) => {
      if (count === 2) time.sleep(3_600_000);
    };
    const items = await take(4);
    expect(placed(items)).toEqual([0, 10, { from: 10, to: 3620 }, 3620]);
    expect(reasons(items)).toEqual(['the machine slept for 3600 s']);
    expect(items[3]).not.toMatchObject({ extra: { clock_stepped_ms: expect.anything() } });
    expect(notices).toEqual(['the machine slept for 3600 s']);
  });

  it('may be either where the system does not tell how long it is up', async () => {
    const { time, notices, stop, tor } = await polling();
    time.slept = undefined;
    const open = (signal: AbortSignal) => openNative({ address: tor.address, signal }, INTERVAL_MS);
    const source = await openPolling(open, optionsOf(time, notices), stop.signal);
    time.onWait = (count) => {
      if (count === 1) time.sleep(60_000);
    };
    const items = await takeFrom(source, stop.signal, 3);
    const either = 'the clock was stepped forward by 60 s, or the machine slept';
    expect(reasons(items)).toEqual([either]);
  });

  it('names all that took a good part of it, the greatest first', async () => {
    const { tor, take, time } = await polling();
    tor.onPoll = () => {
      time.elapsed += tor.polls === 2 ? 20_000 : 0;
    };
    time.onWait = (count) => {
      if (count === 1) time.stop(30_000);
    };
    expect(reasons(await take(3))).toEqual([
      'the recorder stood still for 30 s (stopped, or the machine was too busy); Tor did not answer for 20 s (stopped or busy)',
    ]);
  });
});

describe('an outage that is not over when the recorder is stopped', () => {
  it('is a gap until then, with its reason', async () => {
    const { tor, take, time, stop } = await polling({ nearby: true });
    time.onWait = async (count) => {
      if (count === 2) await tor.stop();
      if (count === 6) stop.abort();
    };
    const items = await take(9);
    // Polled at 0 and 10; lost while 20 was waited for; 0.5, 1 and 1 s later it was stopped.
    expect(placed(items)).toEqual([0, 10, { from: 10, to: 22.5 }]);
    expect(reasons(items)).toEqual(['the control port closed']);
  });

  it('is one where Tor hangs', async () => {
    const { tor, take, time, stop } = await polling();
    tor.onPoll = () => {
      if (tor.polls < 2) return;
      time.elapsed += 12_000;
      stop.abort();
    };
    const items = await take(9);
    expect(placed(items)).toEqual([0, { from: 0, to: 22 }]);
    expect(reasons(items)).toEqual(['Tor did not answer for 12 s (stopped or busy)']);
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
    const items = await take(5);
    expect(placed(items)).toEqual([0, 10, { from: 10, to: 3620 }, 3620, 3630]);
    expect(items[2]).toMatchObject({ reason: 'the clock was stepped forward by 3600 s' });
    expect(ahead(items)).toEqual([undefined, undefined, false, undefined, undefined]);
    expect(notices).toEqual(['the clock was stepped forward by 3600 s']);
  });

  it('forward ends nothing: connections go on, and churn counts none', async () => {
    const { tor, stop, source, time } = await polling();
    // A Tor whose UPTIME goes on as if nothing had been.
    tor.onPoll = () => {
      const up = time.elapsed / 1000;
      const lines = [5, 60, 90_000].map((age, id) => `${id + 1} 0 0 0 0 0 IRt 10 20 ${age + up}`);
      tor.info.set('conn/all', lines.join('\n'));
    };
    time.onWait = (count) => {
      if (count === 2) time.offset += 3_600_000;
      if (count === 4) stop.abort();
    };
    const path = join(temporaryFolder(), 'a.tape');
    await record(source, path, { ...WRITER_OPTIONS, round: 1, notice: () => {} }, stop.signal);
    const recording = Recording.open(path);
    expect(recording.counts).toMatchObject({ snapshots: 4, entries: 3, openEntries: 3 });
    const { damages } = verifyRecording(recording, { rebuild: true, progress: () => {} });
    expect(damages).toEqual([]);
    recording.close();
    const { stdout } = await run(['report', 'churn', path, '--bucket', '3h', '--format', 'csv']);
    const [names, ...rows] = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const sum = (name: string) =>
      rows.reduce((total, row) => total + Number(row[names!.indexOf(name)]), 0);
    expect([sum('opened'), sum('opened_unobserved'), sum('closed')]).toEqual([0, 0, 0]);
    const exported = await run(['replay', path, '--format', 'transcript']);
    expect(exported.stdout).toContain('"clock_stepped_ms":3600000');
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

describe('a control port that sends more than a relay has', () => {
  it.each([
    ['lines', 'x\n'.repeat(250_001), 'reading conn/all: a listing of more than 250000 lines'],
    ['bytes', 'x'.repeat(24 << 20), /a (?:line|data block) of more than \d+ bytes/],
    ['bytes in lines', `${'x'.repeat(1 << 10)}\n`.repeat(25 << 10), /a data block of more than/],
  ])('is a gap that says so: %s', async (_, listing, reason) => {
    const { tor, take } = await polling();
    const usual = tor.info.get('conn/all')!;
    tor.onPoll = () => {
      tor.info.set('conn/all', tor.polls === 2 ? listing : usual);
    };
    const items = await take(3);
    expect(items.map(({ kind }) => kind)).toEqual(['snapshot', 'gap', 'snapshot']);
    expect(items[1]).toMatchObject({
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });
});
