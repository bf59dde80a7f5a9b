/** What an operator hears while a control port stays silent. */
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { connecting } from '../../src/cli/polledSource.ts';
import { eventually } from '../tor/patience.ts';

const ADDRESS = { kind: 'unix', path: '/run/tor/control' } as const;

function world() {
  let told = '';
  const io = { stderr: { write: (text: string) => (told += text) } } as unknown as Io;
  return { io, told: () => told };
}

describe('connecting', () => {
  it('says for what it waits, once its patience is over, and waits on', async () => {
    const { io, told } = world();
    let connect: (value: string) => void = () => {};
    const connected = new Promise<string>((resolve) => {
      connect = resolve;
    });
    const result = connecting(connected, ADDRESS, io, 1);
    await eventually(() =>
      expect(told()).toMatch(
        /^conntape: still waiting for the control port unix:\/run\/tor\/control/,
      ),
    );
    connect('there');
    expect(await result).toBe('there');
  });

  it('says nothing of what came in time, or failed, and keeps no timer', async () => {
    const { io, told } = world();
    const timers = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    expect(await connecting(Promise.resolve(1), ADDRESS, io)).toBe(1);
    await expect(connecting(Promise.reject(new Error('no')), ADDRESS, io)).rejects.toThrow('no');
    expect(told()).toBe('');
    expect(timers()).toBe(before);
  });
});
