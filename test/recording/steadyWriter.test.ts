/** What happens to the file of a recorder at work, and to what it keeps. CONNTAPE_TRIALS=N: N times each. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../src/listing/snapshot.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { SteadyWriter } from '../../src/recording/steadyWriter.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { smallDisk } from './smallDisk.ts';
import { HEADER, openWriter, snapshotOf, temporaryFolder, WRITER_OPTIONS } from './tapes.ts';
import { EACH_TRIAL } from './trials.ts';

/** A recorder that has kept its first three seconds. */
function recorder(path = join(temporaryFolder(), 'a.tape'), header: Header = HEADER) {
  const notices: string[] = [];
  const options = {
    ...WRITER_OPTIONS,
    durable: true,
    notice: (text: string) => notices.push(text),
  };
  const writer = new SteadyWriter(path, options);
  writer.append({ kind: 'session', at: 0, header });
  const snapshot = (second: number) =>
    writer.append(snapshotOf(second * 1000, `${second} 0 0 0 0 0 IRt ${second} 0 0`)) !== undefined;
  for (const second of [1, 2, 3]) expect(snapshot(second)).toBe(true);
  return { path, writer, notices, snapshot };
}

/** What a recording holds that is whole: seconds of its snapshots, its gaps, its sessions. */
function held(path: string) {
  const recording = Recording.open(path);
  const { damages, head } = verifyRecording(recording, { rebuild: true, progress: () => {} });
  expect(damages).toEqual([]);
  const items = [...recording.items(EVERYTHING)];
  const { notice } = recording;
  recording.close();
  return {
    head,
    notice,
    seconds: items.flatMap((item) => (item.kind === 'snapshot' ? [item.at / 1000] : [])),
    gaps: items.flatMap((item) =>
      item.kind === 'gap' ? [[item.from / 1000, item.to / 1000, item.reason]] : [],
    ),
    sessions: items.filter(({ kind }) => kind === 'session').length,
  };
}

/** Closed as it should be: nothing lies beside. */
function filesBeside(path: string): string[] {
  return readdirSync(join(path, '..')).sort();
}

/** Holds the writer's lock of a database, as a shell with an open transaction does. */
function locked(path: string): () => void {
  const db = new Database(path);
  db.exec('BEGIN IMMEDIATE');
  return () => db.close();
}

/** Moves the closed recording of another relay to a path. */
function anotherRelays(path: string): void {
  const other = join(temporaryFolder(), 'other.tape');
  openWriter(other, { ...HEADER, relay: { ...HEADER.relay, fingerprint: 'A'.repeat(40) } }).close();
  renameSync(other, path);
}

describe.each(EACH_TRIAL)('a recorder whose file goes away, trial %i', () => {
  it('says that it was removed, and begins anew', () => {
    const { path, writer, notices, snapshot } = recorder();
    rmSync(path);
    expect(snapshot(4)).toBe(true);
    expect(notices).toEqual([
      `${path} was removed, and with it what was recorded from 1970-01-01T00:00:01.000Z to 1970-01-01T00:00:03.000Z; a new recording begins`,
    ]);
    expect(snapshot(5)).toBe(true);
    const { head, hasLost, paused } = writer.close();
    expect({ hasLost, paused }).toEqual({ hasLost: true, paused: undefined });
    expect(held(path)).toMatchObject({ head, seconds: [4, 5], gaps: [], sessions: 1 });
    expect(filesBeside(path)).toEqual(['a.tape']);
  });

  it('says at its end that it was removed meanwhile', () => {
    const { path, writer, notices } = recorder();
    rmSync(path);
    expect(writer.close().hasLost).toBe(true);
    expect(notices).toHaveLength(1);
    expect(existsSync(path)).toBe(false);
  });

  it('finishes the old file when it is moved', () => {
    const { path, writer, notices, snapshot } = recorder();
    const old = path.replace('a.tape', 'old.tape');
    renameSync(path, old);
    expect(snapshot(4)).toBe(true);
    expect(notices).toEqual([
      expect.stringMatching(/a\.tape was moved.*finished there; a new recording begins$/),
    ]);
    expect(held(old)).toMatchObject({ seconds: [1, 2, 3], notice: undefined });
    const { head, hasLost } = writer.close();
    expect(hasLost).toBe(false);
    expect(held(path)).toMatchObject({ head, seconds: [4], sessions: 1 });
    expect(held(old)).toMatchObject({ seconds: [1, 2, 3], notice: undefined });
    expect(filesBeside(path)).toEqual(['a.tape', 'old.tape']);
  });

  it('finishes it where it is moved with all that lies beside', () => {
    const { path, writer, snapshot } = recorder();
    const folder = join(path, '..', 'old');
    mkdirSync(folder);
    for (const suffix of ['', '-wal', '-shm', '-lock']) {
      renameSync(path + suffix, join(folder, `a.tape${suffix}`));
    }
    expect(snapshot(4)).toBe(true);
    writer.close();
    expect(held(join(folder, 'a.tape'))).toMatchObject({ seconds: [1, 2, 3], notice: undefined });
    expect(held(path).seconds).toEqual([4]);
    expect(filesBeside(path)).toEqual(['a.tape', 'old']);
    expect(filesBeside(join(folder, 'a.tape')).filter((name) => name.endsWith('-wal'))).toEqual([]);
  });

  it('goes on with another recording of the relay that takes its place, and its log', () => {
    const { path, writer, snapshot } = recorder();
    const other = join(path, '..', 'other.tape');
    const another = openWriter(other, HEADER);
    another.append(snapshotOf(2500, '9 0 0 0 0 0 IRt 9 0 0'));
    renameSync(path, join(path, '..', 'old.tape'));
    // As it lies there while it is written: what was recorded last is in its log.
    copyFileSync(other, path);
    copyFileSync(`${other}-wal`, `${path}-wal2`);
    renameSync(`${path}-wal2`, `${path}-wal`);
    another.close();
    expect(snapshot(4)).toBe(true);
    expect(writer.close().hasLost).toBe(false);
    expect(held(path)).toMatchObject({
      seconds: [2.5, 4],
      gaps: [[2.5, 4, 'the recorder wrote to another file']],
      sessions: 1,
    });
  });

  it('never writes over what takes its place and is no recording of the relay', () => {
    for (const content of ['text', 'relay'] as const) {
      const { path, writer, notices, snapshot } = recorder();
      const old = join(path, '..', 'old.tape');
      renameSync(path, old);
      if (content === 'text') writeFileSync(path, 'something else');
      else anotherRelays(path);
      expect(snapshot(4)).toBe(false);
      expect(snapshot(5)).toBe(false);
      const why = content === 'text' ? 'it is not a conntape recording' : 'it holds another relay';
      expect(notices[1]).toBe(`${path}: ${why}: nothing is kept until that is over`);
      expect(notices).toHaveLength(2);
      rmSync(path);
      expect(snapshot(6)).toBe(true);
      expect(writer.close()).toMatchObject({ hasLost: true, paused: undefined });
      expect(held(path).seconds).toEqual([6]);
      expect(held(old).seconds).toEqual([1, 2, 3]);
    }
  });

  it('says that it was emptied, and begins anew', () => {
    const { path, writer, notices, snapshot } = recorder();
    truncateSync(path);
    expect(snapshot(4)).toBe(true);
    expect(notices[0]).toContain('was emptied, and with it what was recorded from');
    const { head, hasLost } = writer.close();
    expect(hasLost).toBe(true);
    expect(held(path)).toMatchObject({ head, seconds: [4] });
  });

  it('pauses where it was cut short, until that is moved away', () => {
    const { path, writer, notices, snapshot } = recorder();
    truncateSync(path, statSync(path).size - 8192);
    snapshot(4);
    expect(notices[0]).toContain('was cut short');
    rmSync(path);
    expect(snapshot(5)).toBe(true);
    const { head, hasLost } = writer.close();
    expect(hasLost).toBe(true);
    expect(held(path)).toMatchObject({ head });
  });
});

describe.each(EACH_TRIAL)('a recorder that can keep nothing for a time, trial %i', () => {
  it('pauses while another program holds a lock: one gap, one session', () => {
    const { path, writer, notices, snapshot } = recorder();
    const unlock = locked(path);
    for (const second of [4, 5, 6]) expect(snapshot(second)).toBe(false);
    unlock();
    expect(snapshot(7)).toBe(true);
    const why = 'the database was locked by another program';
    expect(notices).toEqual([
      `${path}: ${why}: nothing is kept until that is over`,
      `recording goes on: ${why} is over`,
    ]);
    const { head, hasLost } = writer.close();
    expect(hasLost).toBe(true);
    expect(held(path)).toMatchObject({
      head,
      seconds: [1, 2, 3, 7],
      gaps: [[3, 7, why]],
      sessions: 1,
    });
  });

  it('tells the head that is on disk where it stops while paused', () => {
    const { path, writer, notices, snapshot } = recorder();
    const unlock = locked(path);
    expect(snapshot(4)).toBe(false);
    const { head, hasLost, paused } = writer.close();
    unlock();
    expect({ hasLost, paused }).toEqual({
      hasLost: true,
      paused: 'the database was locked by another program',
    });
    expect(notices[1]).toContain(
      'stopped while paused: nothing was kept since 1970-01-01T00:00:03',
    );
    expect(held(path)).toMatchObject({ head, seconds: [1, 2, 3], gaps: [] });
  });

  it('writes the gap at its end where that is possible then, and the next goes on behind it', () => {
    const { path, writer, snapshot } = recorder();
    const unlock = locked(path);
    for (const second of [4, 5]) expect(snapshot(second)).toBe(false);
    unlock();
    const { head } = writer.close();
    const why = 'the database was locked by another program';
    expect(held(path)).toMatchObject({ head, seconds: [1, 2, 3], gaps: [[3, 5, why]] });
    const next = openWriter(path, HEADER);
    next.append(snapshotOf(9000, ''));
    next.close();
    expect(held(path).gaps).toEqual([
      [3, 5, why],
      [5, 9, 'recorder not running'],
    ]);
  });
});

describe.each(EACH_TRIAL)('a recorder on a small disk, trial %i', () => {
  it('pauses while it is full, and while it is for reading only', ({ skip }) => {
    const disk = smallDisk('1m') ?? skip();
    const { path, writer, snapshot } = recorder(join(disk, 'a.tape'));
    spawnSync('dd', ['if=/dev/zero', `of=${disk}/filler`, 'bs=4k']);
    // What stands in the log's pages already finds room: until there is none.
    let second = 4;
    while (snapshot(second)) second++;
    const last = second - 1;
    rmSync(join(disk, 'filler'));
    expect(snapshot(second + 1)).toBe(true);
    // The recorder has it open: it can be made read-only only while it is closed by a pause.
    const unlock = locked(path);
    expect(snapshot(second + 2)).toBe(false);
    unlock();
    expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
    expect(snapshot(second + 3)).toBe(false);
    spawnSync('mount', ['-o', 'remount,rw', disk]);
    expect(snapshot(second + 4)).toBe(true);
    const { head } = writer.close();
    expect(held(path)).toMatchObject({
      head,
      gaps: [
        [last, second + 1, 'disk full'],
        [
          second + 1,
          second + 4,
          'the database was locked by another program, then read-only file system',
        ],
      ],
      sessions: 1,
    });
  });
});

describe('the lock of a recorder', () => {
  it('is the same through a symbolic link, and the first goes on', () => {
    const { path, writer, snapshot } = recorder();
    const link = join(path, '..', 'link.tape');
    symlinkSync(path, link);
    expect(() => openWriter(link, HEADER)).toThrow('another process is writing it');
    expect(snapshot(4)).toBe(true);
    const { head } = writer.close();
    expect(held(path)).toMatchObject({ head, seconds: [1, 2, 3, 4] });
  });

  it('is had beside a file that a dangling link names', () => {
    const folder = temporaryFolder();
    symlinkSync('a.tape', join(folder, 'link.tape'));
    const { writer } = recorder(join(folder, 'link.tape'));
    expect(() => openWriter(join(folder, 'a.tape'), HEADER)).toThrow('another process');
    writer.close();
    expect(readdirSync(folder).sort()).toEqual(['a.tape', 'link.tape']);
  });

  it('refuses a file with a second name', () => {
    const { path, writer } = recorder();
    writer.close();
    linkSync(path, join(path, '..', 'b.tape'));
    expect(() => openWriter(path, HEADER)).toThrow('the file has another name, a hard link');
  });

  it('does not take away the lock of another that came to be at its name', () => {
    const { path, writer } = recorder();
    rmSync(`${path}-lock`);
    writeFileSync(`${path}-lock`, '');
    writer.close();
    expect(existsSync(`${path}-lock`)).toBe(true);
  });

  it('says that it cannot be made', ({ skip }) => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    // Nothing is forbidden to root.
    if (process.getuid?.() === 0) return skip();
    expect(() => openWriter(join(folder, 'a.tape'), HEADER)).toThrow('its lock cannot be made');
  });
});
