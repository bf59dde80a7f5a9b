/** How much of a recording is kept, while it is recorded and by hand; what is left is whole. */
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { sizesOf } from '../../src/recording/files.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { LEAST_BYTES, type RetentionPolicy } from '../../src/recording/retention.ts';
import { SteadyWriter } from '../../src/recording/steadyWriter.ts';
import { writeFirstSums } from '../../src/recording/sums.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { run } from '../commands/running.ts';
import { HEADER, snapshotOf, temporaryFolder, WRITER_OPTIONS } from './tapes.ts';

const MINUTE = 60_000;

/** Connections that stay, and one a snapshot that is there once, with numbers that do not compress. */
function listingAt(number: number, lines: number): string {
  let seed = number;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed;
  };
  const others = Array.from({ length: lines }, (_, index) => {
    const id = 100 + number * lines + index;
    return `${id} 0 0 0 0 0 IRt ${random()} ${random()} 1`;
  });
  return ['1 0 0 0 0 0 OXt 10 20 5', ...others].join('\n');
}

interface Recorder {
  readonly minutes: number;
  readonly lines: number;
  readonly retention?: RetentionPolicy;
  readonly each?: (path: string) => void;
}

/** A recorder of a poll a minute, closed: where it wrote, and what its operator was told. */
function recorded({ minutes, lines, retention, each }: Recorder) {
  const path = join(temporaryFolder(), 'a.tape');
  const notices: string[] = [];
  const writer = new SteadyWriter(path, {
    ...WRITER_OPTIONS,
    ...(retention === undefined ? {} : { retention }),
    notice: (text) => notices.push(text),
  });
  const header = { ...HEADER, intervalMs: MINUTE };
  writer.append({ kind: 'session', at: 0, header });
  for (let number = 1; number <= minutes; number++) {
    const text = listingAt(number, lines).replace(' 5\n', ` ${5 + number * 60}\n`);
    expect(writer.append(snapshotOf(number * MINUTE, text))).toBeDefined();
    each?.(path);
  }
  const { hasLost } = writer.close();
  expect(hasLost).toBe(false);
  return { path, notices };
}

function wholeExtentOf(path: string) {
  const recording = Recording.open(path);
  try {
    const { damages } = verifyRecording(recording, { rebuild: true, progress: () => {} });
    expect(damages).toEqual([]);
    expect(recording.notice).toBeUndefined();
    return { extent: recording.extent!, beginning: recording.beginning };
  } finally {
    recording.close();
  }
}

describe('a recorder that keeps ten hours', () => {
  it('drops what is older, a key frame at a time, and goes on', () => {
    const { path, notices } = recorded({
      ...{ minutes: 1500, lines: 2, retention: { keepMs: 600 * MINUTE } },
    });
    const { extent, beginning } = wholeExtentOf(path);
    // The last key frame that is ten hours old or older: 4 times 180 minutes behind the first.
    expect(extent).toEqual({ from: 721 * MINUTE, to: 1500 * MINUTE });
    expect(beginning).toMatchObject({
      ...{ snapshots: 720, from: MINUTE, to: 720 * MINUTE, why: 'age' },
    });
    expect(notices).toEqual([]);
  });

  it('knows since when the connections are open that were there before', async () => {
    const { path } = recorded({ minutes: 1500, lines: 2, retention: { keepMs: 600 * MINUTE } });
    const { stdout } = await run(['report', 'connections', path, '--format', 'csv']);
    const first = stdout.split('\n').find((line) => /^1,1,0,/.test(line));
    expect(first).toContain(',1969-12-31T23:59:55.000Z,true,1970-01-01T00:01:00.000Z,');
  });
});

it('a recorder that may write so much never has more, its log included', () => {
  const sizes: number[] = [];
  const { path } = recorded({
    ...{ minutes: 1300, lines: 800, retention: { maxBytes: LEAST_BYTES } },
    each: (at) => sizes.push(sizesOf(at).total),
  });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(LEAST_BYTES);
  const { beginning } = wholeExtentOf(path);
  expect(beginning).toMatchObject({ why: 'size' });
});

describe('prune', () => {
  it('drops by hand, and gives the space back', async () => {
    const { path } = recorded({ minutes: 1000, lines: 20 });
    const { size } = statSync(path);
    const ran = await run(['prune', path, '--keep', '5h']);
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(ran.stderr).toContain('dropped 540 snapshots');
    expect(ran.stderr).toContain(`now begins at ${new Date(541 * MINUTE).toISOString()}`);
    expect(statSync(path).size).toBeLessThan(size * 0.6);
    wholeExtentOf(path);
    const early = await run(['report', 'churn', path, '--from', '1970-01-01T08:00']);
    expect(early.stderr).toContain(
      'nothing is left of what was recorded before 1970-01-01T09:01:00.000Z: the window begins 1h1m earlier',
    );
    const { stdout } = await run(['info', path]);
    expect(stdout).toContain(
      'before                 540 snapshots, 1970-01-01T00:01:00.000Z to 1970-01-01T09:00:00.000Z, were dropped as too old, at ',
    );
  });

  it('says how much it needs to know', async () => {
    const { path } = recorded({ minutes: 3, lines: 1 });
    for (const [args, cause] of [
      [[], 'nothing says how much is to be kept'],
      [['--keep', '10m'], '10m is too short'],
      [['--max-size', '1MB'], '1 MB is too small'],
      [['--max-size', 'much'], 'it is not a number with a unit'],
    ] as const) {
      const ran = await run(['prune', path, ...args]);
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain(cause);
    }
  });

  it('makes nothing where there is no recording', async () => {
    const path = join(temporaryFolder(), 'none.tape');
    const ran = await run(['prune', path, '--keep', '5h']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('there is no such file');
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe('a head that was kept', () => {
  it('proves of what is left what it proves of the whole', async () => {
    const { path } = recorded({ minutes: 600, lines: 2 });
    const recording = Recording.open(path);
    const links = recording.unchecked
      .prepare<[], string>('SELECT lower(hex(chain)) FROM tape ORDER BY seq')
      .pluck()
      .all();
    recording.close();
    await run(['prune', path, '--keep', '3h']);
    // A session, then 360 snapshots that were dropped.
    const [gone, last, there] = [links[100]!, links[360]!, links[400]!];
    const asked = async (head: string) => run(['verify', path, '--head', head]);
    expect(await asked(there)).toMatchObject({ code: 0 });
    expect((await asked(there)).stdout).toContain('everything from item 362 up to there');
    expect(await asked(last)).toMatchObject({ code: 0 });
    expect((await asked(last)).stdout).toContain('what is here goes on from what that head');
    expect(await asked(gone)).toMatchObject({ code: 4 });
    expect((await asked(gone)).stdout).toContain('of what was recorded until then nothing is here');
  });
});

it('a beginning that cannot be one is damage, whoever wrote it', () => {
  const { path } = recorded({ minutes: 600, lines: 1, retention: { keepMs: 180 * MINUTE } });
  for (const change of ['from_ms = 9e15', 'seq = 0', "chain = x'00'", 'snapshots = 9e18']) {
    const copy = join(temporaryFolder(), 'b.tape');
    copyFileSync(path, copy);
    const db = new Database(copy);
    db.exec(`UPDATE beginning SET ${change}; DELETE FROM table_sum WHERE name = 'beginning'`);
    writeFirstSums(db);
    db.close();
    const recording = Recording.open(copy);
    expect(() => recording.beginning, change).toThrow('where it begins cannot be so');
    recording.close();
  }
});

it('what is dropped while it is read is no damage, and the reader says why it ends', () => {
  const path = join(temporaryFolder(), 'a.tape');
  const writer = RecordingWriter.open(path, { ...WRITER_OPTIONS, framesPerKey: 5 });
  writer.append({ kind: 'session', at: 0, header: HEADER });
  const times = Array.from({ length: 100 }, (_, index) => (index + 1) * 10_000);
  for (const at of times) writer.append(snapshotOf(at, `1 0 0 0 0 0 IRt 1 1 ${at / 1000}`));
  const recording = Recording.open(path);
  const items = recording.items(EVERYTHING);
  expect(items.next().value).toMatchObject({ kind: 'session' });
  expect(items.next().value).toMatchObject({ at: 10_000 });
  expect(writer.retention({ keepMs: 200_000 }).look(1_000_000).droppedSnapshots).toBe(75);
  let thrown: unknown;
  try {
    while (items.next().done !== true);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ kind: 'recording' });
  expect(String(thrown)).toContain('its recorder dropped what was being read');
  expect(() => [...recording.items(EVERYTHING)]).not.toThrow();
  recording.close();
  writer.close();
});

it('what was dropped is forgotten: a line that comes back then begins a new life', () => {
  const path = join(temporaryFolder(), 'a.tape');
  const writer = RecordingWriter.open(path, { ...WRITER_OPTIONS, framesPerKey: 2 });
  writer.append({ kind: 'session', at: 0, header: HEADER });
  const retention = writer.retention({ keepMs: 10_000 });
  const texts = ['1 0 0 0 0 0 IRt 1 1 10', '', '', '', '', '1 0 0 0 0 0 IRt 1 1 60'];
  for (const [index, text] of texts.entries()) {
    const at = (index + 1) * 10_000;
    writer.append(snapshotOf(at, text));
    retention.look(at);
  }
  writer.close();
  const { beginning } = wholeExtentOf(path);
  expect(beginning?.snapshots).toBe(4);
});
