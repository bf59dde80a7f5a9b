/** What is recorded from a served recording: equal to it, however fast it plays or slowly it is asked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERYTHING, Recording } from '../../../src/recording/reader.ts';
import { transcripts } from '../../oracle/arbitrary.ts';
import { gaps, MIDNIGHT, stillOpen } from '../../oracle/cases.ts';
import { transcriptOf, withRecording } from '../../recording/tapes.ts';
import { copyServed } from '../copies.ts';
import { replayed } from './world.ts';

describe('record of a served recording', () => {
  it('is that recording: times, gaps, events, listings, values and header', async () => {
    const paces = fc.record({
      speed: fc.constantFrom(0.5, 1, 100, 1000),
      intervalMs: fc.constantFrom(100, 10_000, 60_000),
    });
    await fc.assert(
      fc.asyncProperty(transcripts, paces, async (lines, pace) => {
        await withRecording(lines, async (recording, path) => {
          if (recording.extent === undefined) return;
          await copyServed(recording, `${path}.copy`, pace);
          const copied = Recording.open(`${path}.copy`);
          try {
            expect(transcriptOf(copied)).toEqual(transcriptOf(recording));
          } finally {
            copied.close();
          }
        });
      }),
      { numRuns: 40 },
    );
  });
});

interface Told {
  readonly at: string;
  readonly before?: readonly { readonly gap?: { readonly from: string; readonly to: string } }[];
}

describe('conntape/moment', () => {
  it('tells each controller every snapshot in turn, none before its time', async () => {
    const world = await replayed(stillOpen);
    const [early, late] = [await world.client(), await world.client()];
    const next = async (client: typeof early) => {
      const values = await client.getInfo(['conntape/moment', 'conn/all', 'conntape/now']);
      const { at } = JSON.parse(values.get('conntape/moment')!) as Told;
      expect(values.get('conntape/now')).toBe(at);
      return [(Date.parse(at) - MIDNIGHT) / 1000, values.get('conn/all')!.split(' ').at(-1)];
    };
    expect(await next(early)).toEqual([0, '5']);
    expect(await next(early)).toEqual([0, '5']);
    world.pass(9999);
    expect(await next(early)).toEqual([0, '5']);
    world.pass(1);
    expect(await next(early)).toEqual([10, '15']);
    world.pass(60_000);
    expect(await next(early)).toEqual([20, '25']);
    expect(await next(early)).toEqual([20, '25']);
    expect([await next(late), await next(late)]).toEqual([
      [0, '5'],
      [10, '15'],
    ]);
    await early.close();
    await late.close();
  });

  it('tells the gaps before a snapshot with it, and those after the last at the end', async () => {
    const [header, ...items] = gaps;
    const gap = (from: number, to: number) => ({
      from: new Date(MIDNIGHT + from * 1000).toISOString(),
      to: new Date(MIDNIGHT + to * 1000).toISOString(),
    });
    const leading = JSON.stringify({ gap: gap(-9, 0) });
    const trailing = JSON.stringify({ gap: gap(60, 70) });
    const world = await replayed([header!, leading, ...items, trailing]);
    const client = await world.client();
    const next = async () => {
      const { at, before = [] } = JSON.parse((await client.tryGetInfo('conntape/moment'))!) as Told;
      const told = before.flatMap(({ gap: of }) => (of === undefined ? [] : [of]));
      return [(Date.parse(at) - MIDNIGHT) / 1000, ...told.map(({ from, to }) => ({ from, to }))];
    };
    world.pass(60_000);
    expect(await next()).toEqual([0, gap(-9, 0)]);
    expect([await next(), await next(), await next()]).toEqual([[10], [40], [50]]);
    expect(await next()).toEqual([60, gap(52, 58)]);
    expect(await next()).toEqual([60, gap(60, 70)]);
    expect(await next()).toEqual([60, gap(60, 70)]);
    await client.close();
  });

  it('begins where the replay does', async () => {
    const world = await replayed(stillOpen, { at: MIDNIGHT + 15_000 });
    const client = await world.client();
    const { at } = JSON.parse((await client.tryGetInfo('conntape/moment'))!) as Told;
    expect(Date.parse(at)).toBe(MIDNIGHT + 10_000);
    await client.close();
  });

  it('gives the recording free when the controller leaves in the middle of it', async () => {
    const world = await replayed(stillOpen);
    const client = await world.client();
    await client.tryGetInfo('conntape/moment');
    await client.close();
    await world.server.close();
    world.host.playback.close();
    const recording = Recording.open(world.path);
    expect([...recording.items(EVERYTHING)]).toHaveLength(4);
    recording.close();
  });
});
