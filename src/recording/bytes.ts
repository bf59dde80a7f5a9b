/**
 * Growing columns of variable-length integers, and reading them back.
 * Owns LEB128 and zigzag over 53-bit integers; not what the numbers mean.
 */
import { damaged } from './damage.ts';

const TWO_TO_28 = 2 ** 28;

/** A column of integers that grows as it is written. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** An integer from 0 to 2^53 − 1, seven bits a byte, the lowest first. */
  uint(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8);
    let rest = value;
    while (rest >= TWO_TO_28) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** An integer from −2^52 to 2^52 − 1. */
  int(value: number): void {
    this.uint(zigzag(value));
  }

  raw(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A length, then the bytes. */
  block(bytes: Uint8Array): void {
    this.uint(bytes.length);
    this.raw(bytes);
  }

  /** What was written; good until more is. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets it all, to be written anew in the same room. */
  clear(): void {
    this.#length = 0;
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by));
    larger.set(this.bytes());
    this.#bytes = larger;
  }
}

/** Reads what a `ByteWriter` wrote; throws `damaged` where the bytes end too soon. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether all bytes were read. */
  get ended(): boolean {
    return this.#position >= this.#bytes.length;
  }

  uint(): number {
    const first = this.#bytes[this.#position];
    if (first !== undefined && first < 128) {
      this.#position++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 8; index++) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw damaged('it ends in the middle of a number');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw damaged('a number is too long');
  }

  int(): number {
    return unzigzag(this.uint());
  }

  /** So many integers in a row, into the first places of a column. */
  uints(count: number, into: Float64Array): void {
    const bytes = this.#bytes;
    let position = this.#position;
    for (let index = 0; index < count; index++) {
      const first = bytes[position];
      if (first !== undefined && first < 128) {
        into[index] = first;
        position++;
        continue;
      }
      const second = bytes[position + 1];
      if (second !== undefined && second < 128) {
        into[index] = (first! & 127) | (second << 7);
        position += 2;
        continue;
      }
      this.#position = position;
      into[index] = this.uint();
      position = this.#position;
    }
    this.#position = position;
  }

  /** The same of integers with a sign. */
  ints(count: number, into: Float64Array): void {
    this.uints(count, into);
    for (let index = 0; index < count; index++) into[index] = unzigzag(into[index]!);
  }

  block(): Uint8Array {
    const length = this.uint();
    const end = this.#position + length;
    if (end > this.#bytes.length) throw damaged('it ends in the middle of a column');
    const bytes = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }
}

/** Small magnitudes of either sign become small numbers: 0, −1, 1, −2 → 0, 1, 2, 3. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  if (value < TWO_TO_28) return (value >>> 1) ^ -(value & 1);
  const half = Math.floor(value / 2);
  return value % 2 === 0 ? half : -half - 1;
}
