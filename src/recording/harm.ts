/**
 * Whether writing to a path would harm a recording: the file, or what lies beside it.
 * Owns that question; which files those are is files.ts's to say. It opens no database.
 */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { APPLICATION_ID, filesOf, NAMES_BESIDE, placeOf, readFileHeader } from './files.ts';

/**
 * The recording that writing to a path would harm: one of `known`, by device and inode or, for what
 * lies beside it and is not there yet, by folder and name; or any other that is found at the path or
 * has it for the name of its log or lock. Undefined where none is harmed. Never throws.
 */
export function harmedRecording(path: string, known: readonly string[]): string | undefined {
  const target = identityOf(path);
  for (const recording of known) {
    const files = [recording, placeOf(recording)].flatMap(filesOf).map(identityOf);
    if (files.some((file) => isSame(file, target))) return recording;
  }
  return isRecording(path) ? path : recordingBeside(path);
}

/** The recording for whose log or lock a path is the name; undefined where there is none. */
export function recordingBeside(path: string): string | undefined {
  const place = placeOf(path);
  return NAMES_BESIDE.filter((suffix) => place.endsWith(suffix))
    .map((suffix) => place.slice(0, -suffix.length))
    .find(isRecording);
}

/** Whether an open file, such as standard output, is one of a recording's. Never throws. */
export function isFileOf(recording: string, opened: Numbers): boolean {
  return [recording, placeOf(recording)].flatMap(filesOf).some((file) => {
    return areSame(numbersOf(file), opened);
  });
}

/** What the operating system knows one file from another by. */
interface Numbers {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** What a path leads to: the file, where there is one, and its folder and name there. */
interface Identity {
  readonly file: Numbers | undefined;
  readonly folder: Numbers | undefined;
  readonly name: string;
}

function identityOf(path: string): Identity {
  const place = placeOf(path);
  return { file: numbersOf(path), folder: numbersOf(dirname(place)), name: basename(place) };
}

function numbersOf(path: string): Numbers | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

function isSame(one: Identity, other: Identity): boolean {
  if (areSame(one.file, other.file)) return true;
  return areSame(one.folder, other.folder) && one.name === other.name;
}

function areSame(one: Numbers | undefined, other: Numbers | undefined): boolean {
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}

/** Whether a file begins as every recording does. */
function isRecording(path: string): boolean {
  try {
    // Opening a named pipe would wait for a writer.
    if (!statSync(path).isFile()) return false;
    const header = readFileHeader(path);
    return header?.isDatabase === true && header.applicationId === APPLICATION_ID;
  } catch {
    return false;
  }
}
