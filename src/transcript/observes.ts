/**
 * What a control port that has `conn/all` lets observe.
 * Owns the native source's word on itself; the stock source speaks for itself.
 */
import type { Observes } from '../listing/snapshot.ts';

export const NATIVE_OBSERVES: Observes = {
  connections: true,
  bytes: true,
  ages: true,
  ownCircuits: true,
  transitCircuits: true,
  closeReasons: 'conn/all shows that a connection ended, not why',
  shortConnections: 'conn/all lists what is open at a poll',
};
