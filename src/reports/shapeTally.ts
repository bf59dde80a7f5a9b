/**
 * How long something had which shape, counted in snapshots.
 * Owns the choice of the one that prevails (docs/reference.md, Circuits).
 */
import type { Shape } from '../listing/shape.ts';

export class ShapeTally {
  readonly #shapes = new Map<Shape, { snapshots: number; latest: number }>();

  /** @param latest the last of those snapshots. */
  add(shape: Shape, snapshots: number, latest: number): void {
    if (snapshots === 0) return;
    const known = this.#shapes.get(shape);
    if (known === undefined) {
      this.#shapes.set(shape, { snapshots, latest });
    } else {
      known.snapshots += snapshots;
      known.latest = latest;
    }
  }

  /** The shape of most snapshots, the later one on a tie; `pending` where there was none. */
  get prevailing(): Shape {
    let best: { shape: Shape; snapshots: number; latest: number } | undefined;
    for (const [shape, { snapshots, latest }] of this.#shapes) {
      const wins =
        best === undefined ||
        snapshots > best.snapshots ||
        (snapshots === best.snapshots && latest > best.latest);
      if (wins) best = { shape, snapshots, latest };
    }
    return best?.shape ?? 'pending';
  }
}
