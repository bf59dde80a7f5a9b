/**
 * Where outbound connections went, place by place, as the tape goes by.
 * Owns what is known of a destination at the end; which of it is shown is the reports'.
 */

import type { BlindTimes, Stretch } from '../recording/index/blind.ts';
import type { Step, TapeConnection } from '../recording/playback/step.ts';
import { beaconScore, openingsOf, type Watch } from './beacon.ts';
import { ExactSum } from './exactSum.ts';
import { OutboundLines, WITHHELD } from './outbound.ts';
import type { ReportInput } from './report.ts';

/** All connections to one IP; of those whose address is not kept, to many: it has no more to say. */
export class Destination {
  readonly ip: string;
  readonly orIds = new Set<string>();
  readonly ports = new Set<number>();
  /** Every one that snapshots showed to lead there. */
  readonly listed = new Set<TapeConnection>();
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
    return this.listed.size + this.unlisted;
  }

  get isWithheld(): boolean {
    return this.ip === WITHHELD;
  }
}

export class DestinationBook {
  readonly #blind: BlindTimes;
  readonly #lines = new OutboundLines();
  readonly #byIp = new Map<string, Destination>();
  #firstAt: number | undefined;
  #lastAt = 0;
  #intervalMs = 0;

  constructor({ recording }: Pick<ReportInput, 'recording'>) {
    this.#blind = recording.index.blindTimes();
  }

  watch(step: Step): void {
    this.#firstAt ??= step.at;
    // A recorder may have been started again with another interval: the coarsest tells no more.
    this.#intervalMs = Math.max(this.#intervalMs, step.header.intervalMs);
    this.#follow(step);
    this.#addBytes(step);
    this.#lastAt = step.at;
  }

  #follow(step: Step): void {
    const { ended, begun } = this.#lines.follow(step);
    for (const { label, connection } of ended) {
      const destination = this.#byIp.get(label.ip)!;
      destination.lastSeen = this.#lastAt;
      addLines(destination, connection, -1);
    }
    for (const { label, connection } of begun) {
      const destination = this.#at(label.ip, step.at);
      addLines(destination, connection, 1);
      destination.listed.add(connection);
      if (destination.isWithheld) continue;
      destination.ports.add(label.port);
      if (label.orId !== '0') destination.orIds.add(label.orId);
    }
    for (const { label } of begun) {
      const destination = this.#byIp.get(label.ip)!;
      destination.maxConcurrent = Math.max(destination.maxConcurrent, destination.lines.size);
    }
  }

  #at(ip: string, at: number): Destination {
    let destination = this.#byIp.get(ip);
    if (destination === undefined) {
      destination = new Destination(ip, at);
      this.#byIp.set(ip, destination);
    }
    return destination;
  }

  #addBytes({ rows, counted }: Step): void {
    for (let index = 0; index < counted.slots.length; index++) {
      const line = this.#lines.of(rows.entryOf(counted.slots[index]!));
      if (line === undefined) continue;
      const destination = this.#byIp.get(line.label.ip)!;
      destination.read.add(counted.read[index]!);
      destination.written.add(counted.written[index]!);
    }
  }

  /** Counts a connection that lived between two polls: nobody told where it went. */
  addUnlisted({ from, to }: Stretch): void {
    const destination = this.#at(WITHHELD, from);
    destination.unlisted++;
    destination.firstSeen = Math.min(destination.firstSeen, from);
    destination.lastSeen = Math.max(destination.lastSeen, to);
  }

  /** Every destination, in the order of first sight. Called when the last snapshot was seen. */
  all(): Destination[] {
    for (const { label } of this.#lines.values()) {
      const destination = this.#byIp.get(label.ip)!;
      destination.lastSeen = Math.max(destination.lastSeen, this.#lastAt);
    }
    return [...this.#byIp.values()];
  }

  /** When connections to a destination opened, in order, as far as the tape could tell. */
  openingsOf(destination: Destination): number[] {
    return openingsOf(destination.listed, this.#watch);
  }

  /** From 0 to 1; null where too few openings are known, or no address to tell places apart by. */
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
