import { describe, expect, it } from 'vitest';
import { STANDARD, type WorkloadFigures, workload } from '../../bench/workload.ts';
import { parseListing } from '../../src/listing/parse.ts';

const SMALL = { connections: 400, snapshots: 12, interval: 10, seed: 3 };

function drawn(options: typeof SMALL): { lines: string[]; figures: WorkloadFigures } {
  const lines: string[] = [];
  const source = workload(options);
  for (;;) {
    const next = source.next();
    if (next.done === true) return { lines, figures: next.value };
    lines.push(next.value);
  }
}

describe('workload', () => {
  it('is the same for the same seed, and another for another', () => {
    const { lines } = drawn(SMALL);
    expect(drawn(SMALL).lines).toEqual(lines);
    expect(drawn({ ...SMALL, seed: 4 }).lines).not.toEqual(lines);
  });

  it('is a transcript of well-formed lines, in the order of their ids, that only grow', () => {
    const { lines } = drawn(SMALL);
    expect(lines).toHaveLength(1 + SMALL.snapshots);
    expect(JSON.parse(lines[0]!)).toMatchObject({ transcript: 1, interval_s: 10 });
    let before = new Map<number, number[]>();
    for (const line of lines.slice(1)) {
      const listing = parseListing((JSON.parse(line) as { conn: string }).conn);
      expect(listing.quarantinedCount).toBe(0);
      expect(listing.labels).toHaveLength(SMALL.connections);
      const ids = listing.labels.map((label) => label.connId);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      const now = new Map(
        ids.map((id, row) => [
          id,
          [listing.read[row]!, listing.written[row]!, listing.uptime[row]!],
        ]),
      );
      for (const [id, counters] of now) {
        before.get(id)?.forEach((value, index) => {
          expect(counters[index]).toBeGreaterThanOrEqual(value);
        });
      }
      before = now;
    }
  });

  it('counts connections up in the order in which they open', () => {
    const opened = new Map<number, number>();
    for (const line of drawn(SMALL).lines.slice(1)) {
      const { at, conn } = JSON.parse(line) as { at: string; conn: string };
      const { labels, uptime } = parseListing(conn);
      for (const [row, { connId }] of labels.entries()) {
        opened.set(connId, Date.parse(at) - uptime[row]! * 1000);
      }
    }
    let latest = Number.NEGATIVE_INFINITY;
    for (const [, openedAt] of [...opened].sort(([a], [b]) => a - b)) {
      // UPTIME is in whole seconds.
      expect(openedAt).toBeGreaterThan(latest - 1000);
      latest = Math.max(latest, openedAt);
    }
  });

  it('puts at most an inbound and an outbound connection on one circuit', () => {
    const seen = new Map<number, Set<string>>();
    for (const line of drawn(SMALL).lines.slice(1)) {
      for (const label of parseListing((JSON.parse(line) as { conn: string }).conn).labels) {
        if (label.circId === 0) continue;
        const sides = seen.get(label.circId) ?? new Set();
        seen.set(label.circId, sides.add(`${label.connId} ${label.flags[0]}`));
      }
    }
    const directions = [...seen.values()].map((sides) =>
      [...sides]
        .map((side) => side.at(-1))
        .sort()
        .join(''),
    );
    expect(new Set(directions)).toEqual(new Set(['I', 'O', 'IO']));
  });

  it('has the figures of the standard workload, at a twentieth of its size', () => {
    const { figures } = drawn({ ...STANDARD, connections: 500 });
    expect(figures.observations).toBe(500 * 180);
    // 49,000 entries of 10,000 connections.
    expect(figures.entries / 500).toBeGreaterThan(4.6);
    expect(figures.entries / 500).toBeLessThan(5.2);
    expect(figures.changedShare).toBeCloseTo(0.15, 1);
    expect(figures.bytesPerLine).toBeGreaterThan(75);
    expect(figures.bytesPerLine).toBeLessThan(79);
    expect(figures.outboundShare).toBeCloseTo(0.5, 1);
    expect(figures.relayShare).toBeCloseTo(0.6, 1);
    expect(figures.circuitShare).toBeCloseTo(0.5, 1);
  });
});
