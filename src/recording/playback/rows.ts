/**
 * The rows that stand, each with its life.
 * Owns which life a row shows, from frame to frame; what it moved is counting.ts's.
 */
import type { Label } from '../../listing/label.ts';
import type { Listing } from '../../listing/listing.ts';
import { pairOf } from '../../listing/match.ts';
import { widened } from '../columns.ts';
import type { FrameChange } from '../decode.ts';
import { isBornIn } from '../deltas.ts';
import type { Standing } from '../standing.ts';
import { type PlayedCircuit, PlayedCircuits } from './circuits.ts';
import { NONE } from './circuitsOfLives.ts';
import { PlayedConnection } from './connections.ts';
import { PlayedEntry } from './entries.ts';
import { type Beginning, type PlayedLives, unknownEntry } from './lives.ts';
import type { Rows, TapeConnection } from './step.ts';

/** What a frame did to the entries. */
export interface EntryChange {
  readonly arrived: Int32Array;
  readonly left: Int32Array;
  /** Those of `left` in whose rows another entry with their pair stands now. */
  readonly replaced: readonly number[];
  readonly relabelled: Int32Array;
  readonly labelsBefore: readonly Label[];
  readonly reconnected: Int32Array;
}

const NO_SLOTS = new Int32Array(0);
/** No snapshot has it. */
const FOR_EVER = 2 ** 31 - 1;

export class PlayedRows implements Rows {
  readonly #standing: Standing;
  readonly #lives: PlayedLives;
  /** By slot: the place of its life, and the last snapshot for which that and its connection stand. */
  #places = new Int32Array(1024);
  #until = new Int32Array(1024).fill(FOR_EVER);
  #circuitNumbers = new Int32Array(1024);
  readonly circuits: PlayedCircuits;
  /** Made when they are asked for, or where their connection has, or had, other entries too. */
  readonly #entries: (PlayedEntry | undefined)[] = [];
  readonly #connections: (PlayedConnection | undefined)[] = [];
  /** Entries that are in no listing and will be back, by pair. */
  readonly #away = new Map<string, { readonly entry: PlayedEntry; readonly place: number }>();
  /** Places of lives whose last row left with this snapshot. */
  #over: number[] = [];
  #isOfSeveral = new Uint8Array(1024);
  /** How many rows are one of several of their connection. */
  #severalRows = 0;
  #number = 0;

  constructor(standing: Standing, lives: PlayedLives) {
    this.#standing = standing;
    this.#lives = lives;
    this.circuits = new PlayedCircuits(lives.standing);
  }

  get slots(): Int32Array {
    return this.#standing.slots;
  }

  get capacity(): number {
    return this.#standing.capacity;
  }

  labelOf(slot: number): Label {
    return this.#standing.labelOf(slot);
  }

  flagsOf(slot: number): string {
    return this.#standing.flags[slot]!;
  }

  circuitNumberOf(slot: number): number {
    return this.#circuitNumbers[slot]!;
  }

  circuitOf(slot: number): PlayedCircuit | undefined {
    const number = this.#circuitNumbers[slot]!;
    return number === NONE ? undefined : this.circuits.at(number);
  }

  carriesCircuit(slot: number): boolean {
    if (this.#isOfSeveral[slot] === 0) return this.#circuitNumbers[slot] !== NONE;
    return this.#connections[slot]!.circuitLines > 0;
  }

  connectionOf(slot: number): TapeConnection {
    return this.playedConnection(slot);
  }

  countOf(slot: number, counter: 'read' | 'written'): number {
    return this.#standing[counter][slot]!;
  }

  listing(): Listing {
    return { ...this.#standing.listing(), quarantined: [], quarantinedCount: 0 };
  }

  entryOf(slot: number): PlayedEntry {
    let entry = this.#entries[slot];
    if (entry === undefined) {
      const life = this.#lives.columns.at(this.#places[slot]!);
      entry = new PlayedEntry(life, this.circuitOf(slot), []);
      this.#entries[slot] = entry;
    }
    return entry;
  }

  playedConnection(slot: number): PlayedConnection {
    let connection = this.#connections[slot];
    if (connection === undefined) {
      connection = new PlayedConnection(this.#lives.columns.at(this.#places[slot]!));
      this.#connections[slot] = connection;
    }
    return connection;
  }

  /** Whether some connection has, or had, several entries. */
  get hasSeveral(): boolean {
    return this.#severalRows > 0;
  }

  /** The connection of a row, where that has, or had, other entries too. */
  commonConnection(slot: number): PlayedConnection | undefined {
    return this.#isOfSeveral[slot] === 1 ? this.#connections[slot] : undefined;
  }

  /** Whether the opening of a row's entry is known and behind a time. */
  isBornAfter(slot: number, time: number): boolean {
    const { columns } = this.#lives;
    const place = this.#places[slot]!;
    return isBornIn({ since: time }, columns.openedAt[place]!, columns.openedKnown(place));
  }

  /** An entry that is back: what it was when it left; undefined for one that is new. */
  returned(slot: number): PlayedEntry | undefined {
    const entry = this.#entries[slot];
    return Number.isNaN(entry?.seenAt ?? Number.NaN) ? undefined : entry;
  }

  /** Takes the first frame: all rows arrive. */
  begin(number: number): EntryChange {
    this.#number = number;
    this.#makeRoom();
    const arrived = this.slots.slice();
    for (const place of this.#arrive(arrived).rest()) this.#awaitReturn(place);
    const none = { left: NO_SLOTS, replaced: [], relabelled: NO_SLOTS, reconnected: NO_SLOTS };
    return { ...none, arrived, labelsBefore: [] };
  }

  /** Takes the next frame. @param since the time of the one before. */
  follow(change: FrameChange, number: number, since: number): EntryChange {
    this.#number = number;
    this.#makeRoom();
    this.circuits.begin();
    for (const place of this.#over) this.#lives.remove(place);
    this.#over = [];
    for (const slot of change.gone) this.#leave(slot, since);
    const { over, reconnected } = this.#endedUnder(number, since);
    if (over.length === 0) {
      const { came: arrived, gone: left, relabelled, labelsBefore } = change;
      this.#arrive(arrived);
      const found = { arrived, left, replaced: over, relabelled, labelsBefore };
      return { ...found, reconnected: Int32Array.from(reconnected) };
    }
    const came = new Set(change.came);
    for (const slot of over) {
      this.#leave(slot, since);
      came.add(this.#standing.reseat(this.slots.indexOf(slot)));
    }
    this.#makeRoom();
    const arrived = this.slots.filter((slot) => came.has(slot));
    this.#arrive(arrived);
    const left = new Set([...change.gone, ...over]);
    return {
      arrived,
      left: this.#standing.slotsBefore.filter((slot) => left.has(slot)),
      replaced: over,
      ...this.#relabelledBut(new Set(over), change),
      reconnected: Int32Array.from(reconnected),
    };
  }

  /** What went on under another label. What did not has the label again that it had. */
  #relabelledBut(over: ReadonlySet<number>, { relabelled, labelsBefore }: FrameChange) {
    for (const [index, slot] of relabelled.entries()) {
      if (over.has(slot)) this.#standing.relabel(slot, labelsBefore[index]!);
    }
    const goesOn = (_: unknown, index: number) => !over.has(relabelled[index]!);
    return { relabelled: relabelled.filter(goesOn), labelsBefore: labelsBefore.filter(goesOn) };
  }

  /** Rows that are there still, whose entry is over, and those whose connection is. */
  #endedUnder(number: number, since: number): { over: number[]; reconnected: number[] } {
    const over: number[] = [];
    const reconnected: number[] = [];
    const until = this.#until;
    const { lastSnapshot } = this.#lives.columns;
    for (let slot = 0; slot < until.length; slot++) {
      if (until[slot]! >= number) continue;
      if (lastSnapshot[this.#places[slot]!]! < number) over.push(slot);
      else if (this.#reconnect(slot, since)) reconnected.push(slot);
    }
    return { over, reconnected };
  }

  #reconnect(slot: number, since: number): boolean {
    const entry = this.entryOf(slot);
    const connection = entry.connectionAt(this.#number);
    const before = this.#connections[slot]!;
    this.#until[slot] = Math.min(entry.lastSnapshot, connection.lastSnapshot);
    if (connection === before) return false;
    const hasCircuit = entry.circuit !== undefined;
    before.leave(slot, hasCircuit, since);
    connection.join(slot, hasCircuit, this.#number);
    this.#connections[slot] = connection;
    return true;
  }

  #leave(slot: number, since: number): void {
    this.#until[slot] = FOR_EVER;
    const place = this.#places[slot]!;
    const { lastSnapshot } = this.#lives.columns;
    if (lastSnapshot[place]! >= this.#number) {
      const entry = this.entryOf(slot);
      entry.seenAt = since;
      entry.read = this.#standing.read[slot]!;
      entry.written = this.#standing.written[slot]!;
      this.#away.set(this.#pairAt(slot), { entry, place });
    } else this.#over.push(place);
    const circuit = this.#circuitNumbers[slot]!;
    this.circuits.leave(circuit);
    if (this.#isOfSeveral[slot] === 0) return;
    this.#severalRows--;
    this.#connections[slot]!.leave(slot, circuit !== NONE, since);
  }

  /** Seats the entries of slots that have none, and gives the lives that begin with the snapshot. */
  #arrive(slots: Int32Array): Beginning {
    const beginning = this.#lives.beginningBy(this.#number);
    const { connId, circId } = this.#standing;
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!;
      const place = beginning.take(connId[slot]!, circId[slot]!);
      if (place >= 0) this.#seat(slot, place);
      else this.#comeBack(slot);
    }
    return beginning;
  }

  /** Takes note of an entry that began before the window and is in no listing yet. */
  #awaitReturn(place: number): void {
    const life = this.#lives.columns.at(place);
    const entry = new PlayedEntry(
      life,
      this.circuits.await(place),
      this.#lives.connectionsOf(life),
    );
    this.#away.set(pairOf(life), { entry, place });
  }

  /** Shows a life for the first time. */
  #seat(slot: number, place: number): void {
    const { columns } = this.#lives;
    this.#places[slot] = place;
    this.#circuitNumbers[slot] = this.circuits.join(place);
    this.#entries[slot] = undefined;
    this.#connections[slot] = undefined;
    this.#until[slot] = columns.lastSnapshot[place]!;
    this.#isOfSeveral[slot] = 0;
    if (columns.isAlone(place)) return;
    const life = columns.at(place);
    this.#stand(slot, new PlayedEntry(life, this.circuitOf(slot), this.#lives.connectionsOf(life)));
  }

  /** Puts an entry of one of several where it stands. */
  #stand(slot: number, entry: PlayedEntry): void {
    const connection = entry.connectionAt(this.#number);
    this.#entries[slot] = entry;
    this.#connections[slot] = connection;
    this.#until[slot] = Math.min(entry.lastSnapshot, connection.lastSnapshot);
    this.#isOfSeveral[slot] = 1;
    this.#severalRows++;
    connection.join(slot, entry.circuit !== undefined, this.#number);
  }

  #comeBack(slot: number): void {
    const pair = this.#pairAt(slot);
    const { entry, place } = this.#away.get(pair) ?? unknownEntry(this.#number);
    this.#away.delete(pair);
    this.#places[slot] = place;
    this.#circuitNumbers[slot] =
      entry.circuit === undefined ? NONE : this.circuits.rejoin(entry.circuit);
    this.#stand(slot, entry);
  }

  #pairAt(slot: number): string {
    const { connId, circId } = this.#standing;
    return pairOf({ connId: connId[slot]!, circId: circId[slot]! });
  }

  #makeRoom(): void {
    const { length } = this.#places;
    if (this.capacity <= length) return;
    const room = 2 * this.capacity;
    this.#places = widened(this.#places, room);
    this.#circuitNumbers = widened(this.#circuitNumbers, room);
    this.#until = widened(this.#until, room).fill(FOR_EVER, length);
    this.#isOfSeveral = widened(this.#isOfSeveral, room);
  }
}
