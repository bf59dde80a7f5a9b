/**
 * A transcript of outbound connections, and short ways to write others.
 * Owns what the tests of destinations and of concentration share. Times are seconds after
 * MIDNIGHT.
 */
import type { Cell } from '../../src/output/table.ts';
import type { Report, ReportInput } from '../../src/reports/report.ts';
import { MIDNIGHT } from '../oracle/cases.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';

export const [A, B, C] = ['A', 'B', 'C'].map((letter) => letter.repeat(40)) as [
  string,
  string,
  string,
];

/** Some columns of every row of a report on a transcript, by their names. */
export async function columnsOf(
  report: Report,
  lines: readonly string[],
  names: string,
  question: Partial<ReportInput>,
): Promise<Cell[][]> {
  const wanted = names
    .split(' ')
    .map((name) => report.columns.findIndex((column) => column.name === name));
  return withRecording(lines, (recording) =>
    [...tableOf(report, recording, question).rows].map((row) => wanted.map((place) => row[place]!)),
  );
}

export function at(second: number): number {
  return MIDNIGHT + second * 1000;
}

function iso(second: number): string {
  return new Date(at(second)).toISOString();
}

export function header(bytes: 'connection' | 'entry' = 'connection'): string {
  return JSON.stringify({ transcript: 1, source: 'native', bytes, interval_s: 10 });
}

export function snapshot(second: number, lines: readonly string[], more: object = {}): string {
  return JSON.stringify({ at: iso(second), conn: lines.join('\n'), ...more });
}

export function told(second: number, connId: number, what: 'opened' | 'closed', more: object = {}) {
  return { at: iso(second), conn_id: connId, what, ...more };
}

/**
 * Polled at 0, 10, 50 and 60: 10 to 50 is a gap. At 60 Tor had been started anew.
 *
 * To 198.51.100.1: 1 to A, there before, moved 600 and 50, then 100 across the gap; 7 to B, born at
 * 6, moved 300 and 30; at 60 another 1 to A, born at 58, 40 and 4. In all 1040 and 84; two at 10
 * and at 50.
 * To 198.51.100.2: 2 to C, whose two circuits repeat its totals, 200 and 300, then 200; 9, born at
 * 35, in the gap, 70 and 7. In all 470 and 307; two at 50.
 * To 192.168.1.7: 3, gone by 10, which moved nothing that was seen.
 * To what is not kept: 4, 2048 and 1024, then 1024 written; 8; 10, which lived from 45 to 48. Two at
 * 10. 5 is control, 6 inbound.
 */
export const evening = [
  header(),
  snapshot(
    0,
    [
      `1 0 ${A} 198.51.100.1 9001 40001 ORT 1000 100 50`,
      `2 4 ${C} 198.51.100.2 9001 40002 ORT 500 500 20`,
      `2 5 ${C} 198.51.100.2 9001 40002 ORT 500 500 20`,
      '3 0 0 192.168.1.7 80 40003 ORt 10 20 3',
      '4 0 0 203.0.113.5 443 40004 ORt 0 0 1',
      '5 0 0 127.0.0.1 9051 40005 OXt 9 9 9',
      '6 0 0 203.0.113.6 40006 443 ICt 9 9 9',
    ],
    { info: { 'info/uptime-process': '1000' } },
  ),
  snapshot(10, [
    `1 0 ${A} 198.51.100.1 9001 40001 ORT 1600 150 60`,
    `2 4 ${C} 198.51.100.2 9001 40002 ORT 700 800 30`,
    `2 5 ${C} 198.51.100.2 9001 40002 ORT 700 800 30`,
    '4 0 0 203.0.113.5 443 40004 ORt 2048 1024 11',
    '5 0 0 127.0.0.1 9051 40005 OXt 99 99 19',
    `7 0 ${B} 198.51.100.1 443 40007 ORT 300 30 4`,
    '8 0 0 203.0.113.8 443 40008 oRt 0 0 2',
  ]),
  snapshot(
    50,
    [
      `1 0 ${A} 198.51.100.1 9001 40001 ORT 1700 150 100`,
      `2 4 ${C} 198.51.100.2 9001 40002 ORT 900 800 70`,
      '4 0 0 203.0.113.5 443 40004 ORt 2048 2048 51',
      `7 0 ${B} 198.51.100.1 443 40007 ORT 300 30 44`,
      `9 0 ${C} 198.51.100.2 443 40009 ORT 70 7 15`,
    ],
    {
      events: [
        told(45, 10, 'opened', { or_id: A, type_flags: 'ORT' }),
        told(48, 10, 'closed', { reason: 'DONE' }),
      ],
    },
  ),
  snapshot(60, [`1 0 ${A} 198.51.100.1 9001 40001 ORT 40 4 2`], {
    info: { 'info/uptime-process': '3' },
  }),
];
