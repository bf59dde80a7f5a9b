/**
 * What a part of the page is made from.
 * Owns that shape, and what snapshots a window holds; each part is a file of its own.
 */
import type { Recording, Window } from '../../recording/reader.ts';

export interface PartInput {
  readonly recording: Recording;
  /** Finite, and holds a snapshot. */
  readonly window: Window;
  /** About how many stretches of time there are to be: as many as there are pixels. From 1. */
  readonly bins: number;
  /** The recording's path as a shell takes it, for commands. */
  readonly path: string;
  /** Called as the tape goes by, with the time of the snapshot; may throw to end it. */
  readonly onSnapshot?: (at: number) => void;
}

/** How many snapshots a window holds. */
export function snapshotsIn(recording: Recording, { from, to }: Window): number {
  const last = recording.snapshotAt(to);
  const first = recording.firstSnapshot;
  if (last === undefined || first === undefined || last.at < from) return 0;
  const before = recording.snapshotAt(from);
  if (before === undefined) return last.number - first.number + 1;
  return last.number - before.number + (before.at === from ? 1 : 0);
}

/** Makes what two parts have in common once for both, should they be asked for one after the other. */
export function madeOnce<Made>(make: (input: PartInput) => Made): (input: PartInput) => Made {
  let last: { readonly input: PartInput; readonly made: Made } | undefined;
  return (input) => {
    const { recording, window, bins } = input;
    const isSame =
      last?.input.recording === recording &&
      last.input.bins === bins &&
      last.input.window.from === window.from &&
      last.input.window.to === window.to;
    if (last === undefined || !isSame) last = { input, made: make(input) };
    return last.made;
  };
}

/** How many of them make one stretch, so that there are `bins` at most, but for those that gaps end. */
export function pollsAStretch({ recording, window, bins }: PartInput): number {
  return Math.max(1, Math.ceil(snapshotsIn(recording, window) / bins));
}
