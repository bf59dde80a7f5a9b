/**
 * Which lanes of a window were the most lopsided, and what a lane is called.
 * Owns their order and the words for shapes; how they are shown is the view's.
 */
import { ABSENT, bytesOfLevel } from '../levels.ts';
import type { Lanes, LanesPart, PageSpan } from '../parts.ts';
import { type LaneCells, stretchesIn } from './laneRaster.ts';

export interface LopsidedLane {
  /** Its place in the part's lanes. */
  readonly lane: number;
  /** Bytes sent out less those taken in. */
  readonly net: number;
  /** Bytes each way; null where only `net` is known, about. */
  readonly bytes: { readonly read: number; readonly written: number } | null;
}

/** One that is even to this share of its bytes is none, unless it is among the very greatest. */
export const EVEN_SHARE = 0.05;
const GREATEST = 1 / 8;

/**
 * The most lopsided first. Those of which bytes are not known, or that moved about as much each way, are not in it.
 * @param cells where given, bytes come from the levels that lie in the window.
 */
export function mostLopsided(
  part: LanesPart,
  alive: Int32Array,
  window: PageSpan,
  cells: LaneCells | null,
  most: number,
): LopsidedLane[] {
  const found: LopsidedLane[] = [];
  const [first, end] = stretchesIn(part, window);
  for (const lane of alive) {
    const read = part.lanes.read[lane]!;
    const written = part.lanes.written[lane]!;
    if (read === null || written === null) continue;
    const net = cells === null ? written - read : netOfCells(cells, lane, first, end);
    if (net === 0) continue;
    found.push({ lane, net, bytes: cells === null ? { read, written } : null });
  }
  found.sort((a, b) => Math.abs(b.net) - Math.abs(a.net));
  const top = Math.abs(found[0]?.net ?? 0);
  return found.filter((one) => isLopsided(one, top)).slice(0, most);
}

function isLopsided({ net, bytes }: LopsidedLane, top: number): boolean {
  if (bytes === null) return true;
  return (
    Math.abs(net) >= EVEN_SHARE * (bytes.read + bytes.written) || Math.abs(net) >= GREATEST * top
  );
}

const SIGNED_BYTES = Float64Array.from({ length: 256 }, (_, place) => {
  const level = place + ABSENT;
  return Math.sign(level) * bytesOfLevel(level);
});

function netOfCells(cells: LaneCells, lane: number, first: number, end: number): number {
  const begin = cells.first[lane]!;
  const offset = cells.offset[lane]! - begin;
  const last = Math.min(end, begin + cells.count[lane]!);
  let net = 0;
  for (let stretch = Math.max(first, begin); stretch < last; stretch++) {
    net += SIGNED_BYTES[cells.levels[offset + stretch]! - ABSENT]!;
  }
  return net;
}

/** RELAY → YOU → RELAY, and the like: the way that a lane takes through the relay. */
export function wayOf({ shape, inbound, outbound }: Lanes, lane: number, subject: string): string {
  const [ins, outs] = [inbound[lane]!, outbound[lane]!];
  if (subject === 'connection') {
    const way = ins > 0 ? 'PEER → YOU' : outs > 0 ? 'YOU → PEER' : 'PEER – YOU';
    return `${way} (${shape[lane]!})`;
  }
  const from = ins > 1 ? `${ins} RELAYS` : 'RELAY';
  const to = outs > 1 ? `${outs} RELAYS` : 'RELAY';
  switch (shape[lane]) {
    case 'relay':
      return `${from} → YOU → ${to}`;
    case 'blocked':
      return `${from} → YOU → UNESTABLISHED`;
    case 'outbound-only':
      return `nothing in → YOU → ${to}`;
    case 'inbound-only':
      return `${from} → YOU, ends here`;
    case 'pending':
      return 'YOU, not established yet';
    case '':
      return 'not known';
    default:
      return shape[lane]!;
  }
}
