/**
 * How many connections go to places whose addresses are not kept, and how many to one of them.
 * Owns the counting, where the addresses still are: no more than the numbers leaves it.
 */
import type { Outside } from '../../listing/outside.ts';
import { isLocalAddress } from '../../listing/privacy.ts';
import type { SystemSocket } from '../../sockets/socket.ts';
import type { Surroundings } from './surroundings.ts';

/** Counts outbound sockets to what is neither in the consensus nor in the operator's own network. */
export function countOutside(
  sockets: readonly SystemSocket[],
  surroundings: Surroundings,
): Outside {
  const perAddress = new Map<string, number>();
  let connections = 0;
  for (const { local, remote, state } of sockets) {
    if (state !== 'established' && state !== 'connecting') continue;
    const { inbound, fingerprint } = surroundings.sideOf(local, remote);
    if (inbound || fingerprint !== undefined || isLocalAddress(remote.ip)) continue;
    connections++;
    perAddress.set(remote.ip, (perAddress.get(remote.ip) ?? 0) + 1);
  }
  const counts = [...perAddress.values()];
  return {
    connections,
    addresses: counts.length,
    most: counts.reduce((most, count) => Math.max(most, count), 0),
    concentration: counts.reduce((sum, count) => sum + (count / connections) ** 2, 0),
  };
}
