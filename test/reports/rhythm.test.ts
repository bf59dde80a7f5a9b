/**
 * What is too regular for chance: clocks are found, and what only looks like one is not.
 * Owns series of openings made from named seeds; the transform is held against a sum.
 */
import { describe, expect, it } from 'vitest';
import { Random } from '../../bench/random.ts';
import { BlindTimes } from '../../src/recording/index/blind.ts';
import { alikeAmong, greatestShare } from '../../src/reports/rhythm/intervals.ts';
import { type Call, rhythmOf } from '../../src/reports/rhythm/rhythm.ts';
import { rayleigh, spectrumOf, transform } from '../../src/reports/rhythm/spectrum.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const NEVER_BLIND = new BlindTimes([]);

const watched = (to: number, blind = NEVER_BLIND) => ({ from: 0, to, intervalMs: 10_000, blind });

/** Openings as UPTIME shows them, in whole seconds. */
function callsAt(times: readonly number[], lastsMs = 3000): Call[] {
  const seconds = times.map((at) => Math.round(at / 1000) * 1000).sort((a, b) => a - b);
  return seconds.map((at) => ({ at, end: at + lastsMs }));
}

/** Of one of a thousand places. */
const isFound = (times: readonly number[], length = DAY, isRelay = false): boolean => {
  const rhythm = rhythmOf(callsAt(times), watched(length), isRelay);
  return rhythm !== null && 1000 * rhythm.chance < 0.05;
};

/** A number from 0 to just under 1. */
type Draw = () => number;

function seededRandom(seed: number): Draw {
  const random = new Random(seed);
  return () => random.next();
}

/** Gaps by a law, until a time is full. */
function gapsOf(gap: () => number, length = DAY): number[] {
  const times: number[] = [];
  for (let at = gap(); at < length; at += gap()) times.push(at);
  return times;
}

const exponential = (random: Draw, mean: number) => () => -mean * Math.log(1 - random());
const normal = (random: Draw) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const MINUTE = 60_000;

/** A clock each beat of which is late or early by a share of the period. */
const clock = (random: Draw, period: number, share: number, length = DAY) =>
  Array.from({ length: Math.floor(length / period) - 1 }, (_, beat) => {
    return (beat + 1 + share * (2 * random() - 1)) * period;
  });

const LAWS: Readonly<Record<string, (random: Draw) => number[]>> = {
  'at random': (random) => gapsOf(exponential(random, 10 * MINUTE)),
  'in bursts': (random) =>
    gapsOf(exponential(random, HOUR)).flatMap((at) =>
      Array.from({ length: 12 }, () => at + exponential(random, 5000)()),
    ),
  'with heavy tails': (random) =>
    gapsOf(() => Math.min(12 * HOUR, 60_000 * ((1 - random()) ** -1.2 - 0.9))),
  lognormal: (random) => gapsOf(() => 5 * MINUTE * Math.exp(1.2 * normal(random))),
  'by day only': (random) => gapsOf(exponential(random, 5 * MINUTE)).filter((at) => at < DAY / 3),
};

const CLOCKS: Readonly<Record<string, (random: Draw) => number[]>> = {
  exact: (random) => clock(random, 10 * MINUTE, 0),
  'with 20 % of jitter': (random) => clock(random, 10 * MINUTE, 0.2),
  'that sleeps 20 % more or less': (random) =>
    gapsOf(() => 10 * MINUTE * (1 + 0.2 * (2 * random() - 1))),
  'of which 30 % are missed': (random) =>
    clock(random, 10 * MINUTE, 0.1).filter(() => random() > 0.3),
  'in office hours': (random) => clock(random, 5 * MINUTE, 0.05).filter((at) => at < DAY / 3),
  'among as many at random': (random) => [
    ...clock(random, 10 * MINUTE, 0.02),
    ...gapsOf(exponential(random, 10 * MINUTE)),
  ],
};

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed + 1);

describe('a clock', () => {
  it.each(Object.entries(CLOCKS))('%s is found', (_, times) => {
    expect(SEEDS.filter((seed) => !isFound(times(seededRandom(seed))))).toEqual([]);
  });

  it('of ten minutes has that period, or a harmonic’s', () => {
    for (const times of [CLOCKS['exact']!, CLOCKS['among as many at random']!]) {
      const rhythm = rhythmOf(callsAt(times(seededRandom(1))), watched(DAY), false)!;
      const beats = (10 * MINUTE) / rhythm.periodMs;
      expect(Math.abs(beats - Math.round(beats))).toBeLessThan(0.01);
      expect(beats).toBeLessThan(2.5);
    }
  });

  it('of the last day of a week is found', () => {
    const random = seededRandom(1);
    const before = gapsOf(exponential(random, 7 * MINUTE), 6 * DAY);
    const times = [...before, ...clock(random, 10 * MINUTE, 0.05).map((at) => 6 * DAY + at)];
    expect(isFound(times, 7 * DAY)).toBe(true);
    expect(isFound(before, 7 * DAY)).toBe(false);
  });

  it('takes eight calls', () => {
    const beats = (count: number) => Array.from({ length: count }, (_, beat) => (beat + 1) * HOUR);
    expect(rhythmOf(callsAt(beats(7)), watched(DAY), false)).toBeNull();
    expect(rhythmOf(callsAt(beats(8)), watched(DAY), false)!.chance).toBeLessThan(0.001);
  });

  it('of which only the gaps between outages are alike is none', () => {
    const times = Array.from({ length: 10 }, (_, beat) => (beat + 1) * HOUR);
    const blind = new BlindTimes(times.map((at) => ({ from: at + MINUTE, to: at + 2 * MINUTE })));
    expect(rhythmOf(callsAt(times), watched(DAY), false)!.chance).toBeLessThan(0.001);
    expect(rhythmOf(callsAt(times), watched(DAY, blind), false)!.chance).toBe(1);
  });
});

describe('calls', () => {
  it.each(Object.entries(LAWS))('%s are not a clock’s', (_, times) => {
    expect(SEEDS.filter((seed) => isFound(times(seededRandom(seed))))).toEqual([]);
  });

  it('that Tor makes when a connection had been idle are its own', () => {
    // Closed after 45 to 75 minutes, opened again when a circuit needs it: one in 5 minutes does.
    const random = seededRandom(1);
    const calls: Call[] = [];
    for (let at = 0; at < 7 * DAY; ) {
      const end = at + (45 + 30 * random()) * MINUTE;
      calls.push({ at, end });
      at = end + exponential(random, 5 * MINUTE)();
    }
    const chance = (isRelay: boolean) => rhythmOf(calls, watched(7 * DAY), isRelay)!.chance;
    expect(chance(false)).toBeLessThan(0.001);
    expect(chance(true)).toBeGreaterThan(0.05);
  });
});

describe('alike gaps', () => {
  it('are at most so many of any law: the greatest share, of the exponential one', () => {
    for (const ratio of [1.05, 1.5, 2, 5]) {
      const shares = Array.from({ length: 2000 }, (_, index) => {
        const least = (index + 1) / 500;
        return Math.exp(-least) - Math.exp(-least * ratio);
      });
      expect(greatestShare(ratio)).toBeCloseTo(Math.max(...shares), 5);
    }
  });

  it('are alike only as far as they are known', () => {
    const gaps = Array<number>(12).fill(5000);
    expect(alikeAmong(gaps, 1)!.chance).toBeLessThan(1e-9);
    expect(alikeAmong(gaps, 4000)!.chance).toBeGreaterThan(0.1);
    expect(alikeAmong(gaps, 5000)).toBeUndefined();
  });

  it('are six in ten at least', () => {
    const some = (alike: number) => [
      ...Array<number>(alike).fill(100_000),
      ...Array.from({ length: 100 - alike }, (_, index) => 1000 * 3 ** (index % 3)),
    ];
    expect(alikeAmong(some(59), 1)?.chance ?? 1).toBe(1);
    expect(alikeAmong(some(60), 1)!.chance).toBeLessThan(1e-9);
  });
});

describe('the transform', () => {
  it.each([1, 2, 4, 64])('of %d values is the sum that it stands for', (size) => {
    const random = seededRandom(size);
    const re = Float64Array.from({ length: size }, random);
    const im = Float64Array.from({ length: size }, random);
    const sums = Array.from({ length: size }, (_, k) => {
      let [sumRe, sumIm] = [0, 0];
      for (let j = 0; j < size; j++) {
        const angle = (-2 * Math.PI * j * k) / size;
        sumRe += re[j]! * Math.cos(angle) - im[j]! * Math.sin(angle);
        sumIm += re[j]! * Math.sin(angle) + im[j]! * Math.cos(angle);
      }
      return [sumRe, sumIm];
    });
    transform({ re, im });
    for (const [k, [sumRe, sumIm]] of sums.entries()) {
      expect([re[k]!, im[k]!].map((part) => part.toFixed(9).replace(/^-(?=0\.0+$)/, ''))).toEqual(
        [sumRe!, sumIm!].map((part) => part.toFixed(9).replace(/^-(?=0\.0+$)/, '')),
      );
    }
  });

  it('of moments has Rayleigh’s Z at each frequency, as far as moments are rounded', () => {
    const random = seededRandom(3);
    const moments = Array.from({ length: 200 }, () => 10_000 * random()).sort((a, b) => a - b);
    const { spacing, power } = spectrumOf(moments, 10_000, 60);
    expect(spacing).toBeLessThanOrEqual(1 / 20_000);
    const rounded = moments.map((at) => Math.round(at / 7.5) * 7.5);
    for (const k of [1, 7, 100, 300]) {
      expect(power[k]).toBeCloseTo(rayleigh(rounded, k * spacing), 6);
    }
  });
});
