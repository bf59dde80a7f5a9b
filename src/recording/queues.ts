/**
 * Things in queues, more of them than memory should hold.
 * Owns the nameless file that SQLite keeps them in; what they are is for others.
 */
import type Database from 'better-sqlite3';
import { ByteReader, ByteWriter } from './bytes.ts';
import { openNameless } from './nameless.ts';

/** A block is four pages of SQLite's. There is one in memory for each queue. */
const BLOCK_BYTES = 16_000;

/** A few blocks: each is taken once. */
const CACHE_KIB = 1024;

/** Blocks of a queue have ids in a row: queues are as far apart as no queue is long. */
const BLOCKS_PER_QUEUE = 2 ** 24;

/** How an item becomes bytes and is itself again. */
export interface Packing<Item> {
  write(item: Item, into: ByteWriter): void;
  read(from: ByteReader): Item;
}

interface Queue {
  written: number;
  taken: number;
  /** What is not in the file yet. */
  open: ByteWriter;
}

/** Queues by number, from 0 on: what is added first is taken first. */
export class Queues<Item> {
  readonly #packing: Packing<Item>;
  readonly #file = new BlockFile();
  readonly #queues: Queue[] = [];

  constructor(packing: Packing<Item>) {
    this.#packing = packing;
  }

  add(number: number, item: Item): void {
    const queue = this.#queue(number);
    this.#packing.write(item, queue.open);
    if (queue.open.length >= BLOCK_BYTES) this.close(number);
  }

  /** Puts all of a queue into the file: where many wait, even the last block of each is much. */
  close(number: number): void {
    const queue = this.#queue(number);
    if (queue.open.length === 0) return;
    this.#file.put(number * BLOCKS_PER_QUEUE + queue.written++, queue.open.bytes());
    queue.open.clear();
  }

  /** Takes all of a queue, as they are asked for; nothing may be added to it any more. */
  *take(number: number): Generator<Item, void> {
    const queue = this.#queue(number);
    while (queue.taken < queue.written) {
      const id = number * BLOCKS_PER_QUEUE + queue.taken++;
      yield* this.#itemsIn(this.#file.take(id));
    }
    yield* this.#itemsIn(queue.open.bytes());
    queue.open = new ByteWriter();
  }

  *#itemsIn(bytes: Uint8Array): Generator<Item, void> {
    const reader = new ByteReader(bytes);
    while (!reader.ended) yield this.#packing.read(reader);
  }

  #queue(number: number): Queue {
    let queue = this.#queues[number];
    if (queue === undefined) {
      queue = { written: 0, taken: 0, open: new ByteWriter() };
      this.#queues[number] = queue;
    }
    return queue;
  }
}

/** Blocks of bytes by number. There is a file when the first is put. */
class BlockFile {
  #put: Database.Statement<[id: number, bytes: Uint8Array]> | undefined;
  #take: Database.Statement<[id: number], Uint8Array> | undefined;

  put(id: number, bytes: Uint8Array): void {
    if (this.#put === undefined) {
      const db = openNameless('CREATE TABLE block (id INTEGER PRIMARY KEY, bytes BLOB)', CACHE_KIB);
      this.#put = db.prepare('INSERT INTO block VALUES (?, ?)');
      this.#take = db
        .prepare<[number], Uint8Array>('DELETE FROM block WHERE id = ? RETURNING bytes')
        .pluck();
    }
    this.#put.run(id, bytes);
  }

  /** What was put there, which is there no more. */
  take(id: number): Uint8Array {
    return this.#take!.get(id)!;
  }
}
