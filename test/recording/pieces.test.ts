/** A recorder that stops and starts again at any point comes to what one in one go comes to. */
import { join } from 'node:path';
import type { Database as Sqlite } from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gap, Header, LifeEvent, Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { HEADER, inFolder, inTables, itemsOf, openWriter, snapshotOf } from './tapes.ts';

/** Each writes a recording an item, or more. */
const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 24);

/** Tables that must not show where a recorder stopped. */
const TABLES = [
  ...['run', 'info_change', 'quarantine', 'open_entry', 'ended_entry', 'open_connection'],
  ...['ended_connection', 'passed_connection', 'reflagged', 'absent', 'peer'],
];

function indexOf(db: Sqlite): Record<string, unknown[]> {
  const rows = (sql: string) => db.prepare(sql).raw().all();
  return {
    ...Object.fromEntries(
      TABLES.map((table) => [table, rows(`SELECT * FROM ${table} ORDER BY 1, 2`)]),
    ),
    snapshot: rows(
      'SELECT number, at, poll_ms, entries, quarantined FROM snapshot ORDER BY number',
    ),
    gap: rows(
      `SELECT from_ms, to_ms, reason, declared FROM gap
       WHERE reason <> 'recorder not running' ORDER BY id`,
    ),
  };
}

function isTold(item: TapeItem): boolean {
  return item.kind === 'gap' ? item.reason !== 'recorder not running' : item.kind === 'snapshot';
}

/** Records items, the writer stopping before each of those places, and reads what came of it. */
function recordInPieces(path: string, header: Header, items: readonly TapeItem[], stops: number[]) {
  let writer = openWriter(path, header);
  for (const [place, item] of items.entries()) {
    if (stops.includes(place)) {
      writer.close();
      writer = openWriter(path, header);
    }
    writer.append(item);
  }
  const { head } = writer;
  writer.close();
  const recording = Recording.open(path);
  try {
    const verification = verifyRecording(recording, { rebuild: true, progress: () => {} });
    expect(verification).toMatchObject({ damages: [], head });
    return {
      index: inTables(recording, indexOf),
      items: [...recording.items(EVERYTHING)].filter(isTold),
    };
  } finally {
    recording.close();
  }
}

describe('a recording appended to', () => {
  it('at any one point is the same recording', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const { header, items } = await itemsOf(lines);
        inFolder((folder) => {
          const whole = recordInPieces(join(folder, 'whole'), header, items, []);
          for (const stop of items.keys()) {
            expect(recordInPieces(join(folder, `${stop}`), header, items, [stop])).toEqual(whole);
          }
        });
      }),
      { numRuns: RUNS / 4 },
    );
  });

  it('before every item is the same recording', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const { header, items } = await itemsOf(lines);
        inFolder((folder) => {
          const whole = recordInPieces(join(folder, 'whole'), header, items, []);
          const pieces = recordInPieces(join(folder, 'pieces'), header, items, [...items.keys()]);
          expect(pieces).toEqual(whole);
        });
      }),
      { numRuns: RUNS },
    );
  });

  const told = (second: number, connId: number, what: 'opened' | 'closed'): LifeEvent => {
    return { at: second * 1000, connId, what, reason: '', extra: {} };
  };

  /** Lines such as `1 0 5`: CONN_ID, CIRC_ID and UPTIME. */
  const lines = (...short: string[]) =>
    short.map((each) => each.replace(/(?= \d+$)/, ' 0 0 0 0 IRt 1 1')).join('\n');

  it.each<[string, Snapshot[]]>([
    [
      'which connections events told of, so that lines do not come back',
      [
        snapshotOf(0, lines('1 0 5', '1 7 5', '2 0 5')),
        snapshotOf(10_000, lines('1 0 15')),
        snapshotOf(20_000, '', {
          events: [told(12, 2, 'opened'), told(13, 2, 'closed'), told(14, 1, 'closed')],
        }),
        snapshotOf(30_000, lines('1 7 35', '2 0 35')),
      ],
    ],
    [
      'when events told, though later lines of the connection are younger',
      [
        snapshotOf(0, lines('1 1 9'), { events: [told(-9, 1, 'opened')] }),
        snapshotOf(5_000, lines('1 0 14')),
        snapshotOf(10_000, lines('1 0 19', '1 2 19')),
        snapshotOf(15_000, lines('1 1 24', '1 0 24', '1 2 24')),
      ],
    ],
    [
      'when the last poll was over, and that of what is gone',
      [
        snapshotOf(0, lines('1 0 0', '2 0 0', '2 7 0'), { pollMs: 50 }),
        snapshotOf(10_050, lines('1 0 9')),
        snapshotOf(20_050, lines('1 0 19', '2 0 19', '2 7 19')),
        snapshotOf(30_051, lines('1 0 29', '2 0 29', '2 7 29')),
      ],
    ],
    [
      'in which order what is gone was listed, not found',
      [
        snapshotOf(0, lines('1 0 5', '1 7 5', '2 0 5', '2 7 5')),
        snapshotOf(10_000, lines('2 7 15', '2 0 15', '1 7 15', '1 0 15')),
        snapshotOf(20_000, ''),
      ],
    ],
    [
      'and where all is gone because Tor started again',
      [
        snapshotOf(0, lines('1 0 5', '1 7 5', '2 0 5', '2 7 5'), {
          info: new Map([['info/uptime-process', '9']]),
        }),
        snapshotOf(10_000, lines('2 7 15', '2 0 15', '1 7 15', '1 0 15')),
        snapshotOf(20_000, '', { info: new Map([['info/uptime-process', '3']]) }),
      ],
    ],
    [
      'and where an event closed a connection of many entries',
      [
        snapshotOf(0, lines('1 0 5', '1 7 5', '1 8 5')),
        snapshotOf(10_000, lines('1 8 15', '1 0 15', '1 7 15')),
        snapshotOf(20_000, '', { events: [told(15, 1, 'closed')] }),
      ],
    ],
  ])('knows %s', (_, snapshots) => {
    inFolder((folder) => {
      const whole = recordInPieces(join(folder, 'whole'), HEADER, snapshots, []);
      const stops = [...snapshots.keys()];
      expect(recordInPieces(join(folder, 'pieces'), HEADER, snapshots, stops)).toEqual(whole);
    });
  });

  it.each([
    ['no number', '50'],
    ['', '99'],
    ['101', '100'],
    ['99999999999999999999', '50'],
    ['1e9', '100'],
  ])('after an uptime of %j still knows whether %s is less', (odd, last) => {
    const snapshots = ['100', odd, last].map((uptime, poll) =>
      snapshotOf(poll * 10_000, '1 0 0 0 0 0 IRt 1 1 1', {
        info: new Map([['info/uptime-process', uptime]]),
      }),
    );
    inFolder((folder) => {
      const whole = recordInPieces(join(folder, 'whole'), HEADER, snapshots, []);
      expect(recordInPieces(join(folder, 'pieces'), HEADER, snapshots, [1, 2])).toEqual(whole);
    });
  });

  it('accounts once for the time between recorders, whatever each knows of it', () => {
    const gap = (from: number, to: number): Gap => ({
      kind: 'gap',
      from,
      to,
      reason: 'closed',
      extra: {},
    });
    const items = [
      snapshotOf(5_000, ''),
      gap(5_000, 8_000),
      // Another recorder, which never came to a snapshot; then another, which did.
      gap(20_000, 22_000),
      gap(30_000, 34_000),
      snapshotOf(34_000, ''),
      snapshotOf(40_000, ''),
    ];
    inFolder((folder) => {
      recordInPieces(join(folder, 'a'), HEADER, items, [2, 3, 5]);
      const recording = Recording.open(join(folder, 'a'));
      const told = recording.gapsIn(EVERYTHING).map(({ from, to, reason }) => [from, to, reason]);
      const off = 'recorder not running';
      expect(told).toEqual([
        [5_000, 8_000, 'closed'],
        [8_000, 20_000, off],
        [20_000, 22_000, 'closed'],
        [22_000, 30_000, off],
        [30_000, 34_000, 'closed'],
        [34_000, 40_000, off],
      ]);
      recording.close();
    });
  });

  it('tells of the time between as a gap', () => {
    const items = [5_000, 10_000].map((at) => snapshotOf(at, ''));
    inFolder((folder) => {
      recordInPieces(join(folder, 'a'), HEADER, items, [1]);
      const recording = Recording.open(join(folder, 'a'));
      expect(recording.gapAt(7_000)).toEqual({
        from: 5_000,
        to: 10_000,
        reason: 'recorder not running',
      });
      expect(recording.sessions.length).toBe(2);
      recording.close();
    });
  });
});

describe('a recording that is asked to hold something else', () => {
  it.each([
    ['another relay', { ...HEADER, relay: { ...HEADER.relay, fingerprint: 'B'.repeat(40) } }],
    ['bytes that mean something else', { ...HEADER, bytes: 'entry' as const }],
  ])('refuses %s', (_, header) => {
    inFolder((folder) => {
      const path = join(folder, 'tape');
      openWriter(path, HEADER).close();
      expect(() => openWriter(path, header)).toThrow(
        expect.objectContaining({ kind: 'recording' }),
      );
      openWriter(path, HEADER).close();
    });
  });

  it('refuses a snapshot that is not later, and goes on', () => {
    inFolder((folder) => {
      const writer = openWriter(join(folder, 'tape'), HEADER);
      writer.append(snapshotOf(1000, ''));
      for (const time of [1000, 999]) {
        expect(() => writer.append(snapshotOf(time, ''))).toThrow(
          expect.objectContaining({ kind: 'usage' }),
        );
      }
      writer.append(snapshotOf(1001, ''));
      expect(writer.lastAt).toBe(1001);
      writer.close();
    });
  });
});
