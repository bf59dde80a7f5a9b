/**
 * Inflates for reader.py: Python's library has no Brotli.
 * Owns nothing of the format. Each message either way is four bytes of length, the highest first,
 * and so many bytes.
 */
import { brotliDecompressSync } from 'node:zlib';

let pending = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  pending = Buffer.concat([pending, chunk]);
  while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE()) {
    const end = 4 + pending.readUInt32BE();
    const bytes = brotliDecompressSync(pending.subarray(4, end));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    process.stdout.write(Buffer.concat([length, bytes]));
    pending = pending.subarray(end);
  }
}
