/** The report of peers: rows computed by hand, and sums that other reports give too. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/output/table.ts';
import { churn } from '../../src/reports/churn.ts';
import { destinations } from '../../src/reports/destinations.ts';
import { peers } from '../../src/reports/peers.ts';
import type { Report, ReportInput } from '../../src/reports/report.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { nothing } from '../oracle/cases.ts';
import { windowEnds, windowOf } from '../oracle/windows.ts';
import { reportCsv, tableOf, withRecording } from '../recording/tapes.ts';
import { A, at, B, columnsOf, header, snapshot, told } from './outings.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 60);

const GOLDEN = new URL('../fixtures/golden/peers.csv', import.meta.url);

function rowsOf(lines: readonly string[], names: string, question: Partial<ReportInput> = {}) {
  return columnsOf(peers, lines, names, question);
}

function counted(connections: number, addresses: number, most: number): object {
  const numbers = { connections, addresses, most_from_one_address: most, opened: 0, closed: 0 };
  return { inbound: numbers };
}

/**
 * Polled at 0, 10, 20, 25 and 30.
 *
 * A: 1 from 198.51.100.1, there before, gone by 20 at a great age; 2 from there, opened at 5, open; 3
 * from 198.51.100.2, opened at 12 and a stranger's, A's by 25, gone by 30, 13 to 18 s old; 9, which
 * lived from 21 to 23. In all four, of which 2, 3 and 9 opened, and 1, 3 and 9 closed, two of them
 * short-lived. Two at once: at 10 both from one address, at 25 from two. Addresses in the mean:
 * (1 + 1 + 1 + 2 + 1) / 5. Read 100 + 20 + 7 (of 3, 2 while it was a stranger's), written 10 + 2 + 70.
 * B: 4, two circuits of which repeat its totals, 50 and 1. 8, which this relay opened, is none, though
 * a circuit came in by it.
 * Others: 5, a controller; 6, opened at 1 and gone by 20, 19 s old at most; 7, gone by 20, 1024 and 0.
 * The source counted 30 at most from one address, (3 + 50) / 2 addresses.
 */
const evening = [
  header(),
  snapshot(0, [
    `1 0 ${A} 198.51.100.1 40001 9001 IRT 1000 100 500`,
    `4 7 ${B} 198.51.100.4 40004 9001 IRT 1 1 500`,
    `4 8 ${B} 198.51.100.4 40004 9001 IRT 1 1 500`,
    `8 0 ${B} 198.51.100.4 9001 40008 ORT 1 1 500`,
    `8 9 ${B} 198.51.100.4 9001 40008 IRT 1 1 500`,
    '5 0 0 127.0.0.1 40005 9051 IXt 1 1 500',
    '7 0 0 203.0.113.7 40007 9001 IRt 1024 1024 500',
  ]),
  snapshot(
    10,
    [
      `1 0 ${A} 198.51.100.1 40001 9001 IRT 1100 110 510`,
      `2 0 ${A} 198.51.100.1 40002 9001 IRT 10 1 5`,
      `4 7 ${B} 198.51.100.4 40004 9001 IRT 51 2 510`,
      `4 8 ${B} 198.51.100.4 40004 9001 IRT 51 2 510`,
      `8 0 ${B} 198.51.100.4 9001 40008 ORT 9 9 510`,
      `8 9 ${B} 198.51.100.4 9001 40008 IRT 9 9 510`,
      '5 0 0 127.0.0.1 40005 9051 IXt 1 1 510',
      '6 0 0 203.0.113.6 40006 9001 iRt 0 0 9',
      '7 0 0 203.0.113.7 40007 9001 IRt 2048 1024 510',
    ],
    counted(3, 3, 2),
  ),
  snapshot(20, [
    `2 0 ${A} 198.51.100.1 40002 9001 IRT 20 2 15`,
    '3 0 0 198.51.100.2 40003 9001 iRt 2 40 8',
    `4 7 ${B} 198.51.100.4 40004 9001 IRT 51 2 520`,
    '5 0 0 127.0.0.1 40005 9051 IXt 1 1 520',
  ]),
  snapshot(
    25,
    [
      `2 0 ${A} 198.51.100.1 40002 9001 IRT 20 2 20`,
      `3 0 ${A} 198.51.100.2 40003 9001 IRT 7 70 13`,
      `4 7 ${B} 198.51.100.4 40004 9001 IRT 51 2 525`,
      '5 0 0 127.0.0.1 40005 9051 IXt 1 1 525',
    ],
    {
      ...counted(70, 50, 30),
      events: [
        told(21, 9, 'opened', { or_id: A, type_flags: 'IRT' }),
        told(23, 9, 'closed', { reason: 'DONE' }),
      ],
    },
  ),
  snapshot(30, [
    `2 0 ${A} 198.51.100.1 40002 9001 IRT 20 2 25`,
    `4 7 ${B} 198.51.100.4 40004 9001 IRT 51 2 530`,
    '5 0 0 127.0.0.1 40005 9051 IXt 1 1 530',
  ]),
];

describe('peers', () => {
  it('is the golden file', async () => {
    const csv = await withRecording(evening, (recording) => reportCsv(peers, recording));
    expect(csv).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('has no row where nothing comes in', async () => {
    expect(await rowsOf(nothing, 'or_id')).toEqual([]);
    expect(await rowsOf([header(), snapshot(0, ['1 0 0 0 0 0 ORt 1 1 1'])], 'or_id')).toEqual([]);
  });

  it('knows no addresses of strangers that nobody counted', async () => {
    const tape = [header(), snapshot(0, ['1 0 0 203.0.113.7 1 9001 IRt 1 1 1'])];
    const names = 'or_id connections most_from_one_address addresses mean_addresses';
    expect(await rowsOf(tape, names)).toEqual([['0', 1, null, null, null]]);
  });

  it('counts an opening and an end in a gap as neither', async () => {
    const line = '1 0 0 0 0 0 IRt 1 1';
    const gap = JSON.stringify({
      gap: { from: '2026-11-23T00:00:10Z', to: '2026-11-23T00:01:00Z', reason: 'away' },
    });
    const tape = [header(), snapshot(10, []), gap, snapshot(60, [`${line} 20`]), snapshot(70, [])];
    const names = 'connections opened closed short_lived_share';
    expect(await rowsOf(tape, names)).toEqual([[1, 0, 1, 0]]);
  });

  it('is of a window', async () => {
    const window = { from: at(20), to: at(25) };
    const names = 'or_id connections opened closed read_bytes';
    // Of 3 nothing is known before the window, and of 1 and 9 nothing in it but 9.
    expect(await rowsOf(evening, names, { window })).toEqual([
      ['0', 1, 0, 0, 0],
      [A, 3, 1, 1, 5],
      [B, 1, 0, 0, 0],
    ]);
  });
});

/** The transcript with every connection in one direction. */
function directed(lines: readonly string[], letters: 'Ii' | 'Oo'): string[] {
  const turned = (flags: string) => {
    const [letter, ...rest] = flags;
    return `${letter === letter!.toUpperCase() ? letters[0] : letters[1]}R${rest.slice(1).join('')}`;
  };
  return lines.map((line) => {
    const record = JSON.parse(line);
    if (typeof record.conn === 'string') {
      record.conn = record.conn
        .split('\n')
        .map((text: string) => {
          const fields = text.trim().split(/ +/);
          if (fields.length > 9) fields[6] = turned(fields[6]!);
          return fields.join(' ');
        })
        .join('\n');
    }
    for (const event of record.events ?? []) {
      event.type_flags = turned(event.type_flags ?? 'X');
    }
    return JSON.stringify(record);
  });
}

/** The sums of some columns. */
async function sumsOf(
  report: Report,
  lines: readonly string[],
  names: string,
  question: Partial<ReportInput>,
): Promise<bigint[]> {
  const rows = await withRecording(lines, (recording) => [
    ...tableOf(report, recording, question).rows,
  ]);
  const places = names
    .split(' ')
    .map((name) => report.columns.findIndex((one) => one.name === name));
  const sum = (place: number) =>
    rows.reduce(
      (all: bigint, row: readonly Cell[]) => all + BigInt((row[place] as number) ?? 0),
      0n,
    );
  return places.map(sum);
}

describe('all peers together', () => {
  it('open and close as churn says, and move what leads out elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, windowEnds, async (lines, ends) => {
        const window = windowOf(lines, ends);
        const inbound = directed(lines, 'Ii');
        expect(await sumsOf(peers, inbound, 'opened closed', { window })).toEqual(
          await sumsOf(churn, inbound, 'opened closed', { window }),
        );
        const bytes = 'read_bytes written_bytes';
        expect(await sumsOf(peers, inbound, bytes, { window })).toEqual(
          await sumsOf(destinations, directed(lines, 'Oo'), bytes, { window }),
        );
      }),
      { numRuns: RUNS },
    );
  });
});
