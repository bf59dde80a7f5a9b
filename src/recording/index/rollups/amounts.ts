/**
 * What was moved in a stretch of time, place by place.
 * Owns adding it up; whose places they are and when the stretch is over is for others.
 */
import { addedUp } from './bands.ts';
import { withRoomFor } from './columns.ts';

export class Amounts {
  #read = new Float64Array(1024);
  #written = new Float64Array(1024);
  #places = new Int32Array(1024);
  #count = 0;

  /** Adds bytes, not 0 both of them. */
  add(place: number, read: number, written: number): void {
    if (place >= this.#read.length) {
      this.#read = withRoomFor(this.#read, place);
      this.#written = withRoomFor(this.#written, place);
    }
    if (this.#read[place] === 0 && this.#written[place] === 0) {
      this.#places = withRoomFor(this.#places, this.#count);
      this.#places[this.#count++] = place;
    }
    this.#read[place] = addedUp(this.#read[place]!, read);
    this.#written[place] = addedUp(this.#written[place]!, written);
  }

  /** The places that moved anything, in the order in which they first did. */
  get places(): Int32Array {
    return this.#places.subarray(0, this.#count);
  }

  read(place: number): number {
    return this.#read[place] ?? 0;
  }

  written(place: number): number {
    return this.#written[place] ?? 0;
  }

  clear(): void {
    for (const place of this.places) {
      this.#read[place] = 0;
      this.#written[place] = 0;
    }
    this.#count = 0;
  }
}
