/**
 * A file that a command writes: there whole, or as it was before.
 * Owns the way there, and that what cannot be is said before anything is computed; what stands in
 * the file is the caller's.
 *
 * What is being computed goes into a file without a name, which the operating system takes back
 * however the process ends, also in the midst of computing. Only when it is whole it is copied beside
 * the file that it is to replace, which takes no computing, and renamed.
 */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  createWriteStream,
  openSync,
  readSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { isatty } from 'node:tty';
import { ConntapeError, messageOf } from '../error.ts';
import { isDescriptor, placeOf } from '../recording/files.ts';
import { checkFilePlace } from './filePlace.ts';
import type { Io, Output } from './io.ts';
import { spareRecordings } from './sparing.ts';

/** Permission to read, write and execute; not what makes a program run as another user. */
const PERMISSIONS = 0o777;

/** The sticky bit of a folder such as /tmp: who does not own a file there may not replace it. */
const STICKY = 0o1000;

/** This process's standard output, as `placeOf` gives it. */
const OWN_STDOUT: readonly string[] = [`/proc/${process.pid}/fd/1`, '/dev/fd/1'];

/** A write at a time when a file is copied. */
const COPIED_BYTES = 1 << 20;

export class OutputFile {
  readonly #path: string;
  readonly #place: string;
  readonly #io: Io;
  /** What is there now. */
  readonly #old: Stats | undefined;
  readonly #newMode: number | undefined;

  private constructor(path: string, old: Stats | undefined, io: Io, newMode?: number) {
    this.#path = path;
    this.#place = placeOf(path);
    this.#old = old;
    this.#io = io;
    this.#newMode = newMode;
  }

  /**
   * A file at a path, not touched yet; symbolic links are followed. Throws `usage` where none can be made or
   * replaced there, or a recording would be harmed.
   * @param recordings those that are read meanwhile.
   * @param newMode the mode of a file that was not there; as the process makes files where it is not given.
   */
  static at(path: string, recordings: readonly string[], io: Io, newMode?: number): OutputFile {
    checkFilePlace('writing', path);
    const old = allowing(path, () => statSync(path, { throwIfNoEntry: false }));
    spareRecordings('writing', path, recordings);
    const file = new OutputFile(path, old, io, newMode);
    allowing(path, () => file.#mayBeWritten());
    return file;
  }

  /**
   * Lets `write` fill it, then puts it in its place with the mode of the file that was there. What is
   * no regular file, such as a pipe or /dev/stdout, is written as it comes. Throws what `write`
   * throws, `recording` where the disk does not take it; then everything is as it was.
   */
  async fill(write: (stream: Output) => Promise<void>): Promise<void> {
    // Not opened anew: that would empty a file, and fails where it is a socket.
    if (OWN_STDOUT.includes(this.#place)) await write(this.#io.stdout);
    else if (this.#isStraight) await this.#fillStraight(write);
    else await this.#fillWhole(write);
  }

  get #isStraight(): boolean {
    return (this.#old !== undefined && !this.#old.isFile()) || isDescriptor(this.#place);
  }

  /** Throws what the operating system, or this program, has against it. */
  #mayBeWritten(): void {
    if (this.#old !== undefined) accessSync(this.#path, constants.W_OK);
    if (this.#isStraight) return;
    const folder = dirname(this.#place);
    // Only trying shows it: a file system has more reasons than permissions.
    closeSync(openNameless(folder));
    const { mode, uid } = statSync(folder);
    const user = process.geteuid?.() ?? 0;
    if (this.#old === undefined || (mode & STICKY) === 0 || user === 0) return;
    if (user !== uid && user !== this.#old.uid) throw new Error('it is another user’s');
  }

  async #fillStraight(write: (stream: Output) => Promise<void>): Promise<void> {
    const file = await open(this.#path, 'w').catch((thrown: unknown) => {
      throw refused(this.#path, thrown);
    });
    const isTTY = isatty(file.fd);
    const stream = Object.assign(createWriteStream(this.#path, { fd: file }), { isTTY });
    try {
      await write(stream);
      // Nobody reads on, as `write` has seen.
      if (stream.errored !== null) return;
      stream.end();
      await finished(stream);
    } finally {
      stream.destroy();
    }
  }

  async #fillWhole(write: (stream: Output) => Promise<void>): Promise<void> {
    const folder = dirname(this.#place);
    const nameless = allowing(this.#path, () => openNameless(folder));
    try {
      // Never destroyed: that would close the file.
      const stream = createWriteStream('', { fd: nameless, autoClose: false });
      await write(stream);
      stream.end();
      await finished(stream);
      await this.#putInPlace(nameless, nameIn(folder)).catch((thrown: unknown) => {
        throw unwritten(this.#path, thrown);
      });
    } finally {
      closeSync(nameless);
    }
  }

  async #putInPlace(content: number, beside: string): Promise<void> {
    const remove = () => rmSync(beside, { force: true });
    const release = this.#io.undoIfKilled(remove);
    try {
      const file = await open(beside, 'wx');
      try {
        await copyTo(file, content);
        if (this.#old !== undefined) await likeTheOld(file, this.#old);
        else if (this.#newMode !== undefined) await file.chmod(this.#newMode);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, this.#place);
    } catch (thrown) {
      remove();
      throw thrown;
    } finally {
      await release();
    }
  }
}

/** Gives a new file the owner, where one may, and the mode of the old. */
async function likeTheOld(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const now = await file.stat();
  if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid).catch(() => {});
  await file.chmod(mode & PERMISSIONS);
}

/** All of an open file. No stream reads it: one whose reader fails closes the file. */
async function copyTo(file: FileHandle, content: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(COPIED_BYTES);
  for (let at = 0; ; ) {
    const bytes = readSync(content, buffer, 0, buffer.length, at);
    if (bytes === 0) return;
    await file.writeFile(buffer.subarray(0, bytes));
    at += bytes;
  }
}

/** Linux's O_TMPFILE, which Node does not name: a file that never has a name (open(2)). */
const NAMELESS = 0o20000000 | constants.O_DIRECTORY;

/** A new file in a folder, open for writing and reading, which has no name, or none any more. */
function openNameless(folder: string): number {
  if (process.platform === 'linux') {
    try {
      return openSync(folder, constants.O_RDWR | NAMELESS, 0o600);
    } catch {
      // Not every file system has it; what else is wrong shows below.
    }
  }
  const name = nameIn(folder);
  const file = openSync(name, 'wx+', 0o600);
  try {
    unlinkSync(name);
  } catch (thrown) {
    closeSync(file);
    throw thrown;
  }
  return file;
}

/** Short, for the name beside which it stands may be as long as a name can be. */
function nameIn(folder: string): string {
  return join(folder, `.conntape-${randomBytes(8).toString('hex')}`);
}

/** Does it, or throws `usage` with why the path cannot be written. */
function allowing<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (thrown) {
    throw refused(path, thrown);
  }
}

function refused(path: string, thrown: unknown): ConntapeError {
  const parts = {
    ...{ operation: 'writing', object: path, cause: messageOf(thrown) },
    hint: 'check that the folder is yours',
  };
  return new ConntapeError('usage', parts, { cause: thrown });
}

function unwritten(path: string, thrown: unknown): ConntapeError {
  const parts = {
    ...{ operation: 'writing', object: path, cause: messageOf(thrown) },
    hint: 'check whether the disk is full',
  };
  return new ConntapeError('recording', parts, { cause: thrown });
}
