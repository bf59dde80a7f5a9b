/** When connections opened, one by one and coarsely. */
import { expect, it } from 'vitest';
import { Openings } from '../../../src/page/data/openings.ts';
import { EVERYTHING } from '../../../src/recording/reader.ts';
import { playAll } from '../../../src/reports/playing.ts';
import { withRecording } from '../../recording/tapes.ts';

const BEGIN = Date.parse('2026-11-23T02:00:00Z');
const PEERS = ['A', 'B'].map((letter) => letter.repeat(40));

/** A connection in from each of two relays at every other poll, to the end. */
const LINES = [
  { transcript: 1, source: 'native', bytes: 'entry', interval_s: 10 },
  ...Array.from({ length: 101 }, (_, poll) => ({
    at: new Date(BEGIN + poll * 10_000).toISOString(),
    conn: PEERS.map(
      (orId, peer) =>
        `${1000 * peer + Math.floor((poll + peer) / 2) + 1} 0 ${orId} 198.51.100.${peer + 1} 9001 9001 IRT 0 0 ${((poll + peer) % 2) * 10 + 4}`,
    ).join('\n'),
  })),
].map((line) => JSON.stringify(line));

it('are kept one by one, and of more the part of the window, to its end', async () => {
  await withRecording(LINES, (recording) => {
    const window = recording.extent!;
    const [exact, coarse] = [new Openings(window), new Openings(window, 20)];
    playAll([exact, coarse], { recording, window: EVERYTHING }, () => {});
    expect([exact.areCoarse, coarse.areCoarse]).toEqual([false, true]);
    for (const peer of PEERS) {
      const times = exact.fromPeer(peer);
      expect(times).toHaveLength(50);
      expect(times.at(-1)).toBeGreaterThan(BEGIN + 980_000);
      const about = coarse.fromPeer(peer);
      expect(about).toHaveLength(times.length);
      for (const [place, time] of about.entries()) {
        expect(Math.abs(time - times[place]!)).toBeLessThanOrEqual(1000);
      }
    }
    expect(exact.fromPeer('C'.repeat(40))).toEqual([]);
    expect(exact.to('198.51.100.1')).toEqual([]);
  });
});
