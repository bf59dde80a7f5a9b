/**
 * The report of peers: who connects to this Tor, how often, and from how many addresses.
 * Owns its columns and rows (docs/reference.md, peers); what the tape shows of each is inboundBook.ts's.
 *
 * - Or_id 0 is all that is not a relay's, or not yet, in one row: numbers that the source counted
 *   before it withheld the addresses, empty where it did not.
 * - A connection counts for the relay that it turned out to be.
 */
import { directionOf } from '../listing/flags.ts';
import { type Inbound, inboundOf } from '../listing/inbound.ts';
import type { Cell, Row } from '../output/table.ts';
import type { Step } from '../recording/playback/step.ts';
import { InboundBook, type InboundPeer } from './inboundBook.ts';
import type { Analysis, Report, ReportInput } from './report.ts';

export const peers: Report = {
  name: 'peers',
  question: 'Who connects to this Tor, how often, and how many at once from one address?',
  columns: [
    { name: 'or_id', kind: 'text' },
    { name: 'connections', kind: 'integer' },
    { name: 'opened', kind: 'integer' },
    { name: 'closed', kind: 'integer' },
    { name: 'max_concurrent', kind: 'integer' },
    { name: 'most_from_one_address', kind: 'integer' },
    { name: 'addresses', kind: 'integer' },
    { name: 'mean_addresses', kind: 'decimal' },
    { name: 'read_bytes', kind: 'integer' },
    { name: 'written_bytes', kind: 'integer' },
    { name: 'short_lived_share', kind: 'decimal' },
    { name: 'first_seen', kind: 'time' },
    { name: 'last_seen', kind: 'time' },
  ],
  narrowing: (lines) => (cell) => lines.comesFrom(cell('or_id')),
  leading: [
    'or_id',
    'connections',
    'max_concurrent',
    'read_bytes',
    'written_bytes',
    'opened',
    'closed',
    'short_lived_share',
    'first_seen',
    'last_seen',
  ],
  analyse: (input) => new Peers(input),
};

/** The OR_ID of what is not a relay's. */
const NO_RELAY = '0';

class Peers implements Analysis {
  readonly #input: ReportInput;
  readonly #book: InboundBook;
  readonly #strangers = new Strangers();

  constructor(input: ReportInput) {
    this.#input = input;
    this.#book = new InboundBook(input.recording.index.blindTimes());
  }

  watch(step: Step): void {
    this.#book.watch(step);
    const inbound = inboundOf(step.aside.extra);
    if (inbound !== undefined) this.#strangers.see(inbound);
  }

  /** By the most from one address, then by connections, then by OR_ID. */
  *rows(): Generator<Row, void> {
    const { recording, window } = this.#input;
    for (const life of recording.index.unlistedConnections(window)) {
      if (directionOf(life.flags) === 'inbound') this.#book.addUnlisted(life);
    }
    const most = (peer: InboundPeer) =>
      peer.orId === NO_RELAY ? this.#strangers.most : peer.mostFromOneAddress;
    const all = this.#book
      .all()
      .filter(({ connections }) => connections > 0)
      .sort(
        (a, b) =>
          (most(b) ?? 0) - (most(a) ?? 0) ||
          b.connections - a.connections ||
          (a.orId < b.orId ? -1 : 1),
      );
    for (const peer of all) yield this.#rowOf(peer);
  }

  #rowOf(peer: InboundPeer): Row {
    return [
      peer.orId,
      peer.connections,
      peer.opened,
      peer.closed,
      peer.maxConcurrent,
      ...this.#addressesOf(peer),
      peer.read.value,
      peer.written.value,
      peer.closed === 0 ? null : peer.shortLived / peer.closed,
      peer.firstSeen,
      peer.lastSeen,
    ];
  }

  #addressesOf(peer: InboundPeer): Cell[] {
    if (peer.orId === NO_RELAY) return this.#strangers.cells;
    return [peer.mostFromOneAddress, peer.maxAddresses, this.#book.meanAddressesOf(peer)];
  }
}

/** What was counted of what is not a relay's. */
class Strangers {
  most: number | null = null;
  #addresses: number | null = null;
  #sum = 0;
  #snapshots = 0;

  see({ most, addresses }: Inbound): void {
    this.most = Math.max(this.most ?? 0, most);
    this.#addresses = Math.max(this.#addresses ?? 0, addresses);
    this.#sum += addresses;
    this.#snapshots++;
  }

  get cells(): Cell[] {
    const mean = this.#snapshots === 0 ? null : this.#sum / this.#snapshots;
    return [this.most, this.#addresses, mean];
  }
}
