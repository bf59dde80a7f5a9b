/**
 * Heads that are kept elsewhere: a file with a time and a head a line.
 * Owns how they stand there, and how often one is added; what they prove is commands/verify.ts's.
 */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { ConntapeError, messageOf } from '../error.ts';
import { isoTime } from '../listing/instant.ts';

/** So often a recorder adds one. */
const EVERY_MS = 3_600_000;

/** A head an hour for a century. */
const MOST_BYTES = 2 ** 26;

/** A head, and the time of the last snapshot that it proves: milliseconds since the epoch. */
export interface KeptHead {
  readonly at: number;
  /** 64 hex digits in lower case. */
  readonly head: string;
}

/** Adds a recorder's heads to a file, which others may carry away meanwhile. */
export class HeadsFile {
  readonly #path: string;
  readonly #notice: (text: string) => void;
  #last = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  /** @param notice takes what the operator should be told, once each time it begins. */
  constructor(path: string, notice: (text: string) => void) {
    this.#path = path;
    this.#notice = notice;
  }

  /** Adds the head behind a snapshot, where the last one that was added is an hour old, or there is none. */
  kept(at: number, head: string): void {
    if (at - this.#last >= EVERY_MS) this.#add(at, head);
  }

  #add(at: number, head: string): void {
    try {
      appendFileSync(this.#path, `${isoTime(at)} ${head}\n`, { mode: 0o600 });
      this.#last = at;
      this.#isFailing = false;
    } catch (thrown) {
      // It is tried again with the next snapshot.
      if (!this.#isFailing) this.#notice(`no head is kept in ${this.#path}: ${messageOf(thrown)}`);
      this.#isFailing = true;
    }
  }
}

const LINE = /^(\S+) ([0-9a-f]{64})$/i;

/**
 * The heads of a file, in its order; empty lines, and those that begin with #, mean nothing. Throws
 * `usage` for a file that cannot be read, is too large, or holds any other line.
 */
export function readHeads(path: string): KeptHead[] {
  const lines = textOf(path).split(/\r?\n/);
  return lines.flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [, time = '', head = ''] = LINE.exec(line.trim()) ?? [];
    const at = Date.parse(time);
    if (Number.isNaN(at)) {
      throw headsError(
        path,
        `line ${index + 1} is not a time and a head`,
        'a line is a time and 64 hex digits, as `conntape record --heads` writes it',
      );
    }
    return [{ at, head: head.toLowerCase() }];
  });
}

function textOf(path: string): string {
  let size: number;
  try {
    ({ size } = statSync(path));
    if (size <= MOST_BYTES) return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw headsError(path, messageOf(thrown));
  }
  throw headsError(path, `it has ${size} bytes, and ${MOST_BYTES} are the most that heads take`);
}

function headsError(path: string, cause: string, hint?: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'reading the heads in',
    object: path,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
