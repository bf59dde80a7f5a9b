/**
 * The fields past the tenth of a stock Tor's lines.
 * Owns their names and order (docs/reference.md, Lines); what of them a withheld line may keep is
 * listing/privacy.ts's.
 */
import type { SocketDetails } from '../../sockets/socket.ts';
import type { DumpedChannel } from './dump.ts';

/** Says that UPTIME counts from first sight. It stands first, as the eleventh field. */
export const AGE_UNKNOWN = 'AGE=unknown';

/**
 * `CIRCS=3 CELLS_READ=194 CELLS_WRITTEN=48 CLIENT_USED=1795410434`: what a dump says of a channel; empty
 * where it was not heard to its end, which is the cells.
 */
export function channelFields(channel: DumpedChannel): string {
  const { circuits, cellsRead, cellsWritten, clientUsed } = channel;
  if (cellsRead === undefined) return '';
  const fields = { CIRCS: circuits, CELLS_READ: cellsRead, CELLS_WRITTEN: cellsWritten };
  return fieldsIn({ ...fields, CLIENT_USED: clientUsed });
}

/**
 * `RTT_MS=23 RETRANS=4 LOST=0`: how a socket fares. The time is in two digits: it never stands still, and a
 * line that changes is written anew.
 */
export function socketFields({ rttMs, retransmitted, lost }: SocketDetails): string {
  const rtt = rttMs === undefined ? undefined : Math.round(Number(rttMs.toPrecision(2)));
  return fieldsIn({ RTT_MS: rtt, RETRANS: retransmitted, LOST: lost });
}

/** The fields that are known, in their order; empty where none is. */
export function fieldsIn(fields: Readonly<Record<string, number | string | undefined>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
