/**
 * What a snapshot counted of connections whose addresses are not kept.
 * Owns reading those numbers from a snapshot (docs/transcript.md, outside); the source counts.
 */
import { isCount, isObject, type JsonObject } from './json.ts';

/** Outbound connections to places outside the Tor network and outside the operator's own. */
export interface Outside {
  /** How many there were, and to how many addresses. */
  readonly connections: number;
  readonly addresses: number;
  /** How many of them went to the one address that had most. */
  readonly most: number;
  /** Herfindahl–Hirschman index of the connections over the addresses, 0 to 1; 0 for none. */
  readonly concentration: number;
}

/**
 * The numbers under `outside` of a snapshot's further keys; undefined where there are none, or none
 * that can be: a transcript may claim anything.
 */
export function outsideOf(extra: JsonObject): Outside | undefined {
  const { outside } = extra;
  if (!isObject(outside)) return undefined;
  const { connections, addresses, most, concentration } = outside;
  if (!isCount(connections) || !isCount(addresses) || !isCount(most)) return undefined;
  if (typeof concentration !== 'number' || !(concentration >= 0 && concentration <= 1)) {
    return undefined;
  }
  return { connections, addresses, most, concentration };
}
