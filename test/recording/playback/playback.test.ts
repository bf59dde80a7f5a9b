/** The tape played back: who arrived and left, and what each row moved. */
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../../src/listing/listing.ts';
import { playback } from '../../../src/recording/playback/playback.ts';
import type { Moves, Step, TapeEntry } from '../../../src/recording/playback/step.ts';
import { EVERYTHING, Recording, type Window } from '../../../src/recording/reader.ts';
import { writeFirstSums } from '../../../src/recording/sums.ts';
import { transcripts } from '../../oracle/arbitrary.ts';
import { MIDNIGHT, nothing } from '../../oracle/cases.ts';
import { relaying } from '../../oracle/relaying.ts';
import {
  HEADER,
  inFolder,
  openWriter,
  snapshotOf,
  WRITER_OPTIONS,
  withRecording,
} from '../tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 50);

function at(second: number): number {
  return MIDNIGHT + second * 1000;
}

function iso(second: number): string {
  return new Date(at(second)).toISOString();
}

function tape(bytes: 'connection' | 'entry', ...items: readonly object[]): string[] {
  const header = { transcript: 1, source: 'native', bytes, interval_s: 10 };
  return [header, ...items].map((item) => JSON.stringify(item));
}

/** Each line is `CONN_ID CIRC_ID TYPE_FLAGS READ WRITE UPTIME`, of no peer. */
function poll(second: number, lines: readonly string[], more: object = {}): object {
  const conn = lines.map((line) => line.replace(/^(\d+ \d+)/, '$1 0 0 0 0')).join('\n');
  return { at: iso(second), conn, ...more };
}

function play(recording: Recording, window: Window = EVERYTHING): Generator<Step, void> {
  return playback({ recording, window });
}

/** What `tell` makes of each step. */
function steps<Told>(
  lines: readonly string[],
  tell: (step: Step) => Told,
  window?: Window,
): Promise<Told[]> {
  return withRecording(lines, (recording) => Array.from(play(recording, window), tell));
}

function pairOf({ connId, circId }: TapeEntry): string {
  return `${connId} ${circId}`;
}

function entriesOf({ rows }: Step): TapeEntry[] {
  return Array.from(rows.slots, (slot) => rows.entryOf(slot));
}

/** READ and WRITE of each row. */
function bytesOf({ rows: { slots } }: Step, moves: Moves): string {
  return Array.from(slots, (slot) => {
    const index = moves.slots.indexOf(slot);
    return index < 0 ? '0/0' : `${moves.read[index]}/${moves.written[index]}`;
  }).join(' ');
}

describe('a step', () => {
  it('knows its place, its time, its run and what was known at the time', async () => {
    const lines = tape(
      'connection',
      poll(0, [], { info: { 'info/uptime-process': '100', 'info/descriptor-used': '7' } }),
      { gap: { from: iso(3), to: iso(4), reason: 'a nap' } },
      poll(10, [], { info: { 'info/uptime-process': '5' } }),
      poll(20, []),
      poll(50, []),
    );
    const told = (step: Step) => {
      const { number, since, acrossGap, run, info } = step;
      const [used, uptime] = [info.get('info/descriptor-used'), info.get('info/uptime-process')];
      return [number, step.at, since, acrossGap, run, used, uptime];
    };
    expect(await steps(lines, told)).toEqual([
      [1, at(0), undefined, false, 1, '7', '100'],
      [2, at(10), at(0), true, 2, '7', '5'],
      [3, at(20), at(10), false, 2, '7', '5'],
      [4, at(50), at(20), true, 2, '7', '5'],
    ]);
    // From between two snapshots, and from one of them.
    for (const from of [at(11), at(20)]) {
      expect(await steps(lines, told, { from, to: at(30) })).toEqual([
        [3, at(20), undefined, false, 2, '7', '5'],
      ]);
    }
    expect(await steps(lines, told, { from: at(21), to: at(30) })).toEqual([]);
    expect(await steps(nothing, told)).toEqual([]);
  });

  it('has the header of the recorder of its time', () => {
    const sources = inFolder((folder) => {
      const path = `${folder}/test.tape`;
      for (const [place, source] of ['native', 'stock'].entries()) {
        const header = { ...HEADER, source: source as 'native' | 'stock' };
        const now = () => at(100 * place);
        const writer = openWriter(path, header, { ...WRITER_OPTIONS, now });
        for (const second of [0, 10]) writer.append(snapshotOf(at(100 * place + second), ''));
        writer.close();
      }
      const recording = Recording.open(path);
      try {
        return Array.from(play(recording), ({ header }) => header.source);
      } finally {
        recording.close();
      }
    });
    expect(sources).toEqual(['native', 'native', 'stock', 'stock']);
  });

  it('says who arrived and who left', async () => {
    const lines = tape(
      'entry',
      poll(0, ['1 0 IRt 9 9 5', '2 7 IRt 0 0 5', '2 8 ORT 0 0 5']),
      // 3 is new, 2 8 away; READ of 1 fell, so that the row is another entry.
      poll(10, ['3 0 IRt 0 0 1', '1 0 IRt 8 9 15', '2 7 IRt 0 0 15']),
      // 2 8 is back, at another place of the listing; 3 is gone.
      poll(20, ['2 8 ORT 0 0 25', '1 0 IRt 8 9 25', '2 7 IRt 0 0 25']),
      poll(30, []),
    );
    const told = ({ rows, arrived, left }: Step) => [
      Array.from(arrived, (slot) => `${rows.slots.indexOf(slot)}: ${pairOf(rows.entryOf(slot))}`),
      Array.from(left, (slot) => {
        const entry = rows.entryOf(slot);
        return `${pairOf(entry)} ${rows.labelOf(slot).flags} ${entry.firstSnapshot}`;
      }),
    ];
    expect(await steps(lines, told)).toEqual([
      [['0: 1 0', '1: 2 7', '2: 2 8'], []],
      [
        ['0: 3 0', '1: 1 0'],
        ['1 0 IRt 1', '2 8 ORT 1'],
      ],
      [['0: 2 8'], ['3 0 IRt 2']],
      [[], ['2 8 ORT 1', '1 0 IRt 2', '2 7 IRt 1']],
    ]);
    // The same entry before and after it was away.
    const ofEight = await steps(lines, (step) =>
      entriesOf(step)
        .filter(({ circId }) => circId === 8)
        .map((entry) => [entry.firstSeen, entry.lastSeen]),
    );
    expect(ofEight).toEqual([[[at(0), at(20)]], [], [[at(0), at(20)]], []]);
  });

  it('says whose label changed, not of those that are new or back', async () => {
    const lines = tape(
      'entry',
      poll(0, ['1 0 iRt 0 0 5', '2 0 oRT 0 0 5', '3 0 IRt 0 0 5']),
      poll(10, ['1 0 IRt 0 0 15', '3 0 ICt 9 9 1', '4 0 IRt 0 0 1']),
      poll(20, ['1 0 IRt 0 0 25', '2 0 ORT 0 0 25', '4 0 IRt 0 0 11 NEW=1']),
    );
    const told = ({ rows, relabelled, labelsBefore }: Step) =>
      Array.from(relabelled, (slot, index) => {
        const { flags, extra } = labelsBefore[index]!;
        return `${pairOf(rows.entryOf(slot))} ${flags} ${extra}`;
      });
    expect(await steps(lines, told)).toEqual([[], ['1 0 iRt '], ['4 0 IRt ']]);
  });

  it('takes no label for changed where the tape tells it anew', async () => {
    // Every 180th frame stands alone, labels and all.
    const polls = Array.from({ length: 182 }, (_, place) =>
      poll(place * 10, [`1 7 IRt 0 0 ${5 + place * 10}`]),
    );
    const changed = await steps(tape('entry', ...polls), ({ relabelled, arrived }) => [
      ...relabelled,
      ...arrived,
    ]);
    expect(changed).toEqual([[0], ...new Array(181).fill([])]);
  });

  it('says whether a connection carries a circuit, on any of its lines', async () => {
    const lines = tape(
      'connection',
      poll(0, ['1 0 IRt 0 0 5', '2 7 IRt 0 0 5', '2 0 IRt 0 0 5', '3 8 IRt 0 0 5']),
      poll(10, ['2 0 IRt 0 0 15', '1 0 IRt 0 0 15', '3 8 IRt 0 0 15']),
      poll(20, ['1 9 IRt 0 0 25', '2 0 IRt 0 0 25', '1 0 IRt 0 0 25']),
    );
    const told = ({ rows }: Step) => Array.from(rows.slots, (slot) => rows.carriesCircuit(slot));
    expect(await steps(lines, told)).toEqual([
      [false, true, true, true],
      [false, false, true],
      [true, false, true],
    ]);
  });

  it('knows the connection of each row, another one where its UPTIME fell', async () => {
    const lines = tape(
      'connection',
      poll(0, ['1 8 IRt 0 0 50', '1 9 IRt 0 0 5']),
      // Without its oldest line 1 is 15 s old: another connection, under a line that goes on.
      poll(10, ['1 9 IRt 0 0 15']),
    );
    const told = ({ rows, reconnected }: Step) => [
      Array.from(rows.slots, (slot) => {
        const { openedAt } = rows.connectionOf(slot);
        return [pairOf(rows.entryOf(slot)), (openedAt - at(0)) / 1000];
      }),
      Array.from(reconnected, (slot) => rows.slots.indexOf(slot)),
    ];
    expect(await steps(lines, told)).toEqual([
      [
        [
          ['1 8', -50],
          ['1 9', -50],
        ],
        [],
      ],
      [[['1 9', -5]], [0]],
    ]);
  });
});

describe('what a row moved', () => {
  it('is the difference to when its entry was last seen', async () => {
    const lines = tape(
      'entry',
      poll(0, ['1 0 IRt 100 10 5', '2 0 IRt 5 5 5']),
      poll(10, ['2 0 IRt 6 5 15']),
      poll(20, ['1 0 IRt 107 13 25', '2 0 IRt 6 9 25']),
    );
    const told = (step: Step) => [bytesOf(step, step.moved), bytesOf(step, step.counted)];
    expect(await steps(lines, told)).toEqual([
      ['0/0 0/0', '0/0 0/0'],
      ['1/0', '1/0'],
      ['7/3 0/4', '7/3 0/4'],
    ]);
    // In a window it was never seen before 20.
    expect(await steps(lines, told, { from: at(10), to: at(20) })).toEqual([
      ['0/0', '0/0'],
      ['0/0 0/4', '0/0 0/4'],
    ]);
  });

  it('is the first value of what was born since, if that is known', async () => {
    const lines = tape(
      'entry',
      poll(0, ['1 0 IRt 9 9 0']),
      // Born at 1, 0 and who knows when; 4 was told of.
      poll(
        10,
        [
          '1 0 IRt 9 9 10',
          '2 0 IRt 2 1 9',
          '3 0 IRt 2 1 10',
          '5 0 IRt 2 1 1 AGE=unknown',
          '4 0 IRt 2 1 1 AGE=unknown',
        ],
        { events: [{ at: iso(9), conn_id: 4, what: 'opened' }] },
      ),
      // UPTIME of 2 fell: born at 18. That of 3 did not, but READ: born long before.
      poll(20, ['2 0 IRt 3 3 2', '3 0 IRt 1 3 20']),
    );
    expect(await steps(lines, (step) => bytesOf(step, step.moved))).toEqual([
      '0/0',
      '0/0 2/1 0/0 0/0 2/1',
      '3/3 0/0',
    ]);
  });

  it('is told across gaps too, for totals', async () => {
    const lines = tape('entry', poll(0, ['1 0 IRt 1 1 5']), poll(100, ['1 0 IRt 9 2 105']));
    const told = (step: Step) => [bytesOf(step, step.moved), [...step.moved.bridged]];
    expect(await steps(lines, told)).toEqual([
      ['0/0', []],
      ['8/1', [1]],
    ]);
  });

  it('bridged a gap where its entry, or its connection, is back from before one', async () => {
    // 10 to 20 is crossed by a gap; 1 is back at 30. 2 7 is back at 30 too, and with it the
    // connection of 2 8, which is back at 40. 3 is back at 20 from before the gap, then at 40 again,
    // from after it.
    const lines = tape(
      'connection',
      poll(0, ['1 0 IRt 0 0 5', '2 7 IRt 0 0 5', '2 8 IRt 0 0 5', '3 0 IRt 0 0 5']),
      poll(10, ['1 0 IRt 0 0 15', '2 7 IRt 0 0 15', '2 8 IRt 0 0 15']),
      { gap: { from: iso(13), to: iso(14), reason: 'a nap' } },
      poll(20, ['3 0 IRt 1 1 25']),
      poll(30, ['1 0 IRt 1 1 35', '2 7 IRt 1 1 35']),
      poll(40, ['1 0 IRt 2 2 45', '2 7 IRt 2 2 45', '2 8 IRt 2 2 45', '3 0 IRt 2 1 45']),
    );
    const bridgedIn = ({ rows }: Step, { slots, bridged }: Moves) =>
      Array.from(slots, (slot) => rows.slots.indexOf(slot)).filter((_, index) => bridged[index]);
    const told = (step: Step) => [
      `${bridgedIn(step, step.moved)}`,
      `${bridgedIn(step, step.counted)}`,
    ];
    expect(await steps(lines, told)).toEqual([
      ['', ''],
      ['', ''],
      ['0', '0'],
      ['0,1', '0,1'],
      ['2', ''],
    ]);
  });

  it('counts once where lines repeat their connection’s totals, on the first of its rows', async () => {
    const lines = tape(
      'connection',
      poll(0, ['1 7 IRt 10 20 5', '2 0 IRt 0 0 5', '1 8 IRt 10 20 5']),
      poll(10, ['1 7 IRt 15 30 15', '2 0 IRt 1 2 15', '1 8 IRt 15 30 15']),
      // 1 7 is away: the first row is 1 8's. 3 was born at 19 and moved 40 and 50.
      poll(20, ['1 8 IRt 16 31 25', '3 7 IRt 40 50 1', '3 0 IRt 40 50 1']),
      // Lines disagree: the greatest are 18 and 34. READ of 3 fell to 30, WRITE rose to 60.
      poll(30, ['1 7 IRt 18 33 35', '1 8 IRt 17 34 35', '3 7 IRt 30 60 11']),
      // From the new baseline.
      poll(40, ['1 8 IRt 18 34 45', '3 7 IRt 31 60 21']),
    );
    expect(await steps(lines, (step) => bytesOf(step, step.counted))).toEqual([
      '0/0 0/0 0/0',
      '5/10 1/2 0/0',
      '1/1 40/50 0/0',
      '2/3 0/0 0/10',
      '0/0 1/0',
    ]);
    // Each line by itself: 1 7 since it was last seen at 10; 3 7 fell, a baseline.
    expect(await steps(lines, (step) => bytesOf(step, step.moved))).toEqual([
      '0/0 0/0 0/0',
      '5/10 1/2 5/10',
      '1/1 40/50 40/50',
      '3/3 1/3 0/0',
      '1/0 1/0',
    ]);
  });
});

describe('playback of any tape', () => {
  const tapes = fc.oneof(transcripts, relaying);

  it('gives each row its life, and changes that add up to what each snapshot holds', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, (lines) =>
        withRecording(lines, (recording) => {
          const there = new Map<number, [TapeEntry, string]>();
          for (const step of play(recording)) {
            const { number, run, rows } = step;
            const { labels } = rows.listing();
            for (const [row, slot] of rows.slots.entries()) {
              const label = labels[row]!;
              const { connId, circId, flags } = label;
              expect(rows.labelOf(slot)).toEqual(label);
              expect(rows.flagsOf(slot)).toBe(flags);
              expect(rows.entryOf(slot)).toMatchObject({ run, connId, circId });
              expect(rows.circuitOf(slot)).toBe(rows.entryOf(slot).circuit);
              expect(rows.connectionOf(slot)).toMatchObject({ run, connId });
              for (const life of [rows.entryOf(slot), rows.connectionOf(slot)]) {
                expect(life.firstSnapshot).toBeLessThanOrEqual(number);
                expect(life.lastSnapshot).toBeGreaterThanOrEqual(number);
              }
            }
            for (const slot of step.left) {
              expect(there.get(slot)).toEqual([rows.entryOf(slot), rows.labelOf(slot).flags]);
              there.delete(slot);
            }
            for (const [index, slot] of step.relabelled.entries()) {
              const { flags } = step.labelsBefore[index]!;
              expect(there.get(slot)).toEqual([rows.entryOf(slot), flags]);
              there.set(slot, [rows.entryOf(slot), rows.flagsOf(slot)]);
            }
            for (const slot of step.arrived) {
              expect(there.has(slot)).toBe(false);
              there.set(slot, [rows.entryOf(slot), rows.flagsOf(slot)]);
            }
            expect([...there.keys()].sort((a, b) => a - b)).toEqual(
              [...rows.slots].sort((a, b) => a - b),
            );
            for (const [slot, [entry, flags]] of there) {
              expect(rows.entryOf(slot)).toBe(entry);
              expect(rows.flagsOf(slot)).toBe(flags);
            }
          }
        }),
      ),
      { numRuns: RUNS },
    );
  });

  it('is the same in whatever lots its lives are sorted', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, fc.nat(9), (lines, skipped) =>
        withRecording(lines, (recording) => {
          const from = Array.from(play(recording), ({ at }) => at)[skipped] ?? MIDNIGHT;
          const inLots = (livesALot?: number) => {
            const window = { ...EVERYTHING, from };
            const lots = livesALot === undefined ? {} : { livesALot };
            return Array.from(playback({ recording, window, ...lots }), everythingOf);
          };
          expect(inLots(1)).toEqual(inLots());
          expect(inLots(3)).toEqual(inLots());
        }),
      ),
      { numRuns: RUNS },
    );
  });

  it('takes from the snapshots what they hold', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, fc.nat(9), fc.nat(9), (lines, skipped, taken) =>
        withRecording(lines, (recording) => {
          const whole = Array.from(play(recording), held);
          const [first, last] = [whole[skipped], whole[skipped + taken]];
          if (first === undefined || last === undefined) return;
          const part = Array.from(play(recording, { from: first.at, to: last.at }), held);
          expect(part).toEqual(whole.slice(skipped, skipped + taken + 1));
        }),
      ),
      { numRuns: RUNS },
    );
  });
});

/** All that a watcher may ask of a step, but for the lots that its lives were sorted in. */
function everythingOf(step: Step) {
  const { rows, moved, counted, arrived, left, reconnected, relabelled, ...rest } = step;
  const columnsOf = (moves: Moves) => Object.values(moves).map((column) => [...column]);
  const lifeOf = (slot: number) => {
    const entry = rows.entryOf(slot);
    const number = rows.circuitNumberOf(slot);
    return {
      entry: { ...entry, connections: undefined },
      connection: { ...rows.connectionOf(slot), lines: [...rows.connectionOf(slot).slots] },
      circuit: number < 0 ? undefined : { number, ...rows.circuits.at(number) },
      inColumns: number < 0 || [rows.circuits.openedAtOf(number), rows.circuits.isShared(number)],
      carries: rows.carriesCircuit(slot),
    };
  };
  return {
    ...rest,
    changes: [arrived, left, reconnected, relabelled].map((slots) => [...slots]),
    moves: [columnsOf(moved), columnsOf(counted)],
    lives: Array.from([...rows.slots, ...left], lifeOf),
  };
}

/** What no window changes. */
function held(step: Step) {
  const { number, at, run, rows } = step;
  return {
    number,
    at,
    run,
    listing: textOf(rows.listing()),
    opened: entriesOf(step).map((e) => e.openedAt),
  };
}

describe('an index that does not know what the tape holds', () => {
  it('is a fault of the recording', async () => {
    const lines = tape('entry', poll(0, ['1 7 IRt 1 1 5']), poll(10, ['1 7 IRt 1 1 15']));
    await withRecording(lines, (recording, path) => {
      const db = new Database(path);
      db.exec('DELETE FROM open_entry; DELETE FROM table_sum');
      writeFirstSums(db);
      db.close();
      expect(() => [...play(recording)]).toThrow(
        expect.objectContaining({
          kind: 'damaged',
          message: expect.stringContaining(
            'the index is damaged: snapshot 1 holds an entry that it does not know',
          ),
          hint: 'run `conntape verify --rebuild` on the recording',
        }),
      );
    });
  });
});
