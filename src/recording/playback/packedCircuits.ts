/**
 * Lives in their circuits, and connections, as bytes for the time of one playback.
 * Owns what is written beside a life; that itself is recording/index/packedLives.ts's.
 */
import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { OwnConnection } from '../index/indexedLives.ts';
import type { MarkedEntry } from '../index/lifeColumns.ts';
import { type LifePacking, readNear, writeNear } from '../index/packedLives.ts';
import type { Packing } from '../queues.ts';

/** A life and the circuit that it is of. */
export interface LifeInCircuit {
  /** Marked where the bytes of its circuit cannot be separated from those of others. */
  readonly life: MarkedEntry;
  /** The circuit's number, which no other has; of how many lives it is: 0 where CIRC_ID is 0. */
  readonly circuit: number;
  readonly livesOfCircuit: number;
  /** When the first of those opened. */
  readonly circuitOpenedAt: number;
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

export class LifeInCircuitPacking implements Packing<LifeInCircuit> {
  readonly #lives: LifePacking;

  constructor(lives: LifePacking) {
    this.#lives = lives;
  }

  write(item: LifeInCircuit, into: ByteWriter): void {
    this.#lives.write(item.life, into);
    into.uint(item.livesOfCircuit);
    if (item.livesOfCircuit === 0) return;
    into.uint(item.circuit);
    writeNear(into, item.circuitOpenedAt, item.life.openedAt);
  }

  read(from: ByteReader): LifeInCircuit {
    const life = this.#lives.read(from);
    const livesOfCircuit = from.uint();
    if (livesOfCircuit === 0) return { life, circuit: 0, livesOfCircuit, circuitOpenedAt: 0 };
    const circuit = from.uint();
    return { life, circuit, livesOfCircuit, circuitOpenedAt: readNear(from, life.openedAt) };
  }
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
