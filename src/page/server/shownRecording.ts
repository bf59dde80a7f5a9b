/**
 * The recording that a view shows, which a recorder may go on writing.
 * Owns when it is opened anew; what is made of it is data/'s.
 */
import { statSync } from 'node:fs';
import { Recording, type Window } from '../../recording/reader.ts';
import { recordedExtent } from '../../reports/recorded.ts';
import { snapshotsIn } from '../data/input.ts';
import { Refused } from './refusal.ts';

export class ShownRecording {
  readonly #path: string;
  readonly #window: Window;
  #recording: Recording;
  #standing: string;
  #generation = 1;

  /**
   * @param window what of it is shown, infinite on a side that is open.
   * Throws as `Recording.open` does.
   */
  constructor(path: string, window: Window) {
    this.#path = path;
    this.#window = window;
    this.#recording = Recording.open(path);
    this.#standing = standingOf(path, this.#recording);
  }

  get recording(): Recording {
    return this.#recording;
  }

  /** How often it was opened. */
  get generation(): number {
    return this.#generation;
  }

  /** Opens it anew where it has grown, or another file stands in its place. Throws as `Recording.open` does. */
  renew(): void {
    const found = Recording.open(this.#path);
    const standing = standingOf(this.#path, found);
    if (standing === this.#standing) {
      found.close();
      return;
    }
    this.#recording.close();
    this.#recording = found;
    this.#standing = standing;
    this.#generation++;
  }

  /** What is shown of it now. Throws `recording` where it holds no snapshot, `Refused` as `shown`. */
  get window(): Window {
    return this.shown(recordedExtent(this.#recording));
  }

  /**
   * What of a window is shown. Throws `Refused` where that is nothing, or nothing was recorded in it: no
   * answer is better than one that looks clean.
   */
  shown(window: Window): Window {
    const from = Math.max(window.from, this.#window.from);
    const to = Math.min(window.to, this.#window.to);
    if (from > to || snapshotsIn(this.#recording, { from, to }) === 0) {
      throw new Refused({ status: 404, text: 'Nothing was recorded then, or it is not shown.' });
    }
    return { from, to };
  }

  /** Throws `Refused` for a time before what is shown, or behind it. */
  checkShown(at: number): void {
    const { from, to } = this.#window;
    const first = this.#recording.firstSnapshot?.at ?? Number.POSITIVE_INFINITY;
    if (at >= Math.max(from, first) && at <= to) return;
    throw new Refused({ status: 404, text: 'Nothing was recorded then, or it is not shown.' });
  }

  close(): void {
    this.#recording.close();
  }
}

/** Which file it is, and where its tape ends. */
function standingOf(path: string, recording: Recording): string {
  const { dev, ino } = statSync(path);
  return `${dev} ${ino} ${recording.head}`;
}
