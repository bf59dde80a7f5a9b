/** A few minutes of what `npm run staged` stages for half an hour: nothing untrue is found. */
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../recording/tapes.ts';
import { namespaceAvailable, openOwnLoopback } from './loopback.ts';
import { TOR_START_MS, torAvailable } from './network.ts';
import { EVENTUALLY_MS } from './patience.ts';
import { faultsIn } from './stagedAudit.ts';
import { stage } from './staging.ts';

/** An act lasts 12 s: with polls of 2 s, five see it. */
const MINUTES = 2;

describe.skipIf(!torAvailable() || !namespaceAvailable())('all that may happen to a relay', () => {
  it(
    'is told by the audit, and nothing else',
    async () => {
      const staged = await stage(await openOwnLoopback(), temporaryFolder(), MINUTES, () => {});
      expect(faultsIn(staged)).toEqual([]);
    },
    TOR_START_MS + EVENTUALLY_MS + 2 * MINUTES * 60_000,
  );
});
