/**
 * Where outbound connections went, place by place, as the tape goes by.
 * Owns what is known of a destination at the end; which of it is shown is the reports'.
 */

import type { BlindTimes, Stretch } from '../recording/index/blind.ts';
import type { Step, TapeConnection } from '../recording/playback/step.ts';
import type { Recording } from '../recording/reader.ts';
import { Spill } from '../recording/spill.ts';
import { beaconScore, openingsIn, type Watch } from './beacon.ts';
import { ExactSum } from './exactSum.ts';
import { OutboundLines, WITHHELD } from './outbound.ts';
import { type Call, FEWEST_CALLS, type Rhythm, rhythmOf } from './rhythm/rhythm.ts';
import { Shared } from './shared.ts';

/** All connections to one IP; of those whose address is not kept, to many: it has no more to say. */
export class Destination {
  readonly ip: string;
  /** In the order of first sight, from 0. */
  readonly number: number;
  /** The first OR_ID that was known of it, and whether there was another. */
  orId: string | undefined;
  hasOtherOrIds = false;
  /** How many snapshots showed to lead there, and of how many of those the opening is known. */
  listed = 0;
  openings = 0;
  /** How many more there were that no snapshot held. */
  unlisted = 0;
  /** How many there are now, and the most in one snapshot. */
  concurrent = 0;
  maxConcurrent = 0;
  /** Milliseconds since the epoch. */
  firstSeen: number;
  lastSeen: number;
  readonly read = new ExactSum();
  readonly written = new ExactSum();
  /** Most have one. */
  #port = Number.NaN;
  #ports: Set<number> | undefined;

  constructor(ip: string, number: number, at: number) {
    this.ip = ip;
    this.number = number;
    this.firstSeen = at;
    this.lastSeen = at;
  }

  get connections(): number {
    return this.listed + this.unlisted;
  }

  get isWithheld(): boolean {
    return this.ip === WITHHELD;
  }

  /** Ascending. */
  get ports(): number[] {
    return [...(this.#ports ?? [this.#port])].sort((a, b) => a - b);
  }

  addPort(port: number): void {
    if (Number.isNaN(this.#port)) this.#port = port;
    else if (port !== this.#port) this.#ports ??= new Set([this.#port]);
    this.#ports?.add(port);
  }

  addOrId(orId: string): void {
    this.orId ??= orId;
    this.hasOtherOrIds ||= orId !== this.orId;
  }
}

/** A connection that leads, or led, to a destination, until it cannot be seen again. */
interface Leading {
  readonly connection: TapeConnection;
  readonly destination: Destination;
  /** How many of its lines lead there now. */
  lines: number;
  /** What else it leads, or led, to. */
  readonly before: Leading | undefined;
}

/** How regularly a destination is called: null where that is not known. */
export interface Regularities {
  /** From 0 to 1; null where too few openings are known, or no address to distinguish places by. */
  readonly score: number | null;
  /** Null where too few openings are known, or no address. */
  readonly rhythm: Rhythm | null;
}

const UNKNOWN: Regularities = { score: null, rhythm: null };

/** The book of a playback, for all who watch it. */
const shared = new Shared<DestinationBook, Recording>(
  (recording) => new DestinationBook(recording.index.blindTimes()),
);

/** Where outbound connections went up to a step; to be asked with every step. */
export function destinationsAt(step: Step, recording: Recording): DestinationBook {
  return shared.at(step, recording);
}

export class DestinationBook {
  readonly #blind: BlindTimes;
  readonly #lines = new OutboundLines();
  readonly #byIp = new Map<string, Destination>();
  /** By the number of the destination and the opening, when connections ended. */
  readonly #calls = new Spill<number | null>();
  readonly #leading = new Map<TapeConnection, Leading>();
  /** Where the line in each slot leads. */
  readonly #bySlot: (Leading | undefined)[] = [];
  /** What leads elsewhere now, or nowhere. */
  #elsewhere: Leading[] = [];
  #firstAt: number | undefined;
  #lastAt = 0;
  #intervalMs = 0;
  #regularities: ReadonlyMap<Destination, Regularities> | undefined;

  constructor(blind: BlindTimes) {
    this.#blind = blind;
  }

  follow(step: Step): void {
    this.#firstAt ??= step.at;
    // A recorder may have been started again with another interval: the coarsest says no more.
    this.#intervalMs = Math.max(this.#intervalMs, step.header.intervalMs);
    this.#followLines(step);
    this.#addBytes(step);
    this.#lastAt = step.at;
  }

  #followLines(step: Step): void {
    const { ended, begun } = this.#lines.follow(step);
    while (this.#bySlot.length < step.rows.capacity) this.#bySlot.push(undefined);
    for (const slot of ended) {
      const leading = this.#bySlot[slot]!;
      this.#bySlot[slot] = undefined;
      leading.destination.lastSeen = this.#lastAt;
      leading.lines--;
      if (leading.lines > 0) continue;
      leading.destination.concurrent--;
      this.#elsewhere.push(leading);
    }
    for (const slot of begun) this.#begin(step, slot);
    for (const slot of begun) {
      const { destination } = this.#bySlot[slot]!;
      destination.maxConcurrent = Math.max(destination.maxConcurrent, destination.concurrent);
    }
    this.#elsewhere = this.#elsewhere.filter((leading) => {
      if (leading.lines > 0) return false;
      if (leading.connection.lastSnapshot >= step.number) return true;
      this.#forget(leading, (this.#lastAt + step.at) / 2);
      return false;
    });
  }

  #begin({ rows, at }: Step, slot: number): void {
    const { ip, port, orId } = rows.labelOf(slot);
    const destination = this.#at(ip, at);
    const leading = this.#leadingTo(destination, rows.connectionOf(slot));
    this.#bySlot[slot] = leading;
    if (leading.lines === 0) destination.concurrent++;
    leading.lines++;
    if (destination.isWithheld) return;
    destination.addPort(port);
    if (orId !== '0') destination.addOrId(orId);
  }

  /** A connection counts for a destination once. */
  #leadingTo(destination: Destination, connection: TapeConnection): Leading {
    const before = this.#leading.get(connection);
    for (let known = before; known !== undefined; known = known.before) {
      if (known.destination === destination) return known;
    }
    const leading = { connection, destination, lines: 0, before };
    this.#leading.set(connection, leading);
    destination.listed++;
    if (isCall(leading)) destination.openings++;
    return leading;
  }

  /** Forgets a connection that ended, and that no later snapshot holds. */
  #forget(leading: Leading, endedAt: number): void {
    const { connection, destination } = leading;
    if (isCall(leading)) this.#calls.add(destination.number, connection.openedAt, endedAt);
    this.#leading.delete(connection);
  }

  #at(ip: string, at: number): Destination {
    let destination = this.#byIp.get(ip);
    if (destination === undefined) {
      destination = new Destination(ip, this.#byIp.size, at);
      this.#byIp.set(ip, destination);
    }
    return destination;
  }

  #addBytes({ counted }: Step): void {
    for (let index = 0; index < counted.slots.length; index++) {
      const destination = this.#bySlot[counted.slots[index]!]?.destination;
      if (destination === undefined) continue;
      destination.read.add(counted.read[index]!);
      destination.written.add(counted.written[index]!);
    }
  }

  /** Counts a connection that lived between two polls: nobody knows where it went. */
  addUnlisted({ from, to }: Stretch): void {
    const destination = this.#at(WITHHELD, from);
    destination.unlisted++;
    destination.firstSeen = Math.min(destination.firstSeen, from);
    destination.lastSeen = Math.max(destination.lastSeen, to);
  }

  /** Every destination, in the order of first sight. Called when the last snapshot was seen. */
  all(): Destination[] {
    for (const leading of this.#bySlot) {
      if (leading === undefined) continue;
      const { destination } = leading;
      destination.lastSeen = Math.max(destination.lastSeen, this.#lastAt);
    }
    return [...this.#byIp.values()];
  }

  /** How regularly one is called; asked when the last snapshot was seen. */
  regularitiesOf(destination: Destination): Regularities {
    this.#regularities ??= this.#judgeAll();
    return this.#regularities.get(destination) ?? UNKNOWN;
  }

  #judgeAll(): Map<Destination, Regularities> {
    for (const last of this.#leading.values()) {
      for (let leading: Leading | undefined = last; leading; leading = leading.before) {
        if (!isCall(leading)) continue;
        this.#calls.add(leading.destination.number, leading.connection.openedAt, null);
      }
    }
    const destinations = [...this.#byIp.values()];
    const found = new Map<Destination, Regularities>();
    let number = -1;
    let calls: Call[] = [];
    const judge = (): void => {
      const destination = destinations[number];
      if (destination !== undefined) found.set(destination, this.#judged(destination, calls));
      calls = [];
    };
    for (const { group, order, item } of this.#calls.all()) {
      if (group !== number) judge();
      number = group;
      calls.push({ at: order, end: item ?? Number.POSITIVE_INFINITY });
    }
    judge();
    return found;
  }

  /** @param calls in the order of their openings. */
  #judged({ openings, orId }: Destination, calls: readonly Call[]): Regularities {
    const watch = this.#watch;
    const { from, to, blind } = watch;
    const known = openingsIn(
      calls.map(({ at }) => at),
      watch,
    );
    const score = beaconScore(known, watch);
    if (openings < FEWEST_CALLS) return { score, rhythm: null };
    const seen = calls.filter(({ at }) => at >= from && at <= to && !blind.hides(at));
    return { score, rhythm: rhythmOf(seen, watch, orId !== undefined) };
  }

  get #watch(): Watch {
    return {
      from: this.#firstAt ?? this.#lastAt,
      to: this.#lastAt,
      intervalMs: this.#intervalMs,
      blind: this.#blind,
    };
  }
}

/** Whether its opening counts among those of a place. */
function isCall({ connection, destination }: Leading): boolean {
  return connection.openedKnown && !destination.isWithheld;
}
