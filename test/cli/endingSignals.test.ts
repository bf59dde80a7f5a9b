/** Who listens to SIGINT and SIGTERM, and until when: elsewhere they end the process by themselves. */
import { expect, it } from 'vitest';
import { EndingSignals } from '../../src/cli/endingSignals.ts';
import { Interruption } from '../../src/cli/io.ts';

const listeners = () => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');

it('listens to nothing until it is asked', async () => {
  const before = listeners();
  const ending = new EndingSignals();
  expect(listeners()).toBe(before);
  const release = ending.undoIfKilled(() => {});
  expect(listeners()).toBe(before + 2);
  await release();
  expect(listeners()).toBe(before);
});

it('listens until the last of what is to be undone is released', async () => {
  const before = listeners();
  const ending = new EndingSignals();
  const undo = () => {};
  const releases = [ending.undoIfKilled(undo), ending.undoIfKilled(undo)];
  await releases[0]!();
  expect(listeners()).toBe(before + 2);
  await releases[1]!();
  expect(listeners()).toBe(before);
});

it('lets the first signal interrupt who asks for it, and the second end the process', () => {
  const before = listeners();
  const ending = new EndingSignals();
  const { interrupted } = ending;
  expect([listeners(), interrupted.aborted]).toEqual([before + 2, false]);
  process.emit('SIGTERM', 'SIGTERM');
  expect(interrupted.reason).toEqual(new Interruption('SIGTERM'));
  expect(ending.interrupted).toBe(interrupted);
  expect(listeners()).toBe(before);
  // Another exit code than the signal's is the command's own.
  ending.with(0);
});
