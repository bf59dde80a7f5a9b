/**
 * Progress for a command, on its standard error.
 * Owns the joining of `Io` and `Progress`; how it is drawn is progress.ts's.
 */
import type { Io } from './io.ts';
import { Progress } from './progress.ts';

export function progressOn(io: Io, label: string, total: number | undefined): Progress {
  const isTerminal = io.stderr.isTTY === true;
  return new Progress({ label, total, stream: io.stderr, isTerminal, now: io.monotonic });
}

/** How far a piece of work has come that is done part by part. */
export interface PartsProgress {
  /** Takes how many parts are done, with what of the one at work, and the name of that. */
  readonly advance: (done: number, name: string) => void;
  readonly finish: () => void;
}

/** The same for work that consists of so many parts, the one at work named. */
export function progressOver(io: Io, verb: string, total: number): PartsProgress {
  let label = verb;
  const isTerminal = io.stderr.isTTY === true;
  const progress = new Progress({
    get label() {
      return label;
    },
    ...{ total, stream: io.stderr, isTerminal, now: io.monotonic },
  });
  return {
    advance: (done, name) => {
      label = `${verb} ${Math.floor(done) + 1} of ${total}, ${name}`;
      progress.advance(done);
    },
    finish: () => progress.finish(),
  };
}

/**
 * The same items, with the number of those taken shown as progress. Nothing is drawn where standard
 * output is a terminal too: the items themselves are what is seen there.
 */
export function* counted<Item>(
  items: Iterable<Item>,
  label: string,
  io: Io,
): Generator<Item, void> {
  if (io.stdout.isTTY === true) {
    yield* items;
    return;
  }
  const progress = progressOn(io, label, undefined);
  let done = 0;
  try {
    for (const item of items) {
      yield item;
      progress.advance(++done);
    }
  } finally {
    progress.finish();
  }
}
