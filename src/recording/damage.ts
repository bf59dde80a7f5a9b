/**
 * What is said of a recording that is not what was written.
 * Owns the error and its words, and which of SQLite's errors mean the same; finding damage belongs
 * to those who read.
 */
import Database from 'better-sqlite3';
import { ConntapeError } from '../error.ts';

const OPERATION = 'reading the recording';

/** Codes of SQLite that say what the file holds is wrong; a busy or failing disk is not that. */
const CORRUPT = /^SQLITE_(?:CORRUPT|NOTADB)/;

const RESTORE = 'restore a copy; `conntape verify` says what is damaged';

/** Something that is not what was written. The error names no file yet: `damageOf` adds it. */
export class Damaged extends ConntapeError {
  /** `item 17 of the tape, of 2026-11-23T03:44:26.901Z`, `the table run`, `the file`. */
  readonly where: string;
  readonly what: string;

  constructor(where: string, what: string, hint: string = RESTORE, options?: ErrorOptions) {
    super(
      'damaged',
      { operation: OPERATION, cause: `${where} is damaged: ${what}`, hint },
      options,
    );
    this.where = where;
    this.what = what;
  }
}

/** The file as a whole, or bytes of it whose place those who read it know. */
export function damaged(what: string, hint?: string): Damaged {
  return new Damaged('the file', what, hint);
}

/**
 * An item of the tape.
 * @param at its time, as far as it can be read.
 * @param thrown what reading it threw, or what is wrong with it.
 * @param before the time of the item before it, milliseconds, where that was read.
 */
export function damagedItem(seq: number, at: unknown, thrown: unknown, before?: number): Damaged {
  const time = timeOf(at);
  const limit = timeOf(before);
  const reach = limit === undefined ? `a time before ${time ?? 'it'}` : limit;
  return new Damaged(
    `item ${seq} of the tape${time === undefined ? '' : `, of ${time},`}`,
    whatOf(thrown),
    `everything before it is as it was written: --to ${reach}`,
    { cause: thrown },
  );
}

/** Of a damaged item anything may be its time. */
function timeOf(at: unknown): string | undefined {
  const time = new Date(typeof at === 'number' ? at : Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function whatOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  return foundIn(thrown)?.what ?? 'it cannot be read';
}

/**
 * What was thrown while a recording was read, as an error that names the file; anything that is no
 * damage as it was.
 */
export function damageOf(thrown: unknown, path: string): unknown {
  const found = foundIn(thrown);
  if (found === undefined) return thrown;
  return new ConntapeError('damaged', { ...found.parts, object: path }, { cause: thrown });
}

/** What was thrown, as damage; undefined where it is something else. */
export function foundIn(thrown: unknown): Damaged | undefined {
  if (thrown instanceof Damaged) return thrown;
  if (!(thrown instanceof Database.SqliteError) || !CORRUPT.test(thrown.code)) return undefined;
  const what = `a page of it makes no sense (${thrown.message})`;
  return new Damaged('the file', what, RESTORE, { cause: thrown });
}
