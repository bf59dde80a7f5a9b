/**
 * The one loop that plays a tape for all who watch it.
 * Owns that every snapshot is seen by all of them before the next; what they make of it is theirs.
 */
import { playback } from '../recording/playback/playback.ts';
import type { Step } from '../recording/playback/step.ts';
import type { ReportInput } from './report.ts';

/** Whoever sees every snapshot of a window, in order. */
export interface Watcher {
  watch(step: Step): void;
}

/**
 * Plays the window and stops behind each snapshot, when all have seen it.
 * @param onSnapshot called as the tape goes by.
 */
export function* played(
  watchers: readonly Watcher[],
  input: Pick<ReportInput, 'recording' | 'window'>,
  onSnapshot: (at: number) => void,
): Generator<void, void> {
  for (const step of playback(input)) {
    for (const watcher of watchers) watcher.watch(step);
    onSnapshot(step.at);
    yield;
  }
}

/** Plays the window to its end. */
export function playAll(...question: Parameters<typeof played>): void {
  const playing = played(...question);
  while (playing.next().done !== true);
}
