/** Which connections that end young are far more than usual, and what is said of a known cause. */
import { describe, expect, it } from 'vitest';
import { cuttingsIn, fewestCutting, usualOf } from '../../src/reports/findings/cuttings.ts';
import { poissonTail } from '../../src/reports/rhythm/chance.ts';
import { foundIn } from './found.ts';
import { BEFORE_RESTART, cut, LONG } from './incidents.ts';
import { BACKGROUND, during, line, type Planted, timeOf, toRelay } from './planted.ts';

const LIMITS = { ends: 20, times: 3, chance: 1e-6 };

async function cycling(...planted: readonly Planted[]): Promise<string[]> {
  const { told } = await foundIn([BACKGROUND, ...planted, { until: LONG }]);
  return told
    .filter(({ rule }) => rule === 'connection-cycling')
    .map(({ severity, subject, value }) => `${severity} ${subject} ${value}`);
}

/** Outbound connections that a poll finds 5 s after they opened, and the next no more. */
function cutOutbound(poll: number, connections: number): Planted {
  return {
    lines: during(poll, poll, () =>
      Array.from({ length: connections }, (_, index) =>
        toRelay(poll, { conn: 9000 + index, born: poll - 0.5 }),
      ),
    ),
  };
}

const iso = (poll: number) => new Date(timeOf(poll)).toISOString();

/** Events of connections that open and end between a poll and the next. */
function passing(poll: number, connections: number, reason: string): Planted {
  const events = Array.from({ length: connections }, (_, index) => [
    ...[{ at: iso(poll - 0.8), conn_id: 7000 + index, what: 'opened', reason: '' }],
    ...[{ at: iso(poll - 0.2), conn_id: 7000 + index, what: 'closed', reason }],
  ]);
  const flagged = events.flat().map((event) => ({ ...event, type_flags: 'IRT' }));
  const inOrder = flagged.sort((a, b) => (a.at < b.at ? -1 : 1));
  return { extra: (at) => (at === poll ? { events: inOrder } : {}) };
}

describe('connections that end young', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])(
    'are found on both sides of an edge, %d polls behind',
    async (at) => {
      // Ten in each of two polls, a minute apart; 20:10:00 is poll 60.
      const polls = [57 + at, 63 + at];
      const planted = polls.map((poll, index) => cut(poll, 10, 6000 + 100 * index));
      expect(await cycling(...planted)).toEqual(['warning inbound connections 20']);
    },
  );

  it('are not added up over directions', async () => {
    expect(await cycling(cut(57, 19, 6000), cutOutbound(57, 19))).toEqual([]);
  });

  it('in both directions at once are a network that was lost', async () => {
    expect(await cycling(cut(57, 20, 6000), cutOutbound(60, 30))).toEqual([
      'notice connections of both directions 30',
    ]);
  });

  it('in both directions, an hour apart, are two incidents', async () => {
    expect(await cycling(cut(57, 20, 6000), cutOutbound(420, 30))).toEqual([
      'warning inbound connections 20',
      'warning outbound connections 30',
    ]);
  });

  it('behind a restart are its', async () => {
    const restart: Planted = { restarts: [BEFORE_RESTART - 50] };
    expect(await cycling(cut(BEFORE_RESTART - 45, 40, 6000), restart)).toEqual([
      'notice a restart of the relay 40',
    ]);
  });

  it.each(['TLS_ERROR', 'CONNECTRESET', 'IOERROR', 'TIMEOUT'])(
    'by %s are found where no poll saw them',
    async (reason) => {
      expect(await cycling(passing(57, 20, reason))).toEqual(['warning inbound connections 20']);
    },
  );

  it('by a reason that is not a reset are none', async () => {
    expect(await cycling(passing(57, 40, 'DONE'))).toEqual([]);
  });

  it('with a reason count by themselves', async () => {
    expect(await cycling(passing(57, 19, 'TIMEOUT'), cut(57, 19, 6000))).toEqual([]);
  });

  it('are not found where they always end so', async () => {
    const always: Planted = {
      lines: (poll) =>
        Array.from({ length: 2 }, (_, index) =>
          line(poll, { conn: 1e6 + 2 * poll + index, flags: 'IRt', born: poll - 0.5 }),
        ),
    };
    expect(await cycling(always)).toEqual([]);
    // 118 are usual in 10 minutes: 236 and more are twice, 354 and more three times as many.
    expect(await cycling(always, cut(57, 150, 6000))).toEqual([]);
    expect((await cycling(always, cut(57, 250, 6000))).length).toBe(1);
  });
});

describe('what is usual', () => {
  it('is the median, and how many times a Poisson law’s variance counts scatter by', () => {
    expect(usualOf([1, 1, 1, 1, 1])).toEqual({ median: 1, dispersion: 1 });
    expect(usualOf([0, 0, 0, 0, 0]).median).toBe(1);
    // Q3 8, MAD 4 about 4: (1.4826 · 4)² / 4.
    const { median, dispersion } = usualOf([0, 0, 4, 8, 8]);
    expect([median, dispersion]).toEqual([4, (1.4826 * 4) ** 2 / 4]);
    // MAD 0, Q3 50: ((50 − 10) / 0.6745)² / 10.
    expect(usualOf([10, 10, 10, 50, 90]).dispersion).toBeCloseTo((40 / 0.6745) ** 2 / 10, 9);
  });

  it.each([
    [1, 1],
    [10, 1],
    [10, 4],
    [500, 30],
    [5000, 1],
  ])(
    'with a median of %d and a scatter of %d tells the fewest that are not',
    (median, dispersion) => {
      const fewest = fewestCutting({ median, dispersion }, LIMITS);
      const isFar = (ends: number) =>
        ends >= LIMITS.ends &&
        ends >= LIMITS.times * median &&
        poissonTail(Math.ceil(ends / dispersion), median / dispersion) < LIMITS.chance;
      expect([isFar(fewest - 1), isFar(fewest)]).toEqual([false, true]);
    },
  );

  it('is not known from fewer than five stretches that share no time with a window', () => {
    const ends = {
      direction: 'inbound',
      areResets: false,
      perMinute: new Map([[25, 99]]),
    } as const;
    const rest = [0, 10, 20, 30, 40];
    expect(cuttingsIn(ends, rest, LIMITS).length).toBe(0);
    expect(cuttingsIn(ends, [...rest, 50], LIMITS).length).toBe(1);
  });
});
