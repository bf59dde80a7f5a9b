/**
 * The bytes of a frame ↔ its payload on the tape.
 * Owns the compression and how much it may hide; what the bytes say is frame.ts's.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { ConntapeError } from '../error.ts';
import { damaged } from './damage.ts';

/** As large as a line of a transcript, which says the same in no fewer bytes. */
const MAX_BYTES = 32 * 2 ** 20;

/** Quality 5 is the last that costs less than the rest of recording; 256 KiB hold any delta frame. */
const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 18 },
};

/** Throws `recording` for more bytes than `unpack` gives back. */
export function pack(bytes: Uint8Array): Buffer {
  if (bytes.length <= MAX_BYTES) return brotliCompressSync(bytes, BROTLI);
  throw new ConntapeError('recording', {
    operation: 'keeping a snapshot',
    cause: `it has more than ${MAX_BYTES} bytes`,
    hint: "the source sends what is not a relay's listing",
  });
}

/** Throws `recording` for what `pack` cannot have made; never takes more than 32 MiB. */
export function unpack(payload: Uint8Array): Uint8Array {
  try {
    return brotliDecompressSync(payload, { maxOutputLength: MAX_BYTES });
  } catch {
    throw damaged('its payload does not unpack');
  }
}
