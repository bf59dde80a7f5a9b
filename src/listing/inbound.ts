/**
 * What a snapshot counted of those who connect to this Tor and are not relays.
 * Owns reading those numbers from a snapshot (docs/transcript.md, inbound); the source counts.
 */
import { isCount, isObject, type JsonObject } from './json.ts';

/** Inbound connections of what is not a relay. */
export interface Inbound {
  /** How many there were, and from how many addresses. */
  readonly connections: number;
  readonly addresses: number;
  /** How many of them came from the one address that had most. */
  readonly most: number;
  /** How many opened and ended since the snapshot before. */
  readonly opened: number;
  readonly closed: number;
}

/**
 * The numbers under `inbound` of a snapshot's further keys; undefined where there are none, or none
 * that can be: a transcript may claim anything.
 */
export function inboundOf(extra: JsonObject): Inbound | undefined {
  const { inbound } = extra;
  if (!isObject(inbound)) return undefined;
  const { connections, addresses, most_from_one_address: most, opened, closed } = inbound;
  if (!isCount(connections) || !isCount(addresses) || !isCount(most)) return undefined;
  if (!isCount(opened) || !isCount(closed)) return undefined;
  if (addresses > connections || most > connections) return undefined;
  return { connections, addresses, most, opened, closed };
}

/** The JSON that `inboundOf` reads. */
export function inboundJson({ connections, addresses, most, opened, closed }: Inbound): JsonObject {
  return { connections, addresses, most_from_one_address: most, opened, closed };
}
