/**
 * A stream's items as they may be kept and served, one after another.
 * Owns what the configuration of their time decides: whether a connection into the operator's own
 * network keeps its address; which texts are scrubbed is scrub.ts's, what a line may ever keep
 * privacy.ts's.
 */
import { Label } from './label.ts';
import type { Listing } from './listing.ts';
import { keepsLocalOf, needsPolicy } from './privacy.ts';
import { scrubGap, scrubHeader, scrubSnapshot } from './scrub.ts';
import type { Header, Snapshot, TapeItem } from './snapshot.ts';

export class Scrubbing {
  #keepsLocal: boolean;
  /** CONN_IDs of the last snapshot whose address the configuration withheld. */
  #held: ReadonlySet<number> = new Set();
  /** Whether what the next snapshot shows may have opened before the configuration withheld none. */
  #mayBeOlder = false;
  /** What became of a label: one that does not change stays the same object. */
  readonly #withheld = new WeakMap<Label, Label>();

  /** @param header what holds until the first session; Tor's defaults where it is not given. */
  constructor(header?: Header) {
    this.#keepsLocal = keepsLocalOf(header?.config ?? {});
  }

  /** The next item: the same object where there was nothing to take out. */
  item<Item extends TapeItem>(item: Item): Item;
  item(item: TapeItem): TapeItem {
    switch (item.kind) {
      case 'session':
        this.#configure(keepsLocalOf(item.header.config));
        return { ...item, header: scrubHeader(item.header) };
      case 'gap':
        return scrubGap(item);
      case 'snapshot':
        return this.#snapshot(item);
    }
  }

  #configure(keepsLocal: boolean): void {
    this.#mayBeOlder = keepsLocal && (this.#mayBeOlder || !this.#keepsLocal);
    this.#keepsLocal = keepsLocal;
  }

  /** Whether what was not there before keeps its address. */
  get #keepsNew(): boolean {
    return this.#keepsLocal && !this.#mayBeOlder;
  }

  #snapshot(snapshot: Snapshot): Snapshot {
    const scrubbed = scrubSnapshot(snapshot, this.#keepsNew);
    const listing = this.listing(snapshot.listing);
    return listing === snapshot.listing ? scrubbed : { ...scrubbed, listing };
  }

  /**
   * The listing of the next snapshot without the addresses that its configuration withholds; the same
   * object where it withholds none. What was withheld while exit traffic could go there, or is first
   * seen when it just no longer can, stays so while it is open, whatever is configured later.
   */
  listing(listing: Listing): Listing {
    const keepsNew = this.#keepsNew;
    this.#mayBeOlder = false;
    if (keepsNew && this.#held.size === 0) return listing;
    const held = new Set<number>();
    const labels = listing.labels.map((label) => {
      if (!needsPolicy(label.orId, label.flags, label.ip)) return label;
      if (keepsNew && !this.#held.has(label.connId)) return label;
      held.add(label.connId);
      return this.#without(label);
    });
    this.#held = held;
    return held.size === 0 ? listing : { ...listing, labels };
  }

  #without(label: Label): Label {
    let withheld = this.#withheld.get(label);
    if (withheld === undefined) {
      withheld = Label.of({ ...label, ip: '0', port: 0, lPort: 0 });
      this.#withheld.set(label, withheld);
    }
    return withheld;
  }
}
