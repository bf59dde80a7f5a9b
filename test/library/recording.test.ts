/** `conntape/recording`, the package's door: what it gives is what the commands print. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Cell,
  type ColumnKind,
  ConntapeError,
  connAll,
  openRecording,
  REPORT_NAMES,
  type ReportQuestion,
} from '../../src/library/recording.ts';
import { csvText } from '../../src/output/csv.ts';
import { run } from '../commands/running.ts';
import * as cases from '../oracle/cases.ts';
import { HEADER, importInto, openWriter, snapshotOf, temporaryFolder } from '../recording/tapes.ts';

const SECOND = 1000;

/** A recording of a transcript, and its path. */
async function opened(lines: readonly string[]) {
  const path = join(temporaryFolder(), 'relay.tape');
  await importInto(path, lines);
  const recording = openRecording(path);
  onTestFinished(() => recording.close());
  return { path, recording };
}

/** What `use` throws. */
function errorOf(use: () => unknown): ConntapeError {
  try {
    use();
  } catch (thrown) {
    if (thrown instanceof ConntapeError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

const transcripts = Object.entries(cases).filter(
  (entry): entry is [string, string[]] => Array.isArray(entry[1]) && entry[1].length > 1,
);

describe.each(transcripts)('of the transcript %s', (_name, lines) => {
  it('snapshots are what `replay` prints', async () => {
    const { path, recording } = await opened(lines);
    const snapshots = [...recording.snapshots()];
    const printed = snapshots.map((snapshot) => `${connAll(snapshot)}\n`.replace(/^\n$/, ''));
    expect(printed.join('\n')).toBe((await run(['replay', path])).stdout);
    for (const snapshot of snapshots) {
      const { at } = snapshot;
      expect(recording.snapshotAt(at)).toEqual(snapshot);
      expect(recording.snapshotAt(at + 1)).toEqual(snapshot);
      expect([...recording.snapshots({ from: at, to: at })]).toEqual([snapshot]);
    }
    expect(recording.extent).toEqual({ from: snapshots[0]!.at, to: snapshots.at(-1)!.at });
    expect(recording.snapshotAt(snapshots[0]!.at - 1)).toBeUndefined();
  });

  it('reports are what `report` prints', async () => {
    const { path, recording } = await opened(lines);
    const question = { bucketMs: 20 * SECOND };
    for (const table of recording.reports(REPORT_NAMES, question)) {
      const args = ['report', table.name, path, '--format', 'csv', '--bucket', '20s'];
      expect([...csvText(table)].join('')).toBe((await run(args)).stdout);
    }
  });
});

const IS_OF_KIND: Record<ColumnKind, (cell: Cell) => boolean> = {
  text: (cell) => typeof cell === 'string',
  integer: (cell) => typeof cell === 'bigint' || Number.isSafeInteger(cell),
  decimal: (cell) => typeof cell === 'number',
  seconds: (cell) => typeof cell === 'number',
  time: (cell) => Number.isSafeInteger(cell),
  boolean: (cell) => typeof cell === 'boolean',
};

describe('a report', () => {
  it.each(transcripts)(
    'of %s has cells of the kinds that its columns name',
    async (_name, lines) => {
      const { recording } = await opened(lines);
      for (const { columns, rows } of recording.reports(REPORT_NAMES)) {
        for (const row of rows) {
          expect(row).toHaveLength(columns.length);
          for (const [place, { kind }] of columns.entries()) {
            const cell = row[place]!;
            expect([kind, cell, cell === null || IS_OF_KIND[kind](cell)]).toEqual([
              kind,
              cell,
              true,
            ]);
          }
        }
      }
    },
  );

  it('takes a time span, a bucket, a baseline and thresholds, as the command does', async () => {
    const { path, recording } = await opened(cases.gaps);
    const [from, to] = [cases.MIDNIGHT + 10 * SECOND, cases.MIDNIGHT + 50 * SECOND];
    const question = {
      from,
      to,
      baselineMs: 5 * SECOND,
      thresholds: { 'many-connections-one-address.connections': 2 },
    };
    const words = ['--from', '00:00:10', '--to', '00:00:50', '--baseline', '5s'];
    words.push('--set', 'many-connections-one-address.connections=2', '--format', 'csv');
    for (const name of REPORT_NAMES) {
      const printed = (await run(['report', name, path, ...words])).stdout;
      expect([...csvText(recording.report(name, question))].join('')).toBe(printed);
    }
  });

  it('may be left in the middle of its rows', async () => {
    const { recording } = await opened(cases.events);
    for (const name of REPORT_NAMES) for (const _row of recording.report(name).rows) break;
    expect([...recording.report('connections').rows].length).toBeGreaterThan(1);
  });
});

it('info values are all that were known at each snapshot', async () => {
  const path = join(temporaryFolder(), 'info.tape');
  const writer = openWriter(path, HEADER);
  const values = [{ a: '1' }, {}, { b: '2' }, { a: '3' }];
  for (const [place, info] of values.entries()) {
    writer.append(snapshotOf(place, '', { info: new Map(Object.entries(info)) }));
  }
  writer.close();
  const recording = openRecording(path);
  onTestFinished(() => recording.close());
  const known = [{ a: '1' }, { a: '1' }, { a: '1', b: '2' }, { a: '3', b: '2' }];
  const snapshots = [...recording.snapshots()];
  expect(snapshots.map(({ info }) => Object.fromEntries(info))).toEqual(known);
  expect([...recording.snapshots({ from: 2 })]).toEqual(snapshots.slice(2));
});

it('sessions and gaps are those of the tape', async () => {
  const { recording } = await opened(cases.gaps);
  const { MIDNIGHT } = cases;
  expect(
    recording.sessions.map(({ at, header }) => [at, header.source, header.intervalMs]),
  ).toEqual([[MIDNIGHT, 'native', 10 * SECOND]]);
  const implied = { from: MIDNIGHT + 10 * SECOND, to: MIDNIGHT + 40 * SECOND };
  const declared = { from: MIDNIGHT + 52 * SECOND, to: MIDNIGHT + 58 * SECOND };
  expect(recording.gaps()).toEqual([
    { ...implied, reason: expect.any(String) },
    { ...declared, reason: 'control port closed' },
  ]);
  expect(recording.gaps({ from: implied.to, to: declared.from })).toEqual([]);
  expect(recording.gaps({ to: implied.from + 1 })).toHaveLength(1);
  expect(recording.head).toMatch(/^[0-9a-f]{64}$/);
  expect(recording.notice).toBeUndefined();
});

describe('errors', () => {
  it('name the file, and their kind says what to do', async () => {
    const folder = temporaryFolder();
    const missing = errorOf(() => openRecording(join(folder, 'none.tape')));
    expect([missing.kind, missing.parts.object]).toEqual(['recording', join(folder, 'none.tape')]);
    const other = join(folder, 'other');
    writeFileSync(other, 'no recording at all');
    expect(errorOf(() => openRecording(other)).kind).toBe('recording');
    expect(errorOf(() => openRecording(folder)).kind).toBe('recording');
  });

  it('say of a snapshot that is not what was written that it is damaged', async () => {
    const { path, recording } = await opened(cases.stillOpen);
    recording.close();
    const db = new Database(path);
    db.exec("UPDATE tape SET payload = x'00' WHERE seq = 3");
    db.close();
    const damaged = openRecording(path);
    onTestFinished(() => damaged.close());
    const seen: number[] = [];
    const error = errorOf(() => {
      for (const { at } of damaged.snapshots()) seen.push(at);
    });
    expect([error.kind, error.parts.object, seen]).toEqual(['damaged', path, [cases.MIDNIGHT]]);
    expect(errorOf(() => [...damaged.report('asymmetry').rows]).kind).toBe('damaged');
    expect(errorOf(() => damaged.snapshotAt(Number.POSITIVE_INFINITY)).kind).toBe('damaged');
  });

  it.each<[string, ReportQuestion]>([
    ['no number for a time', { from: Number.NaN }],
    ['an end before the beginning', { from: 2, to: 1 }],
    ['a bucket below a second', { bucketMs: 999 }],
    ['a bucket of no whole milliseconds', { bucketMs: 1000.5 }],
    ['a baseline below none', { baselineMs: -1 }],
    ['a threshold that is not there', { thresholds: { 'beacon.nothing': 1 } }],
    ['a threshold that is no number', { thresholds: { 'beacon.score': Number.NaN } }],
  ])('are of usage for %s', async (_name, question) => {
    const { recording } = await opened(cases.stillOpen);
    expect(errorOf(() => recording.report('churn', question)).kind).toBe('usage');
  });

  it('are of usage for a report that is not there, and name those that are', async () => {
    const { recording } = await opened(cases.stillOpen);
    const error = errorOf(() => recording.report('nothing'));
    expect([error.kind, error.hint]).toEqual(['usage', `there are ${REPORT_NAMES.join(', ')}`]);
    expect(errorOf(() => recording.snapshots({ from: 2, to: 1 })).kind).toBe('usage');
    expect(errorOf(() => recording.gaps({ from: 2, to: 1 })).kind).toBe('usage');
    expect(errorOf(() => recording.snapshotAt(Number.NaN)).kind).toBe('usage');
  });

  it('are of the recording where nothing was recorded', async () => {
    const { recording } = await opened(cases.stillOpen);
    const { MIDNIGHT } = cases;
    const between = { from: MIDNIGHT + 1, to: MIDNIGHT + 2 };
    expect(errorOf(() => recording.report('churn', between)).kind).toBe('recording');
    expect([...recording.snapshots(between)]).toEqual([]);
    const { recording: empty } = await opened(cases.nothing);
    expect(errorOf(() => empty.report('churn')).kind).toBe('recording');
    expect([empty.extent, [...empty.snapshots()], empty.gaps()]).toEqual([undefined, [], []]);
    expect(empty.snapshotAt(MIDNIGHT)).toBeUndefined();
  });

  it('are of usage for rows of two reports at once', async () => {
    const { recording } = await opened(cases.events);
    for (const _row of recording.report('connections').rows) {
      const error = errorOf(() => [...recording.report('circuits').rows]);
      expect([error.kind, error.parts.cause]).toEqual(['usage', 'connections is being read']);
      // Everything else may be asked meanwhile.
      expect([...recording.snapshots()]).toHaveLength(4);
      expect([recording.gaps(), recording.sessions.length]).toEqual([[], 1]);
    }
    expect([...recording.report('circuits').rows].length).toBeGreaterThan(0);
  });

  it.each(REPORT_NAMES)('are of usage once it is closed, for rows of %s too', async (name) => {
    const { recording } = await opened(cases.events);
    const rows = recording.report(name).rows[Symbol.iterator]();
    const snapshots = recording.snapshots();
    const unread = [snapshots, rows].filter((items) => items.next().done !== true);
    recording.close();
    recording.close();
    for (const items of unread) expect(errorOf(() => items.next()).kind).toBe('usage');
    const asked = [
      () => recording.sessions,
      () => recording.extent,
      () => recording.head,
      () => recording.notice,
      () => recording.gaps(),
      () => recording.snapshots(),
      () => recording.snapshotAt(0),
      () => recording.report('churn'),
    ];
    for (const ask of asked) expect(errorOf(ask).kind).toBe('usage');
  });
});
