/** Rollups: what stretches of time come to, held against the exact reports and the playback. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pcrOf } from '../../src/recording/index/rollups/bands.ts';
import { playback } from '../../src/recording/playback/playback.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { RecordingRollups } from '../../src/recording/rollups.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { relaying } from '../oracle/relaying.ts';
import { capped, circuitsMoved, later, minutesEnded, stretchesIn } from '../oracle/rollups.ts';
import { streamOf, temporaryFolder, transcriptOf, WRITER_OPTIONS, withRecording } from './tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 25);

const MINUTE = 60_000;

/** Anything at all, or circuits that move bytes; the hour may turn while they do. */
const tapes = fc
  .tuple(fc.oneof(transcripts, { weight: 3, arbitrary: relaying }), fc.constantFrom(0, -60_000))
  .map(([lines, ms]) => later(lines, ms));

/** All rollups of a recording but the polls, as what can be compared. */
function rollupsOf(recording: Recording) {
  const rollups = new RecordingRollups(recording);
  return {
    balances: Array.from(rollups.balances(EVERYTHING), ({ from, to, circuits, bytes }) => {
      expect(to).toBe(from + MINUTE);
      return { from, bands: bandsOf(circuits), bytes: bandsOf(bytes) };
    }),
    ended: Array.from(rollups.ended(EVERYTHING), ({ from, unknown, counts }) => {
      return { from, unknown, lengths: bandsOf(counts) };
    }),
    lopsided: Array.from(rollups.lopsided(EVERYTHING), ({ from, circuits }) => ({
      from,
      circuits,
    })),
    greatest: [...rollups.greatest(EVERYTHING)],
  };
}

/** The bands that are not 0, by number. */
function bandsOf(counts: Float64Array): [band: number, count: number][] {
  return [...counts.entries()].filter(([, count]) => count > 0);
}

function tallied(bands: Iterable<readonly [band: number, count: number]>) {
  const counts = new Map<number, bigint>();
  for (const [band, count] of bands) counts.set(band, (counts.get(band) ?? 0n) + BigInt(count));
  return [...counts].map(([band, count]) => [band, capped(count)]).sort(([a], [b]) => a! - b!);
}

/** docs/recording-format.md, Rollups: the band whose middle is nearest. */
function balanceBand(read: number, written: number): number {
  const pcr = (written - read) / (written + read);
  const bands = Array.from({ length: 41 }, (_, band) => band);
  const outermost = bands.sort((a, b) => Math.abs(b - 20) - Math.abs(a - 20));
  return outermost.reduce((best, band) =>
    Math.abs(pcrOf(band) - pcr) < Math.abs(pcrOf(best) - pcr) - 1e-12 ? band : best,
  );
}

function lengthBand(ms: number): number {
  let band = 0;
  while (band < 39 && ms >= 1000 * 2 ** (band / 2)) band++;
  return band;
}

/** The same from the oracles. */
function expectedOf(lines: readonly string[]) {
  const balances = [...stretchesIn(lines, MINUTE)].flatMap((stretch) => {
    const moved = circuitsMoved(stretch, MINUTE);
    if (moved.length === 0) return [];
    const band = ({ read, written }: (typeof moved)[number]) => balanceBand(read, written);
    return [
      {
        from: stretch.number * MINUTE,
        bands: tallied(moved.map((circuit) => [band(circuit), 1])),
        bytes: tallied(
          moved.map((circuit) => [
            band(circuit),
            Math.min(circuit.read + circuit.written, 2 ** 53 - 1),
          ]),
        ),
      },
    ];
  });
  const ended = minutesEnded(lines).map(({ number, lengths }) => {
    const known = lengths.filter((length) => length !== null);
    const unknown = lengths.length - known.length;
    const bands = tallied(known.map((length) => [lengthBand(length), 1]));
    return { from: number * MINUTE, unknown, lengths: bands };
  });
  const lopsided = [...stretchesIn(lines, 10 * MINUTE)].flatMap((stretch) => {
    const circuits = circuitsMoved(stretch, 10 * MINUTE);
    const apart = ({ read, written }: (typeof circuits)[number]) => Math.abs(read - written);
    circuits.sort(
      (a, b) =>
        apart(b) - apart(a) ||
        a.run - b.run ||
        a.circId - b.circId ||
        a.read - b.read ||
        a.written - b.written,
    );
    if (circuits.length === 0) return [];
    return [{ from: stretch.number * 10 * MINUTE, circuits: circuits.slice(0, 64) }];
  });
  return { balances, ended, lopsided };
}

interface Tallied {
  readonly orId: string;
  readonly ip: string;
  opened: number;
  concurrent: number;
  read: number;
  written: number;
}

/** The peers of each hour, from the playback. */
function peersOf(recording: Recording, direction: 'O' | 'I') {
  const hours = new Map<number, Map<string, Tallied>>();
  for (const step of playback({ recording, window: EVERYTHING })) {
    const hour = Math.floor(step.at / 3_600_000);
    const peers = hours.get(hour) ?? new Map<string, Tallied>();
    hours.set(hour, peers);
    const peerAt = (slot: number) => {
      const { orId, ip, flags } = step.rows.labelOf(slot);
      if (flags[0]?.toUpperCase() !== direction || flags[1] === 'X') return undefined;
      const key = `${orId} ${ip}`;
      const known = peers.get(key) ?? { orId, ip, opened: 0, concurrent: 0, read: 0, written: 0 };
      peers.set(key, known);
      return known;
    };
    const there = new Map<Tallied, Set<unknown>>();
    for (const slot of step.rows.slots) {
      const peer = peerAt(slot);
      if (peer === undefined) continue;
      there.set(peer, (there.get(peer) ?? new Set()).add(step.rows.connectionOf(slot)));
    }
    for (const [peer, connections] of there) {
      peer.concurrent = Math.max(peer.concurrent, connections.size);
      for (const connection of connections) {
        const { openedKnown, openedAt, firstSnapshot } = connection as { [key: string]: number };
        const isNew = openedKnown && openedAt! > (step.since ?? Number.POSITIVE_INFINITY);
        if (isNew && !step.acrossGap && firstSnapshot === step.number) peer.opened++;
      }
    }
    const { slots, read, written, bridged } = step.counted;
    for (const [index, slot] of slots.entries()) {
      const peer = bridged[index] === 1 ? undefined : peerAt(slot);
      if (peer === undefined) continue;
      peer.read = Math.min(2 ** 53 - 1, peer.read + read[index]!);
      peer.written = Math.min(2 ** 53 - 1, peer.written + written[index]!);
    }
  }
  return hours;
}

/** Few enough peers that all are among the greatest. */
function expectedGreatest(recording: Recording) {
  const [outbound, inbound] = [peersOf(recording, 'O'), peersOf(recording, 'I')];
  const shown = (peers: Map<string, Tallied> | undefined) =>
    inOrder(
      [...(peers?.values() ?? [])].filter((peer) => peer.read + peer.written + peer.opened > 0),
    );
  return [...outbound.keys()]
    .map((hour) => ({
      from: hour * 3_600_000,
      to: (hour + 1) * 3_600_000,
      outbound: shown(outbound.get(hour)),
      inbound: shown(inbound.get(hour)),
    }))
    .filter((hour) => hour.outbound.length + hour.inbound.length > 0);
}

function inOrder(peers: readonly Tallied[]): Tallied[] {
  return peers.toSorted((a, b) => (`${a.orId} ${a.ip}` < `${b.orId} ${b.ip}` ? -1 : 1));
}

function expectedPolls(recording: Recording, lines: readonly string[]) {
  const totals: object[] = [];
  let before = 0;
  for (const step of playback({ recording, window: EVERYTHING })) {
    let [read, written] = [0, 0];
    for (const [index, bridged] of step.counted.bridged.entries()) {
      if (bridged === 1) continue;
      read = Math.min(2 ** 53 - 1, read + step.counted.read[index]!);
      written = Math.min(2 ** 53 - 1, written + step.counted.written[index]!);
    }
    const connections = new Set(
      Array.from(step.rows.slots, (slot) => step.rows.entryOf(slot).connId),
    );
    const { number: snapshot, at } = step;
    totals.push({
      snapshot,
      at,
      read,
      written,
      connections: connections.size,
      more: connections.size - before,
    });
    before = connections.size;
  }
  const circuits = [...stretchesIn(lines, 1)].map((stretch) => circuitsMoved(stretch, 1).length);
  return totals.map((total, index) => ({ ...total, circuits: circuits[index] }));
}

function check(recording: Recording, lines: readonly string[]): void {
  const { greatest, ...rollups } = rollupsOf(recording);
  expect(rollups).toEqual(expectedOf(lines));
  const peers = greatest.map((hour) => ({
    ...hour,
    outbound: inOrder(hour.outbound),
    inbound: inOrder(hour.inbound),
  }));
  expect(peers).toEqual(expectedGreatest(recording));
  const polls = Array.from(
    new RecordingRollups(recording).polls(EVERYTHING),
    ({ opened, closed, ...total }) => ({ ...total, more: opened - closed }),
  );
  expect(polls).toEqual(expectedPolls(recording, lines));
}

describe('rollups are what the exact reports say of the same stretches', () => {
  it('of any transcript', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, async (lines) => {
        await withRecording(lines, (recording) => check(recording, transcriptOf(recording)));
      }),
      { numRuns: RUNS },
    );
  });

  it('also where the writer was another one in between, and derived again', async () => {
    const folder = temporaryFolder();
    let number = 0;
    await fc.assert(
      fc.asyncProperty(tapes, fc.array(fc.nat(20), { maxLength: 3 }), async (lines, ends) => {
        const path = `${folder}/${number++}.tape`;
        let writer = RecordingWriter.open(path, WRITER_OPTIONS);
        for (const [place, item] of (await streamOf(lines)).entries()) {
          if (ends.includes(place)) {
            writer.close();
            writer = RecordingWriter.open(path, { ...WRITER_OPTIONS, goesOn: true });
          }
          writer.append(item);
        }
        writer.close();
        const recording = Recording.open(path);
        const { damages } = verifyRecording(recording, { rebuild: true, progress: () => {} });
        expect(damages).toEqual([]);
        check(recording, transcriptOf(recording));
        recording.close();
      }),
      { numRuns: RUNS },
    );
  });
});
