/**
 * What may happen around a simulated relay, as fast-check values that shrink.
 * Owns which things happen and how often; world.ts plays them, mess.ts disturbs the listings.
 */
import fc from 'fast-check';
import { type Mess, mess } from './mess.ts';

/** A moment of a step, in tenths of it: 0 is the listing before, 10 the step's own listing. */
type Tenth = number;

export interface Peer {
  readonly orId: string;
  readonly ip: string;
  readonly port: number;
  readonly lPort: number;
}

export type Happening = { readonly when: Tenth; readonly id: number } & (
  | {
      readonly do: 'open';
      readonly peer: Peer;
      readonly flags: string;
      readonly circuits: readonly number[];
      /** Seconds that the connection is older than its opening here. */
      readonly older: number;
      readonly ageKnown: boolean;
      readonly told: boolean;
      /** Whether the event says or_id and type_flags. */
      readonly described: boolean;
    }
  | { readonly do: 'close'; readonly told: boolean; readonly reason: string | null }
  | { readonly do: 'attach' | 'detach'; readonly circuit: number }
  | {
      readonly do: 'move';
      readonly circuit: number;
      readonly read: number;
      readonly written: number;
    }
  | { readonly do: 'relabel'; readonly flags: string; readonly peer: Peer }
  | { readonly do: 'fall'; readonly counter: 'read' | 'written' | 'uptime' }
  | { readonly do: 'rumour'; readonly what: 'opened' | 'closed'; readonly reason: string | null }
  | { readonly do: 'restart'; readonly forgets: boolean }
);

export interface Step {
  /** Time since the snapshot before: so many intervals and so many milliseconds. */
  readonly intervals: number;
  readonly milliseconds: number;
  /** How long the poll takes, milliseconds, and when in that time Tor makes the listing. */
  readonly poll: { readonly takes: number; readonly listedAfter: Tenth; readonly told: boolean };
  readonly happenings: readonly Happening[];
  /** A gap that the source declares inside the step. */
  readonly gap: { readonly from: Tenth; readonly to: Tenth } | null;
  /** What the relay is configured as from then on: the same again is a new recorder's. */
  readonly sessions: readonly { readonly when: Tenth; readonly exit: '0' | '1' }[];
  readonly messes: readonly Mess[];
  readonly tellsUptime: boolean;
  readonly info: Readonly<Record<string, string>>;
  /** Keys that no reader knows. */
  readonly strange: Readonly<Record<string, string | number>>;
}

export interface Script {
  readonly bytes: 'connection' | 'entry' | null;
  readonly interval: number;
  /** Milliseconds after the first midnight. */
  readonly start: number;
  readonly steps: readonly Step[];
  /** Whether the source declares a gap after its last snapshot. */
  readonly endsInGap: boolean;
  /** Whether the relay's configuration is another after its last snapshot. */
  readonly endsInSession: boolean;
}

const RELAYS = ['A0', 'b1', 'C2'].map((pair) => pair.repeat(20));

const OUTSIDE = [
  ['203.0.113.7', '198.51.100.9', '100.128.0.1', '172.32.0.1', '11.0.0.1'],
  ['2001:db8::5', '::ffff:203.0.113.7', '::2', 'fec0::1', 'fe00::1'],
].flat();

const INSIDE = [
  ['192.168.1.7', '10.0.0.9', '127.0.0.1', '169.254.3.4', '172.16.0.1', '172.31.255.255'],
  ['100.64.0.1', '100.127.255.255'],
  ['::1', '0:0:0:0:0:0:0:1', 'fe80::1', 'FEBF::1', 'fc00::2', 'fd12:3456::1'],
  ['::ffff:192.168.0.9', '::ffff:a00:1'],
].flat();

const port = fc.constantFrom(0, 80, 443, 9001, 65535);

const peer: fc.Arbitrary<Peer> = fc.record({
  orId: fc.oneof(
    { weight: 2, arbitrary: fc.constant('0') },
    { weight: 1, arbitrary: fc.constantFrom(...RELAYS) },
  ),
  ip: fc.constantFrom('0', ...OUTSIDE, ...INSIDE),
  port,
  lPort: port,
});

const flags = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('I', 'I', 'i', 'O', 'O', 'o'),
        fc.constantFrom('R', 'R', 'R', ...'CXHD'),
        fc.constantFrom('T', 't'),
      )
      .map((letters) => letters.join('')),
  },
  { weight: 1, arbitrary: fc.constantFrom('I', 'o', 'ZRt', 'zXt', 'IRTq', 'OrtZZ', 'RO', 'Xx') },
);

const reason = fc.constantFrom(
  ...['DONE', 'TLS_ERROR', 'IOERROR', '', null],
  ...['=1+1', '-x', '+x', '@x', '\tx', 'a,b', 'said "x"', "'x"],
);

const circuit = fc.integer({ min: 0, max: 3 });

const amount = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1, 514, 1024, 100_000) },
  // Two of these bring a counter past 2^53, three a sum of circuits past 2^54.
  { weight: 1, arbitrary: fc.constantFrom(2 ** 52, 2 ** 53 - 1) },
);

const happening: fc.Arbitrary<Happening> = fc
  .tuple(
    fc.record({ when: fc.integer({ min: 1, max: 10 }), id: fc.integer({ min: 1, max: 4 }) }),
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          do: fc.constant('open' as const),
          peer,
          flags,
          circuits: fc.uniqueArray(circuit, { minLength: 1, maxLength: 3 }),
          older: fc.constantFrom(0, 0, 0, 0, 1, 9, 20, 30, 3600, 4_000_000_000),
          ageKnown: fc.constantFrom(true, true, true, false),
          told: fc.boolean(),
          described: fc.boolean(),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('close' as const), told: fc.boolean(), reason }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constantFrom('attach' as const, 'detach' as const),
          circuit,
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('move' as const),
          circuit,
          read: amount,
          written: amount,
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('relabel' as const), flags, peer }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('fall' as const),
          counter: fc.constantFrom('read' as const, 'written' as const, 'uptime' as const),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('rumour' as const),
          what: fc.constantFrom('opened' as const, 'closed' as const),
          reason,
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('restart' as const), forgets: fc.boolean() }),
      },
    ),
  )
  .map(([common, what]) => ({ ...common, ...what }));

const tenth = fc.integer({ min: 0, max: 10 });

const step: fc.Arbitrary<Step> = fc.record({
  intervals: fc.oneof(
    { weight: 8, arbitrary: fc.constant(1) },
    { weight: 3, arbitrary: fc.constantFrom(0.5, 1.5, 2, 2.5, 3, 7) },
  ),
  milliseconds: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 1, 37, 900, 1000, 1001),
  poll: fc.record({
    takes: fc.constantFrom(0, 0, 1, 22, 120),
    listedAfter: tenth,
    told: fc.constantFrom(true, true, true, false),
  }),
  happenings: fc.array(happening, { maxLength: 6 }),
  gap: fc.option(
    fc.tuple(tenth, tenth).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
    { freq: 6 },
  ),
  sessions: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({
          when: fc.integer({ min: 1, max: 10 }),
          exit: fc.constantFrom('0' as const, '1' as const),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    },
  ),
  messes: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(mess, { maxLength: 3 }) },
  ),
  tellsUptime: fc.constantFrom(true, true, false),
  info: fc.dictionary(
    fc.constantFrom('info/descriptor-used', 'info/relay/read-total', 'ns/authority', 'info/new'),
    fc.constantFrom('0', '17', '9007199254740993', 'r one\ns Authority', ''),
    { maxKeys: 2 },
  ),
  strange: fc.dictionary(fc.constantFrom('note', 'poll_ms'), fc.constantFrom('x', 3, 2000.5), {
    maxKeys: 1,
  }),
});

/** A whole script: up to ten snapshots, or none. */
export const script: fc.Arbitrary<Script> = fc.record({
  bytes: fc.constantFrom('connection' as const, 'entry' as const, null),
  interval: fc.constantFrom(10, 10, 1, 0.5),
  start: fc.constantFrom(0, 901, 13_466_901, 599_999),
  steps: fc.array(step, { maxLength: 10, size: 'max' }),
  endsInGap: fc.constantFrom(false, false, false, true),
  endsInSession: fc.constantFrom(false, false, false, true),
});
