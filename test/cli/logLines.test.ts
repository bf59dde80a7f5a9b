/** What stands before a line of standard error: nothing at a terminal, and what a log needs in a log. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LogWorld, logLines } from '../../src/cli/logLines.ts';
import { temporaryFolder } from '../control/peers.ts';

/** A file, open for the test. */
function opened(): number {
  const descriptor = openSync(join(temporaryFolder(), 'log'), 'w');
  onTestFinished(() => closeSync(descriptor));
  return descriptor;
}

function beginnings(world: Partial<LogWorld>): string[] {
  const line = logLines({
    env: {},
    args: ['record', 'a.tape'],
    isTerminal: false,
    descriptor: opened(),
    now: () => Date.parse('2026-11-23T03:44:26Z'),
    ...world,
  });
  return [line('error'), line('warning'), line('info')];
}

function streamOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return `${dev}:${ino}`;
}

const TIME = '2026-11-23T03:44:26.000Z ';

describe('a line of standard error', () => {
  it('has its priority where it goes to the journal, whatever the command', () => {
    const descriptor = opened();
    const env = { JOURNAL_STREAM: streamOf(descriptor) };
    for (const args of [['record'], ['audit'], []]) {
      expect(beginnings({ env, descriptor, args })).toEqual(['<3>', '<4>', '<6>']);
    }
  });

  it('has none where it was led elsewhere than the journal that the variable names', () => {
    const env = { JOURNAL_STREAM: streamOf(opened()) };
    expect(beginnings({ env, args: ['audit'] })).toEqual(['', '', '']);
    expect(beginnings({ env })).toEqual([TIME, TIME, TIME]);
    expect(beginnings({ env, descriptor: 99_999 })).toEqual([TIME, TIME, TIME]);
  });

  it('has its time in a file or a pipe, of the commands that go on for months alone', () => {
    expect(beginnings({})).toEqual([TIME, TIME, TIME]);
    expect(beginnings({ args: ['serve'] })).toEqual([TIME, TIME, TIME]);
    for (const args of [['verify', 'record'], []])
      expect(beginnings({ args })).toEqual(['', '', '']);
  });

  it('stands as it is at a terminal', () => {
    expect(beginnings({ isTerminal: true })).toEqual(['', '', '']);
  });
});
