/**
 * How many connections go to places whose addresses are not kept, and how many to one of them.
 * Owns the counting, where the addresses still are: no more than the numbers leaves it.
 */
import type { Outside } from '../../listing/outside.ts';
import { isLocalAddress } from '../../listing/privacy.ts';
import type { Connection } from './connection.ts';

/**
 * Counts outbound connections to what is neither in the Tor network nor in the operator's own, as far
 * as addresses of that are kept. All 0 where there are none.
 * @param keepsLocal as `keepsLocalOf` says.
 */
export function countOutside(connections: readonly Connection[], keepsLocal: boolean): Outside {
  const perAddress = new Map<string, number>();
  let total = 0;
  for (const { side, socket, torId, fingerprint } of connections) {
    const { ip } = socket.remote;
    if (side.direction !== 'outbound' || socket.state === 'closing') continue;
    // Tor gives ids to OR connections alone, those to relays that are in no consensus too.
    if (torId !== undefined || fingerprint !== undefined) continue;
    if (isLocalAddress(ip) && (keepsLocal || side.usage === 'H')) continue;
    total++;
    perAddress.set(ip, (perAddress.get(ip) ?? 0) + 1);
  }
  const counts = [...perAddress.values()];
  return {
    connections: total,
    addresses: counts.length,
    most: counts.reduce((most, count) => Math.max(most, count), 0),
    concentration: counts.reduce((sum, count) => sum + (count / total) ** 2, 0),
  };
}
