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

/** So many TYPE_FLAGS are told apart fast: 3 directions times 6 usages times 3 places, and many more. */
const FLAGS_HELD = 256;

/** Connections of one direction and kind. */
export interface KindCount {
  readonly direction: Direction;
  readonly kind: ConnectionKind;
  readonly count: number;
}

/** How many there are of each direction and kind. */
export class KindTally {
  readonly #counts: {
    readonly direction: Direction;
    readonly kind: ConnectionKind;
    count: number;
  }[];
  /** By TYPE_FLAGS that were met, of which a relay has a few dozen. */
  readonly #byFlags = new Map<string, { count: number }>();

  constructor() {
    this.#counts = DIRECTIONS.flatMap((direction) =>
      KINDS.map((kind) => ({ direction, kind, count: 0 })),
    );
  }

  /** Adds a connection, by its TYPE_FLAGS; empty ones are of an unknown direction and kind. */
  add(flags: string): void {
    const known = this.#byFlags.get(flags);
    if (known === undefined) this.#meet(flags).count++;
    else known.count++;
  }

  /** All that can be told, from 0; what cannot only where there were any. */
  get counts(): readonly KindCount[] {
    return this.#counts;
  }

  #meet(flags: string): { count: number } {
    const usage = usageOf(flags);
    const kind = usage === 'relay' && isOutsideTor(flags) ? 'outside' : usage;
    const direction = directionOf(flags);
    let count = this.#counts.find((each) => each.direction === direction && each.kind === kind);
    if (count === undefined) {
      count = { direction, kind, count: 0 };
      this.#counts.push(count);
    }
    // Letters may be any, and as many: those beyond are looked up each time.
    if (this.#byFlags.size < FLAGS_HELD) this.#byFlags.set(flags, count);
    return count;
  }
}
