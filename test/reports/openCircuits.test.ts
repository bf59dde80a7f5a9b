import { describe, expect, it } from 'vitest';
import { playback } from '../../src/recording/playback/playback.ts';
import { EVERYTHING } from '../../src/recording/reader.ts';
import { OpenCircuits } from '../../src/reports/openCircuits.ts';
import { MIDNIGHT } from '../oracle/cases.ts';
import { withRecording } from '../recording/tapes.ts';

/** A poll every 10 s, each a list of `CONN_ID CIRC_ID TYPE_FLAGS`. */
function tape(...polls: readonly (readonly string[])[]): string[] {
  const header = { transcript: 1, source: 'native', bytes: 'entry', interval_s: 10 };
  const items = polls.map((lines, place) => ({
    at: new Date(MIDNIGHT + place * 10_000).toISOString(),
    conn: lines
      .map((line) => `${line.replace(/^(\d+ \d+)/, '$1 0 0 0 0')} 0 0 ${5 + place * 10}`)
      .join('\n'),
  }));
  return [header, ...items].map((item) => JSON.stringify(item));
}

/** After each snapshot: the circuits that it changed, and those that it holds. */
function followed(lines: readonly string[]): Promise<[changed: string[], there: string[]][]> {
  return withRecording(lines, (recording) => {
    const circuits = new OpenCircuits();
    const question = { recording, bucketMs: 1, baselineMs: 0, thresholds: new Map() };
    return Array.from(playback({ ...question, window: EVERYTHING }), (step) => {
      const circIdOf = (number: number) => step.rows.circuits.circIdOf(number);
      const all = (numbers: Iterable<number>) =>
        Array.from(numbers, (number) => shown(circuits, number, circIdOf(number)));
      return [all(circuits.follow(step)), all(circuits.numbers())];
    });
  });
}

function shown(circuits: OpenCircuits, number: number, circId: number): string {
  const traits = [
    circuits.isGone(number) && 'gone',
    circuits.relays(number) && 'relays',
    circuits.reachesOut(number) && 'reaches out',
  ];
  return [circId, circuits.shapeOf(number), ...traits.filter((trait) => trait !== false)].join(
    ', ',
  );
}

describe('open circuits', () => {
  it('are those of the last snapshot, as they are there', async () => {
    const lines = tape(
      ['1 5 IRt', '2 5 oRT', '3 6 IRt', '4 0 ORT'],
      ['1 5 IRt', '2 5 ORT', '3 6 IRt', '4 0 ORT'],
      ['1 5 ICt', '3 6 IRt', '4 0 OCT'],
      ['3 6 IRt'],
      [],
    );
    expect(await followed(lines)).toEqual([
      [
        ['5, blocked, relays', '6, inbound-only, relays'],
        ['5, blocked, relays', '6, inbound-only, relays'],
      ],
      [
        ['5, relay, relays, reaches out'],
        ['5, relay, relays, reaches out', '6, inbound-only, relays'],
      ],
      [['5, inbound-only'], ['5, inbound-only', '6, inbound-only, relays']],
      [['5, pending, gone, relays'], ['6, inbound-only, relays']],
      [['6, pending, gone, relays'], []],
    ]);
  });

  it('are not gone where an entry takes the place of another', async () => {
    const lines = tape(['1 5 IRt'], ['2 5 ORT']);
    expect(await followed(lines)).toEqual([
      [['5, inbound-only, relays'], ['5, inbound-only, relays']],
      [['5, outbound-only, relays, reaches out'], ['5, outbound-only, relays, reaches out']],
    ]);
  });
});
