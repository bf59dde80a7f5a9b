/** The log beside a recording: what was committed to it is read, or its loss is found. */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { inspectLog } from '../../src/recording/log.ts';
import { run } from '../commands/running.ts';
import { HEADER, openWriter, snapshotOf, temporaryFolder } from './tapes.ts';

const FRAME_BYTES = 24 + 4096;
const LOG_HEADER_BYTES = 32;

/** The files of a recorder that is killed, in a log that was begun anew: old frames lie behind. */
function killed(suffixes: readonly string[]): string {
  const folder = temporaryFolder();
  const [path, copy] = [join(folder, 'a.tape'), join(folder, 'b.tape')];
  const writer = openWriter(path, HEADER);
  const append = (number: number) =>
    writer.append(snapshotOf(number * 1000, `1 0 0 0 0 0 IRt ${number} 2 ${number + 5}`));
  for (let number = 1; number <= 20; number++) append(number);
  const other = new Database(path);
  other.pragma('wal_checkpoint(RESTART)');
  other.close();
  for (let number = 21; number <= 24; number++) append(number);
  for (const suffix of suffixes) copyFileSync(path + suffix, copy + suffix);
  writer.close();
  return copy;
}

/** Which frames of a log belong to it, and whether each ends a transaction. */
function framesOf(path: string): boolean[] {
  const log = readFileSync(`${path}-wal`);
  const frames: boolean[] = [];
  for (let at = LOG_HEADER_BYTES; at + FRAME_BYTES <= log.length; at += FRAME_BYTES) {
    if (!log.subarray(at + 8, at + 16).equals(log.subarray(16, 24))) break;
    frames.push(log.readUInt32BE(at + 4) !== 0);
  }
  return frames;
}

/** Flips a bit of a frame's page, or of its header. */
function flipIn(path: string, frame: number, within: number): void {
  const log = readFileSync(`${path}-wal`);
  log[LOG_HEADER_BYTES + frame * FRAME_BYTES + within]! ^= 4;
  writeFileSync(`${path}-wal`, log);
}

const READ = 24 + 100;

describe('a log', () => {
  it('that is whole is read, old frames behind its end or not', () => {
    const path = killed(['', '-wal', '-shm']);
    expect(readFileSync(`${path}-wal`).length).toBeGreaterThan(
      LOG_HEADER_BYTES + framesOf(path).length * FRAME_BYTES,
    );
    expect(inspectLog(path)).toBe('whole');
  });

  it('that is not there, or empty, is named so', () => {
    const path = killed(['']);
    expect(inspectLog(path)).toBe('none');
    writeFileSync(`${path}-wal`, '');
    expect(inspectLog(path)).toBe('empty');
  });

  it('is damaged where a transaction is lost that others follow, whatever of it is hit', () => {
    for (const within of [0, 5, 9, 17, READ]) {
      const path = killed(['', '-wal']);
      const frames = framesOf(path);
      expect(frames.filter(Boolean).length).toBe(4);
      flipIn(path, frames.indexOf(true), within);
      if (within === 5) flipIn(path, frames.indexOf(true), READ);
      expect(() => inspectLog(path)).toThrow('its log is damaged');
    }
  });

  it('is damaged where it ends before what was committed, as its index says', () => {
    for (const wound of ['bit', 'cut'] as const) {
      const path = killed(['', '-wal', '-shm']);
      const last = framesOf(path).length - 1;
      if (wound === 'bit') flipIn(path, last, READ);
      else truncateSync(`${path}-wal`, LOG_HEADER_BYTES + last * FRAME_BYTES);
      expect(() => inspectLog(path)).toThrow('its log is damaged');
    }
  });

  it('is damaged where its header is', async () => {
    for (let at = 0; at < LOG_HEADER_BYTES; at++) {
      const path = killed(['', '-wal']);
      const log = readFileSync(`${path}-wal`);
      log[at]! ^= 1 << (at % 8);
      writeFileSync(`${path}-wal`, log);
      expect(() => inspectLog(path)).toThrow('the header of its log is damaged');
      if (at === 0) expect(await run(['info', path])).toMatchObject({ code: 4, stdout: '' });
    }
  });

  it('may end in a transaction that a power failure tore: it is left out, which is said', async () => {
    const path = killed(['', '-wal']);
    flipIn(path, framesOf(path).length - 1, READ);
    expect(inspectLog(path)).toBe('torn');
    const ran = await run(['replay', path, '--at', '00:00:24']);
    expect([ran.code, ran.stdout]).toEqual([0, '1 0 0 0 0 0 IRt 23 2 28\n']);
    expect(ran.stderr).toContain('ends in a snapshot that was not written whole');
    // A recorder goes on before it.
    const writer = openWriter(path, HEADER);
    expect(writer.lastAt).toBe(23_000);
    writer.close();
  });

  it.each([
    ['within a frame', (at: number) => at + 100],
    ['within the header of one', (at: number) => at + 9],
    ['behind a frame that ends no transaction', (at: number) => at + FRAME_BYTES],
  ])('that was cut %s, with nothing to say how long it was, is torn', async (_, cut) => {
    const path = killed(['', '-wal']);
    const frames = framesOf(path);
    // The last transaction has several frames, the first of which stands here.
    const first = frames.lastIndexOf(true, frames.length - 2) + 1;
    expect(frames[first]).toBe(false);
    truncateSync(`${path}-wal`, cut(LOG_HEADER_BYTES + first * FRAME_BYTES));
    expect(inspectLog(path)).toBe('torn');
    const { code, stderr } = await run(['verify', path]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('was not written whole')]);
  });

  it('is torn where bytes were taken out of it, and all behind them moved', () => {
    const path = killed(['', '-wal']);
    const log = readFileSync(`${path}-wal`);
    const at = LOG_HEADER_BYTES + FRAME_BYTES + 50;
    writeFileSync(`${path}-wal`, Buffer.concat([log.subarray(0, at), log.subarray(at + 27)]));
    expect(inspectLog(path)).toBe('torn');
  });

  it('is torn where a system that lost power left zeros', () => {
    const path = killed(['', '-wal']);
    const log = readFileSync(`${path}-wal`);
    log.fill(0, LOG_HEADER_BYTES + (framesOf(path).length - 1) * FRAME_BYTES);
    writeFileSync(`${path}-wal`, log);
    expect(inspectLog(path)).toBe('torn');
  });

  it('that lost transactions is not gone on with', () => {
    const path = killed(['', '-wal']);
    flipIn(path, 0, READ);
    expect(() => openWriter(path, HEADER)).toThrow('its log is damaged');
  });
});
