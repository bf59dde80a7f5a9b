/** Cuts bytes for the tests of the codec; owns nothing else. */
import fc from 'fast-check';

/** The bytes in any chunking, empty chunks among them. */
export function chunked(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc
    .array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 })
    .map((cuts) => [0, ...cuts.sort((one, other) => one - other), bytes.length])
    .map((edges) => edges.slice(1).map((edge, index) => bytes.subarray(edges[index]!, edge)));
}
