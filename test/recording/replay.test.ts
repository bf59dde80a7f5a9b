/** A tape is what was recorded: every snapshot, in any window, at any instant. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listingOf, textOf } from '../../src/listing/listing.ts';
import { Scrubbing } from '../../src/listing/scrubbing.ts';
import type { Gap, Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { FRAMES_PER_KEY, isKeyDue, ROWS_PER_KEY } from '../../src/recording/tape.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import {
  HEADER,
  inTables,
  openWriter,
  snapshotOf,
  streamOf,
  temporaryFolder,
  transcriptOf,
  withRecording,
} from './tapes.ts';

/** Items as a tape gives them back: info values that changed, nothing that may not be kept. */
function asKept(items: readonly TapeItem[]): TapeItem[] {
  const known = new Map<string, string>();
  const scrubbing = new Scrubbing();
  return items
    .map((item) => scrubbing.item(item))
    .map((item) => {
      if (item.kind !== 'snapshot') return item;
      const info = new Map([...item.info].filter(([key, value]) => known.get(key) !== value));
      for (const [key, value] of info) known.set(key, value);
      return { ...item, pollMs: Math.round(item.pollMs), info };
    });
}

describe('replay', () => {
  it('gives the items that were imported', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const items = await streamOf(lines);
        await withRecording(lines, (recording) => {
          expect([...recording.items(EVERYTHING)]).toEqual(asKept(items));
        });
      }),
      { numRuns: 100 },
    );
  });

  it('that pauses keeps no recorder from using its log again', () => {
    const path = join(temporaryFolder(), 'a.tape');
    const writer = openWriter(path, HEADER);
    const append = (second: number) =>
      writer.append(snapshotOf(second * 1000, '1 0 0 0 0 0 IRt 1 2 5'));
    for (const second of [1, 2, 3]) append(second);
    const recording = Recording.open(path);
    const items = recording.items(EVERYTHING);
    items.next(); // the session
    expect(items.next().value).toMatchObject({ at: 1000 });
    append(4);
    const other = new Database(path);
    expect(other.pragma('wal_checkpoint(TRUNCATE)')).toMatchObject([{ busy: 0 }]);
    other.close();
    // It ends where it ended when it was begun.
    expect([...items]).toMatchObject([{ at: 2000 }, { at: 3000 }]);
    recording.close();
    writer.close();
  });

  it('as a transcript is imported again to the same', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const once = await withRecording(lines, transcriptOf);
        expect(await withRecording(once, transcriptOf)).toEqual(once);
      }),
      { numRuns: 50 },
    );
  });

  it('of a window gives what lies in it, the first snapshot with all that was known', async () => {
    // From before the recording on; a window never ends before it begins.
    const offset = fc.integer({ min: -20, max: 120 });
    const seconds = fc.integer({ min: 0, max: 140 });
    await fc.assert(
      fc.asyncProperty(transcripts, offset, seconds, async (lines, first, length) => {
        await withRecording(lines, (recording) => {
          const all = [...recording.items(EVERYTHING)];
          const start = (recording.extent?.from ?? 0) + first * 1000;
          const window = { from: start, to: start + length * 1000 };
          const isIn = (item: Snapshot | Gap) =>
            item.kind === 'gap'
              ? item.to > window.from && item.from < window.to
              : item.at >= window.from && item.at <= window.to;
          // One that another follows, before anything of the window, is over where it begins.
          const isOver = (index: number) =>
            all
              .slice(index + 1)
              .find((item) => (item.kind === 'session' ? item.at <= window.from : isIn(item)))
              ?.kind === 'session';
          const inside = all.filter((item, index) =>
            item.kind === 'session' ? item.at <= window.to && !isOver(index) : isIn(item),
          );
          const some = [...recording.items(window)];
          expect(some.map(withoutInfo)).toEqual(inside.map(withoutInfo));
          const opening = some.find((item) => item.kind === 'snapshot');
          if (opening !== undefined) expect(opening.info).toEqual(infoAt(all, opening.at));
        });
      }),
      { numRuns: 50 },
    );
  });
});

function withoutInfo(item: TapeItem): TapeItem {
  return item.kind === 'snapshot' ? { ...item, info: new Map() } : item;
}

/** The last value of every info key at a time. */
function infoAt(items: readonly TapeItem[], time: number): Map<string, string> {
  const told = items.flatMap((item) =>
    item.kind === 'snapshot' && item.at <= time ? [...item.info] : [],
  );
  return new Map(told);
}

const SNAPSHOTS = 2 * FRAMES_PER_KEY + 30;

/** Snapshot `number` of a long tape: entries that come, go, count on and move about. */
function longTapeSnapshot(number: number): Snapshot {
  const lines = Array.from({ length: 20 }, (_, index) => index)
    .filter((index) => (number + index) % 7 !== 0)
    .map((index) => {
      const life = Math.floor((number + index) / 7);
      const age = ((number + index) % 7) * 10;
      return `${index + life * 20} 0 0 0 0 0 IRt ${number * index} ${age} ${age}`;
    });
  if (number % 11 === 0) lines.reverse();
  return snapshotOf(number * 10_000, lines.join('\n'), {
    pollMs: number,
    info: new Map([
      ['info/uptime-process', String(number * 10)],
      ['info/half', String(number >> 1)],
    ]),
  });
}

describe('a long tape', () => {
  const numbers = Array.from({ length: SNAPSHOTS }, (_, index) => index + 1);

  function record(path: string): Recording {
    const writer = openWriter(path, HEADER);
    for (const number of numbers) writer.append(longTapeSnapshot(number));
    writer.close();
    return Recording.open(path);
  }

  it('has a key frame every 180 snapshots, and any instant is what a replay comes to', () => {
    const recording = record(`${temporaryFolder()}/long.tape`);
    const keys = inTables(recording, (db) =>
      db.prepare('SELECT at FROM tape WHERE kind = 1').pluck().all(),
    );
    expect(keys).toEqual([1, 1 + FRAMES_PER_KEY, 1 + 2 * FRAMES_PER_KEY].map((n) => n * 10_000));
    const texts = [...recording.items(EVERYTHING)].flatMap((item) =>
      item.kind === 'snapshot' ? [textOf(item.listing)] : [],
    );
    for (const number of numbers) {
      const place = recording.snapshotAt(number * 10_000 + 9999);
      expect(place?.number).toBe(number);
      expect(recording.snapshotAt(number * 10_000)).toEqual(place);
      const state = recording.stateAt(place!);
      const listing = { ...listingOf([]), ...state };
      expect(textOf(listing)).toBe(textOf(longTapeSnapshot(number).listing));
      expect(textOf(listing)).toBe(texts[number - 1]);
      expect(state.info).toEqual(longTapeSnapshot(number).info);
    }
    expect(recording.snapshotAt(9999)).toBeUndefined();
    recording.close();
  });

  it('has one sooner where there are more rows to go through', () => {
    const frames = FRAMES_PER_KEY - 1;
    const rows = ROWS_PER_KEY - 1;
    expect(isKeyDue({ frames: 0, rows: 0 })).toBe(true);
    expect(isKeyDue({ frames, rows })).toBe(false);
    expect(isKeyDue({ frames, rows: ROWS_PER_KEY })).toBe(true);
    expect(isKeyDue({ frames: FRAMES_PER_KEY, rows })).toBe(true);
  });

  it('keeps its distance between key frames over starts of the recorder', () => {
    const path = `${temporaryFolder()}/pieces.tape`;
    for (let first = 0; first < numbers.length; first += 50) {
      const writer = openWriter(path, HEADER);
      for (const number of numbers.slice(first, first + 50))
        writer.append(longTapeSnapshot(number));
      writer.close();
    }
    const recording = Recording.open(path);
    const keys = inTables(recording, (db) =>
      db.prepare('SELECT at FROM tape WHERE kind = 1').pluck().all(),
    );
    expect(keys).toEqual([1, 1 + FRAMES_PER_KEY, 1 + 2 * FRAMES_PER_KEY].map((n) => n * 10_000));
    expect(verifyRecording(recording, { rebuild: true, progress: () => {} }).damages).toEqual([]);
    recording.close();
  });
});

describe('a great listing', () => {
  it('of 40,000 entries is recorded in one append, and comes back', () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => {
      const relay = index.toString(16).toUpperCase().padStart(40, 'F');
      return `${index} ${index % 3} ${relay} 198.51.100.${index % 256} 443 9001 ORT ${index} 7 60`;
    });
    const text = lines.join('\n');
    const path = `${temporaryFolder()}/great.tape`;
    const writer = openWriter(path, HEADER);
    writer.append(snapshotOf(1000, text));
    writer.close();
    const recording = Recording.open(path);
    const [, item] = recording.items(EVERYTHING);
    expect(item?.kind === 'snapshot' && textOf(item.listing) === text).toBe(true);
    expect(recording.counts).toMatchObject({
      snapshots: 1,
      observations: 40_000,
      openEntries: 40_000,
    });
    recording.close();
  });
});

describe('what may not be kept', () => {
  const user = '203.0.113.7';

  it('is in no byte of the file, wherever the source said it', () => {
    const path = `${temporaryFolder()}/scrubbed.tape`;
    const writer = openWriter(path, HEADER);
    const line = `1 0 0 ${user} 443 9001 IRt 1 2 3`;
    const event = { at: 5, connId: 1, what: 'closed', reason: `from ${user}`, extra: {} } as const;
    writer.append({ kind: 'gap', from: 1, to: 2, reason: `no ${user}`, extra: { note: user } });
    writer.append(
      snapshotOf(10, [line, `2 0 ${line}`, `${line} ${user}`, `3${line} ${user}`].join('\n'), {
        events: [event, { ...event, extra: { note: user, or_id: user, type_flags: user } }],
        extra: { note: [user], [user]: 1 },
      }),
    );
    writer.close();
    const recording = Recording.open(path);
    const rows = inTables(recording, (db) => {
      const tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'tape'")
        .pluck()
        .all() as string[];
      return tables.map((table) => db.prepare(`SELECT * FROM ${table}`).all());
    });
    const items = [...recording.items(EVERYTHING)];
    const info = items.map((item) => (item.kind === 'snapshot' ? [...item.info] : []));
    expect(JSON.stringify([rows, items, info])).not.toContain(user);
    expect(readFileSync(path).includes(user)).toBe(false);
    recording.close();
  });
});
