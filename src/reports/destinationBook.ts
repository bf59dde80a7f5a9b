/**
 * Where outbound connections went, place by place, as the tape goes by.
 * Owns what is known of a destination at the end; which of it is shown is the reports'.
 */

import type { BlindTimes, Stretch } from '../recording/index/blind.ts';
import type { Step, TapeConnection } from '../recording/playback/step.ts';
import { beaconScore, openingsIn, type Watch } from './beacon.ts';
import { ExactSum } from './exactSum.ts';
import { OutboundLines, WITHHELD } from './outbound.ts';
import type { ReportInput } from './report.ts';
import { FEWEST_CALLS, type Rhythm, rhythmOf } from './rhythm/rhythm.ts';

/** All connections to one IP; of those whose address is not kept, to many: it has no more to say. */
export class Destination {
  readonly ip: string;
  readonly orIds = new Set<string>();
  readonly ports = new Set<number>();
  /** How many snapshots showed to lead there, and when those opened of which that is known. */
  listed = 0;
  readonly openings: number[] = [];
  /** When those ended: infinite while they may be seen again. */
  readonly ends: number[] = [];
  /** Connections that may be seen again, and the place of their opening, where it is known. */
  readonly #known = new Map<TapeConnection, number | undefined>();
  /** How many more there were that no snapshot held. */
  unlisted = 0;
  /** The most in one snapshot. */
  maxConcurrent = 0;
  /** Milliseconds since the epoch. */
  firstSeen: number;
  lastSeen: number;
  readonly read = new ExactSum();
  readonly written = new ExactSum();
  /** How many lines each connection that is there now has. */
  readonly lines = new Map<TapeConnection, number>();

  constructor(ip: string, at: number) {
    this.ip = ip;
    this.firstSeen = at;
    this.lastSeen = at;
  }

  get connections(): number {
    return this.listed + this.unlisted;
  }

  /** Counts a connection that leads there, once. */
  add(connection: TapeConnection): void {
    if (this.#known.has(connection)) return;
    const isTold = connection.openedKnown && !this.isWithheld;
    this.#known.set(connection, isTold ? this.openings.length : undefined);
    this.listed++;
    if (!isTold) return;
    this.openings.push(connection.openedAt);
    this.ends.push(Number.POSITIVE_INFINITY);
  }

  /** Forgets a connection that ended, and that no later snapshot holds. */
  forget(connection: TapeConnection, endedAt: number): void {
    const place = this.#known.get(connection);
    if (place !== undefined) this.ends[place] = endedAt;
    this.#known.delete(connection);
  }

  get isWithheld(): boolean {
    return this.ip === WITHHELD;
  }
}

export class DestinationBook {
  readonly #blind: BlindTimes;
  readonly #lines = new OutboundLines();
  readonly #byIp = new Map<string, Destination>();
  /** Where the line in each slot leads. */
  readonly #bySlot: (Destination | undefined)[] = [];
  /** Connections that lead elsewhere now, or nowhere, and where they led before. */
  #elsewhere: { readonly connection: TapeConnection; readonly destination: Destination }[] = [];
  #firstAt: number | undefined;
  #lastAt = 0;
  #intervalMs = 0;

  constructor({ recording }: Pick<ReportInput, 'recording'>) {
    this.#blind = recording.index.blindTimes();
  }

  watch(step: Step): void {
    this.#firstAt ??= step.at;
    // A recorder may have been started again with another interval: the coarsest says no more.
    this.#intervalMs = Math.max(this.#intervalMs, step.header.intervalMs);
    this.#follow(step);
    this.#addBytes(step);
    this.#lastAt = step.at;
  }

  #follow(step: Step): void {
    const { ended, begun } = this.#lines.follow(step);
    for (const { slot, connection } of ended) {
      const destination = this.#bySlot[slot]!;
      this.#bySlot[slot] = undefined;
      destination.lastSeen = this.#lastAt;
      addLines(destination, connection, -1);
      if (!destination.lines.has(connection)) this.#elsewhere.push({ connection, destination });
    }
    for (const { slot, label, connection } of begun) {
      const destination = this.#at(label.ip, step.at);
      this.#bySlot[slot] = destination;
      addLines(destination, connection, 1);
      destination.add(connection);
      if (destination.isWithheld) continue;
      destination.ports.add(label.port);
      if (label.orId !== '0') destination.orIds.add(label.orId);
    }
    for (const { slot } of begun) {
      const destination = this.#bySlot[slot]!;
      destination.maxConcurrent = Math.max(destination.maxConcurrent, destination.lines.size);
    }
    this.#elsewhere = this.#elsewhere.filter(({ connection, destination }) => {
      if (destination.lines.has(connection)) return false;
      if (connection.lastSnapshot >= step.number) return true;
      destination.forget(connection, (this.#lastAt + step.at) / 2);
      return false;
    });
  }

  #at(ip: string, at: number): Destination {
    let destination = this.#byIp.get(ip);
    if (destination === undefined) {
      destination = new Destination(ip, at);
      this.#byIp.set(ip, destination);
    }
    return destination;
  }

  #addBytes({ counted }: Step): void {
    for (let index = 0; index < counted.slots.length; index++) {
      const destination = this.#bySlot[counted.slots[index]!];
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
    for (const destination of this.#bySlot) {
      if (destination === undefined) continue;
      destination.lastSeen = Math.max(destination.lastSeen, this.#lastAt);
    }
    return [...this.#byIp.values()];
  }

  /** When connections to a destination opened, in order, as far as the tape shows. */
  openingsOf(destination: Destination): number[] {
    return openingsIn(destination.openings, this.#watch);
  }

  /** How regularly it is called; null where too few openings are known, or no address. */
  rhythmOf(destination: Destination): Rhythm | null {
    const { isWithheld, openings, ends } = destination;
    if (isWithheld || openings.length < FEWEST_CALLS) return null;
    const { from, to, blind } = this.#watch;
    const calls = openings
      .map((at, place) => ({ at, end: ends[place]! }))
      .filter(({ at }) => at >= from && at <= to && !blind.hides(at))
      .sort((a, b) => a.at - b.at);
    return rhythmOf(calls, this.#watch, destination.orIds.size > 0);
  }

  /** From 0 to 1; null where too few openings are known, or no address to distinguish places by. */
  beaconScoreOf(destination: Destination): number | null {
    if (destination.isWithheld) return null;
    return beaconScore(this.openingsOf(destination), this.#watch);
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

function addLines({ lines }: Destination, connection: TapeConnection, count: 1 | -1): void {
  const there = (lines.get(connection) ?? 0) + count;
  if (there === 0) lines.delete(connection);
  else lines.set(connection, there);
}
