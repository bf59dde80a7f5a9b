/** Reports that read lives lot by lot say the same in whatever lots they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERYTHING, type Window } from '../../src/recording/reader.ts';
import { circuitRows } from '../../src/reports/circuits.ts';
import { lifetimeRows } from '../../src/reports/lifetimes.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { MIDNIGHT } from '../oracle/cases.ts';
import { relaying } from '../oracle/relaying.ts';
import { withRecording } from '../recording/tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 30);

describe.each([
  ['circuits', circuitRows],
  ['lifetimes', lifetimeRows],
] as const)('the report of %s', (_, rowsOf) => {
  it('has the same rows, in the same order', async () => {
    const since = fc.constantFrom(undefined, 25, 60);
    await fc.assert(
      fc.asyncProperty(fc.oneof(transcripts, relaying), since, (lines, second) =>
        withRecording(lines, (recording) => {
          const from = second === undefined ? EVERYTHING.from : MIDNIGHT + second * 1000;
          const window: Window = { ...EVERYTHING, from };
          const whole = [...rowsOf({ recording, window })];
          expect([...rowsOf({ recording, window }, 1)]).toEqual(whole);
          expect([...rowsOf({ recording, window }, 3)]).toEqual(whole);
        }),
      ),
      { numRuns: RUNS },
    );
  });
});
