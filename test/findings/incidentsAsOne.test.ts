/** What one cause makes in one stretch of time is one finding, with a count. */
import { describe, expect, it } from 'vitest';
import { foundIn } from './found.ts';
import { blocked, outboundOnly } from './incidents.ts';
import { BACKGROUND, during, line, type Planted, toRelay } from './planted.ts';

/** Lines in some stretches of polls, each of so many connections. */
function stretches(
  stretches: readonly (readonly [from: number, to: number])[],
  lineAt: (poll: number, index: number, stretch: number) => string,
  connections: number,
): Planted {
  return {
    until: Math.max(...stretches.map(([, to]) => to)) + 1,
    lines: (poll) =>
      stretches.flatMap(([from, to], stretch) =>
        during(from, to, () =>
          Array.from({ length: connections }, (_, index) => lineAt(poll, index, stretch)),
        )(poll),
      ),
  };
}

const leaving = (poll: number, index: number, stretch: number) =>
  line(poll, { conn: 7000 + 100 * stretch + index, flags: 'ORt' });

const scanning = (poll: number, index: number) =>
  line(poll, { conn: 7000 + index, flags: 'oRt', ip: `192.168.1.${index + 1}`, port: 22 });

const crowding = (poll: number, index: number) =>
  toRelay(poll, { conn: 7000 + index, ip: '203.0.113.77' });

async function found(rule: string, planted: Planted) {
  const { told } = await foundIn([BACKGROUND, planted]);
  return told.filter((each) => each.rule === rule).map(({ value, seen }) => [value, seen]);
}

/** Nine and a half minutes apart, and ten and a half. */
const NEAR = [
  [2, 4],
  [61, 63],
] as const;
const FAR = [
  [2, 4],
  [67, 69],
] as const;

describe('one incident', () => {
  it.each([
    ['non-relay-outbound', leaving, 30, 60],
    ['local-network-connection', scanning, 30, 30],
    ['many-connections-one-address', crowding, 25, 25],
  ] as const)('of %s is one finding', async (rule, lineAt, connections, counted) => {
    expect(await found(rule, stretches(NEAR, lineAt, connections))).toEqual([[counted, [2, 63]]]);
    expect(await found(rule, stretches(FAR, lineAt, connections))).toEqual([
      [connections, [2, 4]],
      [connections, [67, 69]],
    ]);
  });
});

describe('circuits that are open at one side', () => {
  const standing = (circ: number, from: number, bytes: number): Planted => ({
    until: 180,
    ...outboundOnly(circ, [from, from + 10], bytes),
  });

  it('are one finding of their kind, whichever ended first, that says how many and what moved', async () => {
    const { told, says } = await foundIn([
      BACKGROUND,
      ...[standing(8, 40, 10), standing(9, 12, 10_500), { ...outboundOnly(10, [2, 90], 10) }],
      { ...blocked(11, [20, 28], 10), until: 180 },
      standing(12, 151, 10),
    ]);
    const found = told.filter(({ rule }) => rule === 'unestablished-circuit');
    expect(
      found.map(({ severity, subject, seen, value }) => [severity, subject, seen, value]),
    ).toEqual([
      ['warning', '3 circuits, circuit 10 (run 1) the first', [2, 90], 880],
      ['notice', 'circuit 11 (run 1)', [20, 28], 80],
      ['notice', 'circuit 12 (run 1)', [151, 161], 100],
    ]);
    expect(says[0]).toContain('the most on circuit 9 (run 1): 102.5 KiB');
  });
});
