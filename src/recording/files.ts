/**
 * The files of a recording: the main one, and what SQLite keeps beside it.
 * Owns their names, what the main file's first bytes say, their size, and a copy of them elsewhere
 * for folders in which nothing may be written.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** What SQLite keeps beside a file while it is written; its names follow from the real path. */
const LOG = '-wal';
const JOURNAL = '-journal';
const LOG_INDEX = '-shm';

/** What follows the recording's name in those of other files of it; the last is the writer's. */
export const NAMES_BESIDE = [LOG, LOG_INDEX, JOURNAL, '-lock'] as const;

/** "CTAP": what `file` and SQLite know a recording by. */
export const APPLICATION_ID = 0x43544150;

/** Of SQLite's file format, section 1.3. */
const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;

/** As many links in a row as Linux follows. */
const MAX_LINKS = 40;

/** An open file by its number: what it names is whatever it was opened on. */
const DESCRIPTOR = /^(?:\/proc\/\d+(?:\/task\/\d+)?|\/dev)\/fd\/\d+$/;

/** A recorder writes every few seconds at most: so many tries meet a moment in between. */
const COPY_TRIES = 20;

/** The first 100 bytes of a database. */
export interface FileHeader {
  readonly isDatabase: boolean;
  readonly applicationId: number;
  readonly userVersion: number;
  /** Whether there is one page and no more. */
  readonly isOnePage: boolean;
  /** What the file must be long, bytes; undefined where the header does not say. */
  readonly length: number | undefined;
  /** What it is long, bytes. */
  readonly size: number;
}

/**
 * Read without SQLite, so that nothing appears beside the file; undefined where it is shorter. Not
 * while this process has a connection to the file: closing it gives back SQLite's locks on it.
 */
export function readFileHeader(path: string): FileHeader | undefined {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, bytes, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined;
    const stored = bytes.readUInt16BE(16);
    // The page size 65536 does not fit and is stored as 1.
    const pageBytes = stored === 1 ? 65536 : stored;
    // The page count counts where it was written together with the change counter.
    const isCounted = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
    const pages = bytes.readUInt32BE(28);
    const { size } = fstatSync(file);
    return {
      isDatabase: bytes.toString('latin1', 0, MAGIC.length) === MAGIC,
      applicationId: bytes.readUInt32BE(68),
      userVersion: bytes.readUInt32BE(60),
      isOnePage: size <= pageBytes,
      length: isCounted && pages > 0 ? pages * pageBytes : undefined,
      size,
    };
  } finally {
    closeSync(file);
  }
}

/** The path that SQLite names the other files after. */
export function realPath(path: string): string {
  return realpathSync(path);
}

/** The recording's own path and those of what lies beside it, whether they are there or not. */
export function filesOf(recording: string): string[] {
  return ['', ...NAMES_BESIDE].map((suffix) => recording + suffix);
}

/**
 * Where a file would be made, or is, that is opened for writing at a path: links are followed, also
 * those that lead to nothing yet. Where the folder is not there it is the path itself, made absolute.
 */
export function placeOf(path: string): string {
  // Not path.resolve, nor realpathSync in JavaScript: `link/..` is where the link leads, and up.
  let place = inFolder(process.cwd(), path);
  for (let links = 0; links < MAX_LINKS; links++) {
    try {
      place = join(realpathSync.native(dirname(place)), basename(place));
      if (isDescriptor(place)) return place;
      place = inFolder(dirname(place), readlinkSync(place));
    } catch {
      // Not a link, or its folder is not there.
      return place;
    }
  }
  return place;
}

function inFolder(folder: string, path: string): string {
  return isAbsolute(path) ? path : `${folder}/${path}`;
}

/** Whether a place, as `placeOf` gives it, is an open file by its number: `/dev/stdout` is one. */
export function isDescriptor(place: string): boolean {
  return DESCRIPTOR.test(place);
}

/** The bytes of a recording: all, and those of them in its log. */
export function sizesOf(path: string): { readonly total: number; readonly log: number } {
  const real = realPath(path);
  const log = sizeOf(real + LOG);
  return { total: sizeOf(real) + log + sizeOf(real + JOURNAL), log };
}

/** 0 for a file that is not there. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Removes a recording and what SQLite keeps beside it, if it is there; not its lock. */
export function removeRecording(path: string): void {
  for (const suffix of ['', LOG, LOG_INDEX, JOURNAL]) rmSync(path + suffix, { force: true });
}

/** A copy of a recording and its log. */
export interface TemporaryCopy {
  readonly path: string;
  remove(): void;
}

/**
 * Copies a recording, with its log, into a folder of its own that only this user can enter. A
 * recorder may go on meanwhile: copied again until nothing was moved from the log into the file.
 * Undefined where that does not come to an end; throws as the file system does.
 */
export function copyAside(path: string): TemporaryCopy | undefined {
  const real = realPath(path);
  const folder = mkdtempSync(join(tmpdir(), 'conntape-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const copy = join(folder, 'copy.tape');
  try {
    for (let tried = 0; tried < COPY_TRIES; tried++) {
      const before = standing(real);
      removeRecording(copy);
      // The log last: what is appended to it meanwhile does no harm.
      for (const suffix of ['', JOURNAL, LOG]) {
        if (!existsSync(real + suffix)) continue;
        copyFileSync(real + suffix, copy + suffix);
        // The original may be for reading only.
        chmodSync(copy + suffix, 0o600);
      }
      if (standing(real) === before) return { path: copy, remove };
    }
  } catch (thrown) {
    remove();
    throw thrown;
  }
  remove();
  return undefined;
}

/** What changes when pages are moved from the log into the file, or the log begins anew. */
function standing(real: string): string {
  const main: Stats = statSync(real);
  const log = real + LOG;
  return JSON.stringify([main.mtimeMs, main.size, existsSync(log) ? firstBytes(log) : '']);
}

/** The header of a log, as hex digits. */
function firstBytes(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(32);
    return bytes.toString('hex', 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}
