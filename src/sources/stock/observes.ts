/**
 * What a stock Tor can report, and what it cannot.
 * Owns the words for it: reports and rules read them instead of a zero.
 */
import type { Observes } from '../../listing/snapshot.ts';
import { BYTES_UNCOUNTED, WRITTEN_UNCOUNTED } from '../../listing/uncounted.ts';
import type { CountedBytes } from '../../sockets/ss.ts';

/**
 * @param dumps whether SIGNAL DUMP is asked for.
 * @param cells whether Tor reports the cells of every circuit, as on a testing network.
 * @param counted what is counted of a socket; undefined where that does not show yet.
 */
export function stockObserves(
  dumps: boolean,
  cells: boolean,
  counted: CountedBytes | undefined,
): Observes {
  return {
    connections: true,
    bytes: bytesObserved(cells, counted),
    ages: dumps
      ? 'those that are older than the recording to a second'
      : 'only of connections that opened during the recording; others count from first sight',
    ownCircuits: cells
      ? true
      : 'not their bytes, nor those that may run over one of several connections to a relay',
    transitCircuits: cells
      ? 'not their ends, which are inferred from idleness and from the ends of connections'
      : 'a stock Tor lists no circuit that others built',
    closeReasons: 'only of OR connections',
    shortConnections: 'Tor reports OR connections only',
  };
}

function bytesObserved(cells: boolean, counted: CountedBytes | undefined): true | string {
  if (counted === 'nothing') return BYTES_UNCOUNTED;
  if (counted === 'received') return WRITTEN_UNCOUNTED;
  return cells
    ? 'what a circuit read is taken to be what it sent on; where it ends here, that is not known'
    : true;
}
