/**
 * Items of a recording with those lines alone that are asked about.
 * Owns what stays of a snapshot besides; which lines match is selection.ts's.
 */
import type { LabelFields } from './label.ts';
import { type Entry, listingOf } from './listing.ts';
import { isEverything, isSelected, type Selection } from './selection.ts';
import type { LifeEvent, Snapshot, TapeItem } from './snapshot.ts';

/** What a snapshot has beside its lines that is of all of them. */
const WITNESS = 'witness';
const OUTSIDE = 'outside';
const INBOUND = 'inbound';

/**
 * The items, in their order, as they come: sessions, gaps and info values as they are, of snapshots
 * the lines that match and the events of their connections. All as they are where nothing is asked.
 */
export function* selectedItems(
  items: Iterable<TapeItem>,
  selection: Selection,
): Generator<TapeItem, void> {
  if (isEverything(selection)) {
    yield* items;
    return;
  }
  let connections: ReadonlySet<number> = new Set();
  for (const item of items) {
    if (item.kind !== 'snapshot') {
      yield item;
      continue;
    }
    const entries = selectedEntries(item, selection);
    const before = connections;
    connections = new Set(entries.map(({ label }) => label.connId));
    const isOfThese = (event: LifeEvent) =>
      connections.has(event.connId) ||
      before.has(event.connId) ||
      isSelected(fieldsOf(event), selection);
    const { [WITNESS]: _, [OUTSIDE]: __, [INBOUND]: ___, ...extra } = item.extra;
    const { quarantined, quarantinedCount } = item.listing;
    yield {
      ...item,
      listing: { ...listingOf(entries), quarantined, quarantinedCount },
      events: item.events.filter(isOfThese),
      extra,
    };
  }
}

function selectedEntries({ listing }: Snapshot, selection: Selection): Entry[] {
  const { labels, read, written, uptime } = listing;
  const entries: Entry[] = [];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!isSelected(label, selection)) continue;
    entries.push({ label, read: read[row]!, written: written[row]!, uptime: uptime[row]! });
  }
  return entries;
}

/** Of a connection that no snapshot may have: what its event says of it. */
function fieldsOf({ connId, extra }: LifeEvent): LabelFields {
  const text = (value: unknown, otherwise: string) =>
    typeof value === 'string' ? value : otherwise;
  const orId = text(extra['or_id'], '0');
  return {
    connId,
    circId: 0,
    orId,
    ip: '0',
    port: 0,
    lPort: 0,
    flags: text(extra['type_flags'], ''),
  };
}
