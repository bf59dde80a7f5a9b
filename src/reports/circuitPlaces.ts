/**
 * The circuits of lives in columns.
 * Owns finding them without an object a life; which lives are one circuit is listing/circuit.ts's.
 */
import { circuitsAmong, type InCircuit, type IntervalAt } from '../listing/circuit.ts';
import { Chains } from '../recording/index/chains.ts';
import type { LifeColumns } from '../recording/index/lifeColumns.ts';

/**
 * The places of the lives of each circuit, by opening; those whose CIRC_ID is 0 are in none.
 * Circuits of one CIRC_ID come in order of run and opening.
 */
export function* circuitPlaces(
  lives: LifeColumns,
  intervalAt: IntervalAt,
): Generator<readonly number[], void> {
  const byCircuit = new Chains(lives.count, lives.circId);
  const several = new Set<number>();
  for (let place = 0; place < lives.count; place++) {
    const circId = lives.circId[place]!;
    if (circId === 0) continue;
    byCircuit.add(place, circId);
    if (byCircuit.before(place) >= 0) several.add(circId);
  }
  for (let place = 0; place < lives.count; place++) {
    const circId = lives.circId[place]!;
    if (circId !== 0 && !several.has(circId)) yield [place];
  }
  for (const circId of several) {
    const members: Member[] = [];
    for (let place = byCircuit.last(circId); place >= 0; place = byCircuit.before(place)) {
      members.push({ place, ...lives.at(place) });
    }
    members.sort(byOpening);
    for (const circuit of circuitsAmong(members, intervalAt)) {
      yield circuit.map(({ place }) => place);
    }
  }
}

interface Member extends InCircuit {
  readonly place: number;
  readonly connId: number;
  readonly firstSeen: number;
}

function byOpening(a: Member, b: Member): number {
  return (
    a.run - b.run || a.openedAt - b.openedAt || a.firstSeen - b.firstSeen || a.connId - b.connId
  );
}
