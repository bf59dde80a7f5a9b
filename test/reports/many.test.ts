/** As many lines as a listing may hold: more than a call may have arguments. */
import { describe, expect, it } from 'vitest';
import { circuits } from '../../src/reports/circuits.ts';
import { MIDNIGHT } from '../oracle/cases.ts';
import { reportCsv, withRecording } from '../recording/tapes.ts';

const MANY = 150_000;

function at(ms: number): string {
  return new Date(MIDNIGHT + ms).toISOString();
}

describe('a recording', () => {
  it('may have a circuit over very many connections', async () => {
    const lines = Array.from({ length: MANY }, (_, index) => `${index} 7 0 0 0 0 IRt 1 2 3`);
    const tape = [
      '{"transcript":1,"interval_s":10}',
      JSON.stringify({ at: at(0), conn: lines.join('\n') }),
    ];
    const csv = await withRecording(tape, (recording) => reportCsv(circuits, recording));
    expect(csv.trim().split('\r\n')).toHaveLength(2);
  });
});
