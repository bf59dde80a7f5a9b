/**
 * Lives in columns, a place each, with what is known of their circuits.
 * Owns keeping both for those that stand; when that is, lives.ts says.
 */
import { widened } from '../columns.ts';
import type { SnapshotTimes } from '../index/indexedLives.ts';
import { FlagBook, LifeColumns } from '../index/lifeColumns.ts';
import { LifePacking } from '../index/packedLives.ts';

export class StandingLives {
  readonly columns: LifeColumns;
  /** How they are written, where they wait in a file. */
  readonly packing: LifePacking;
  readonly #times: SnapshotTimes;
  readonly #flagBook = new FlagBook();
  #circuits = new Float64Array(1024);
  #counts = new Uint32Array(1024);
  #openedAt = new Float64Array(1024);

  constructor(times: SnapshotTimes) {
    this.#times = times;
    this.columns = this.columnsAlike(1024);
    this.packing = new LifePacking(times, this.#flagBook);
  }

  /** Columns that lives may be copied from. @param room for how many at first. */
  columnsAlike(room: number): LifeColumns {
    return new LifeColumns(this.#times, room, this.#flagBook);
  }

  /**
   * Takes note of the circuit of a life that was just added.
   * @param circuit its number, which no other has.
   * @param count of how many lives it is, 0 where CIRC_ID is 0: the others mean nothing then.
   * @param openedAt when the first of those opened.
   */
  join(place: number, circuit: number, count: number, openedAt: number): void {
    if (place >= this.#circuits.length) {
      this.#circuits = widened(this.#circuits, 2 * place);
      this.#counts = widened(this.#counts, 2 * place);
      this.#openedAt = widened(this.#openedAt, 2 * place);
    }
    this.#circuits[place] = circuit;
    this.#counts[place] = count;
    this.#openedAt[place] = openedAt;
  }

  /** What `join` was told. */
  circuitOf(place: number): number {
    return this.#circuits[place]!;
  }

  livesOfCircuit(place: number): number {
    return this.#counts[place]!;
  }

  circuitOpenedAt(place: number): number {
    return this.#openedAt[place]!;
  }

  /** Whether the bytes of its circuit cannot be separated from those of others. */
  isShared(place: number): boolean {
    return this.columns.isShared(place);
  }
}
