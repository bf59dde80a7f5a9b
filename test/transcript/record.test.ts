/** Records of a transcript: what is taken, what is assumed, what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConntapeError } from '../../src/error.ts';
import { parseListing } from '../../src/listing/parse.ts';
import type { JsonObject, Snapshot } from '../../src/listing/snapshot.ts';
import { NATIVE_OBSERVES } from '../../src/transcript/observes.ts';
import { headerOf, itemOf } from '../../src/transcript/record.ts';

const fault = (cause: string) => new ConntapeError('usage', { operation: 'reading', cause });
const header = (record: JsonObject) => headerOf(record, fault);
const item = (record: JsonObject) => itemOf(record, parseListing, fault);

const AT = '2026-11-23T00:00:00Z';

describe('a header', () => {
  it('needs its version and its interval, and assumes the rest', () => {
    expect(header({ transcript: 1, interval_s: 10 })).toEqual({
      source: 'native',
      bytes: 'connection',
      intervalMs: 10_000,
      relay: { fingerprint: '', nickname: '', torVersion: '' },
      config: {},
      observes: NATIVE_OBSERVES,
      extra: {},
    });
  });

  it('keeps what it does not know', () => {
    const relay = { fingerprint: 'F'.repeat(40), contact: 'someone' };
    const { extra } = header({ transcript: 1, interval_s: 0.5, relay, note: [1] });
    expect(extra).toEqual({ note: [1], relay: { contact: 'someone' } });
  });

  it('says what its source observes', () => {
    const observes = { ages: 'only since', own_circuits: true, bytes: 7, strange: true };
    expect(header({ transcript: 1, interval_s: 1, observes }).observes).toEqual({
      ...NATIVE_OBSERVES,
      ages: 'only since',
    });
  });

  it.each([0, -1, 0.0001, 1e300, null, '10', Number.NaN])('has no interval of %j', (interval_s) => {
    expect(() => header({ transcript: 1, interval_s })).toThrow('interval_s');
  });
});

describe('a time', () => {
  it.each([
    ['2026-11-23T00:00:00Z', 0],
    ['2026-11-23T00:00:00.901Z', 901],
    ['2026-11-23T00:00:00.9019Z', 901],
    ['2026-11-23T01:00:00+01:00', 0],
    ['2026-11-22T19:00:00-05:00', 0],
    // UTC, whatever the zone of the machine is.
    ['2026-11-23T00:00:00', 0],
    // A leap second, wherever it is told.
    ['2026-11-22T23:59:60Z', 0],
    ['2026-11-22T23:59:60.25Z', 250],
    ['2026-11-23T05:29:60+05:30', 0],
  ])('%s', (at, after) => {
    expect(item({ at, conn: '' })).toMatchObject({ at: Date.parse(AT) + after });
  });

  it.each(['2026', '2026-11-23', '23 Nov 2026 00:00:00', '2026-13-01T00:00:00Z', '', 0, null])(
    'is not %j',
    (at) => {
      expect(() => item({ at, conn: '' })).toThrow('at is not an ISO 8601 time');
      expect(() => item({ gap: { from: at, to: AT } })).toThrow('from is not an ISO 8601 time');
    },
  );

  it.each(['2026-02-29', '2026-02-30', '2026-04-31', '2026-11-00', '2100-02-29', '2026-13-31'])(
    'is in no month as %s, and never in the next',
    (date) => {
      expect(() => item({ at: `${date}T00:00:00Z`, conn: '' })).toThrow(/^reading: at is no/);
    },
  );

  it.each(['2024-02-29', '2000-02-29', '2026-01-31', '2026-12-31'])('may be on %s', (date) => {
    const at = `${date}T00:00:00.000Z`;
    expect(new Date((item({ at, conn: '' }) as Snapshot).at).toISOString()).toBe(at);
  });

  it.each([
    '2026-11-22T23:58:60Z',
    '2026-11-22T12:00:60Z',
    '2026-11-22T23:59:60+01:00',
    '2026-11-22T23:59:61Z',
  ])('is no leap second: %s', (at) => {
    expect(() => item({ at, conn: '' })).toThrow(/^reading: at is no/);
  });
});

describe('an item', () => {
  it('is a snapshot, with what it does not know', () => {
    const info = { 'info/a': '1', 'info/b': 2, 'info/c': true, 'info/d': null, 'info/e': {} };
    const events = [{ at: AT, conn_id: 1, what: 'opened', note: 'x' }];
    expect(
      item({ at: AT, conn: '1 0 0 0 0 0 IRt 1 2 3', info, events, poll_ms: 7, witness: {} }),
    ).toMatchObject({
      kind: 'snapshot',
      pollMs: 7,
      info: new Map([
        ['info/a', '1'],
        ['info/b', '2'],
        ['info/c', 'true'],
      ]),
      events: [{ connId: 1, what: 'opened', reason: '', extra: { note: 'x' } }],
      extra: { witness: {} },
    });
  });

  it.each(['1e999', '-1', '"7"', '9007199254740992'])(
    'whose poll took %s does not say how long it took',
    (text) => {
      const record = JSON.parse(`{"at":"${AT}","conn":"","poll_ms":${text}}`) as JsonObject;
      expect(item(record)).toMatchObject({ pollMs: 0 });
    },
  );

  it('is a gap', () => {
    const gap = { from: AT, to: AT, note: 'x' };
    expect(item({ gap })).toEqual({
      kind: 'gap',
      from: Date.parse(AT),
      to: Date.parse(AT),
      reason: '',
      extra: { note: 'x' },
    });
  });

  it.each<[JsonObject, string]>([
    [{ at: AT }, 'neither conn nor gap'],
    [{ at: AT, conn: [] }, 'neither conn nor gap'],
    [{ at: AT, conn: '', events: {} }, 'events is not a list'],
    [{ at: AT, conn: '', events: [1] }, 'an event is not an object'],
    [
      { at: AT, conn: '', events: [{ at: AT, conn_id: -1, what: 'opened' }] },
      'conn_id of an event',
    ],
    [{ at: AT, conn: '', events: [{ at: AT, conn_id: 2 ** 53, what: 'opened' }] }, 'conn_id'],
    [{ at: AT, conn: '', events: [{ at: AT, conn_id: 1, what: 'moved' }] }, 'neither opened nor'],
    [{ at: AT, conn: '', events: [{ at: 1, conn_id: 1, what: 'opened' }] }, 'at of an event'],
  ])('is not %j', (record, cause) => {
    expect(() => item(record)).toThrow(cause);
  });

  it('of any JSON is read, or refused in words', () => {
    const keys = fc.constantFrom('at', 'conn', 'info', 'events', 'gap', 'from', 'to', '__proto__');
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.constantFrom(AT, '', 1, null, true),
        fc.array(tie('value')),
        tie('object'),
      ),
      object: fc.dictionary(keys, tie('value'), { noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(json.object, (record) => {
        try {
          item(record as JsonObject);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ConntapeError);
        }
      }),
    );
  });
});
