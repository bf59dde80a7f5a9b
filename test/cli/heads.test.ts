/** Heads that are kept in a file: an hour apart, and what they prove of a recording later. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeadsFile, readHeads } from '../../src/cli/heads.ts';
import { Recording } from '../../src/recording/reader.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { run } from '../commands/running.ts';
import { HEADER, snapshotOf, temporaryFolder, WRITER_OPTIONS } from '../recording/tapes.ts';

const MINUTE = 60_000;

/** Ten hours at a poll a minute, with the heads of each hour beside. */
function recorded() {
  const folder = temporaryFolder();
  const path = join(folder, 'a.tape');
  const file = join(folder, 'heads.txt');
  const notices: string[] = [];
  const heads = new HeadsFile(file, (text) => notices.push(text));
  const writer = RecordingWriter.open(path, WRITER_OPTIONS);
  writer.append({ kind: 'session', at: 0, header: { ...HEADER, intervalMs: MINUTE } });
  for (let minute = 1; minute <= 600; minute++) {
    writer.append(snapshotOf(minute * MINUTE, '1 0 0 0 0 0 IRt 1 1 5'));
    heads.kept(minute * MINUTE, writer.head);
  }
  writer.close();
  return { folder, path, file, notices };
}

describe('a file of heads', () => {
  it('gets one an hour, of the first snapshot on', () => {
    const { file, path, notices } = recorded();
    const kept = readHeads(file);
    expect(kept.map(({ at }) => at / MINUTE)).toEqual([
      1, 61, 121, 181, 241, 301, 361, 421, 481, 541,
    ]);
    const recording = Recording.open(path);
    const link = recording.unchecked
      .prepare<[number], string>('SELECT lower(hex(chain)) FROM tape WHERE at = ? AND kind > 0')
      .pluck();
    for (const { at, head } of kept) expect(link.get(at)).toBe(head);
    recording.close();
    expect(notices).toEqual([]);
  });

  it('is tried again where it cannot be written, and that is said once', () => {
    const folder = temporaryFolder();
    const notices: string[] = [];
    const heads = new HeadsFile(join(folder, 'none', 'heads.txt'), (text) => notices.push(text));
    for (let minute = 0; minute < 3; minute++) heads.kept(minute * MINUTE, 'a'.repeat(64));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain('no head is kept in');
  });

  it('is refused where a line is anything else', async () => {
    const { path, file } = recorded();
    writeFileSync(file, '# kept by mail\n\n2026-11-23T00:00:00Z abc\n');
    const ran = await run(['verify', path, '--heads', file]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('line 3 is not a time and a head');
  });
});

describe('verify --heads', () => {
  it('finds all that were kept', async () => {
    const { path, file } = recorded();
    const ran = await run(['verify', path, '--heads', file]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(
      '10 of 10 heads found, the last of 1970-01-01T09:01:00.000Z: everything up to there is',
    );
  });

  it('says which prove nothing any more behind what was dropped', async () => {
    const { path, file } = recorded();
    await run(['prune', path, '--keep', '6h']);
    const ran = await run(['verify', path, '--heads', file]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('7 of 10 heads found');
    expect(ran.stdout).toContain('everything from item 182 up to there');
    expect(ran.stdout).toContain('3 were printed before 1970-01-01T03:00:00.000Z');
  });

  it('shows a recording that was written anew, which verifies by itself', async () => {
    const { folder, file } = recorded();
    const forged = join(folder, 'forged.tape');
    const writer = RecordingWriter.open(forged, WRITER_OPTIONS);
    writer.append({ kind: 'session', at: 0, header: { ...HEADER, intervalMs: MINUTE } });
    for (let minute = 1; minute <= 600; minute++) {
      const text = minute < 200 ? '1 0 0 0 0 0 IRt 1 1 5' : '';
      writer.append(snapshotOf(minute * MINUTE, text));
    }
    writer.close();
    expect((await run(['verify', forged])).code).toBe(0);
    const ran = await run(['verify', forged, '--heads', file]);
    expect(ran.code).toBe(4);
    expect(ran.stdout).toContain('4 of 10 heads found, the last of 1970-01-01T03:01:00.000Z');
    expect(ran.stdout).toContain('head of 1970-01-01T04:01:00.000Z not found');
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(11);
  });
});
