/** What an operator hears while a control port stays silent. */
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { connecting } from '../../src/cli/polledSource.ts';

const ADDRESS = { kind: 'unix', path: '/run/tor/control' } as const;

/** A world whose only wait is over when the test says so. */
function world() {
  let now = 0;
  let told = '';
  let end = () => {};
  const io = {
    monotonic: () => now,
    stderr: { write: (text: string) => (told += text) },
    wait: (ms: number) =>
      new Promise<void>((resolve) => {
        end = () => {
          now += ms;
          resolve();
        };
      }),
  } as unknown as Io;
  return { io, told: () => told, waited: () => end() };
}

describe('connecting', () => {
  it('says after five seconds for what it waits, and waits on', async () => {
    const { io, told, waited } = world();
    let connect: (value: string) => void = () => {};
    const result = connecting(
      new Promise<string>((resolve) => {
        connect = resolve;
      }),
      ADDRESS,
      io,
    );
    waited();
    await Promise.resolve();
    expect(told()).toMatch(
      /^conntape: still waiting for the control port unix:\/run\/tor\/control/,
    );
    connect('there');
    expect(await result).toBe('there');
  });

  it('says nothing of what came in time, or failed', async () => {
    const { io, told, waited } = world();
    expect(await connecting(Promise.resolve(1), ADDRESS, io)).toBe(1);
    waited();
    await expect(connecting(Promise.reject(new Error('no')), ADDRESS, io)).rejects.toThrow('no');
    waited();
    await Promise.resolve();
    expect(told()).toBe('');
  });
});
