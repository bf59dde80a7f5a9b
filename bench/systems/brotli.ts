/**
 * The text itself, packed by brotli: what keeping it without any program costs.
 * Owns how it is packed; it answers nothing but by being unpacked.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createBrotliDecompress } from 'node:zlib';
import type { Place, Step, System } from '../system.ts';

/** The largest window that every brotli reads, 16 MiB: a dozen snapshots of 10,000 lines. */
const WINDOW_BITS = 24;

const FILE = 'workload.jsonl.br';

function packed(quality: number): System {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
  };
  const unpack: Step = async (place) => async () => {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    await pipeline(createReadStream(pathOf(place)), createBrotliDecompress(), nowhere);
    return undefined;
  };
  return {
    title: `text, brotli ${quality}`,
    keeps: [FILE],
    start: async () => {},
    steps: {
      import: async (place) => async () => {
        const target = createWriteStream(pathOf(place));
        await pipeline(
          createReadStream(place.transcript),
          createBrotliCompress({ params }),
          target,
        );
        return undefined;
      },
      replay: unpack,
      instant: unpack,
    },
  };
}

function pathOf({ folder }: Place): string {
  return join(folder, FILE);
}

export const brotli5 = packed(5);

export const brotli9 = packed(9);
