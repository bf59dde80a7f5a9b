/**
 * The circuits that Tor itself built, from `circuit-status`.
 * Owns on which connection each of them begins; what is a circuit's of its bytes, lane.ts says.
 * CIRC_ID is Tor's id. Nothing reports what a circuit of Tor's own reads: it stays with the
 * connection's line of CIRC_ID 0.
 */
import type { Channels } from './channels.ts';
import type { Connection } from './connection.ts';
import { CELL_BYTES, type CellStatsEvent, type OwnCircuit } from './events.ts';
import { type CircuitLine, Lane } from './lane.ts';

/** Several times what an onion service under load has. */
const MAX_CIRCUITS = 1 << 16;

interface Kept {
  readonly lane: Lane;
  readonly firstSeen: number;
  channel: number | undefined;
}

export class OwnCircuits {
  readonly #channels: Channels;
  readonly #mayHaveMore: (fingerprint: string) => boolean;
  #kept = new Map<number, Kept>();

  /** @param mayHaveMore whether a relay may have connections that are not known to be its own. */
  constructor(channels: Channels, mayHaveMore: (fingerprint: string) => boolean) {
    this.#channels = channels;
    this.#mayHaveMore = mayHaveMore;
  }

  onCellStats(id: number, { outbound }: CellStatsEvent, at: number): void {
    if (outbound === undefined) return;
    const kept = this.#keep(id, at);
    kept.channel = outbound.channel;
    kept.lane.expect(0, outbound.removed * CELL_BYTES);
  }

  /**
   * The lines of the circuits that there are now, one each: on the connection of the channel that
   * `CELL_STATS` named, else on the only one there is to its first relay. A circuit that has no
   * relay yet, or could be on several connections, has none; `unplaced` counts the latter.
   */
  lines(
    circuits: readonly OwnCircuit[],
    open: readonly Connection[],
    at: number,
  ): { lines: CircuitLine[]; unplaced: number } {
    const lines: CircuitLine[] = [];
    let unplaced = 0;
    const toRelay = byRelay(circuits.length === 0 ? [] : open);
    const kept = new Map<number, Kept>();
    for (const circuit of circuits) {
      const { id, firstHop, createdAt } = circuit;
      if (firstHop === undefined) continue;
      const known = this.#keep(id, at);
      kept.set(id, known);
      const only = this.#mayHaveMore(firstHop) ? undefined : onlyOne(toRelay.get(firstHop));
      const connection = this.#connectionOf(known) ?? only;
      if (connection === undefined) {
        known.lane.forgo();
        unplaced++;
        continue;
      }
      lines.push({
        connection,
        lane: known.lane,
        circId: id,
        inbound: false,
        usage: usageOf(circuit),
        openedAt: createdAt ?? known.firstSeen,
        ageKnown: createdAt !== undefined,
      });
    }
    this.#kept = kept;
    return { lines, unplaced };
  }

  #connectionOf({ channel }: Kept): Connection | undefined {
    const connection = channel === undefined ? undefined : this.#channels.connectionOf(channel);
    return connection?.ending === undefined ? connection : undefined;
  }

  #keep(id: number, at: number): Kept {
    const known = this.#kept.get(id);
    if (known !== undefined) return known;
    const kept: Kept = { lane: new Lane(), firstSeen: at, channel: undefined };
    if (this.#kept.size < MAX_CIRCUITS) this.#kept.set(id, kept);
    return kept;
  }
}

/** H for an onion service's, D for one that fetches directory documents, else C. */
function usageOf({ purpose, oneHop }: OwnCircuit): string {
  if (purpose.startsWith('HS_')) return 'H';
  return oneHop ? 'D' : 'C';
}

function byRelay(open: readonly Connection[]): Map<string, Connection[]> {
  const found = new Map<string, Connection[]>();
  for (const connection of open) {
    const { fingerprint, side } = connection;
    if (fingerprint === undefined || !side.maybeOr) continue;
    const known = found.get(fingerprint);
    if (known === undefined) found.set(fingerprint, [connection]);
    else known.push(connection);
  }
  return found;
}

function onlyOne<Item>(items: readonly Item[] | undefined): Item | undefined {
  return items?.length === 1 ? items[0] : undefined;
}
