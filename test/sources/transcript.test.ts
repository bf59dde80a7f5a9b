/** A transcript read in any pieces, packed or not, as far as it is wanted. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session, TapeItem } from '../../src/listing/snapshot.ts';
import { openTranscript } from '../../src/sources/transcript.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { gaps, stillOpen } from '../oracle/cases.ts';
import { itemsOf, temporaryFolder } from '../recording/tapes.ts';

/** A stream of these bytes, cut where the lengths say, over and over. */
function inPieces(bytes: Buffer, lengths: readonly number[]): Readable {
  function* pieces() {
    let from = 0;
    for (let turn = 0; from < bytes.length; turn++) {
      const length = lengths[turn % lengths.length]!;
      yield bytes.subarray(from, from + length);
      from += length;
    }
  }
  return Readable.from(pieces());
}

async function read(stream: Readable, signal = new AbortController().signal) {
  const source = await openTranscript('-', stream);
  const items: TapeItem[] = [];
  for await (const item of source.items(signal)) items.push(item);
  const [first, ...others] = items;
  return { header: (first as Session).header, items: others };
}

const lengths = fc.array(fc.constantFrom(1, 2, 3, 17, 1000), { minLength: 1, maxLength: 4 });
const ending = fc.constantFrom('', '\n', '\n\n', '\r\n');

describe('a transcript', () => {
  it('reads the same in any pieces, packed or not, however it ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        transcripts,
        lengths,
        ending,
        fc.boolean(),
        async (lines, cut, end, packed) => {
          const text = Buffer.from(lines.join('\n') + end);
          const bytes = packed ? gzipSync(text) : text;
          expect(await read(inPieces(bytes, cut))).toEqual(await itemsOf(lines));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of several packed parts is all of them', async () => {
    const bytes = Buffer.concat(gaps.map((line) => gzipSync(`${line}\n`)));
    expect(await read(inPieces(bytes, [1000]))).toEqual(await itemsOf(gaps));
  });

  it('keeps text that is not ASCII', async () => {
    const line = '{"at":"2026-11-23T00:00:00Z","conn":"","note":"ünïcode 🧅"}';
    const { items } = await read(inPieces(Buffer.from(`${stillOpen[0]}\n${line}`), [1]));
    expect(items).toMatchObject([{ extra: { note: 'ünïcode 🧅' } }]);
  });

  it('is read no further when the signal aborts', async () => {
    const stop = new AbortController();
    const source = await openTranscript('-', inPieces(Buffer.from(gaps.join('\n')), [100]));
    const items: TapeItem[] = [];
    for await (const item of source.items(stop.signal)) {
      items.push(item);
      if (items.length === 2) stop.abort();
    }
    expect(items).toHaveLength(2);
    await source.close();
    await source.close();
  });

  it('tells how much of the file is read', async () => {
    const path = join(temporaryFolder(), 'a.jsonl');
    const text = `${gaps.join('\n')}\n`;
    writeFileSync(path, text);
    const source = await openTranscript(path, Readable.from([]));
    expect(source.progress.total).toBe(text.length);
    for await (const _item of source.items(new AbortController().signal));
    expect(source.progress.read).toBe(text.length);
    await source.close();
  });

  it('that nobody can read on is an error of its file', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('input/output error'));
      },
    });
    await expect(openTranscript('-', broken)).rejects.toMatchObject({
      kind: 'recording',
      message: expect.stringContaining('input/output error'),
    });
  });
});
