/** Recordings of other formats: named for what they are, and left as they are. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { run } from '../commands/running.ts';
import * as cases from '../oracle/cases.ts';
import { HEADER, importInto, openWriter, temporaryFolder } from './tapes.ts';

/** Recordings of formats that are not read here, and what made them. */
const OTHERS = [
  [1, 'conntape 0.1.0'],
  [2, 'a conntape before 0.2.0'],
  [3, 'conntape 0.2.0'],
] as const;

/** A recording as the conntape of its format imported it. */
function ofFormat(format: number): Buffer {
  return gunzipSync(
    readFileSync(new URL(`../fixtures/formats/${format}.tape.gz`, import.meta.url)),
  );
}

const READING: readonly (readonly string[])[] = [
  ['info'],
  ['replay'],
  ['report', 'churn'],
  ['audit'],
  ['verify'],
  ['verify', '--rebuild'],
];

/** Every command that reads, on the recording `old.tape` of a folder. */
async function readings(path: string, folder: string) {
  const some = READING.map((args) => {
    const [command, ...rest] = args;
    const words = command === 'report' ? [command, ...rest, path] : [command!, path, ...rest];
    return run(words);
  });
  const others = [
    ['export', path, join(folder, 'dir')],
    ['cut', path, join(folder, 'out.tape')],
    ['serve', '--recording', path, '--listen', '127.0.0.1:0'],
  ].map((args) => run(args));
  return Promise.all([...some, ...others]);
}

describe.each(OTHERS)('a recording of format %i', (format, maker) => {
  it('is named, and never changed, by what reads', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'old.tape');
    writeFileSync(path, ofFormat(format));
    for (const ran of await readings(path, folder)) {
      expect([ran.code, ran.stdout]).toEqual([1, '']);
      expect(ran.stderr).toContain(`it was made by ${maker}; that version reads it`);
      expect(ran.stderr).toContain('conntape replay OLD --format transcript');
    }
    expect(readdirSync(folder)).toEqual(['old.tape']);
    expect(readFileSync(path)).toEqual(ofFormat(format));
  });

  it('is refused, and left as it is, by what records', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'old.tape');
    writeFileSync(path, ofFormat(format));
    expect(() => openWriter(path, HEADER)).toThrow(
      `it was made by ${maker}; that version reads it`,
    );
    expect(readdirSync(folder)).toEqual(['old.tape']);
    expect(readFileSync(path)).toEqual(ofFormat(format));
  });
});

it('a recording of a newer conntape is named', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'new.tape');
  await importInto(path, cases.restart);
  const db = new Database(path);
  db.pragma('user_version = 6');
  db.close();
  for (const ran of await readings(path, folder)) {
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('it was made by a newer conntape');
  }
  expect(() => openWriter(path, HEADER)).toThrow('newer conntape');
});

it('the beginning of a recording, without the log that has the rest, is named', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'begun.tape');
  const db = new Database(path);
  // As conntape 0.1.0 began its files: what follows is in the log.
  db.pragma('application_id = 1129595216');
  db.pragma('journal_mode = WAL');
  db.close();
  for (const ran of await readings(path, folder)) {
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('it is the beginning of a recording, and nothing of what was');
    expect(ran.stderr).toContain('-wal');
  }
  expect(readdirSync(folder)).toEqual(['begun.tape']);
});
