/**
 * How long something had which shape, counted in snapshots.
 * Owns the choice of the one that prevails (docs/reference.md, Circuits).
 */
import type { Shape } from '../listing/shape.ts';

export class ShapeTally {
  /** Three columns of one length; there are five shapes, and most have one or two. */
  readonly #shapes: Shape[] = [];
  readonly #snapshots: number[] = [];
  readonly #latest: number[] = [];

  /** @param latest the last of those snapshots. */
  add(shape: Shape, snapshots: number, latest: number): void {
    if (snapshots === 0) return;
    const known = this.#shapes.indexOf(shape);
    if (known < 0) {
      this.#shapes.push(shape);
      this.#snapshots.push(snapshots);
      this.#latest.push(latest);
    } else {
      this.#snapshots[known]! += snapshots;
      this.#latest[known] = latest;
    }
  }

  /** The shape of most snapshots, the later one on a tie; `pending` where there was none. */
  get prevailing(): Shape {
    const [snapshots, latest] = [this.#snapshots, this.#latest];
    let best = 0;
    for (let index = 1; index < snapshots.length; index++) {
      const more = snapshots[index]! - snapshots[best]! || latest[index]! - latest[best]!;
      if (more > 0) best = index;
    }
    return this.#shapes[best] ?? 'pending';
  }
}
