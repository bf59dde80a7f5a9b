/** The example in docs/recording-format.md, made anew and compared byte by byte. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { connAll, openRecording } from '../../src/library/recording.ts';
import type { Header } from '../../src/listing/snapshot.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { inFolder, snapshotOf, WRITER_OPTIONS } from '../recording/tapes.ts';

const DOCUMENT = readFileSync(new URL('../../docs/recording-format.md', import.meta.url), 'utf8');

/** The blocks of the document that are named so, in order. */
function blocks(name: string): string[] {
  const found = DOCUMENT.matchAll(new RegExp(`^\`\`\`${name}\n([^]*?)^\`\`\`$`, 'gm'));
  return [...found].map(([, text]) => text!);
}

/** Bytes in hex digits, a line's explanation behind two spaces. */
function bytesOf(text: string): Buffer {
  const digits = text.split('\n').map((line) => line.split('  ', 1)[0]!.replaceAll(' ', ''));
  expect(digits.join('')).toMatch(/^(?:[0-9a-f]{2})*$/);
  return Buffer.from(digits.join(''), 'hex');
}

const [FIRST, SECOND] = [1_795_405_466_900, 1_795_405_476_900];
const [headerText] = blocks('header');
const listings = blocks('listing').map((text) => text.trimEnd());
const frames = blocks('frame').map(bytesOf);
const payloads = blocks('payload').map(bytesOf);
const heads = blocks('link').map(bytesOf);
const links = blocks('chain').map(bytesOf);
const peers = blocks('peers');

interface Item {
  readonly seq: number;
  readonly kind: number;
  readonly at: number;
  readonly payload: Buffer;
  readonly chain: Buffer;
}

/** The recording that the document describes: its items, its mark, and what is read in it. */
const { items, mark, snapshots } = inFolder((folder) => {
  const path = join(folder, 'example.tape');
  const header = JSON.parse(headerText!) as Header;
  const writer = RecordingWriter.open(path, WRITER_OPTIONS);
  writer.append({ kind: 'session', at: FIRST - 400, header });
  const uptime = (seconds: string) => ({ info: new Map([['info/uptime-process', seconds]]) });
  writer.append(snapshotOf(FIRST, listings[0]!, { pollMs: 12, ...uptime('86400') }));
  const events = [
    { at: 1_795_405_469_400, connId: 9, what: 'closed', reason: 'DONE', extra: {} },
  ] as const;
  writer.append(snapshotOf(SECOND, listings[1]!, { pollMs: 15, ...uptime('86410'), events }));
  writer.close();
  const db = new Database(path, { readonly: true });
  const recording = openRecording(path);
  try {
    return {
      items: db.prepare<[], Item>('SELECT * FROM tape').all(),
      mark: db.prepare('SELECT seq, closed FROM mark').get(),
      snapshots: [...recording.snapshots()],
    };
  } finally {
    recording.close();
    db.close();
  }
});

describe('the example', () => {
  it('is all there', () => {
    const counted = [listings, frames, payloads, peers, heads, links].map(({ length }) => length);
    expect(counted).toEqual([2, 2, 2, 2, 3, 3]);
  });

  it('holds the items that the document says', () => {
    expect(items.map(({ seq, kind, at }) => [seq, kind, at])).toEqual([
      [1, 0, FIRST - 400],
      [2, 1, FIRST],
      [3, 2, SECOND],
    ]);
    expect(mark).toEqual({ seq: 3, closed: 1 });
    expect(items[0]!.payload.toString()).toBe(headerText!.trimEnd());
    expect(snapshots.map(connAll)).toEqual(listings);
  });

  it.each([0, 1])('has every byte of frame %d, inflated', (place) => {
    expect(frames[place]!.toString('hex')).toBe(
      brotliDecompressSync(items[place + 1]!.payload).toString('hex'),
    );
    expect(brotliDecompressSync(payloads[place]!)).toEqual(frames[place]);
  });

  it('has links that are what the document says they are of', () => {
    const said = [Buffer.from(headerText!.trimEnd()), ...payloads];
    for (const [place, link] of links.entries()) {
      const hash = createHash('sha256').update(heads[place]!).update(said[place]!);
      expect(hash.update(peers[place - 1] ?? '').digest()).toEqual(link);
      expect(heads[place]!.subarray(0, 32)).toEqual(links[place - 1] ?? Buffer.alloc(32));
      expect(heads[place]).toHaveLength(64);
    }
  });

  it('is linked as conntape links it, as far as Brotli is as it was', () => {
    // Another version of Node may compress otherwise, and its links differ from there on.
    const stored = [headerText!.trimEnd(), ...payloads].findIndex(
      (payload, place) => !items[place]!.payload.equals(Buffer.from(payload)),
    );
    const same = stored < 0 ? items.length : stored;
    expect(same).toBeGreaterThanOrEqual(1);
    expect(items.slice(0, same).map(({ chain }) => chain)).toEqual(links.slice(0, same));
  });
});
