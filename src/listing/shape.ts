/**
 * The shape of a circuit at one moment, from the TYPE_FLAGS of its connections.
 * Owns the definition of the shapes (docs/reference.md, Circuits); over how long, and of which
 * entries, is the reports'.
 */
import { directionOf, isEstablished } from './flags.ts';

/**
 * - `relay`: an established inbound and an established outbound connection;
 * - `blocked`: an inbound one, and an outbound one that is not established;
 * - `outbound-only`: outbound, none inbound;
 * - `inbound-only`: inbound, none outbound: a last hop, an introduction point, an unused circuit;
 * - `pending`: anything else.
 */
export type Shape = 'relay' | 'blocked' | 'outbound-only' | 'inbound-only' | 'pending';

/** All of them. */
export const SHAPES: readonly Shape[] = [
  'relay',
  'blocked',
  'outbound-only',
  'inbound-only',
  'pending',
];

/** How many connections of each kind a circuit has at a moment. */
export class Sides {
  entries = 0;
  #inbound = 0;
  #inboundEstablished = 0;
  #outboundEstablished = 0;
  #outboundWaiting = 0;

  /** @param count 1 for a connection that joins, −1 for one that leaves. */
  add(flags: string, count: 1 | -1): void {
    this.entries += count;
    const established = isEstablished(flags);
    switch (directionOf(flags)) {
      case 'inbound':
        this.#inbound += count;
        if (established) this.#inboundEstablished += count;
        break;
      case 'outbound':
        if (established) this.#outboundEstablished += count;
        else this.#outboundWaiting += count;
        break;
      default:
    }
  }

  /** Whether there is an established outbound connection. */
  get reachesOut(): boolean {
    return this.#outboundEstablished > 0;
  }

  get shape(): Shape {
    return shapeOfSides(
      this.#inbound,
      this.#inboundEstablished,
      this.#outboundEstablished,
      this.#outboundWaiting,
    );
  }
}

/** The shape of a circuit that has so many connections of each kind. */
export function shapeOfSides(
  inbound: number,
  inboundEstablished: number,
  outboundEstablished: number,
  outboundWaiting: number,
): Shape {
  const outbound = outboundEstablished + outboundWaiting;
  if (inboundEstablished > 0 && outboundEstablished > 0) return 'relay';
  if (inbound > 0 && outboundWaiting > 0) return 'blocked';
  if (inbound === 0 && outbound > 0) return 'outbound-only';
  if (inbound > 0 && outbound === 0) return 'inbound-only';
  return 'pending';
}
