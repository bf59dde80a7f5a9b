/**
 * The tape of a window played back: from snapshot to snapshot what came, went and moved.
 * Owns the one way along it for all who watch; which life a row shows is rows.ts's, what it moved
 * counting.ts's, what comes of it the reports'.
 */
import type { ReadFrame } from '../decode.ts';
import type { Interval } from '../deltas.ts';
import type { BlindTimes } from '../index/blind.ts';
import type { Run } from '../index/reading.ts';
import type { Recording, Window } from '../reader.ts';
import { Counting } from './counting.ts';
import { PlayedLives } from './lives.ts';
import { PlayedRows } from './rows.ts';
import type { Step } from './step.ts';

export interface PlaybackInput {
  readonly recording: Recording;
  readonly window: Window;
  /** As `lotsFor` has it. */
  readonly livesALot?: number;
}

/** Every snapshot of the window, in order. Throws `recording` where tape and index differ. */
export function* playback(input: PlaybackInput): Generator<Step, void> {
  const { recording, window } = input;
  let { header } = recording;
  let player: Player | undefined;
  for (const item of recording.frames(window)) {
    if (item.kind === 'session') header = item.header;
    if (item.kind !== 'frame') continue;
    player ??= new Player(input, item);
    yield { header, ...player.play(item) };
  }
}

class Player {
  readonly #rows: PlayedRows;
  readonly #counting: Counting;
  readonly #gaps: BlindTimes;
  readonly #runs: readonly Run[];
  readonly #repeats: boolean;
  #run = 0;
  #number: number;
  #since: number | undefined;

  constructor({ recording, window, livesALot }: PlaybackInput, { standing }: ReadFrame) {
    this.#number = firstNumber(recording, window);
    const last = recording.snapshotAt(window.to)?.number ?? this.#number;
    const lives = new PlayedLives(recording, this.#number, last, livesALot);
    this.#rows = new PlayedRows(standing, lives);
    this.#counting = new Counting(standing, this.#rows);
    this.#gaps = recording.index.blindTimes();
    this.#runs = recording.index.runs();
    this.#repeats = recording.header.bytes === 'connection';
  }

  play({ at, aside, change, standing }: ReadFrame): Omit<Step, 'header'> {
    const number = this.#number++;
    const since = this.#since;
    this.#since = at;
    const entries =
      since === undefined ? this.#rows.begin(number) : this.#rows.follow(change, number, since);
    const isBlind = (from: number) => this.#gaps.overlaps(from, at);
    const interval: Interval = { number, since, isBlind };
    const moved = this.#counting.moved(change, entries, interval);
    const { arrived, left, relabelled, labelsBefore, reconnected } = entries;
    return {
      number,
      at,
      since,
      acrossGap: since !== undefined && isBlind(since),
      run: this.#runAt(number),
      aside,
      info: standing.info,
      rows: this.#rows,
      ...{ arrived, left, relabelled, labelsBefore, reconnected },
      moved,
      counted: this.#repeats ? this.#counting.countedOnce(moved, entries, interval) : moved,
    };
  }

  /** The last run that began by a snapshot, the first before that; asked of one after another. */
  #runAt(number: number): number {
    while ((this.#runs[this.#run + 1]?.firstSnapshot ?? Number.POSITIVE_INFINITY) <= number) {
      this.#run++;
    }
    return this.#runs[this.#run]!.id;
  }
}

function firstNumber(recording: Recording, window: Window): number {
  const place = recording.snapshotAt(window.from);
  if (place === undefined) return recording.firstSnapshot!.number;
  return place.at === window.from ? place.number : place.number + 1;
}
