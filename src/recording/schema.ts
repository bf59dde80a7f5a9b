/**
 * What format a file is, and whether its schema is the one of that format.
 * Owns the number of the format and making it; opening files is store.ts's.
 *
 * The application id and SQLite's `user_version` say which: 1 is that of conntape 0.1.0, 2 was
 * never released, 3 is that of 0.2.0. From 4 on each is read for ever. 0 is a file into which no
 * schema was written yet.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConntapeError } from '../error.ts';
import { damaged } from './damage.ts';
import { APPLICATION_ID, type FileHeader } from './files.ts';
import type { Sqlite } from './sqlite.ts';
import { writeFirstSums } from './sums.ts';

/**
 * The formats that are read here: the schema of each is what those up to it make, one after another.
 * hash: SHA-256 over `schemaOf` a file of it, which stays as it is for ever.
 */
const FORMATS = [
  {
    format: 4,
    file: '0004_recording.sql',
    hash: '55ccbc96e1b134f80e17d76ae1287eef9b6d9d434b4694e1df622583e68cb3b8',
  },
  {
    format: 5,
    file: '0005_beginning.sql',
    hash: '556439537c63d682cef08516a93e1f0e0e854c7af0d9e8ed0915c43764ad109c',
  },
] as const;

/** The first format that is read here, and the one that is made. */
const OLDEST = 4;
const FORMAT = 5;

/** `dist/recording` and `src/recording` lie equally deep, so both find the package's folder. */
const FOLDER = new URL('../../migrations/', import.meta.url);

/** Which conntape reads a format that this one does not. */
const READ_BY: ReadonlyMap<number, string> = new Map([
  [1, 'conntape 0.1.0'],
  [2, 'a conntape before 0.2.0'],
  [3, 'conntape 0.2.0'],
]);

/** Makes the schema of a format in a database that is empty. */
export function createSchema(db: Sqlite, format: number = FORMAT): void {
  db.transaction(() => {
    db.pragma(`application_id = ${APPLICATION_ID}`);
    goOnFrom(db, 0, format);
  })();
}

/** Makes a recording of an older format one of the present one. It must have been checked. */
export function migrate(db: Sqlite): void {
  const format = formatOf(db);
  if (format < FORMAT) db.transaction(() => goOnFrom(db, format, FORMAT))();
}

function goOnFrom(db: Sqlite, done: number, until: number): void {
  for (const { format, file } of FORMATS) {
    if (format > done && format <= until) db.exec(readFileSync(new URL(file, FOLDER), 'utf8'));
  }
  writeFirstSums(db);
  db.pragma(`user_version = ${until}`);
}

/** Whether a recording was begun and has no schema yet. */
export function isBegun(db: Sqlite): boolean {
  return formatOf(db) === 0 && db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

function formatOf(db: Sqlite): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/**
 * Refuses, by its first bytes, what is not a recording or is of another format: before SQLite opens it,
 * which would leave files beside one that is to stay as it is.
 * @param hasLog whether a log lies beside, in which more may stand than in the file.
 * @param mayBeBegun whether it may be a file into which no schema was written yet.
 */
export function checkHeader(
  header: FileHeader | undefined,
  { hasLog, mayBeBegun }: { readonly hasLog: boolean; readonly mayBeBegun: boolean },
  path: string,
  operation: string,
): void {
  if (header?.applicationId !== APPLICATION_ID) {
    throw refusal(path, operation, 'it is not a conntape recording');
  }
  if (!header.isDatabase) throw damaged('its first bytes are not those of a recording');
  const { userVersion, isOnePage, length, size } = header;
  const isBeginning = userVersion === 0 && isOnePage && !hasLog && !mayBeBegun;
  if (userVersion !== 0 || isBeginning) checkFormat(userVersion, path, operation);
  if (!hasLog && length !== undefined && size !== length) {
    throw damaged(
      size < length
        ? `it was cut off: ${size} bytes of ${length} are there`
        : `it has ${size - length} bytes behind its end`,
    );
  }
}

function checkFormat(format: number, path: string, operation: string): void {
  if (format >= OLDEST && format <= FORMAT) return;
  const reader = READ_BY.get(format);
  if (reader !== undefined) {
    throw refusal(
      path,
      operation,
      `it was made by ${reader}; that version reads it`,
      'with that version: conntape replay OLD --format transcript > OLD.jsonl; then, here: conntape import OLD.jsonl NEW',
    );
  }
  if (format === 0) {
    throw refusal(
      path,
      operation,
      'it is the beginning of a recording, and nothing of what was recorded is in it',
      `where it is a copy, copy the log beside it (-wal) too, or make the copy with \`conntape cut\``,
    );
  }
  throw refusal(path, operation, 'it was made by a newer conntape', 'update conntape');
}

/**
 * Refuses another format, and a schema that is not that of the format to the letter: a recording
 * may come from anywhere, and no view or trigger of another's making may run.
 */
export function checkSchema(db: Sqlite, path: string, operation: string): void {
  if (formatOf(db) === 0 && !isBegun(db)) throw damaged('the number of its format is damaged');
  checkFormat(formatOf(db), path, operation);
  if (createHash('sha256').update(schemaOf(db)).digest('hex') !== hashOf(formatOf(db))) {
    throw damaged('its schema is not the one that conntape makes');
  }
}

/** What `sqlite_schema` holds, as one text. ANALYZE in a shell may have left its tables. */
function schemaOf(db: Sqlite): string {
  const rows = db
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema
       WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4')) ORDER BY 1, 2`,
    )
    .raw()
    .all();
  return JSON.stringify(rows);
}

function hashOf(format: number): string | undefined {
  return FORMATS.find((known) => known.format === format)?.hash;
}

function refusal(path: string, operation: string, cause: string, hint?: string): ConntapeError {
  return new ConntapeError('recording', {
    operation,
    object: path,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
