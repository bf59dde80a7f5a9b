/** What systemd hears: ready, alive while the loop goes round, and nothing from one that hangs. */
import { describe, expect, it } from 'vitest';
import { type ServiceManager, serviceManager } from '../../src/cli/serviceManager.ts';
import type { Clock } from '../../src/sources/recordedTime.ts';
import { Notified, notifyMissing } from './notified.ts';

const missing = notifyMissing();
if (missing !== undefined) console.warn(`SKIPPED: what systemd hears: ${missing} is missing`);

const SIGNAL = new AbortController().signal;

/** A clock that is moved by waiting on it, and by hand. */
class MovedClock implements Clock {
  at = 0;
  readonly wall = () => this.at;
  readonly monotonic = () => this.at;
  readonly wait = async (ms: number) => {
    this.at += ms;
  };
}

async function watched(): Promise<{
  notified: Notified;
  clock: MovedClock;
  living: Clock;
  manager: ServiceManager;
}> {
  const notified = await Notified.listen();
  const clock = new MovedClock();
  const manager = serviceManager({
    env: { ...process.env, NOTIFY_SOCKET: notified.path, WATCHDOG_USEC: '20000000' },
    monotonic: clock.monotonic,
    status: () => `at ${clock.at}`,
    notice: (text) => expect.unreachable(text),
  })!;
  return { notified, clock, living: manager.living(clock), manager };
}

describe.skipIf(missing !== undefined)('a service manager', () => {
  it('hears that the recorder is ready, and then of each quarter of its time that it lives', async () => {
    const { notified, living, manager } = await watched();
    // Five seconds are a quarter of 20: one at 5, 10 and 15, none for the waits between.
    manager.ready();
    for (let wait = 0; wait < 7; wait++) await living.wait(2500, SIGNAL);
    await notified.hears('at 15000');
    expect(await notified.hears('READY=1')).toContain('STATUS=at 0');
    for (const at of [5000, 10_000]) await notified.hears(`STATUS=at ${at}\n`);
    expect(notified.told.filter((text) => text.includes('WATCHDOG=1'))).toHaveLength(3);
  });

  it('hears of life in the midst of a wait that is longer than its time', async () => {
    const { notified, living, manager } = await watched();
    manager.ready();
    await living.wait(35_000, SIGNAL);
    for (const at of [10_000, 20_000, 30_000]) await notified.hears(`STATUS=at ${at}\n`);
  });

  it('hears twice in its time of a loop whose timers end early', async () => {
    const { notified, clock, living, manager } = await watched();
    manager.ready();
    const wait = clock.wait;
    Object.assign(clock, { wait: (ms: number) => wait(ms - 0.5) });
    for (let poll = 0; poll < 4; poll++) await living.wait(20_000, SIGNAL);
    // Half of its time at most lies between two; each is a child's, and they may come in any order.
    const times = [9999, 19_998, 29_997, 39_996, 49_995, 59_994, 69_993];
    for (const at of times) expect(await notified.hears(`at ${at}\n`)).toContain('WATCHDOG=1');
  });

  it('hears nothing of a poll that hangs, however long', async () => {
    const { notified, clock, living, manager } = await watched();
    manager.ready();
    await living.wait(5000, SIGNAL);
    clock.at = 500_000;
    manager.stopping();
    await notified.hears('STOPPING=1');
    await notified.hears('READY=1');
    expect(notified.told.join('\n')).not.toContain('WATCHDOG=1');
  });
});

describe('a recorder', () => {
  it('tells systemd nothing where systemd does not ask', () => {
    const options = { monotonic: () => 0, status: () => '', notice: () => {} };
    expect(serviceManager({ ...options, env: {} })).toBeUndefined();
    expect(serviceManager({ ...options, env: { NOTIFY_SOCKET: '' } })).toBeUndefined();
  });

  it('says once where systemd cannot be told', async () => {
    let heard: (text: string) => void = () => {};
    const notice = new Promise<string>((resolve) => {
      heard = resolve;
    });
    const env = { NOTIFY_SOCKET: '/nowhere', PATH: '/nowhere' };
    serviceManager({ env, monotonic: () => 0, status: () => '', notice: heard })!.ready();
    expect(await notice).toBe('systemd does not hear of this: spawn systemd-notify ENOENT');
  });
});
