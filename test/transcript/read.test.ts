/** A transcript read in any pieces, packed or not, as far as it is wanted. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session, TapeItem } from '../../src/listing/snapshot.ts';
import { openTranscript } from '../../src/transcript/read.ts';
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
  const aside = source.takeUnread().map(({ line, reason }) => `line ${line}: ${reason}`);
  return {
    header: (first as Session).header,
    items: others,
    ...(aside.length > 0 ? { aside } : {}),
  };
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

describe('a transcript that is made to cost much', () => {
  /** The first lines of one, then so many pieces of a line that never ends. */
  function endless(piece: Buffer, count: number) {
    const read = { pieces: 0 };
    function* pieces() {
      yield Buffer.from(`${gaps[0]}\n${gaps[1]}\n{"at":"`);
      for (; read.pieces < count; read.pieces++) yield piece;
    }
    return { read, stream: Readable.from(pieces()) };
  }

  it('is refused when a line has no end in sight, and read no further', async () => {
    const { read: taken, stream } = endless(Buffer.alloc(2 ** 20, 'x'), 1000);
    await expect(read(stream)).rejects.toMatchObject({
      kind: 'usage',
      message: 'reading the transcript -, line 3: a line of more than 33554432 bytes',
    });
    expect(taken.pieces).toBeLessThan(64);
  });

  it('is refused packed, too, and when the line does end', async () => {
    const line = Buffer.concat([Buffer.alloc(2 ** 25, ' '), Buffer.from('{}\n')]);
    const packed = gzipSync(Buffer.concat([Buffer.from(`${gaps[0]}\n`), line]));
    expect(packed.length).toBeLessThan(40_000);
    await expect(read(inPieces(packed, [packed.length]))).rejects.toThrow(
      /line 2: a line of more than 33554432 bytes/,
    );
  });

  it.each([
    ['["x"],'.repeat(600_000), 'line 2: it holds more than 1000000 values'],
    ['['.repeat(100), 'line 2: it nests deeper than 64'],
  ])('has a line that unfolds put aside: %#', async (more, message) => {
    const text = `${gaps[0]}\n{"at":"2026-11-23T00:00:00Z","conn":"","x":[${more}`;
    const { items, aside } = await read(inPieces(Buffer.from(text), [2 ** 16]));
    expect(items).toEqual([]);
    expect(aside).toEqual([expect.stringContaining(message)]);
  });

  it('has a listing of more lines than a relay has put aside', async () => {
    const conn = '\n'.repeat(250_001);
    const line = JSON.stringify({ at: '2026-11-23T00:00:00Z', conn });
    const { items, aside } = await read(Readable.from([Buffer.from(`${gaps[0]}\n${line}`)]));
    expect(items).toEqual([]);
    expect(aside).toEqual([expect.stringContaining('line 2: a listing of more than 250000 lines')]);
  });
});
