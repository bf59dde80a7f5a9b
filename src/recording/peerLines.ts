/**
 * What the chain covers of each peer: a line of its number, OR_ID and IP.
 * Owns keeping the lines of many side by side, without an object each; where peers come from is
 * peerTable.ts's.
 */
import type { Peer } from './peers.ts';

/** A number past it is kept by itself: a column as long as that would be a damaged file's doing. */
export const LONGEST_COLUMN = 2 ** 22;

/** A longer line, in bytes, is kept by itself too. */
const LONGEST_LINE = 128;

const SPACE = 32;
const ZERO = 48;
const LINE_END = 10;

/** What stands in no line but as itself. */
const PLAIN = /^[\w.:]+$/;

export class PeerLines {
  #bytes = Buffer.alloc(2 ** 14);
  #length = 0;
  /** By number, one more than where its line begins; 0 where there is none. */
  #begins = new Int32Array(1024);
  /** What does not fit in there. */
  readonly #others = new Map<number, { readonly peer: Peer; readonly line: Uint8Array }>();
  /** Where lines stand side by side while they are hashed: a call each would cost more than hashing. */
  #room = new Uint8Array(2 ** 14);
  /** How many there are. */
  count = 0;

  clear(): void {
    this.#length = 0;
    this.#begins.fill(0);
    this.#others.clear();
    this.count = 0;
  }

  /** Adds a peer; one that is there already stays as it is. */
  add(number: number, peer: Peer): void {
    if (this.has(number)) return;
    const line = Buffer.from(`${number} ${peer.orId} ${peer.ip}\n`);
    const isPlain = PLAIN.test(peer.orId) && PLAIN.test(peer.ip);
    if (isPlain && number < LONGEST_COLUMN && line.length <= LONGEST_LINE) {
      this.#append(line);
      this.#begin(number, this.#length - line.length);
    } else {
      this.#others.set(number, { peer, line });
      this.count++;
    }
  }

  /**
   * Adds peers that are not there yet by their lines, of capital hex digits and IPv4 addresses, the
   * numbers integers from 1 to below `LONGEST_COLUMN`.
   */
  addAll(lines: string): void {
    let begin = this.#length;
    this.#append(Buffer.from(lines, 'latin1'));
    while (begin < this.#length) {
      let number = 0;
      let place = begin;
      for (; this.#bytes[place] !== SPACE; place++)
        number = number * 10 + this.#bytes[place]! - ZERO;
      this.#begin(number, begin);
      begin = this.#bytes.indexOf(LINE_END, place) + 1;
    }
  }

  has(number: number): boolean {
    return (this.#begins[number] ?? 0) > 0 || this.#others.has(number);
  }

  /** The peer of a number that is there. */
  peer(number: number): Peer {
    const other = this.#others.get(number);
    if (other !== undefined) return other.peer;
    const begin = this.#begins[number]! - 1;
    const line = this.#bytes.toString('latin1', begin, this.#bytes.indexOf(LINE_END, begin));
    const [, orId, ip] = line.split(' ');
    return { orId: orId!, ip: ip! };
  }

  /** The lines of peers that are there, one behind another; good until the next call. */
  linesOf(numbers: ArrayLike<number>): Uint8Array {
    let length = 0;
    const bytes = this.#bytes;
    for (let index = 0; index < numbers.length; index++) {
      const number = numbers[index]!;
      const begin = this.#begins[number] ?? 0;
      if (begin === 0) {
        const { line } = this.#others.get(number)!;
        this.#makeRoom(length, line.length);
        this.#room.set(line, length);
        length += line.length;
        continue;
      }
      this.#makeRoom(length, LONGEST_LINE);
      const room = this.#room;
      for (let place = begin - 1; ; place++) {
        const byte = bytes[place]!;
        room[length++] = byte;
        if (byte === LINE_END) break;
      }
    }
    return this.#room.subarray(0, length);
  }

  #append(lines: Uint8Array): void {
    const length = this.#length + lines.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(lines, this.#length);
    this.#length = length;
  }

  #begin(number: number, begin: number): void {
    if (number >= this.#begins.length) {
      const larger = new Int32Array(2 * number);
      larger.set(this.#begins);
      this.#begins = larger;
    }
    this.#begins[number] = begin + 1;
    this.count++;
  }

  #makeRoom(length: number, more: number): void {
    if (length + more <= this.#room.length) return;
    const larger = new Uint8Array(2 * (length + more));
    larger.set(this.#room);
    this.#room = larger;
  }
}
