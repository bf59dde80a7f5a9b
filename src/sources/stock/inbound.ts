/**
 * How many connect to this Tor that are not relays, and how many from one address.
 * Owns the counting, where the addresses still are: no more than the numbers leaves it.
 */
import type { Inbound } from '../../listing/inbound.ts';
import { isLocalAddress } from '../../listing/privacy.ts';
import type { Connection } from './connection.ts';
import type { Found } from './connections.ts';
import type { Surroundings } from './surroundings.ts';

export class InboundCount {
  #before: ReadonlySet<Connection> = new Set();

  /**
   * Counts what the OR and directory ports took in from other machines, but for the relays of the
   * consensus. Not counted are the machine's own addresses and those of the operator's network. All 0
   * where there are none; the first time nothing has opened or ended.
   */
  count({ open, passed }: Found, { consensus }: Surroundings): Inbound {
    const own = new Set(open.map(({ socket }) => socket.local.ip));
    const isCounted = (ip: string) =>
      !own.has(ip) && !consensus.hasAddress(ip) && !isLocalAddress(ip);
    const perAddress = new Map<string, number>();
    const counted = new Set<Connection>();
    let opened = 0;
    for (const connection of open) {
      const { ip } = connection.socket.remote;
      if (!comesIn(connection) || !isCounted(ip)) continue;
      counted.add(connection);
      perAddress.set(ip, (perAddress.get(ip) ?? 0) + 1);
      if (connection.isNew && !connection.old) opened++;
    }
    const there = new Set(open);
    let closed = 0;
    for (const connection of this.#before) if (!there.has(connection)) closed++;
    this.#before = counted;
    const unlisted = passed.filter(isCounted).length;
    let most = 0;
    for (const connections of perAddress.values()) most = Math.max(most, connections);
    return {
      connections: counted.size,
      addresses: perAddress.size,
      most,
      opened: opened + unlisted,
      closed: closed + unlisted,
    };
  }
}

/** Whether it is at a port for anyone, and not a relay's. */
function comesIn(connection: Connection): boolean {
  const { side, socket } = connection;
  if (side.direction !== 'inbound' || socket.state === 'closing') return false;
  const isForAnyone = side.usage === 'R' || side.usage === 'D';
  return isForAnyone && connection.label().orId === '0';
}
