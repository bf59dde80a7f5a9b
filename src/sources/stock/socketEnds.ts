/**
 * Sockets by their ends: which are the same from poll to poll, which ends several have.
 * Owns that; which connection a socket is, is connections.ts's.
 */
import type { SystemSocket } from '../../sockets/socket.ts';
import { endpointKey } from './endpoint.ts';

/** The local ends that several connections have. */
export function sharedEnds(sockets: readonly SystemSocket[]): ReadonlySet<string> {
  const once = new Set<string>();
  const shared = new Set<string>();
  for (const { state, local } of sockets) {
    if (state === 'listening') continue;
    const key = endpointKey(local);
    (once.has(key) ? shared : once).add(key);
  }
  return shared;
}

/** Whether two sockets with the same ends are one: counters never fall, a descriptor stays. */
export function isSameSocket(before: SystemSocket, now: SystemSocket): boolean {
  if (before.inode !== undefined && now.inode !== undefined) return before.inode === now.inode;
  if (before.fd !== now.fd) return false;
  return (now.sent ?? 0) >= (before.sent ?? 0) && (now.received ?? 0) >= (before.received ?? 0);
}
