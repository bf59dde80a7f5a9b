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

const NO_LINE = 0;

/** What stands in no line but as itself. */
const PLAIN = /^[\w.:]+$/;

export class PeerLines {
  #bytes = Buffer.alloc(2 ** 14);
  #length = 0;
  /** By number, how long its line is, `NO_LINE` where there is none, and where it begins. */
  #lengths = new Uint8Array(1024);
  #begins = new Int32Array(1024);
  /** What does not fit in there. */
  readonly #others = new Map<number, { readonly peer: Peer; readonly line: Uint8Array }>();
  /** Where lines stand side by side while they are hashed: a call each would cost more than hashing. */
  #room = new Uint8Array(2 ** 14);
  /** How many there are. */
  count = 0;

  clear(): void {
    this.#length = 0;
    this.#lengths.fill(NO_LINE);
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
      this.#place(number, this.#length - line.length, line.length);
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
      const end = this.#bytes.indexOf(LINE_END, place) + 1;
      this.#place(number, begin, end - begin);
      begin = end;
    }
  }

  has(number: number): boolean {
    return (this.#lengths[number] ?? NO_LINE) > 0 || this.#others.has(number);
  }

  /** The peer of a number that is there. */
  peer(number: number): Peer {
    const other = this.#others.get(number);
    if (other !== undefined) return other.peer;
    const begin = this.#begins[number]!;
    const line = this.#bytes.toString('latin1', begin, begin + this.#lengths[number]! - 1);
    const [, orId, ip] = line.split(' ');
    return { orId: orId!, ip: ip! };
  }

  /** The lines of peers that are there, one behind another; good until the next call. */
  linesOf(numbers: ArrayLike<number>): Uint8Array {
    let length = 0;
    let index = 0;
    while (index < numbers.length) {
      const other = this.#others.get(numbers[index]!);
      if (other === undefined) {
        const begin = this.#begins[numbers[index]!]!;
        // What came one after another stands so, and is copied at once.
        let end = begin;
        while (index < numbers.length && this.#begins[numbers[index]!] === end) {
          const more = this.#lengths[numbers[index]!]!;
          if (more === NO_LINE) break;
          end += more;
          index++;
        }
        this.#makeRoom(length, end - begin);
        this.#bytes.copy(this.#room, length, begin, end);
        length += end - begin;
      } else {
        this.#makeRoom(length, other.line.length);
        this.#room.set(other.line, length);
        length += other.line.length;
        index++;
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

  #place(number: number, begin: number, length: number): void {
    if (number >= this.#begins.length) {
      const begins = new Int32Array(2 * number);
      begins.set(this.#begins);
      this.#begins = begins;
      const lengths = new Uint8Array(2 * number);
      lengths.set(this.#lengths);
      this.#lengths = lengths;
    }
    this.#begins[number] = begin;
    this.#lengths[number] = length;
    this.count++;
  }

  #makeRoom(length: number, more: number): void {
    if (length + more <= this.#room.length) return;
    const larger = new Uint8Array(2 * (length + more));
    larger.set(this.#room);
    this.#room = larger;
  }
}
