/**
 * Recordings for tests: made from transcripts, in a folder that goes when the test is over.
 * Owns the folder; what a recording holds is the transcript's.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { parseListing } from '../../src/listing/parse.ts';
import type { Header, Session, Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import { csvText } from '../../src/output/csv.ts';
import type { Table } from '../../src/output/table.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import type { WriterOptions } from '../../src/recording/writerOptions.ts';
import type { Report, ReportInput } from '../../src/reports/report.ts';
import { tablesOf } from '../../src/reports/tables.ts';
import { NATIVE_OBSERVES } from '../../src/transcript/observes.ts';
import { openTranscript } from '../../src/transcript/read.ts';
import { TranscriptLines } from '../../src/transcript/write.ts';

export const WRITER_OPTIONS = { durable: false, writtenBy: 'a test', now: () => 0 };

/** What a source of tapes made in a test says of itself. */
export const HEADER: Header = {
  source: 'native',
  bytes: 'connection',
  intervalMs: 10_000,
  relay: { fingerprint: 'F'.repeat(40), nickname: 'tape', torVersion: '0.4.9.11' },
  config: {},
  observes: NATIVE_OBSERVES,
  extra: {},
};

/** A snapshot of a listing given as its text, at a time in milliseconds. */
export function snapshotOf(at: number, text: string, more: Partial<Snapshot> = {}): Snapshot {
  return {
    kind: 'snapshot',
    at,
    pollMs: 0,
    listing: parseListing(text),
    info: new Map(),
    events: [],
    extra: {},
    ...more,
  };
}

/** A writer that has begun with a session: what a recorder is when its source is there. */
export function openWriter(
  path: string,
  header: Header,
  options: WriterOptions = WRITER_OPTIONS,
): RecordingWriter {
  const writer = RecordingWriter.open(path, options);
  try {
    writer.append({ kind: 'session', at: options.now(), header });
    return writer;
  } catch (thrown) {
    writer.close();
    throw thrown;
  }
}

/** A folder of the test's own, removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder for what `use` does, removed when it is done: for one run of a property. */
export function inFolder<Result>(use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The items of a transcript given as its lines: a session first. */
export async function streamOf(lines: readonly string[]): Promise<TapeItem[]> {
  const source = await openTranscript('-', Readable.from([Buffer.from(lines.join('\n'))]));
  const items: TapeItem[] = [];
  for await (const item of source.items(new AbortController().signal)) items.push(item);
  return items;
}

/** The same apart: what its header says, and the items behind it. */
export async function itemsOf(lines: readonly string[]) {
  const [first, ...items] = await streamOf(lines);
  return { header: (first as Session).header, items };
}

/** Imports a transcript into a file. */
export async function importInto(path: string, lines: readonly string[]): Promise<void> {
  const writer = RecordingWriter.open(path, WRITER_OPTIONS);
  for (const item of await streamOf(lines)) writer.append(item);
  writer.close();
}

/** A recording of a transcript, opened, with what `use` makes of it; nothing stays behind. */
export async function withRecording<Result>(
  lines: readonly string[],
  use: (recording: Recording, path: string) => Result | Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  try {
    const path = join(folder, 'test.tape');
    await importInto(path, lines);
    const recording = Recording.open(path);
    try {
      return await use(recording, path);
    } finally {
      recording.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `ask` finds in a recording's tables, past all checks. */
export function inTables<Result>(
  { path }: Recording,
  ask: (db: Database.Database) => Result,
): Result {
  const db = new Database(path, { readonly: true });
  try {
    return ask(db);
  } finally {
    db.close();
  }
}

/** A report as a table; on the whole of the recording where nothing else is asked. */
export function tableOf(
  report: Report,
  recording: Recording,
  question: Partial<ReportInput> = {},
): Table {
  const [table] = tablesOf([report], {
    recording,
    window: EVERYTHING,
    bucketMs: 600_000,
    baselineMs: Number.POSITIVE_INFINITY,
    thresholds: new Map(),
    ...question,
  });
  return table!;
}

/** A report on the whole of a recording, as CSV. */
export function reportCsv(report: Report, recording: Recording, bucketMs = 600_000): string {
  return [...csvText(tableOf(report, recording, { bucketMs }))].join('');
}

/** The whole of a recording as the lines of a transcript. */
export function transcriptOf(recording: Recording): string[] {
  const lines = new TranscriptLines(NATIVE_OBSERVES);
  return [...recording.items(EVERYTHING)].map((item) => lines.lineOf(item).trimEnd());
}

/** Writes a transcript to a file. */
export function writeTranscript(path: string, lines: readonly string[]): void {
  writeFileSync(path, `${lines.join('\n')}\n`);
}
