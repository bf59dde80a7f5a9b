/** The witness in a snapshot: what is read of it, and what of it may be kept. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/listing/json.ts';
import { parseListing } from '../../src/listing/parse.ts';
import { Scrubbing } from '../../src/listing/scrubbing.ts';
import { MAX_ROWS, scrubWitness, witnessJson, witnessOf } from '../../src/listing/witness.ts';

const RELAY = 'AB'.repeat(20);
const COUNT = { reported: 2, system: 3 };
const ROW = { or_id: RELAY, ip: '192.0.2.2', port: 443, l_port: 33000, type_flags: 'ORT' };
const WITNESS = {
  tool: 'ss',
  reported: 5,
  system: 6,
  tolerance: 2,
  only_reported: [{ conn_id: 7, ...ROW }],
  only_system: [{ ...ROW, or_id: '0', ip: '10.0.0.9', type_flags: 'O' }],
  inbound: COUNT,
  outbound: COUNT,
};

function keptOf(witness: Json): Json | undefined {
  const listing = parseListing('');
  const snapshot = { kind: 'snapshot', at: 1, pollMs: 0, listing, info: new Map(), events: [] };
  return new Scrubbing().item({ ...snapshot, kind: 'snapshot', extra: { witness } }).extra[
    'witness'
  ];
}

describe('a witness', () => {
  it('is read, and said again', () => {
    expect(witnessJson(witnessOf({ witness: WITNESS })!)).toEqual(WITNESS);
    const failed = { tool: 'lsof', failed: 'it ended with code 1' };
    expect(witnessJson(witnessOf({ witness: failed })!)).toEqual(failed);
  });

  it('tells how many rows there are where it has not all of them', () => {
    const many = { ...WITNESS, only_reported_count: 900 };
    const read = witnessOf({ witness: many })!;
    expect(read.found).toMatchObject({ onlyReportedCount: 900, onlySystemCount: 1 });
    expect(witnessJson(read)).toEqual(many);
  });

  it('has at least as many rows as there are', () => {
    const read = witnessOf({ witness: { ...WITNESS, only_system_count: 0 } });
    expect(read!.found).toMatchObject({ onlySystemCount: 1 });
  });

  it.each<[string, Json | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', [WITNESS]],
    ['a tool that is no word', { ...WITNESS, tool: 'ss 203.0.113.7' }],
    ['no tolerance', { ...WITNESS, tolerance: null }],
    ['a count that is none', { ...WITNESS, inbound: { reported: -1, system: 2 } }],
    ['half a socket', { ...WITNESS, system: 0.5 }],
  ])('is not known from %s', (_, witness) => {
    expect(witnessOf(witness === undefined ? {} : { witness })).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ['text for an address', { ...ROW, ip: 'client 198.51.100.7 \u001b[31m' }],
    ['a port that is none', { ...ROW, port: 65_536 }],
    ['a local port that is none', { ...ROW, l_port: -1 }],
    ['flags that are none', { ...ROW, type_flags: 'O-1' }],
    ['a fingerprint that is none', { ...ROW, or_id: 'AB' }],
    ['an id that is none', { ...ROW, conn_id: 2 ** 53 }],
  ])('has no row with %s', (_, row) => {
    const witness = { ...WITNESS, only_reported: [row] };
    expect(witnessOf({ witness })?.found).toMatchObject({ onlyReported: [] });
    expect(keptOf(witness)).toEqual({ ...witness, only_reported: [] });
  });
});

describe('a witness that is kept', () => {
  it('keeps keys that are not known, scrubbed', () => {
    const later = { note: 'from 203.0.113.7', depth: 2 };
    const scrubbed = { note: 'from 0', depth: 2 };
    const only_reported = [{ conn_id: 7, ...ROW, ...later }];
    expect(
      keptOf({ ...WITNESS, ...later, only_reported, inbound: { ...COUNT, ...later } }),
    ).toEqual({
      ...WITNESS,
      ...scrubbed,
      only_reported: [{ conn_id: 7, ...ROW, ...scrubbed }],
      inbound: { ...COUNT, ...scrubbed },
    });
  });

  it('is the same where there is nothing to take out', () => {
    expect(keptOf(WITNESS)).toEqual(WITNESS);
    expect(keptOf({ seen: 3 })).toEqual({ seen: 3 });
  });

  it('keeps no address and no port of a user’s, though the rest cannot be read', () => {
    const user = { or_id: '0', ip: '198.51.100.7', port: 40_001, l_port: 9001, type_flags: 'IRt' };
    const row = { ...user, ip: '0', port: 0, l_port: 0 };
    expect(keptOf({ tool: 'ss', only_system: [user] })).toEqual({ tool: 'ss', only_system: [row] });
    expect(keptOf({ tool: 'ss', failed: 'of 198.51.100.7', only_reported: [user] })).toEqual({
      ...{ tool: 'ss', failed: 'of 0', only_reported: [row] },
    });
    expect(keptOf({ ...WITNESS, tool: 'at 198.51.100.7' })).toMatchObject({ tool: 'at 0' });
    expect(keptOf({ tool: 'ss', only_system: { port: 40_001 } })).toMatchObject({
      only_system: [],
    });
  });

  it('has no more rows than anyone reads', () => {
    const rows = Array.from({ length: MAX_ROWS + 1 }, (_, conn_id) => ({ conn_id, ...ROW }));
    const kept = scrubWitness({ ...WITNESS, only_reported: rows }, true) as typeof WITNESS;
    expect(kept.only_reported).toHaveLength(MAX_ROWS);
  });

  it('of any JSON holds no stranger’s address, and says the same when it is scrubbed again', () => {
    const ip = fc.ipV4().filter((text) => !/^(0|10|127|192|172|169|100)\./.test(text));
    const row = fc.record(
      {
        conn_id: fc.nat(),
        or_id: fc.constantFrom<Json>('0', '', 5),
        ip,
        port: fc.nat(70_000),
        l_port: fc.nat(70_000),
        type_flags: fc.constantFrom('O', 'I', 'IRt', 'ORt', 'oCt', 'iD', ''),
        note: ip,
      },
      { requiredKeys: [] },
    );
    const rows = fc.oneof(fc.array(row), fc.jsonValue());
    const witness = fc.record(
      {
        tool: fc.oneof(fc.constant('ss'), ip),
        failed: fc.oneof(ip, fc.jsonValue()),
        ...{ reported: fc.nat(), system: fc.nat(), tolerance: fc.nat() },
        ...{ inbound: fc.constant(COUNT), outbound: fc.oneof(fc.constant(COUNT), fc.jsonValue()) },
        ...{ only_reported: rows, only_system: rows },
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(witness, (claimed) => {
        const kept = scrubWitness(claimed as JsonObject, true);
        const text = JSON.stringify(kept);
        for (const [address] of JSON.stringify(claimed).matchAll(/\d+(?:\.\d+){3}/g)) {
          expect(text).not.toContain(`"${address}"`);
        }
        expect(scrubWitness(kept, true)).toEqual(kept);
        witnessOf({ witness: claimed as JsonObject });
      }),
    );
  });
});
