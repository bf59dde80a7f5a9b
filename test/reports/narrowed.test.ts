/**
 * Reports of some lines, held against what they must be: rows picked from the whole report by a rule
 * written anew, or the whole report on a transcript from which every other line was deleted.
 */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Selection } from '../../src/listing/selection.ts';
import type { Cell } from '../../src/output/table.ts';
import { EVERYTHING, type Recording } from '../../src/recording/reader.ts';
import { withTables } from '../../src/reports/narrowed.ts';
import type { Report } from '../../src/reports/report.ts';
import { REPORTS } from '../../src/reports/reports.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { temporaryFolder, transcriptOf, withRecording } from '../recording/tapes.ts';

type Line = Readonly<Record<string, Cell>>;

const named = (name: string): Report => REPORTS.find((report) => report.name === name)!;

/** Rows of reports by name. */
async function reported(
  recording: Recording,
  reports: readonly Report[],
  selection: Selection,
): Promise<Record<string, Line[]>> {
  const input = {
    ...{ recording, window: EVERYTHING, bucketMs: 60_000, selection },
    ...{ baselineMs: Number.POSITIVE_INFINITY, thresholds: new Map() },
  };
  const seeing = { taken: () => {}, played: () => {}, guarded: () => async () => {} };
  return withTables(reports, input, seeing, (tables) =>
    Object.fromEntries(
      tables.map(({ name, columns, rows }) => [
        name,
        [...rows].map((row) =>
          Object.fromEntries(columns.map((column, place) => [column.name, row[place] ?? null])),
        ),
      ]),
    ),
  );
}

/** Whether a line of `connections` is one, written anew. */
function isOne(line: Line, { connection, circuit, relay, address, port, flags }: Selection) {
  const to = /^[Ii]/.test(String(line['type_flags'])) ? line['l_port'] : line['port'];
  return (
    (connection ?? line['conn_id']) === line['conn_id'] &&
    (circuit ?? line['circ_id']) === line['circ_id'] &&
    (relay ?? String(line['or_id']).toUpperCase()) === String(line['or_id']).toUpperCase() &&
    (address ?? line['ip']) === line['ip'] &&
    (port ?? to) === to &&
    [...(flags ?? '')].every((letter) => String(line['type_flags']).includes(letter))
  );
}

/** The transcript without the lines of `conn/all` that are not asked about, and their events. */
function withoutOthers(lines: readonly string[], connection: number): string[] {
  return lines.map((text) => {
    const item = JSON.parse(text) as { conn?: string; events?: { conn_id: number }[] };
    if (item.conn === undefined) return text;
    const conn = item.conn.split('\n').filter((line) => line.startsWith(`${connection} `));
    const events = item.events?.filter(({ conn_id }) => conn_id === connection);
    const { witness: _, outside: __, inbound: ___, ...rest } = item as Record<string, unknown>;
    return JSON.stringify({
      ...rest,
      conn: conn.join('\n'),
      ...(events === undefined ? {} : { events }),
    });
  });
}

const RUNS = 25;

const picks = fc.record({ row: fc.nat(), by: fc.constantFrom('connection', 'circuit', 'flags') });

describe('reports of some lines', () => {
  it('of connections: the rows that match; of circuits: those that such a row is of', async () => {
    const wanted = ['connections', 'circuits', 'asymmetry'].map(named);
    let narrower = 0;
    await fc.assert(
      fc.asyncProperty(transcripts, picks, (transcript, { row, by }) =>
        withRecording(transcript, async (recording) => {
          const whole = await reported(recording, wanted, {});
          const lines = whole['connections']!;
          const line = lines[row % Math.max(1, lines.length)];
          if (line === undefined) return;
          const selections: Record<string, Selection> = {
            connection: { connection: Number(line['conn_id']) },
            circuit: { circuit: Number(line['circ_id']), flags: String(line['type_flags']) },
            flags: {
              flags: String(line['type_flags']),
              relay: String(line['or_id']).toUpperCase(),
            },
          };
          const selection = selections[by]!;
          const some = await reported(recording, wanted, selection);
          const ones = lines.filter((each) => isOne(each, selection));
          expect(some['connections']).toEqual(ones);
          if (ones.length < lines.length) narrower++;
          const ofCircuits = new Set(ones.map((each) => `${each['run']} ${each['circ_id']}`));
          for (const name of ['circuits', 'asymmetry']) {
            const theirs = (each: Line) => ofCircuits.has(`${each['run']} ${each['circ_id']}`);
            expect(some[name]).toEqual(whole[name]!.filter(theirs));
          }
        }),
      ),
      { numRuns: RUNS },
    );
    expect(narrower).toBeGreaterThan(RUNS / 4);
  });

  it('that count over all lines are those of a transcript without the others', async () => {
    const counted = REPORTS.filter(({ narrowing }) => narrowing === 'counted');
    expect(counted.map(({ name }) => name)).toEqual([
      ...['churn', 'lifetimes', 'concentration', 'load'],
    ]);
    await fc.assert(
      fc.asyncProperty(transcripts, fc.nat(), (transcript, row) =>
        withRecording(transcript, async (recording) => {
          const whole = await reported(recording, [named('connections')], {});
          const lines = whole['connections']!;
          if (lines.length === 0) return;
          const connection = Number(lines[row % lines.length]!['conn_id']);
          const some = await reported(recording, counted, { connection });
          const others = withoutOthers(transcriptOf(recording), connection);
          const alone = await withRecording(others, (left) => reported(left, counted, {}));
          expect(some).toEqual(alone);
        }),
      ),
      { numRuns: RUNS },
    );
  });

  it('of destinations and peers: the places that such a connection goes to, or comes from', async () => {
    const a = 'A'.repeat(40);
    const b = 'B'.repeat(40);
    const transcript = [
      '{"transcript":1,"source":"native","interval_s":10}',
      ...['20:00:00', '20:00:10'].map((time, poll) =>
        JSON.stringify({
          at: `2026-11-23T${time}Z`,
          conn: [
            `1 0 ${a} 203.0.113.1 9001 33000 ORT ${poll} 0 ${9 + poll * 10}`,
            `2 0 ${b} 203.0.113.2 443 33001 ORT ${poll} 0 ${9 + poll * 10}`,
            `3 0 ${a} 203.0.113.1 50000 9001 IRT ${poll} 0 ${9 + poll * 10}`,
            `4 0 ${b} 203.0.113.2 50000 9002 IRT ${poll} 0 ${9 + poll * 10}`,
          ].join('\n'),
        }),
      ),
    ];
    await withRecording(transcript, async (recording) => {
      const wanted = ['destinations', 'peers'].map(named);
      const of = async (selection: Selection) => {
        const rows = await reported(recording, wanted, selection);
        return [
          rows['destinations']!.map((row) => row['ip']),
          rows['peers']!.map((row) => row['or_id']),
        ];
      };
      expect(await of({})).toEqual([
        ['203.0.113.1', '203.0.113.2'],
        [a, b],
      ]);
      expect(await of({ port: 443 })).toEqual([['203.0.113.2'], []]);
      // The port that was connected to, on either side.
      expect(await of({ port: 9001 })).toEqual([['203.0.113.1'], [a]]);
      expect(await of({ relay: b })).toEqual([['203.0.113.2'], [b]]);
      expect(await of({ address: '203.0.113.1', flags: 'I' })).toEqual([[], [a]]);
      expect(await of({ port: 50_000 })).toEqual([[], []]);
    });
  });

  it('leave nothing in the folder for temporary files, also while they are read', async () => {
    const transcript = [
      '{"transcript":1,"source":"native","interval_s":10}',
      '{"at":"2026-11-23T20:00:00Z","conn":"1 0 0 0 0 0 IRt 1 1 5"}',
    ];
    // A folder of its own: other tests use the system's meanwhile.
    vi.stubEnv('TMPDIR', temporaryFolder());
    onTestFinished(() => void vi.unstubAllEnvs());
    const before = temporaries();
    await withRecording(transcript, async (recording) => {
      const own = temporaries();
      const undone: (() => void)[] = [];
      const input = {
        ...{ recording, window: EVERYTHING, bucketMs: 60_000, selection: { connection: 1 } },
        ...{ baselineMs: Number.POSITIVE_INFINITY, thresholds: new Map() },
      };
      const seeing = {
        // In the midst of it, what a signal would undo is there.
        taken: () => {
          expect(temporaries().length).toBe(own.length + 1);
        },
        played: () => {},
        guarded: (undo: () => void) => {
          undone.push(undo);
          return async () => {};
        },
      };
      await withTables([named('churn')], input, seeing, ([table]) => {
        expect(temporaries()).toEqual(own);
        expect([...table!.rows].length).toBe(1);
      });
      expect(undone).toHaveLength(1);
    });
    expect(temporaries()).toEqual(before);
  });
});

function temporaries(): string[] {
  return readdirSync(tmpdir());
}
