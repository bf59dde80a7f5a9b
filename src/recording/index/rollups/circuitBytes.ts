/**
 * What circuits moved in the stretches under way.
 * Owns the entries that they are made of, those too that ended in one of them; which entries are one
 * circuit is listing/circuit.ts's.
 */
import { circuitsAmong, type InCircuit, type IntervalAt } from '../../../listing/circuit.ts';
import { Amounts } from './amounts.ts';
import { addedUp } from './bands.ts';
import type { Carrier } from './carriers.ts';
import { withRoomFor } from './columns.ts';

/** An entry with a CIRC_ID. */
export interface CircuitEntry {
  readonly run: number;
  readonly connId: number;
  readonly circId: number;
  readonly openedAt: number;
}

/** Takes the bytes of a circuit, by the place of one of its entries. */
export type TakeCircuit = (place: number, read: number, written: number) => void;

const NONE = -1;

interface Member extends InCircuit {
  readonly place: number;
}

export class CircuitBytes {
  readonly minute = new Amounts();
  /** But for what the minute under way has. */
  readonly tenMinutes = new Amounts();
  /** By place. Infinity as `#closedBy` while it is open, NaN where the place is free. */
  #run = new Int32Array(1024);
  #connId = new Float64Array(1024);
  #circId = new Float64Array(1024);
  #openedAt = new Float64Array(1024);
  #closedBy = new Float64Array(1024);
  /** The next entry of the same CIRC_ID, and the number of that. */
  #next = new Int32Array(1024);
  #ring = new Int32Array(1024);
  /** Whether its bytes cannot be known from now on, whatever becomes of its connection. */
  #isSpoilt = new Uint8Array(1024);
  readonly #carriers: (Carrier | undefined)[] = [];
  /** Connections that it stood on before. */
  readonly #earlier = new Map<number, Carrier[]>();
  #count = 0;
  readonly #free: number[] = [];
  /** By CIRC_ID its number; by that, its first entry, how many of them ended, and the last visit. */
  readonly #rings = new Map<number, number>();
  #first = new Int32Array(1024);
  #ended = new Int32Array(1024);
  #visited = new Float64Array(1024);
  #visit = 0;

  run(place: number): number {
    return this.#run[place]!;
  }

  circId(place: number): number {
    return this.#circId[place]!;
  }

  /** Takes note of an entry that comes, or is back; its place, until it has left. */
  arrive(entry: CircuitEntry, carrier: Carrier | undefined, isSpoilt = false): number {
    const back = this.#placeOf(entry);
    const place = back === NONE ? this.#seat(entry) : back;
    if (back !== NONE) this.#ended[this.#ring[place]!]!--;
    this.#closedBy[place] = Number.POSITIVE_INFINITY;
    if (isSpoilt) this.#isSpoilt[place] = 1;
    this.carry(place, carrier);
    return place;
  }

  /** Takes note on which connection an entry stands, if that has others: it may have had one before. */
  carry(place: number, carrier: Carrier | undefined): void {
    const before = this.#carriers[place];
    this.#carriers[place] = carrier;
    if (before === undefined || before === carrier) return;
    const earlier = this.#earlier.get(place);
    if (earlier === undefined) this.#earlier.set(place, [before]);
    else earlier.push(before);
  }

  /** The same of entries of a connection that left, and count in the stretches under way. */
  carryGone(run: number, connId: number, circId: number, carrier: Carrier): void {
    const ring = this.#rings.get(circId);
    if (ring === undefined) return;
    for (const place of this.#chain(ring)) {
      const isOfIt = this.#connId[place] === connId && this.#run[place] === run;
      if (isOfIt && Number.isFinite(this.#closedBy[place]!)) this.carry(place, carrier);
    }
  }

  leave(place: number, closedBy: number): void {
    this.#closedBy[place] = closedBy;
    this.#ended[this.#ring[place]!]!++;
  }

  /** Ends the minute under way: the ten minutes have what it had. */
  endMinute(): void {
    const { minute } = this;
    for (const place of minute.places) {
      this.tenMinutes.add(place, minute.read(place), minute.written(place));
    }
    minute.clear();
  }

  /** The circuits whose bytes are known that moved something. */
  each(amounts: Amounts, intervalAt: IntervalAt, take: TakeCircuit): void {
    const visit = ++this.#visit;
    for (const place of amounts.places) {
      const ring = this.#ring[place]!;
      if (this.#visited[ring] === visit) continue;
      this.#visited[ring] = visit;
      if (this.#isOne(ring)) {
        this.#sumChain(ring, amounts, take);
        continue;
      }
      for (const circuit of this.#circuitsOf(ring, intervalAt)) this.#sum(circuit, amounts, take);
    }
  }

  /** How many circuits whose bytes are known moved something, given the places that did. */
  count(places: Int32Array, intervalAt: IntervalAt): number {
    const visit = ++this.#visit;
    let count = 0;
    let moved: Set<number> | undefined;
    for (const place of places) {
      const ring = this.#ring[place]!;
      if (this.#visited[ring] === visit) continue;
      this.#visited[ring] = visit;
      if (this.#isOne(ring)) {
        if (this.#isChainKnown(ring)) count++;
        continue;
      }
      moved ??= new Set(places);
      for (const circuit of this.#circuitsOf(ring, intervalAt)) {
        const isKnown = !circuit.some((member) => this.#isUnknown(member));
        if (isKnown && circuit.some((member) => moved!.has(member))) count++;
      }
    }
    return count;
  }

  /** Forgets the entries of which no circuit of a stretch that begins then can be. */
  prune(start: number, intervalAt: IntervalAt): void {
    this.#spread(intervalAt);
    this.#rings.clear();
    this.#first.fill(NONE);
    this.#ended.fill(0);
    for (let place = 0; place < this.#count; place++) {
      const closedBy = this.#closedBy[place]!;
      if (Number.isNaN(closedBy)) continue;
      const isOver = Number.isFinite(closedBy) && closedBy + intervalAt(closedBy) < start;
      if (isOver) this.#forget(place);
      else this.#link(place);
    }
  }

  /** Spoils all of a circuit of which one entry is: it stays so when that is forgotten. */
  #spread(intervalAt: IntervalAt): void {
    for (const ring of this.#rings.values()) {
      if (this.#ended[ring] === 0 || this.#isChainKnown(ring)) continue;
      for (const circuit of this.#circuitsOf(ring, intervalAt)) {
        if (!circuit.some((place) => this.#isUnknown(place))) continue;
        for (const place of circuit) this.#isSpoilt[place] = 1;
      }
    }
  }

  #sum(
    circuit: readonly number[],
    amounts: Pick<Amounts, 'read' | 'written'>,
    take: TakeCircuit,
  ): void {
    let [read, written] = [0, 0];
    for (const place of circuit) {
      if (this.#isUnknown(place)) return;
      read = addedUp(read, amounts.read(place));
      written = addedUp(written, amounts.written(place));
    }
    if (read > 0 || written > 0) take(circuit[0]!, read, written);
  }

  /** Whether the bytes of an entry are also those of other circuits. */
  #isUnknown(place: number): boolean {
    if (this.#isSpoilt[place] === 1 || this.#carriers[place]?.isShared) return true;
    if (this.#earlier.size === 0) return false;
    return this.#earlier.get(place)?.some(({ isShared }) => isShared) ?? false;
  }

  /** Whether all entries of a CIRC_ID are surely one circuit: all were there at one time. */
  #isOne(ring: number): boolean {
    if (this.#ended[ring] === 0) return true;
    const first = this.#first[ring]!;
    let lastOpened = Number.NEGATIVE_INFINITY;
    let firstClosed = Number.POSITIVE_INFINITY;
    for (let place = first; place !== NONE; place = this.#next[place]!) {
      if (this.#run[place] !== this.#run[first]) return false;
      lastOpened = Math.max(lastOpened, this.#openedAt[place]!);
      firstClosed = Math.min(firstClosed, this.#closedBy[place]!);
    }
    return lastOpened <= firstClosed;
  }

  /** As `#sum`, of all entries of a CIRC_ID. */
  #sumChain(ring: number, amounts: Amounts, take: TakeCircuit): void {
    if (!this.#isChainKnown(ring)) return;
    const first = this.#first[ring]!;
    let [read, written] = [0, 0];
    for (let place = first; place !== NONE; place = this.#next[place]!) {
      read = addedUp(read, amounts.read(place));
      written = addedUp(written, amounts.written(place));
    }
    take(first, read, written);
  }

  #isChainKnown(ring: number): boolean {
    for (let place = this.#first[ring]!; place !== NONE; place = this.#next[place]!) {
      if (this.#isUnknown(place)) return false;
    }
    return true;
  }

  #chain(ring: number): number[] {
    const places: number[] = [];
    for (let place = this.#first[ring]!; place !== NONE; place = this.#next[place]!) {
      places.push(place);
    }
    return places;
  }

  #circuitsOf(ring: number, intervalAt: IntervalAt): number[][] {
    const members: Member[] = this.#chain(ring).map((place) => {
      const closedBy = this.#closedBy[place]!;
      return {
        place,
        run: this.#run[place]!,
        circId: this.#circId[place]!,
        openedAt: this.#openedAt[place]!,
        closedBy: Number.isFinite(closedBy) ? closedBy : null,
      };
    });
    members.sort((a, b) => a.run - b.run || a.openedAt - b.openedAt);
    return Array.from(circuitsAmong(members, intervalAt), (circuit) =>
      circuit.map(({ place }) => place),
    );
  }

  /** Where an entry stands that is back; NONE where it was not there in the stretches under way. */
  #placeOf({ run, connId, circId, openedAt }: CircuitEntry): number {
    const ring = this.#rings.get(circId);
    if (ring === undefined || this.#ended[ring] === 0) return NONE;
    let place = this.#first[ring]!;
    for (; place !== NONE; place = this.#next[place]!) {
      const isIt =
        this.#connId[place] === connId &&
        this.#run[place] === run &&
        this.#openedAt[place] === openedAt &&
        Number.isFinite(this.#closedBy[place]!);
      if (isIt) return place;
    }
    return NONE;
  }

  #seat({ run, connId, circId, openedAt }: CircuitEntry): number {
    const place = this.#free.pop() ?? this.#count++;
    this.#makeRoom(place);
    this.#run[place] = run;
    this.#connId[place] = connId;
    this.#circId[place] = circId;
    this.#openedAt[place] = openedAt;
    this.#isSpoilt[place] = 0;
    this.#carriers[place] = undefined;
    this.#link(place);
    return place;
  }

  #link(place: number): void {
    const circId = this.#circId[place]!;
    let ring = this.#rings.get(circId);
    if (ring === undefined) {
      ring = this.#rings.size;
      this.#rings.set(circId, ring);
      this.#first = withRoomFor(this.#first, ring);
      this.#ended = withRoomFor(this.#ended, ring);
      this.#visited = withRoomFor(this.#visited, ring);
      this.#first[ring] = NONE;
      this.#ended[ring] = 0;
    }
    this.#ring[place] = ring;
    this.#next[place] = this.#first[ring]!;
    this.#first[ring] = place;
    if (Number.isFinite(this.#closedBy[place]!)) this.#ended[ring]!++;
  }

  #forget(place: number): void {
    this.#closedBy[place] = Number.NaN;
    this.#carriers[place] = undefined;
    this.#earlier.delete(place);
    this.#free.push(place);
  }

  #makeRoom(place: number): void {
    this.#run = withRoomFor(this.#run, place);
    this.#connId = withRoomFor(this.#connId, place);
    this.#circId = withRoomFor(this.#circId, place);
    this.#openedAt = withRoomFor(this.#openedAt, place);
    this.#closedBy = withRoomFor(this.#closedBy, place);
    this.#next = withRoomFor(this.#next, place);
    this.#ring = withRoomFor(this.#ring, place);
    this.#isSpoilt = withRoomFor(this.#isSpoilt, place);
  }
}
