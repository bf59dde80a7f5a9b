/**
 * Whether the file that is written is still the one at its path.
 * Owns looking, and removing the log of a file that has gone; what is done about it is store.ts's
 * and the recorder's.
 */
import { closeSync, fstatSync, openSync, readlinkSync, rmSync, statSync } from 'node:fs';

/** What became of a file: `moved` has another name now, `removed` none; the others lost bytes. */
export type Fate = 'there' | 'moved' | 'removed' | 'emptied' | 'cut short';

/** What SQLite keeps beside a file in use. */
const BESIDE = ['-wal', '-shm'] as const;

export class FileWatch {
  readonly #place: string;
  readonly #file: number;
  readonly #least: () => number;
  /** The inodes of what lies beside, as last seen there. */
  readonly #beside = new Map<string, number>();
  #size = 0;

  /**
   * @param place the resolved path of a file that is there. Made before SQLite opens it, and closed
   * after SQLite has closed it: closing any descriptor of a file gives back all locks on it.
   * @param least how many bytes hold what the database holds: a writer may make it smaller.
   */
  constructor(place: string, least: () => number) {
    this.#place = place;
    this.#least = least;
    this.#file = openSync(place, 'r');
  }

  /** Looks now. What cannot be looked at counts as there: that is not known to be gone. */
  look(): Fate {
    const own = fstatSync(this.#file);
    const named = statOf(this.#place);
    if (named !== 'unknown' && (named?.ino !== own.ino || named.dev !== own.dev)) {
      return own.nlink === 0 ? 'removed' : 'moved';
    }
    if (own.size < this.#size && own.size < this.#least()) {
      return own.size === 0 ? 'emptied' : 'cut short';
    }
    this.#size = own.size;
    for (const suffix of BESIDE) {
      const beside = statOf(this.#place + suffix);
      if (beside !== 'unknown' && beside !== undefined) this.#beside.set(suffix, beside.ino);
    }
    return 'there';
  }

  /** The file's present name where the system knows it (Linux); undefined elsewhere. */
  movedTo(): string | undefined {
    if (process.platform !== 'linux') return undefined;
    try {
      const name = readlinkSync(`/proc/self/fd/${this.#file}`);
      return statSync(name).ino === fstatSync(this.#file).ino ? name : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Removes what SQLite left beside the file, whose names another file may have by now: only what
   * was seen there while the file was. SQLite would take a log left behind for the next file's.
   */
  removeBeside(movedTo: string | undefined): void {
    for (const place of new Set([this.#place, movedTo ?? this.#place])) {
      for (const [suffix, inode] of this.#beside) {
        const found = statOf(place + suffix);
        if (found !== 'unknown' && found?.ino === inode) rmSync(place + suffix, { force: true });
      }
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return 'unknown';
  }
}
