/** Which gaps of a recording are shown: those declared, and steps that none of them explains. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transcripts } from '../oracle/arbitrary.ts';
import { inTables, withRecording } from './tapes.ts';

const MIDNIGHT = Date.parse('2026-11-23T00:00:00Z');

/** Declared anywhere and in any order: a transcript may say anything. */
const declared = fc.array(fc.tuple(fc.integer({ min: -5, max: 120 }), fc.nat(40)), {
  maxLength: 4,
});

const iso = (second: number) => new Date(MIDNIGHT + second * 1000).toISOString();

describe('gaps that are shown', () => {
  it('are all but the steps that share time with a declared one', async () => {
    let shown = 0;
    let hidden = 0;
    await fc.assert(
      fc.asyncProperty(transcripts, declared, fc.nat(1000), async (lines, gaps, where) => {
        const place = 1 + (where % lines.length);
        const more = gaps.map(([from, length]) =>
          JSON.stringify({ gap: { from: iso(from), to: iso(from + length), reason: 'a nap' } }),
        );
        const all = [...lines.slice(0, place), ...more, ...lines.slice(place)];
        await withRecording(all, (recording) => {
          const rows = inTables(recording, (db) =>
            db
              .prepare<[], { shown: number; expected: number }>(
                `SELECT shown, declared OR NOT EXISTS (SELECT 1 FROM gap AS other
                 WHERE other.declared AND other.from_ms < gap.to_ms AND other.to_ms > gap.from_ms
               ) AS expected FROM gap WHERE NOT declared`,
              )
              .all(),
          );
          for (const row of rows) {
            expect(row.shown).toBe(row.expected);
            if (row.shown === 1) shown++;
            else hidden++;
          }
        });
      }),
      { numRuns: 150 },
    );
    expect(Math.min(shown, hidden)).toBeGreaterThan(5);
  });
});
