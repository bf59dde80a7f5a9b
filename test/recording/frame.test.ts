/** Snapshot ↔ payload of a frame. */
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConntapeError } from '../../src/error.ts';
import { Label } from '../../src/listing/label.ts';
import { type Entry, listingOf } from '../../src/listing/listing.ts';
import { pairOf } from '../../src/listing/match.ts';
import { MAX_LINES } from '../../src/listing/parse.ts';
import type { JsonObject, LifeEvent, Snapshot } from '../../src/listing/snapshot.ts';
import { ByteWriter } from '../../src/recording/bytes.ts';
import { FrameReader, type ReadFrame, snapshotOf } from '../../src/recording/decode.ts';
import { encodeFrame } from '../../src/recording/encode.ts';
import { EMPTY_STATE, type FrameState } from '../../src/recording/frame.ts';
import { NO_PEER, type Peer, type PeerBook } from '../../src/recording/peers.ts';
import type { Standing } from '../../src/recording/standing.ts';

/** Peers in memory. */
class Book implements PeerBook {
  readonly #peers: Peer[] = [NO_PEER];

  numberOf(orId: string, ip: string): number {
    const known = this.#peers.findIndex((peer) => peer.orId === orId && peer.ip === ip);
    return known >= 0 ? known : this.#peers.push({ orId, ip }) - 1;
  }

  peer(number: number): Peer {
    const peer = this.#peers[number];
    if (peer === undefined) {
      throw new ConntapeError('damaged', { operation: 'reading a peer', cause: 'no such peer' });
    }
    return peer;
  }
}

const NOON = Date.parse('2026-11-23T12:00:00Z');

const great = fc.constantFrom(0, 1, 2 ** 51, 2 ** 52, 2 ** 53 - 2, 2 ** 53 - 1);

const counter = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 5 }).map((cells) => cells * 514) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 1_000_000 }) },
  { weight: 1, arbitrary: great },
);

const label = fc
  .record({
    connId: fc.oneof(fc.integer({ min: 0, max: 6 }), great),
    circId: fc.oneof(fc.integer({ min: 0, max: 2 }), great),
    orId: fc.constantFrom('0', 'AB'.repeat(20), 'cd'.repeat(20)),
    ip: fc.constantFrom('0', '192.0.2.1', '10.0.0.1', '2001:db8::5'),
    port: fc.constantFrom(0, 443, 65_535),
    lPort: fc.constantFrom(0, 9001),
    flags: fc.constantFrom('IRt', 'ORT', 'oXt', 'ORtq'),
    extra: fc.constantFrom('', 'AGE=unknown', 'X=1 ü'),
  })
  .map(Label.of);

/** As it comes from JSON text, which has no negative zero to give back. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonObject[string]);

const event: fc.Arbitrary<LifeEvent> = fc.record({
  at: fc.integer({ min: 0, max: NOON }),
  connId: great,
  what: fc.constantFrom('opened', 'closed'),
  reason: fc.constantFrom('', 'DONE', '"'),
  extra: fc.dictionary(fc.string(), json, { maxKeys: 1 }),
});

/** Entries, some with the labels and nearly the counters of those before. */
function entriesAfter(before: readonly Entry[], elapsed: number): fc.Arbitrary<Entry[]> {
  const fresh = fc.record({ label, read: counter, written: counter, uptime: counter });
  if (before.length === 0) return fc.uniqueArray(fresh, { selector: ofPair });
  const later = fc
    .record({
      entry: fc.constantFrom(...before),
      relabelled: fc.option(label, { freq: 6 }),
      copied: fc.boolean(),
      read: fc.option(counter, { freq: 4 }),
      written: fc.option(counter, { freq: 4 }),
      jitter: fc.constantFrom(0, 0, 0, 1, -1, 60),
    })
    .map(({ entry, relabelled, copied, read, written, jitter }): Entry => {
      const { connId, circId } = entry.label;
      const other = copied ? Label.of(entry.label) : entry.label;
      const uptime = entry.uptime + Math.floor(elapsed / 1000) + jitter;
      return {
        label: relabelled === null ? other : Label.of({ ...relabelled, connId, circId }),
        read: read ?? entry.read,
        written: written ?? entry.written,
        uptime: Math.min(Math.max(uptime, 0), Number.MAX_SAFE_INTEGER),
      };
    });
  return fc
    .uniqueArray(fc.oneof({ weight: 4, arbitrary: later }, { weight: 1, arbitrary: fresh }), {
      selector: ofPair,
    })
    .chain((entries) =>
      fc.boolean().map((sorted) => (sorted ? inOrderOf(entries, before) : entries)),
    );
}

function ofPair(entry: Entry): string {
  return pairOf(entry.label);
}

function inOrderOf(entries: Entry[], before: readonly Entry[]): Entry[] {
  const pairs = before.map(ofPair);
  return entries.sort((a, b) => pairs.indexOf(ofPair(a)) - pairs.indexOf(ofPair(b)));
}

const aside = fc.record({
  pollMs: fc.nat(5000),
  info: fc
    .dictionary(fc.string(), fc.constantFrom('', '0', '17', 'ü\n"'), { maxKeys: 3 })
    .map((values) => new Map(Object.entries(values))),
  events: fc.array(event, { maxLength: 2 }),
  extra: fc.dictionary(fc.string(), json, { maxKeys: 2 }),
  quarantined: fc.array(fc.record({ reason: fc.string(), line: fc.string() }), { maxLength: 2 }),
});

function snapshotAt(at: number, entries: readonly Entry[], rest: AsideValues): Snapshot {
  const { quarantined, ...others } = rest;
  const put = { quarantined, quarantinedCount: quarantined.length * 3 };
  return { kind: 'snapshot', at, listing: { ...listingOf(entries), ...put }, ...others };
}
type AsideValues = typeof aside extends fc.Arbitrary<infer Value> ? Value : never;

/** Two snapshots, the second grown out of the first. */
const snapshots = fc
  .tuple(
    fc.constantFrom(1, 999, 1000, 10_000, 10_001, 3_600_000),
    entriesAfter([], 0),
    aside,
    aside,
  )
  .chain(([elapsed, first, ...asides]) =>
    entriesAfter(first, elapsed).map((second) => [
      snapshotAt(NOON, first, asides[0]),
      snapshotAt(NOON + elapsed, second, asides[1]),
    ]),
  );

/** A snapshot with the values that are not those of the state before. */
function withChangedInfo(snapshot: Snapshot, before: FrameState): Snapshot {
  const info = [...snapshot.info].filter(([key, value]) => before.info.get(key) !== value);
  return { ...snapshot, info: new Map(info) };
}

/** A frame of these bytes that stands alone. */
function readAlone(plain: Uint8Array): ReadFrame {
  return new FrameReader(new Book()).read(brotliCompressSync(plain), NOON, true);
}

interface StandingRow {
  readonly label: Label;
  readonly read: number;
  readonly written: number;
}

function rowsBySlot(standing: Standing): Map<number, StandingRow> {
  return new Map(
    Array.from(standing.slots, (slot) => [slot, rowAt(standing, slot)] as const).sort(
      ([a], [b]) => a - b,
    ),
  );
}

function rowAt(standing: Standing, slot: number): StandingRow {
  const [read, written] = [standing.read[slot]!, standing.written[slot]!];
  return { label: standing.labelOf(slot), read, written };
}

/** Rows after a change, as it says. */
function changed(
  before: ReadonlyMap<number, StandingRow>,
  { standing, change }: ReadFrame,
): Map<number, StandingRow> {
  const rows = new Map(before);
  for (const slot of change.gone) expect(rows.delete(slot)).toBe(true);
  for (const [index, slot] of change.relabelled.entries()) {
    const row = rows.get(slot)!;
    expect(change.labelsBefore[index]).toEqual(row.label);
    expect(standing.labelOf(slot)).not.toEqual(row.label);
    rows.set(slot, { ...row, label: standing.labelOf(slot) });
  }
  for (const [index, slot] of change.moved.entries()) {
    const row = rows.get(slot)!;
    const [read, written] = [change.read[index]!, change.written[index]!];
    expect(read !== 0 || written !== 0).toBe(true);
    rows.set(slot, { ...row, read: row.read + read, written: row.written + written });
  }
  for (const slot of change.came) {
    expect(rows.has(slot)).toBe(false);
    rows.set(slot, rowAt(standing, slot));
  }
  return new Map([...rows].sort(([a], [b]) => a - b));
}

describe('a frame', () => {
  it('gives its snapshot back, and the state for the next one', () => {
    fc.assert(
      fc.property(snapshots, (pair) => {
        const book = new Book();
        let written = EMPTY_STATE;
        const reader = new FrameReader(book);
        const { standing } = reader;
        for (const [place, snapshot] of pair.entries()) {
          const frame = encodeFrame(written, snapshot, book);
          const back = reader.read(frame.payload, snapshot.at, place === 0);
          expect(snapshotOf(back)).toEqual(withChangedInfo(snapshot, written));
          expect(standing.state()).toEqual(frame.state);
          expect(Array.from(back.peers)).toEqual(frame.peers);
          written = frame.state;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('says what it changes, also where it stands alone', () => {
    fc.assert(
      fc.property(snapshots, fc.boolean(), ([first, second], isKey) => {
        const book = new Book();
        const reader = new FrameReader(book);
        const { standing } = reader;
        const { payload, state } = encodeFrame(EMPTY_STATE, first!, book);
        reader.read(payload, first!.at, true);
        const before = rowsBySlot(standing);
        const next = encodeFrame(isKey ? EMPTY_STATE : state, second!, book);
        const frame = reader.read(next.payload, second!.at, isKey);
        const { change } = frame;
        expect(changed(before, frame)).toEqual(rowsBySlot(standing));
        const pairs = new Set([...before.values()].map((row) => pairOf(row.label)));
        for (const slot of change.came) expect(pairs).not.toContain(pairOf(standing.labelOf(slot)));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the label objects of rows that go on', () => {
    const [entry] = fc.sample(
      fc.record({ label, read: fc.constant(5), written: counter, uptime: fc.nat(1000) }),
    );
    const book = new Book();
    const empty = { pollMs: 0, info: new Map(), events: [], extra: {}, quarantined: [] };
    const first = encodeFrame(EMPTY_STATE, snapshotAt(NOON, [entry!], empty), book);
    const moved = { ...entry!, label: Label.of(entry!.label), read: 7 };
    const reader = new FrameReader(book);
    const { standing } = reader;
    reader.read(first.payload, NOON, true);
    const [slot] = standing.slots;
    const before = standing.labelOf(slot!);
    const { payload } = encodeFrame(first.state, snapshotAt(NOON + 5, [moved], empty), book);
    const back = reader.read(payload, NOON + 5, false);
    expect(snapshotOf(back).listing.labels[0]).toBe(before);
  });

  it('costs nothing for entries that only grow older', () => {
    const labels = Array.from({ length: 5000 }, (_, connId) =>
      Label.of({ connId, circId: 0, orId: '0', ip: '0', port: 0, lPort: 0, flags: 'IRt' }),
    );
    const empty = { pollMs: 0, info: new Map(), events: [], extra: {}, quarantined: [] };
    const at = (seconds: number) =>
      labels.map((each, row) => ({ label: each, read: row, written: 1, uptime: row + seconds }));
    const book = new Book();
    const { state } = encodeFrame(EMPTY_STATE, snapshotAt(NOON, at(0), empty), book);
    const next = encodeFrame(state, snapshotAt(NOON + 10_000, at(10), empty), book);
    expect(next.payload.length).toBeLessThan(64);
  });
});

describe('a payload that no recorder wrote', () => {
  /** Reads it: whatever comes of it, no other error may. */
  function attempt(payload: Uint8Array, before: Uint8Array | undefined, book: PeerBook): void {
    const reader = new FrameReader(book);
    if (before !== undefined) reader.read(before, NOON, true);
    try {
      snapshotOf(reader.read(payload, NOON, before === undefined));
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ConntapeError);
      expect((thrown as ConntapeError).kind).toBe('damaged');
    }
  }

  const cuts = fc.record({ at: fc.nat(), with: fc.uint8Array({ maxLength: 4 }), count: fc.nat(4) });

  it('is refused, or read, as what it claims to be', () => {
    fc.assert(
      fc.property(snapshots, fc.array(cuts, { minLength: 1, maxLength: 3 }), ([a, b], wounds) => {
        const book = new Book();
        const first = encodeFrame(EMPTY_STATE, a!, book);
        const { payload } = encodeFrame(first.state, b!, book);
        let plain = [...brotliDecompressSync(payload)];
        for (const wound of wounds) {
          plain = plain.toSpliced(wound.at % plain.length, wound.count, ...wound.with);
        }
        const packed = brotliCompressSync(Uint8Array.from(plain));
        for (const before of [first.payload, undefined]) {
          attempt(packed, before, book);
          attempt(Uint8Array.from(plain), before, book);
          attempt(payload.subarray(0, (wounds[0]?.at ?? 0) % payload.length), before, book);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ...['5', 'null', '[]', '"x"', '{', '', '{"info":5}', '{"info":{"a":5}}', '{"info":null}'],
    ...['{"events":5}', '{"events":[5]}', '{"events":[null]}', '{"events":[[1,2]]}'],
    ...['{"events":[[1,2,1,5]]}', '{"events":[["x",2,1,""]]}', '{"events":[[1,2,1,"",[]]]}'],
    ...['{"quarantined":5}', '{"quarantined":[1]}', '{"quarantined":["x",[]]}'],
    ...['{"quarantined":[1,[null]]}', '{"quarantined":[1,[{"reason":1,"line":""}]]}'],
    ...['{"extra":5}', '{"extra":[]}', '{"extra":null}'],
  ])('may say %s beside its listing', (text) => {
    const columns = [0, 0, ...Array(3).fill(0), ...Array(7).fill(0), 0, ...Array(3).fill(0)];
    const moves = [0, 0, 1, 0, 1, 0];
    const plain = Buffer.from([...columns, ...moves, 0, text.length, ...Buffer.from(text)]);
    const read = () => readAlone(plain);
    if (text === '') expect(read().aside.extra).toEqual({});
    else expect(read).toThrow(/: what it holds beside its listing/);
  });

  it('is not unpacked without bound, nor believed in what it claims', () => {
    const claims = [0xff, 0xff, 0xff, 0x7f, 0];
    expect(() => readAlone(Uint8Array.from(claims))).toThrow(/it claims 268435455 entries/);
    expect(() => readAlone(Uint8Array.from([0, 0, ...Array(10).fill(0), ...claims]))).toThrow(
      /it claims 268435455 words/,
    );
    const one = new ByteWriter();
    one.uint(MAX_LINES + 1);
    expect(() => readAlone(one.bytes())).toThrow(/it claims 250001 entries/);
    expect(() => readAlone(Buffer.alloc(2 ** 25 + 1))).toThrow(/its payload does not unpack/);
  });

  it('may not hide much in little beside its listing', () => {
    const read = (text: string) => {
      const out = new ByteWriter();
      out.raw(Uint8Array.from([0, 0, ...Array(11).fill(0), 0, 0, 0, 0, 0, 1, 0, 1, 0, 0]));
      out.block(Buffer.from(text));
      return readAlone(out.bytes());
    };
    expect(read('{"extra":{"a":[]}}').aside.extra).toEqual({ a: [] });
    expect(() => read(`{"extra":{"a":[${'[],'.repeat(2_000_000)}[]]}}`)).toThrow(
      /cannot be read: it holds more than 2000000 values/,
    );
    expect(() => read(`{"extra":{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`)).toThrow(
      /cannot be read: it nests deeper than 66/,
    );
  });

  it('is not written either: a snapshot that could not be read again is refused', () => {
    const aside = { pollMs: 0, info: new Map(), events: [], quarantined: [] };
    const snapshot = snapshotAt(NOON, [], { ...aside, extra: { x: 'x'.repeat(2 ** 25) } });
    expect(() => encodeFrame(EMPTY_STATE, snapshot, new Book())).toThrow(
      /^keeping a snapshot: it has more than 33554432 bytes/,
    );
  });
});
