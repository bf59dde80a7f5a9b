/**
 * Lines of `conn/all` for the tests of the listing.
 * Owns the arbitraries and a plain line; what they must come to is the tests' to say.
 */
import fc from 'fast-check';

export const RELAY = 'AB'.repeat(20);

/** The ten fields of a line that is well formed. */
export const FIELDS = ['1', '2', RELAY, '192.0.2.1', '443', '9001', 'ORT', '10', '20', '5'];

/** A well-formed line with one field replaced, counted from 0. */
export function lineWith(field: number, text: string): string {
  return FIELDS.with(field, text).join(' ');
}

const port = fc.integer({ min: 0, max: 65535 }).map(String);

/** Any address, in the forms that Node and Tor write. */
export const address = fc.oneof(fc.ipV4(), fc.ipV6());

const counter = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) },
);

/** Well-formed lines of few connections, so that pairs repeat within and between listings. */
export const wellFormedLine = fc
  .tuple(
    fc.integer({ min: 0, max: 12 }),
    fc.integer({ min: 0, max: 1 }),
    fc.constantFrom('0', RELAY, 'cd'.repeat(20)),
    fc.oneof(fc.constant('0'), fc.constantFrom('192.0.2.1', '10.0.0.1', '2001:db8::5')),
    fc.constantFrom('0', '443'),
    fc.constantFrom('0', '9001'),
    fc.constantFrom('IRt', 'ORT', 'oCt', 'OXt', 'iH', 'I'),
    fc.tuple(counter, counter, counter),
    fc.constantFrom('', '', '', ' AGE=unknown', ' X=1 Y', ' ü'),
  )
  .map(([connId, circId, orId, ip, port, lPort, flags, counters, extra]) => {
    const label = [connId, circId, orId, ip, port, lPort, flags];
    return `${[...label, ...counters].join(' ')}${extra}`;
  });

/** Lines of every kind: well formed, written unusually, and malformed. */
export const anyLine = fc.oneof(
  { weight: 8, arbitrary: wellFormedLine },
  { weight: 1, arbitrary: wellFormedLine.map((line) => line.replaceAll(' ', '  ')) },
  { weight: 1, arbitrary: wellFormedLine.map((line) => `${line}\r`) },
  { weight: 1, arbitrary: wellFormedLine.map((line) => line.slice(0, -4)) },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '\r', '🧅 ', 'x'.repeat(5000)) },
);

/** A malformed line: some field of a well-formed one is broken or missing. */
export const malformedLine = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom('?', '-1', 'x y', '1.5'))
    .map(([field, text]) => lineWith(field, text)),
  fc.integer({ min: 1, max: 9 }).map((count) => FIELDS.slice(0, count).join(' ')),
);

/** Ports, as text. */
export const anyPort = port;
