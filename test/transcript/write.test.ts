import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Label } from '../../src/listing/label.ts';
import { EMPTY_LISTING, listingOf } from '../../src/listing/listing.ts';
import { parseListing } from '../../src/listing/parse.ts';
import type {
  Gap,
  Header,
  Observes,
  Session,
  Snapshot,
  TapeItem,
} from '../../src/listing/snapshot.ts';
import { NATIVE_OBSERVES } from '../../src/transcript/observes.ts';
import { openTranscript } from '../../src/transcript/read.ts';
import { TranscriptLines, transcriptHeader } from '../../src/transcript/write.ts';
import { anyText } from '../output/anyText.ts';

const EVERYTHING: Observes = {
  connections: true,
  bytes: true,
  ages: true,
  ownCircuits: true,
  transitCircuits: true,
  closeReasons: true,
  shortConnections: true,
};

const HEADER: Header = {
  source: 'native',
  bytes: 'connection',
  intervalMs: 10_000,
  relay: { fingerprint: 'C0'.repeat(20), nickname: 'test', torVersion: '0.4.9.11' },
  config: { ExitRelay: '0', ExitPolicyRejectPrivate: '1' },
  observes: EVERYTHING,
  extra: {},
};

/** 2026-11-23T03:44:26.901Z */
const AT = 1_795_405_466_901;

const SNAPSHOT: Snapshot = {
  kind: 'snapshot',
  at: AT,
  pollMs: 0,
  listing: parseListing('1 0 0 0 0 0 IRt 10 20 5\n2 7 0 0 0 0 ORt 0 514 3 AGE=unknown'),
  info: new Map([['info/uptime-process', '159']]),
  events: [],
  extra: {},
};

const GAP: Gap = {
  kind: 'gap',
  from: AT,
  to: AT + 60_000,
  reason: 'control port closed',
  extra: {},
};

async function readBack(text: string): Promise<{ header: Header; items: TapeItem[] }> {
  const source = await openTranscript('-', Readable.from([Buffer.from(text)]));
  const items: TapeItem[] = [];
  for await (const item of source.items(new AbortController().signal)) items.push(item);
  const [first, ...others] = items;
  return { header: (first as Session).header, items: others };
}

/** The line of an item that stands by itself. */
function lineOf(item: TapeItem): string {
  return new TranscriptLines(EVERYTHING).lineOf(item);
}

describe('transcriptHeader', () => {
  it('is the first line of docs/transcript.md', () => {
    expect(transcriptHeader(HEADER, EVERYTHING)).toBe(
      `{"transcript":1,"source":"native","bytes":"connection","interval_s":10,"relay":{"fingerprint":"${'C0'.repeat(20)}","nickname":"test","tor_version":"0.4.9.11"},"config":{"ExitRelay":"0","ExitPolicyRejectPrivate":"1"}}\n`,
    );
  });

  it('says what the source observes where that is not what is assumed', () => {
    const observes = { ...EVERYTHING, transitCircuits: 'a stock Tor does not tell' };
    const written = JSON.parse(transcriptHeader({ ...HEADER, observes }, EVERYTHING)) as object;
    expect(written).toHaveProperty('observes', {
      connections: true,
      bytes: true,
      ages: true,
      own_circuits: true,
      transit_circuits: 'a stock Tor does not tell',
      close_reasons: true,
      short_connections: true,
    });
    expect(transcriptHeader({ ...HEADER, observes }, observes)).not.toContain('observes');
    expect(transcriptHeader(HEADER, NATIVE_OBSERVES)).toContain('"close_reasons":true');
  });

  it('keeps the keys that are not known, those of the relay in the relay', () => {
    const extra = { place: 'attic', relay: { contact: 'me' } };
    const written = transcriptHeader({ ...HEADER, extra }, EVERYTHING);
    expect(written).toContain('"tor_version":"0.4.9.11","contact":"me"},"config"');
    expect(written).toMatch(/"place":"attic"\}\n$/);
  });

  it('gives the same header back', async () => {
    const header: Header = {
      ...HEADER,
      source: 'stock',
      bytes: 'entry',
      intervalMs: 100,
      observes: { ...NATIVE_OBSERVES, ages: 'only connections opened since' },
      extra: { place: 'attic', relay: { contact: 'me' } },
    };
    for (const each of [header, { ...HEADER, observes: NATIVE_OBSERVES }]) {
      expect((await readBack(transcriptHeader(each, NATIVE_OBSERVES))).header).toEqual(each);
    }
  });
});

describe('a line', () => {
  it('writes a snapshot', () => {
    expect(lineOf(SNAPSHOT)).toBe(
      '{"at":"2026-11-23T03:44:26.901Z","conn":"1 0 0 0 0 0 IRt 10 20 5\\n2 7 0 0 0 0 ORt 0 514 3 AGE=unknown","info":{"info/uptime-process":"159"}}\n',
    );
  });

  it('writes a gap', () => {
    expect(lineOf(GAP)).toBe(
      '{"gap":{"from":"2026-11-23T03:44:26.901Z","to":"2026-11-23T03:45:26.901Z","reason":"control port closed"}}\n',
    );
  });

  it('writes a session behind the first, which is the header', () => {
    const lines = new TranscriptLines(EVERYTHING);
    const session: Session = { kind: 'session', at: AT, header: { ...HEADER, config: { A: 'b' } } };
    expect(lines.lineOf({ ...session, header: HEADER })).toBe(transcriptHeader(HEADER, EVERYTHING));
    const { transcript: _, ...header } = JSON.parse(transcriptHeader(session.header, EVERYTHING));
    expect(JSON.parse(lines.lineOf(session))).toEqual({
      session: header,
      at: '2026-11-23T03:44:26.901Z',
    });
  });

  it('writes all there is in a stable order, the unknown at the end', () => {
    const full: Snapshot = {
      ...SNAPSHOT,
      pollMs: 12,
      listing: EMPTY_LISTING,
      events: [
        { at: AT - 2, connId: 9, what: 'opened', reason: '', extra: {} },
        { at: AT - 1, connId: 9, what: 'closed', reason: 'DONE', extra: { type_flags: 'IRt' } },
      ],
      extra: { witness: { seen: 3 } },
    };
    expect(lineOf(full)).toBe(
      '{"at":"2026-11-23T03:44:26.901Z","poll_ms":12,"conn":"","info":{"info/uptime-process":"159"},"events":[{"at":"2026-11-23T03:44:26.899Z","conn_id":9,"what":"opened"},{"at":"2026-11-23T03:44:26.900Z","conn_id":9,"what":"closed","reason":"DONE","type_flags":"IRt"}],"witness":{"seen":3}}\n',
    );
    expect(lineOf({ ...GAP, reason: '', extra: { by: 'hand' } })).toMatch(
      /"to":"2026-11-23T03:45:26.901Z","by":"hand"\}\}\n$/,
    );
  });

  it('leaves out info that is unchanged', () => {
    const lines = new TranscriptLines(EVERYTHING);
    const with_ = (info: Record<string, string>): Snapshot => ({
      ...SNAPSHOT,
      info: new Map(Object.entries(info)),
    });
    const infoOf = (info: Record<string, string>) =>
      (JSON.parse(lines.lineOf(with_(info))) as { info?: unknown }).info;
    expect(infoOf({ a: '1', b: '2' })).toEqual({ a: '1', b: '2' });
    expect(infoOf({ a: '1', b: '3' })).toEqual({ b: '3' });
    expect(infoOf({ a: '1', b: '3' })).toBeUndefined();
    expect(infoOf({})).toBeUndefined();
    expect(infoOf({ b: '2' })).toEqual({ b: '2' });
  });

  it('sends a terminal nothing that it obeys', () => {
    const info = new Map([['ns/authority', 'r \u009b2J\u202e\n']]);
    expect(lineOf({ ...SNAPSHOT, info })).toContain('"r \\u009b2J\\u202e\\n"');
  });

  it('gives the same tape back', async () => {
    const count = fc.nat();
    const unknown = fc.dictionary(
      fc.string({ minLength: 1 }).map((key) => `x${key}`),
      fc.oneof(anyText, fc.integer(), fc.boolean()),
    );
    const entries = fc.uniqueArray(
      fc.record({ connId: count, read: count, written: count, uptime: count }),
      { selector: ({ connId }) => connId },
    );
    const events = fc.record({
      at: fc.nat({ max: AT }),
      connId: count,
      what: fc.constantFrom('opened', 'closed'),
      reason: anyText,
      extra: unknown,
    });
    const snapshots = fc.record({
      kind: fc.constant('snapshot'),
      at: fc.nat({ max: AT }),
      pollMs: fc.nat({ max: 1000 }),
      listing: entries.map((rows) =>
        listingOf(
          rows.map(({ connId, ...counters }) => ({
            label: Label.of({
              connId,
              circId: 0,
              orId: '0',
              ip: '0',
              port: 0,
              lPort: 0,
              flags: 'IRt',
            }),
            ...counters,
          })),
        ),
      ),
      // A fixed key tells too little: what is unchanged would not come back.
      info: anyText.map((text) => new Map([[`info/${text}`, text]])),
      events: fc.array(events),
      extra: unknown,
    });
    const gaps = fc.record({
      kind: fc.constant('gap'),
      from: fc.nat({ max: 1000 }),
      to: fc.integer({ min: 1000, max: AT }),
      reason: anyText,
      extra: unknown,
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(snapshots, gaps), async (item) => {
        const line = lineOf(item as TapeItem);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        const { items } = await readBack(transcriptHeader(HEADER, EVERYTHING) + line);
        expect(items).toEqual([item]);
      }),
    );
  });
});
