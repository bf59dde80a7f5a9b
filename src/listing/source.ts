/**
 * Where sessions, snapshots and gaps come from.
 * Owns what every source promises; what they yield is snapshot.ts's.
 */
import type { TapeItem } from './snapshot.ts';

/**
 * Where items come from. `items` yields in time order until the source ends or `signal` aborts, a
 * session first; it may be called once. `close` is safe to call twice.
 */
export interface Source {
  items(signal: AbortSignal): AsyncIterable<TapeItem>;
  close(): Promise<void>;
}
