/**
 * That bytes are not counted: those written, or none at all.
 * Owns the words by which a source says so and a report knows it. Bytes acknowledged are no bytes
 * written, since what was lost and the handshake count in them.
 */
import type { Observes } from './snapshot.ts';

/** In a line WRITE is 0 then, which says nothing. */
export const WRITTEN_UNCOUNTED =
  'not what was written: the kernel does not count it (it takes Linux 4.19 and iproute2 5)';

/** READ and WRITE are 0 then, which says nothing. */
export const BYTES_UNCOUNTED = 'not observed: no tool of this system counts the bytes of a socket';

/** Whether WRITE of a source's lines is a number of bytes. */
export function countsWritten({ bytes }: Observes): boolean {
  return bytes !== WRITTEN_UNCOUNTED && bytes !== BYTES_UNCOUNTED;
}

/** The same of READ. */
export function countsRead({ bytes }: Observes): boolean {
  return bytes !== BYTES_UNCOUNTED;
}
