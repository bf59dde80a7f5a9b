/**
 * The report of destinations: where outbound connections went, how many, with what bytes.
 * Owns its columns and rows (docs/reference.md, destinations); what the tape shows of each is
 * destinationBook.ts's.
 *
 * - A connection counts for each IP that its lines were seen to lead to: one, unless that changed.
 *   What it moved since the snapshot before belongs to where it leads now. Shares are of the sums
 *   of their columns.
 * - Ip 0 is all that is not kept and not known, many places in one row: its OR_ID, its ports, its
 *   score and whether it is new are empty. A connection that lived between two polls counts there,
 *   if an event said that it leads out: events have no address.
 * - or_id is 0 where none was known.
 * - `new`: not in any snapshot of the recording before the window, or of so much of it as the
 *   question says. Empty where there is none.
 */
import type { Label } from '../listing/label.ts';
import { matchRows } from '../listing/match.ts';
import { isLocalAddress } from '../listing/privacy.ts';
import type { Row } from '../output/table.ts';
import type { Unlisted } from '../recording/index/indexedLives.ts';
import { type Destination, DestinationBook, destinationsAt } from './destinationBook.ts';
import { leadsOut } from './outbound.ts';
import type { Analysis, Report, ReportInput } from './report.ts';

export const destinations: Report = {
  name: 'destinations',
  question:
    'Where did outbound connections go, which of those places are new, which call by a clock?',
  columns: [
    { name: 'ip', kind: 'text' },
    { name: 'or_id', kind: 'text' },
    { name: 'ports', kind: 'text' },
    { name: 'connections', kind: 'integer' },
    { name: 'max_concurrent', kind: 'integer' },
    { name: 'share_of_connections', kind: 'decimal' },
    { name: 'read_bytes', kind: 'integer' },
    { name: 'written_bytes', kind: 'integer' },
    { name: 'share_of_bytes', kind: 'decimal' },
    { name: 'first_seen', kind: 'time' },
    { name: 'last_seen', kind: 'time' },
    { name: 'local_network', kind: 'boolean' },
    { name: 'beacon_score', kind: 'decimal' },
    { name: 'new', kind: 'boolean' },
    { name: 'period_s', kind: 'seconds' },
    { name: 'chance', kind: 'decimal' },
  ],
  narrowing: (lines) => (cell) => lines.leadsTo(cell('ip')),
  leading: [
    'ip',
    'ports',
    'connections',
    'read_bytes',
    'written_bytes',
    'first_seen',
    'last_seen',
    'or_id',
    'max_concurrent',
  ],
  analyse(input): Analysis {
    let book: DestinationBook | undefined;
    return {
      watch(step) {
        book = destinationsAt(step, input.recording);
      },
      rows: () => rows(book, input),
    };
  },
};

/** By connections, most first, then by ip. */
function* rows(seen: DestinationBook | undefined, input: ReportInput): Generator<Row, void> {
  const book = seen ?? new DestinationBook(input.recording.index.blindTimes());
  for (const stretch of unlistedOutbound(input)) book.addUnlisted(stretch);
  const known = ipsBefore(input);
  const all = book.all().sort((a, b) => b.connections - a.connections || (a.ip < b.ip ? -1 : 1));
  const connections = all.reduce((sum, destination) => sum + destination.connections, 0);
  const bytes = all.reduce((sum, destination) => sum + bytesOf(destination), 0);
  const looked = all.filter((each) => book.regularitiesOf(each).rhythm !== null).length;
  for (const destination of all) {
    const { score, rhythm } = book.regularitiesOf(destination);
    yield [
      destination.ip,
      orIdOf(destination),
      destination.isWithheld ? null : destination.ports.join(';'),
      destination.connections,
      destination.maxConcurrent,
      destination.connections / connections,
      destination.read.value,
      destination.written.value,
      bytes > 0 ? bytesOf(destination) / bytes : null,
      destination.firstSeen,
      destination.lastSeen,
      destination.isWithheld ? null : isLocalAddress(destination.ip),
      score,
      destination.isWithheld || known === undefined ? null : !known.has(destination.ip),
      rhythm === null || Number.isNaN(rhythm.periodMs) ? null : rhythm.periodMs / 1000,
      rhythm === null ? null : Math.min(1, looked * rhythm.chance),
    ];
  }
}

/** Its one OR_ID, 0 where none was known; null where there is more than one. */
function orIdOf({ isWithheld, orId, hasOtherOrIds }: Destination): string | null {
  if (isWithheld || hasOtherOrIds) return null;
  return orId ?? '0';
}

function bytesOf({ read, written }: Destination): number {
  return read.approximate + written.approximate;
}

/** Where lines led before the window; undefined where no snapshot shows it. */
function ipsBefore({ recording, window, baselineMs }: ReportInput): Set<string> | undefined {
  const { extent } = recording;
  if (extent === undefined || window.from <= extent.from) return undefined;
  let ips: Set<string> | undefined;
  let before: readonly Label[] = [];
  for (const item of recording.items({ from: window.from - baselineMs, to: window.from })) {
    if (item.kind !== 'snapshot' || item.at === window.from) continue;
    ips ??= new Set();
    const { labels } = item.listing;
    const origins = matchRows(before, labels);
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row]!;
      // Most labels are those of the snapshot before.
      if (before[origins[row]!] !== label && leadsOut(label.flags)) ips.add(label.ip);
    }
    before = labels;
  }
  return ips;
}

/** When connections were there that no snapshot held and events say to lead out, cut to the window. */
function unlistedOutbound({ recording, window }: ReportInput): Unlisted[] {
  return recording.index.unlistedConnections(window).filter(({ flags }) => leadsOut(flags));
}
