/**
 * Labels ↔ columns of a frame.
 * Owns how the fields of a label are written; not which rows are.
 */
import type { Label } from '../listing/label.ts';
import { MAX_LINES } from '../listing/parse.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { damaged } from './damage.ts';
import type { PeerBook } from './peers.ts';

/** Flags and extra fields: two words a line at most. */
const MAX_WORDS = 2 * MAX_LINES;

/** Gathers labels column by column. */
export class LabelWriter {
  readonly #book: PeerBook;
  readonly #connIds = new ByteWriter();
  readonly #circIds = new ByteWriter();
  readonly #peers = new ByteWriter();
  readonly #ports = new ByteWriter();
  readonly #lPorts = new ByteWriter();
  readonly #flags = new ByteWriter();
  readonly #extras = new ByteWriter();
  /** Flags and extra fields, each written once a frame. */
  readonly #words = new Map<string, number>();
  readonly #used = new Set<number>();
  #connId = 0;

  constructor(book: PeerBook) {
    this.#book = book;
  }

  write(label: Label): void {
    // Twice the distance, and one more where it is a step back: no sign to fold in, so that
    // identities up to 2^53 − 1 stay exact.
    const step = label.connId - this.#connId;
    this.#connIds.uint(step < 0 ? 1 : 0);
    this.#connIds.uint(Math.abs(step));
    this.#connId = label.connId;
    this.#circIds.uint(label.circId);
    const peer = this.#book.numberOf(label.orId, label.ip);
    this.#used.add(peer);
    this.#peers.uint(peer);
    this.#ports.uint(label.port);
    this.#lPorts.uint(label.lPort);
    this.#flags.uint(this.#word(label.flags));
    this.#extras.uint(this.#word(label.extra));
  }

  /** Numbers of the peers that were written, ascending. */
  peers(): number[] {
    return [...this.#used].sort((a, b) => a - b);
  }

  /** The columns as blocks, in the order in which `NewLabels` takes them. */
  writeTo(out: ByteWriter): void {
    const columns = [this.#connIds, this.#circIds, this.#peers, this.#ports, this.#lPorts];
    for (const column of [...columns, this.#flags, this.#extras]) out.block(column.bytes());
    out.uint(this.#words.size);
    for (const word of this.#words.keys()) out.block(Buffer.from(word));
  }

  #word(word: string): number {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    this.#words.set(word, this.#words.size);
    return this.#words.size - 1;
  }
}

/** The labels of the rows that a frame writes anew, column by column. */
export class NewLabels {
  count = 0;
  connId = new Float64Array(0);
  circId = new Float64Array(0);
  /** Numbers of peers. */
  peer = new Float64Array(0);
  port = new Float64Array(0);
  lPort = new Float64Array(0);
  #flags = new Float64Array(0);
  #extra = new Float64Array(0);
  #words: string[] = [];

  /** Reads what a `LabelWriter` wrote. Throws `damaged` where so many rows are not there. */
  read(input: ByteReader, count: number): void {
    if (count > this.connId.length) this.#grow(count);
    this.count = count;
    this.#readConnIds(new ByteReader(input.block()));
    for (const column of [
      this.circId,
      this.peer,
      this.port,
      this.lPort,
      this.#flags,
      this.#extra,
    ]) {
      new ByteReader(input.block()).uints(count, column);
    }
    const words = input.uint();
    if (words > MAX_WORDS) throw damaged(`it claims ${words} words`);
    this.#words = [];
    for (let index = 0; index < words; index++) this.#words.push(textOf(input.block()));
    for (let index = 0; index < count; index++) {
      if (this.#flags[index]! >= words || this.#extra[index]! >= words) {
        throw damaged('it refers to a word that it does not hold');
      }
    }
  }

  /** TYPE_FLAGS of a row. */
  flags(index: number): string {
    return this.#words[this.#flags[index]!]!;
  }

  extra(index: number): string {
    return this.#words[this.#extra[index]!]!;
  }

  /** The numbers of the peers that they refer to, each once, ascending. */
  peers(): Float64Array {
    const sorted = this.peer.slice(0, this.count).sort();
    let length = 0;
    for (let index = 0; index < sorted.length; index++) {
      const number = sorted[index]!;
      if (index === 0 || number !== sorted[length - 1]) sorted[length++] = number;
    }
    return sorted.subarray(0, length);
  }

  #readConnIds(steps: ByteReader): void {
    let last = 0;
    for (let index = 0; index < this.count; index++) {
      const back = steps.uint() === 1;
      const step = steps.uint();
      last += back ? -step : step;
      this.connId[index] = last;
    }
  }

  #grow(count: number): void {
    const room = roomFor(count);
    this.connId = new Float64Array(room);
    this.circId = new Float64Array(room);
    this.peer = new Float64Array(room);
    this.port = new Float64Array(room);
    this.lPort = new Float64Array(room);
    this.#flags = new Float64Array(room);
    this.#extra = new Float64Array(room);
  }
}

/** How long a column is to be that so many are to fit in, now and then. */
export function roomFor(count: number): number {
  return Math.max(256, 2 ** Math.ceil(Math.log2(count)));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
