/**
 * Lives and connections as bytes, for the time of one playback.
 * Owns how they are written and read; no file that stays holds them.
 */
import type { End } from '../../listing/life.ts';
import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { IndexedEntry, OwnConnection, SnapshotTimes } from '../index/indexedLives.ts';
import type { FlagBook } from '../index/lifeColumns.ts';
import type { Packing } from '../queues.ts';

/** A life and the circuit that it is of. */
export interface LifeInCircuit {
  readonly life: IndexedEntry;
  /** The circuit's number, which no other has; of how many lives it is: 0 where CIRC_ID is 0. */
  readonly circuit: number;
  readonly livesOfCircuit: number;
  /** When the first of those opened. */
  readonly circuitOpenedAt: number;
  /** Whether bytes cannot be separated from those of others: its own, where no circuit is known yet. */
  readonly isShared: boolean;
}

/** A connection with a row of its own, and the first snapshot that shows an entry that stands on it. */
export interface ConnectionInUse {
  readonly connection: ConnectionRow;
  readonly neededFrom: number;
  /** Those of one CONN_ID are looked through in this order. */
  readonly order: number;
}

/** What the playback knows of it. */
export type ConnectionRow = Pick<
  OwnConnection,
  'run' | 'connId' | 'openedAt' | 'openedKnown' | 'firstSnapshot' | 'lastSnapshot'
>;

const ENDS: readonly End[] = ['open', 'closed', 'run-ended'];
const END_BITS = 3;
const OPENED_KNOWN = 4;
const OPENED_BY_EVENT = 8;
const ALONE = 16;
const SHARED = 32;

export class LifePacking implements Packing<LifeInCircuit> {
  readonly #times: SnapshotTimes;
  readonly #flagBook: FlagBook;

  constructor(times: SnapshotTimes, flagBook: FlagBook) {
    this.#times = times;
    this.#flagBook = flagBook;
  }

  write(item: LifeInCircuit, into: ByteWriter): void {
    const { life } = item;
    into.uint(
      ENDS.indexOf(life.end) |
        (life.openedKnown ? OPENED_KNOWN : 0) |
        (life.openedByEvent ? OPENED_BY_EVENT : 0) |
        (life.alone ? ALONE : 0) |
        (item.isShared ? SHARED : 0),
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
    into.uint(item.livesOfCircuit);
    if (item.livesOfCircuit === 0) return;
    into.uint(item.circuit);
    writeNear(into, item.circuitOpenedAt, life.openedAt);
  }

  read(from: ByteReader): LifeInCircuit {
    const traits = from.uint();
    const end = ENDS[traits & END_BITS]!;
    const run = from.uint();
    const connId = from.uint();
    const circId = from.uint();
    const firstSnapshot = from.uint();
    const lastSnapshot = firstSnapshot + from.uint();
    const firstSeen = this.#times.at(firstSnapshot);
    const openedAt = readNear(from, firstSeen);
    const life = {
      ...{ run, connId, circId, openedAt, firstSnapshot, lastSnapshot, firstSeen, end },
      openedKnown: (traits & OPENED_KNOWN) !== 0,
      openedByEvent: (traits & OPENED_BY_EVENT) !== 0,
      lastSeen: this.#times.at(lastSnapshot),
      closedBy: end === 'open' ? null : readNear(from, this.#times.at(lastSnapshot + 1)),
      alone: (traits & ALONE) !== 0,
      flags: this.#flagBook.textOf(from.uint()),
    };
    const livesOfCircuit = from.uint();
    return {
      life,
      circuit: livesOfCircuit === 0 ? 0 : from.uint(),
      livesOfCircuit,
      circuitOpenedAt: livesOfCircuit === 0 ? 0 : readNear(from, openedAt),
      isShared: (traits & SHARED) !== 0,
    };
  }
}

/** Steps up to this are written as integers: doubled, those are below 2^53. */
const NEAR = 2 ** 51;

/** What an UPTIME of 2^53 seconds comes to is no exact number of milliseconds. */
const far = new Float64Array(1);
const farBytes = new Uint8Array(far.buffer);

/** A number as its step from another: from 1 on, even ones below it; 0 where it stands itself. */
function writeNear(into: ByteWriter, value: number, other: number): void {
  const step = value - other;
  if (Number.isInteger(step) && Math.abs(step) < NEAR && other + step === value) {
    into.uint(step < 0 ? -2 * step : 2 * step + 1);
    return;
  }
  far[0] = value;
  into.uint(0);
  into.block(farBytes);
}

function readNear(from: ByteReader, other: number): number {
  const code = from.uint();
  if (code === 0) {
    farBytes.set(from.block());
    return far[0]!;
  }
  return code % 2 === 0 ? other - code / 2 : other + (code - 1) / 2;
}

export const CONNECTION_PACKING: Packing<ConnectionInUse> = {
  write({ connection, neededFrom, order }, into) {
    into.uint(connection.openedKnown ? 1 : 0);
    into.uint(connection.run);
    into.uint(connection.connId);
    writeNear(into, connection.openedAt, 0);
    into.uint(connection.firstSnapshot);
    into.uint(connection.lastSnapshot - connection.firstSnapshot);
    into.uint(neededFrom);
    into.uint(order);
  },
  read(from) {
    const openedKnown = from.uint() === 1;
    const [run, connId, openedAt, firstSnapshot] = [
      from.uint(),
      from.uint(),
      readNear(from, 0),
      from.uint(),
    ];
    const lastSnapshot = firstSnapshot + from.uint();
    const connection = { run, connId, openedAt, openedKnown, firstSnapshot, lastSnapshot };
    return { connection, neededFrom: from.uint(), order: from.uint() };
  },
};
