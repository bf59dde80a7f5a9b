/**
 * The recordings that lie in what a command line names.
 * Owns which files of a folder are recordings, and how far is looked; what is in them members.ts reads.
 */
import { opendirSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConntapeError, messageOf } from '../error.ts';
import { APPLICATION_ID, NAMES_BESIDE, readFileHeader } from '../recording/files.ts';
import type { Silence } from './member.ts';
import { PART } from './parts.ts';

/** An operator family has 1,000 relays; ten times that is a folder named by mistake. */
const MAX_RECORDINGS = 10_000;

/** Of a folder that was not meant, such as `/`, is not read on for hours. */
const MAX_FILES = 1_000_000;

/** Folders in folders: a host, a relay, a month, and some more. */
const MAX_DEPTH = 8;

const NAME = '.tape';

export interface FoundRecordings {
  /** Each file once, in the order of what was named, of a folder by its names. */
  readonly paths: readonly string[];
  /** What may be one, or hold one, and cannot be looked at. */
  readonly silent: readonly Silence[];
  /** How many other files there were, those beside a recording left out. */
  readonly others: number;
}

/** How many there may be, of all files looked at too. */
export interface SearchBounds {
  readonly recordings: number;
  readonly files: number;
}

/**
 * The recordings among what was named, a file whatever it is, and in the folders, those in them too: a
 * file that begins as a recording, or is called NAME.tape. What begins with a dot is passed over, links
 * are followed.
 * Throws `recording` for a path at which there is nothing and for a folder without a recording, `usage`
 * where there are more than anybody means.
 */
export function recordingsIn(
  named: readonly string[],
  bounds: SearchBounds = { recordings: MAX_RECORDINGS, files: MAX_FILES },
): FoundRecordings {
  const search = new Search(bounds);
  for (const path of named) search.addNamed(path);
  return search;
}

class Search implements FoundRecordings {
  readonly paths: string[] = [];
  readonly silent: Silence[] = [];
  others = 0;
  /** Of the others those that are called as an exported part is. */
  #parts = 0;
  readonly #bounds: SearchBounds;
  #looked = 0;
  /** By device and inode: one file may have several names, and a folder may be in itself. */
  readonly #seen = new Set<string>();

  constructor(bounds: SearchBounds) {
    this.#bounds = bounds;
  }

  addNamed(path: string): void {
    const stats = statOf(path);
    if (!stats.isDirectory()) {
      if (this.#isNew(stats)) this.#add(path);
      return;
    }
    const [before, parts] = [this.#found, this.#parts];
    // Of a folder that was there already, what it holds is there, too.
    if (!this.#isNew(stats)) return;
    this.#addFolder(path, 0);
    if (this.#found > before) return;
    if (this.#parts === parts) {
      throw fault('recording', path, 'there is no recording in it', NO_RECORDING);
    }
    const cause = 'it holds parts that conntape export wrote, and no recording';
    throw fault('recording', path, cause, ASK_PARTS);
  }

  get #found(): number {
    return this.paths.length + this.silent.length;
  }

  #addFolder(folder: string, depth: number): void {
    const names = this.#guarded(folder, 'it cannot be looked into', () => this.#namesIn(folder));
    for (const name of names ?? []) {
      const path = join(folder, name);
      this.#guarded(path, 'it cannot be looked at', () => this.#addFound(path, depth + 1));
    }
  }

  /** In the order of their names: a folder gives them in any. */
  #namesIn(path: string): string[] {
    const names: string[] = [];
    const folder = opendirSync(path);
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
        if (!entry.name.startsWith('.')) names.push(entry.name);
        this.#looked++;
        if (this.#looked > this.#bounds.files) {
          const cause = `more than ${this.#bounds.files} files lie there`;
          throw fault('usage', path, cause, 'name the folders of the recordings');
        }
      }
    } finally {
      folder.closeSync();
    }
    return names.sort();
  }

  #addFound(path: string, depth: number): void {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) {
      if (depth > MAX_DEPTH) {
        this.#fallSilent(path, `it lies more than ${MAX_DEPTH} folders deep`, 'name it itself');
      } else if (this.#isNew(stats)) this.#addFolder(path, depth);
      return;
    }
    // What is called so was meant to be one, whatever has become of it.
    const isOne = path.endsWith(NAME) || (stats?.isFile() === true && beginsAsRecording(path));
    if (!isOne) {
      if (!NAMES_BESIDE.some((suffix) => path.endsWith(suffix))) this.others++;
      if (basename(path) === PART) this.#parts++;
      return;
    }
    if (stats === undefined || this.#isNew(stats)) this.#add(path);
  }

  #add(path: string): void {
    this.paths.push(path);
    const { recordings } = this.#bounds;
    if (this.paths.length <= recordings) return;
    const cause = `more than ${recordings} recordings are there`;
    throw fault('usage', path, cause, 'ask in parts, a folder or some at a time');
  }

  #isNew({ dev, ino }: Stats): boolean {
    const id = `${dev}:${ino}`;
    const isNew = !this.#seen.has(id);
    this.#seen.add(id);
    return isNew;
  }

  /** Undefined where the file system refuses, which is noted. */
  #guarded<Result>(path: string, what: string, look: () => Result): Result | undefined {
    try {
      return look();
    } catch (thrown) {
      if (thrown instanceof ConntapeError) throw thrown;
      this.#fallSilent(path, `${what}: ${messageOf(thrown)}`, 'run as a user who may read it');
      return undefined;
    }
  }

  #fallSilent(path: string, why: string, hint: string): void {
    this.silent.push({ path, member: undefined, why, hint, reason: 'failed' });
  }
}

const ASK_PARTS =
  'ask them by the queries in queries/fleet/ (docs/fleet.md), or name the recordings that they are of';

const NO_RECORDING = 'a recording is a file that conntape made, or one called NAME.tape';

function beginsAsRecording(path: string): boolean {
  return readFileHeader(path)?.applicationId === APPLICATION_ID;
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (thrown) {
    const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    const cause = isMissing ? 'there is no such file or folder' : messageOf(thrown);
    throw fault('recording', path, cause, 'name recordings, or folders that hold some');
  }
}

function fault(
  kind: 'recording' | 'usage',
  object: string,
  cause: string,
  hint: string,
): ConntapeError {
  return new ConntapeError(kind, {
    operation: 'looking for recordings in',
    object,
    cause,
    hint,
  });
}
