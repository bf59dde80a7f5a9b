/**
 * What of a circuit's bytes counts as made or swallowed: each direction by itself, since its birth.
 * Owns circuits of two or three legs, made poll by poll; bytes are told a poll.
 */
import { describe, expect, it } from 'vitest';
import { foundIn } from './found.ts';
import { BACKGROUND, during, type LineFields, line, type Planted, toRelay } from './planted.ts';

const CIRC = 8;

type Fields = Partial<LineFields>;

const inbound = (poll: number, fields: Fields): string =>
  line(poll, { conn: 16, circ: CIRC, flags: 'IRt', born: -1, ...fields });

const outbound = (poll: number, fields: Fields): string =>
  toRelay(poll, { conn: 17, circ: CIRC, ip: '198.51.100.8', born: -1, ...fields });

/** A stream that leaves the Tor network. */
const stream = (poll: number, fields: Fields): string =>
  line(poll, { conn: 18, circ: CIRC, flags: 'ORt', born: -1, ...fields });

const legs = (lines: (poll: number) => readonly string[]): Planted => ({
  lines: during(0, 20, lines),
});

/** So much moved by a poll, from one poll to another. */
const moved = (poll: number, bytes: number, from = 0, to = 20): number =>
  Math.max(0, Math.min(poll, to) - from) * bytes;

/** Severity, kind and direction of what is found of a circuit. */
async function judged(...planted: readonly Planted[]): Promise<string[]> {
  const found = await foundIn([BACKGROUND, ...planted]);
  return found.told
    .filter(({ rule }) => rule === 'asymmetric-circuit')
    .map(({ severity, value }) => `${severity} ${value}`);
}

const EXIT: Planted = { config: { ExitRelay: '1' } };

const aged = (lines: readonly string[]) => lines.map((each) => `${each} AGE=unknown`);

describe('an asymmetric circuit', () => {
  it.each<[string, Planted, string[]]>([
    [
      'is not masked by what returns',
      legs((poll) => [
        inbound(poll, { read: moved(poll, 10_240), written: moved(poll, 4_000_000) }),
        outbound(poll, { read: moved(poll, 4_000_000), written: moved(poll, 1_048_576) }),
      ]),
      ['critical 102.4'],
    ],
    [
      'is one in both directions',
      legs((poll) => [
        inbound(poll, { written: moved(poll, 400_000) }),
        outbound(poll, { written: moved(poll, 400_000) }),
      ]),
      ['critical null', 'critical null'],
    ],
    [
      'swallows what comes back, too',
      legs((poll) => [
        inbound(poll, { written: moved(poll, 1000) }),
        outbound(poll, { read: moved(poll, 2_000_000) }),
      ]),
      ['warning 2000'],
    ],
    [
      'is none of which the queue came in before the recording began',
      legs((poll) => [
        inbound(poll, { read: 20_000_000 }),
        outbound(poll, { written: 10_000_000 + moved(poll, 500_000) }),
      ]),
      [],
    ],
    [
      'may have begun before the recording',
      legs((poll) => [
        inbound(poll, { read: 20_000_000 }),
        outbound(poll, { written: 20_000_000 + moved(poll, 500_000) }),
      ]),
      ['critical null'],
    ],
    [
      'of unknown age makes more than Tor may have held back',
      legs((poll) =>
        aged([inbound(poll, {}), outbound(poll, { written: moved(poll, 1_400_000) })]),
      ),
      ['critical null'],
    ],
    [
      'of unknown age may have held back what comes out',
      legs((poll) =>
        aged([inbound(poll, {}), outbound(poll, { written: moved(poll, 1_300_000) })]),
      ),
      [],
    ],
    [
      'is none where an exit’s streams come and go unseen',
      {
        ...EXIT,
        ...legs((poll) => [
          inbound(poll, { written: moved(poll, 500_000) }),
          stream(poll, { read: 1000 }),
        ]),
      },
      [],
    ],
    [
      'is none where cells end that carry nothing out',
      {
        ...EXIT,
        ...legs((poll) => [inbound(poll, { read: moved(poll, 4_000_000) }), stream(poll, {})]),
      },
      [],
    ],
    [
      'sends out of an exit what never came in',
      {
        ...EXIT,
        ...legs((poll) => [inbound(poll, {}), stream(poll, { written: moved(poll, 500_000) })]),
      },
      ['critical null'],
    ],
    [
      'has all its legs counted, those too that ended',
      {
        ...EXIT,
        ...legs((poll) => [
          inbound(poll, { read: moved(poll, 500_000, 0, 5) }),
          ...(poll <= 5 ? [stream(poll, { conn: 19, written: moved(poll, 500_000) })] : []),
          ...(poll > 5 ? [stream(poll, { born: 5.5, written: moved(poll, 110_000, 5, 12) })] : []),
        ]),
      },
      ['critical null'],
    ],
    [
      'is none while one of its legs is out of sight',
      legs((poll) => [
        ...(poll > 5 && poll < 15 ? [] : [inbound(poll, { read: moved(poll, 500_000) })]),
        outbound(poll, { written: moved(poll, 500_000) }),
        outbound(poll, { conn: 20, born: -1 }),
        line(poll, { conn: 21, circ: CIRC, flags: 'IRt', born: -1 }),
      ]),
      [],
    ],
    [
      'is none whose counter fell and goes on',
      legs((poll) => [
        inbound(poll, { read: moved(poll, 500_000) }),
        outbound(poll, { written: moved(poll, 500_000) - (poll === 10 ? 600_000 : 0) }),
      ]),
      [],
    ],
    [
      'is none whose counter fell while nobody looked',
      {
        missed: [8, 9, 10, 11, 12, 13],
        ...legs((poll) => [
          inbound(poll, { read: moved(poll, 850_000, 0, 7) }),
          outbound(poll, {
            written: poll < 14 ? moved(poll, 570_000) : 3_900_000 + moved(poll, 300_000, 14),
          }),
        ]),
      },
      [],
    ],
    [
      'is none of a Tor’s own',
      legs((poll) => [
        inbound(poll, { flags: 'ICt' }),
        outbound(poll, { written: moved(poll, 500_000) }),
      ]),
      [],
    ],
  ])('%s', async (_, planted, expected) => {
    expect(await judged(planted)).toEqual(expected);
  });

  it.each<[string, string, number, number, string[]]>([
    // 40 MB came in within 80 s, and went out by 170 s: of those O − I is 1.5 MB.
    ['is none', 'connection', 1.005, 1.043, []],
    ['is none', 'connection', 1.043, 1.005, []],
    ['is one', 'connection', 1.005, 1.075, ['critical null']],
    ['is one', 'entry', 1.005, 1.043, ['critical null']],
  ])('%s whose %s bytes are wrapped in %d and %d, once its queue drains', async (...all) => {
    const [, bytes, wrappedIn, wrappedOut, expected] = all;
    const planted: Planted = {
      header: { bytes },
      ...legs((poll) => [
        inbound(poll, { read: wrappedIn * moved(poll, 5_000_000, 0, 8) }),
        outbound(poll, { written: wrappedOut * moved(poll, 2_352_942, 0, 17) }),
      ]),
    };
    expect(await judged(planted)).toEqual(expected);
  });

  it.each<[string, number, string[]]>([
    ['connection', 0, []],
    ['entry', 0, ['critical null']],
    // What comes out waited.
    ['entry', 2_000_000, []],
  ])('on an old leg, with bytes of a %s, and %d queued', async (bytes, queued, expected) => {
    // The outbound connection had sent 2,000,000 bytes when the circuit came.
    const planted: Planted = {
      header: { bytes },
      lines: during(0, 20, (poll) => [
        inbound(poll, { born: poll < 5 ? -1 : 4.5, read: poll < 5 ? 0 : queued }),
        outbound(poll, { circ: poll < 5 ? 0 : CIRC, written: 2_000_000 + moved(poll, 150_000, 5) }),
      ]),
    };
    expect(await judged(planted)).toEqual(expected);
  });
});
