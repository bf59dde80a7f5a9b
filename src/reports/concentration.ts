/**
 * The report of concentration: how much of what went out went to few places, stretch by stretch.
 * Owns its columns and what it measures; the measures are inequality.ts's.
 *
 * - Places are the IPs that outbound connections, those of control left out, were seen to lead to
 *   in the bucket. Connections are those that its snapshots held; one that led to two places counts
 *   for each. Bytes are the bucket's, those across a gap in none, and
 *   a place that moved nothing is still a place.
 * - What is withheld, ip 0, are many places that cannot be distinguished: in no measure, and in two
 *   columns of its own. What lived between two polls moved nothing that anybody saw: in none.
 * - Empty is what nothing was measured for: no place, or no bytes. A single place has no entropy
 *   (see inequality.ts); its share and its index are 1.
 */

import type { Cell, Column, Row } from '../output/table.ts';
import type { Rows, Step, TapeConnection } from '../recording/playback/step.ts';
import { Buckets } from './buckets.ts';
import { ExactSum } from './exactSum.ts';
import { inequalityOf } from './inequality.ts';
import { OutboundLines, WITHHELD } from './outbound.ts';
import type { Analysis, Report, ReportInput } from './report.ts';

export const concentration: Report = {
  name: 'concentration',
  question: 'How much of what went out went to few places, and when?',
  columns: [
    { name: 'bucket_start', kind: 'time' },
    { name: 'bucket_end', kind: 'time' },
    { name: 'observed_s', kind: 'seconds' },
    { name: 'connections', kind: 'integer' },
    { name: 'destinations', kind: 'integer' },
    ...measuresOf('connections'),
    { name: 'bytes', kind: 'integer' },
    ...measuresOf('bytes'),
    { name: 'withheld_connections', kind: 'integer' },
    { name: 'withheld_bytes', kind: 'integer' },
  ],
  narrowing: 'counted',
  leading: [
    'bucket_start',
    'connections',
    'destinations',
    'bytes',
    'withheld_connections',
    'withheld_bytes',
  ],
  analyse: (input) => new Concentration(input),
};

function measuresOf(what: string): Column[] {
  return ['top_share', 'hhi', 'gini', 'entropy'].map((measure) => {
    return { name: `${measure}_of_${what}`, kind: 'decimal' };
  });
}

/** What went to one place in a bucket. */
class Place {
  connections = 0;
  readonly bytes = new ExactSum();
}

/** The bucket that the tape is in. */
class OpenBucket {
  readonly start: number;
  readonly #places = new Map<string, Place>();
  readonly #bytes = new ExactSum();
  readonly #withheld = new Place();
  /** Where the line in each slot leads, of those that were seen. */
  readonly #bySlot: (Place | undefined)[] = [];
  /** Where each connection was counted that has several lines, or led to several places. */
  readonly #counted = new Map<TapeConnection, Place | Set<Place>>();

  constructor(start: number) {
    this.start = start;
  }

  /** Takes note that another entry, or another connection, is in a slot. */
  clear(slot: number): void {
    this.#bySlot[slot] = undefined;
  }

  see(rows: Rows, slot: number): void {
    const place = this.#placeOf(rows.labelOf(slot).ip);
    while (this.#bySlot.length < rows.capacity) this.#bySlot.push(undefined);
    const before = this.#bySlot[slot];
    this.#bySlot[slot] = place;
    if (before === place) return;
    const connection = rows.connectionOf(slot);
    const isAlone = connection.slots.size === 0;
    if (isAlone && before === undefined) place.connections++;
    else this.#countOnce(connection, place, isAlone ? before : undefined);
  }

  /** @param first where it was counted before, if its only line was. */
  #countOnce(connection: TapeConnection, place: Place, first: Place | undefined): void {
    const known = this.#counted.get(connection) ?? first;
    if (known === place) return;
    if (known === undefined) {
      this.#counted.set(connection, place);
    } else {
      const places = known instanceof Place ? new Set([known]) : known;
      if (places.has(place)) return;
      this.#counted.set(connection, places.add(place));
    }
    place.connections++;
  }

  add(slot: number, read: number, written: number): void {
    const place = this.#bySlot[slot]!;
    place.bytes.add(read);
    place.bytes.add(written);
    if (place === this.#withheld) return;
    this.#bytes.add(read);
    this.#bytes.add(written);
  }

  #placeOf(ip: string): Place {
    if (ip === WITHHELD) return this.#withheld;
    let place = this.#places.get(ip);
    if (place === undefined) {
      place = new Place();
      this.#places.set(ip, place);
    }
    return place;
  }

  /** The cells from `connections` on. */
  get cells(): Cell[] {
    const places = [...this.#places.values()];
    const connections = places.map((place) => place.connections);
    const bytes = places.map((place) => place.bytes.approximate);
    return [
      connections.reduce((sum, size) => sum + size, 0),
      places.length,
      ...measured(connections),
      this.#bytes.value,
      ...measured(bytes),
      this.#withheld.connections,
      this.#withheld.bytes.value,
    ];
  }
}

function measured(amounts: readonly number[]): Cell[] {
  const inequality = inequalityOf(amounts);
  if (inequality === null) return [null, null, null, null];
  const { topShare, herfindahl, gini, entropy } = inequality;
  return [topShare, herfindahl, gini, entropy];
}

class Concentration implements Analysis {
  readonly #buckets: Buckets;
  readonly #lines = new OutboundLines();
  readonly #rows: Row[] = [];
  #bucket: OpenBucket | undefined;

  constructor(input: ReportInput) {
    this.#buckets = new Buckets(input);
  }

  watch(step: Step): void {
    const start = this.#buckets.see(step.at);
    const { begun } = this.#lines.follow(step);
    if (this.#bucket?.start === start) {
      for (const slot of step.arrived) this.#bucket.clear(slot);
      for (const slot of step.reconnected) this.#bucket.clear(slot);
      for (const slot of begun) this.#bucket.see(step.rows, slot);
    } else {
      this.#finish(start);
      this.#bucket = new OpenBucket(start);
      for (const slot of step.rows.slots) {
        if (this.#lines.has(slot)) this.#bucket.see(step.rows, slot);
      }
    }
    this.#addBytes(this.#bucket, step);
  }

  #addBytes(bucket: OpenBucket, { counted }: Step): void {
    for (let index = 0; index < counted.slots.length; index++) {
      if (counted.bridged[index] === 1) continue;
      const slot = counted.slots[index]!;
      if (this.#lines.has(slot)) bucket.add(slot, counted.read[index]!, counted.written[index]!);
    }
  }

  /** Ends the bucket that the tape was in, and those up to the next. */
  #finish(next?: number): void {
    const bucket = this.#bucket;
    if (bucket === undefined) return;
    this.#rows.push(this.#rowOf(bucket));
    if (next === undefined) return;
    for (const start of this.#buckets.between(bucket.start, next)) {
      this.#rows.push(this.#rowOf(new OpenBucket(start)));
    }
  }

  #rowOf(bucket: OpenBucket): Row {
    const { start, end, observedMs } = this.#buckets.at(bucket.start);
    return [start, end, observedMs / 1000, ...bucket.cells];
  }

  finished(): Row[] {
    return this.#rows.splice(0);
  }

  /** A row a bucket, in order, from the first snapshot to the last, also where nothing went out. */
  rows(): Row[] {
    this.#finish();
    return this.finished();
  }
}
