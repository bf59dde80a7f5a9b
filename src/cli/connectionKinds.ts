/**
 * Of what kind and direction a connection is, where connections are counted for a monitor.
 * Owns the kinds, few and always the same; what the letters mean is listing/flags.ts's.
 */
import {
  type Direction,
  directionOf,
  isOutsideTor,
  type Usage,
  usageOf,
} from '../listing/flags.ts';

/** As the usage, but that relaying is apart: with another relay, or with what is outside the Tor network. */
export type ConnectionKind = Usage | 'outside';

/** What can be told by flags that are known. */
const KINDS: readonly ConnectionKind[] = [
  ...(['relay', 'outside', 'client', 'control', 'hidden-service', 'directory'] as const),
];
const DIRECTIONS: readonly Direction[] = ['inbound', 'outbound'];

/** Connections of one direction and kind. */
export interface KindCount {
  readonly direction: Direction;
  readonly kind: ConnectionKind;
  readonly count: number;
}

/** How many there are of each direction and kind. */
export class KindTally {
  readonly #counts = new Map<
    string,
    { direction: Direction; kind: ConnectionKind; count: number }
  >();

  constructor() {
    for (const direction of DIRECTIONS) for (const kind of KINDS) this.#at(direction, kind);
  }

  /** Adds a connection, by its TYPE_FLAGS; empty ones are of an unknown direction and kind. */
  add(flags: string): void {
    const usage = usageOf(flags);
    const kind = usage === 'relay' && isOutsideTor(flags) ? 'outside' : usage;
    this.#at(directionOf(flags), kind).count++;
  }

  /** All that can be told, from 0; what cannot only where there were any. */
  get counts(): readonly KindCount[] {
    return [...this.#counts.values()];
  }

  #at(direction: Direction, kind: ConnectionKind) {
    const key = `${direction} ${kind}`;
    let known = this.#counts.get(key);
    if (known === undefined) {
      known = { direction, kind, count: 0 };
      this.#counts.set(key, known);
    }
    return known;
  }
}
