/**
 * That what was written is not counted.
 * Owns the words by which a source says so and a report knows it: bytes acknowledged are another
 * number, since what was lost and the handshake count in it.
 */
import type { Observes } from './snapshot.ts';

/** In a line WRITE is 0 then, which says nothing. */
export const WRITTEN_UNCOUNTED =
  'not what was written: the kernel does not count it (it takes Linux 4.19 and iproute2 5)';

/** Whether WRITE of a source's lines is a number of bytes. */
export function countsWritten({ bytes }: Observes): boolean {
  return bytes !== WRITTEN_UNCOUNTED;
}
