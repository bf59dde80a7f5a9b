/**
 * Lives as bytes, for the time of one command.
 * Owns how they are written and read; no file that stays holds them.
 */
import { ENDS } from '../../listing/life.ts';
import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { Packing } from '../queues.ts';
import type { CountedEntry, IndexedEntry, SnapshotTimes } from './indexedLives.ts';
import type { FlagBook, MarkedEntry } from './lifeColumns.ts';

const END_BITS = 3;
const OPENED_KNOWN = 4;
const OPENED_BY_EVENT = 8;
const ALONE = 16;
const SHARED = 32;

export class LifePacking implements Packing<MarkedEntry> {
  readonly #times: SnapshotTimes;
  readonly #flagBook: FlagBook;

  constructor(times: SnapshotTimes, flagBook: FlagBook) {
    this.#times = times;
    this.#flagBook = flagBook;
  }

  write(life: MarkedEntry, into: ByteWriter): void {
    into.uint(
      ENDS.indexOf(life.end) |
        (life.openedKnown ? OPENED_KNOWN : 0) |
        (life.openedByEvent ? OPENED_BY_EVENT : 0) |
        (life.alone ? ALONE : 0) |
        (life.isShared === true ? SHARED : 0),
    );
    into.uint(life.run);
    into.uint(life.connId);
    into.uint(life.circId);
    into.uint(life.firstSnapshot);
    into.uint(life.lastSnapshot - life.firstSnapshot);
    writeNear(into, life.openedAt, life.firstSeen);
    if (life.closedBy !== null) {
      writeNear(into, life.closedBy, this.#times.at(life.lastSnapshot + 1));
    }
    into.uint(this.#flagBook.numberOf(life.flags));
  }

  read(from: ByteReader): IndexedEntry & Required<MarkedEntry> {
    const traits = from.uint();
    const end = ENDS[traits & END_BITS]!;
    const run = from.uint();
    const connId = from.uint();
    const circId = from.uint();
    const firstSnapshot = from.uint();
    const lastSnapshot = firstSnapshot + from.uint();
    const firstSeen = this.#times.at(firstSnapshot);
    const openedAt = readNear(from, firstSeen);
    return {
      ...{ run, connId, circId, openedAt, firstSnapshot, lastSnapshot, firstSeen, end },
      openedKnown: (traits & OPENED_KNOWN) !== 0,
      openedByEvent: (traits & OPENED_BY_EVENT) !== 0,
      lastSeen: this.#times.at(lastSnapshot),
      closedBy: end === 'open' ? null : readNear(from, this.#times.at(lastSnapshot + 1)),
      alone: (traits & ALONE) !== 0,
      isShared: (traits & SHARED) !== 0,
      flags: this.#flagBook.textOf(from.uint()),
    };
  }
}

/** The same with READ and WRITE. */
export class CountedPacking implements Packing<CountedEntry> {
  readonly #lives: LifePacking;

  constructor(lives: LifePacking) {
    this.#lives = lives;
  }

  write(life: CountedEntry, into: ByteWriter): void {
    this.#lives.write(life, into);
    writeNear(into, life.read, 0);
    writeNear(into, life.written, 0);
  }

  read(from: ByteReader): CountedEntry {
    const life = this.#lives.read(from);
    return { ...life, read: readNear(from, 0), written: readNear(from, 0) };
  }
}

/** Steps up to this are written as integers: doubled, those are below 2^53. */
const NEAR = 2 ** 51;

/** What an UPTIME of 2^53 seconds comes to is no exact number of milliseconds. */
const far = new Float64Array(1);
const farBytes = new Uint8Array(far.buffer);

/** A number as its step from another: from 1 on, even ones below it; 0 where it stands itself. */
export function writeNear(into: ByteWriter, value: number, other: number): void {
  const step = value - other;
  if (Number.isInteger(step) && Math.abs(step) < NEAR && other + step === value) {
    into.uint(step < 0 ? -2 * step : 2 * step + 1);
    return;
  }
  far[0] = value;
  into.uint(0);
  into.block(farBytes);
}

/** The inverse of `writeNear`. */
export function readNear(from: ByteReader, other: number): number {
  const code = from.uint();
  if (code === 0) {
    farBytes.set(from.block());
    return far[0]!;
  }
  return code % 2 === 0 ? other - code / 2 : other + (code - 1) / 2;
}
