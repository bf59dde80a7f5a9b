/**
 * How one-sided circuits were, and how their bytes were balanced, by playing the tape of a window.
 * Owns what the lanes of a window are, and what is said of what they cannot show.
 */
import { usageOf } from '../../listing/flags.ts';
import { countsWritten } from '../../listing/uncounted.ts';
import type { Step } from '../../recording/playback/step.ts';
import type { Recording, Window } from '../../recording/reader.ts';
import { playAll } from '../../reports/playing.ts';
import type { BalancePart, LanesPart } from '../parts.ts';
import { type PartInput, pollsAStretch } from './input.ts';
import { type BookOptions, LaneBook } from './laneBook.ts';
import { CircuitLanes, ConnectionLanes, type LaneWatcher } from './laneWatchers.ts';
import { StretchBook } from './stretchBook.ts';

/** As many as a page shows one by one. */
export const MAX_LANES = 50_000;

/** More rows than a screen gives them. */
const RASTER_ROWS = 800;

/**
 * Why circuits of others are not seen in a window; null where they are, or where the source says so little
 * that it can be a source of them.
 */
export function circuitsUnseen(recording: Recording, window: Window): string | null {
  const { transitCircuits } = recording.header.observes;
  if (transitCircuits === true) return null;
  const last = recording.snapshotAt(window.to);
  const labels = last === undefined ? [] : recording.stateAt(last).labels;
  return labels.some(({ circId, flags }) => circId !== 0 && usageOf(flags) === 'relay')
    ? null
    : transitCircuits;
}

/**
 * How many lanes of a window are told one by one, and where in a raster they are.
 * @param born when what its first snapshot held was born, asked for once, if ever.
 */
export function bookOptions(
  recording: Recording,
  window: Window,
  born = () => birthsAtFirst(recording, window),
): BookOptions {
  return { most: MAX_LANES, rows: RASTER_ROWS, bornBy: birthsIn(recording, window, born) };
}

function birthsAtFirst(recording: Recording, window: Window): Float64Array {
  const [first] = recording.index.rollups().polls(window);
  const place = first === undefined ? undefined : recording.snapshotAt(first.at);
  return place === undefined ? new Float64Array() : recording.stateAt(place).birth;
}

/** What both parts are made of, in one go along the tape. */
export interface Laned {
  readonly lanes: LanesPart;
  readonly balance: BalancePart;
}

/** Sees the tape of a window and makes both parts of it. */
export class Laning {
  readonly #subject: LanesPart['subject'];
  readonly #stretches: StretchBook;
  readonly #book: LaneBook;
  readonly #lanes: LaneWatcher;
  #counts = true;

  constructor(input: PartInput) {
    const { recording, window } = input;
    this.#subject = circuitsUnseen(recording, window) === null ? 'circuit' : 'connection';
    this.#stretches = new StretchBook(pollsAStretch(input));
    this.#book = new LaneBook(bookOptions(recording, window));
    const Watcher = this.#subject === 'circuit' ? CircuitLanes : ConnectionLanes;
    this.#lanes = new Watcher(this.#book);
  }

  watch(step: Step): void {
    const { at, since, acrossGap, header } = step;
    this.#book.go(this.#stretches.take(at, acrossGap ? undefined : since));
    this.#counts &&= countsWritten(header.observes);
    this.#lanes.watch(step);
  }

  /** Called once, when every snapshot was seen. */
  finish(): Laned {
    this.#lanes.end();
    const { bands, ...drawn } = this.#book.finish();
    const note = this.#counts
      ? null
      : 'What was written was not counted in all of the window: nothing is one-sided where it was not.';
    const { stretches } = this.#stretches;
    return {
      lanes: { ...stretches, subject: this.#subject, ...drawn, exact: true, note },
      balance: { ...stretches, bands, exact: true, note },
    };
  }
}

/** Plays the tape of the window. */
export function lanedParts(input: PartInput): Laned {
  const laning = new Laning(input);
  playAll([laning], input, input.onSnapshot ?? (() => {}));
  return laning.finish();
}

/**
 * The share of the births of a window that came to pass by a time: of what its first snapshot held, in
 * the order of age, then as polls saw it.
 */
function birthsIn(
  recording: Recording,
  window: Window,
  born: () => Float64Array,
): (at: number) => number {
  let births: ((at: number) => number) | undefined;
  return (at) => {
    births ??= readBirths(recording, window, born());
    return births(at);
  };
}

function readBirths(
  recording: Recording,
  window: Window,
  born: Float64Array,
): (at: number) => number {
  const times: number[] = [];
  const counts: number[] = [];
  let count = 0;
  for (const { at, opened, connections } of recording.index.rollups().polls(window)) {
    if (times.length === 0) {
      for (const birth of Float64Array.from(born).sort()) {
        times.push(birth);
        counts.push(++count);
      }
      count = Math.max(count, connections);
    } else {
      count += opened;
    }
    times.push(at);
    counts.push(count);
  }
  return (at) => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle]! < at) low = middle + 1;
      else high = middle;
    }
    const place = Math.min(low, times.length - 1);
    if (count === 0 || place < 0) return 0;
    const [since, until] = [times[place - 1] ?? at, times[place]!];
    const before = counts[place - 1] ?? 0;
    const share = until > since ? Math.max(0, Math.min(1, (at - since) / (until - since))) : 1;
    return (before + share * (counts[place]! - before)) / count;
  };
}
