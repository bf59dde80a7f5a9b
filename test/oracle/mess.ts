/**
 * Everything that may be wrong or unusual in the text of one listing.
 * Owns the disturbances and their playing; the listing itself comes from world.ts.
 */
import fc from 'fast-check';

/** What is done to the line `at` (counted round the listing). */
export type Mess = { readonly at: number } & (
  | { readonly do: 'spoil'; readonly field: number; readonly text: string }
  | { readonly do: 'insert'; readonly text: string }
  | { readonly do: 'shorten'; readonly fields: number }
  | { readonly do: 'repeat'; readonly read: string }
  | { readonly do: 'count'; readonly field: number; readonly text: string }
  | { readonly do: 'jitter'; readonly seconds: number }
  | { readonly do: 'pad'; readonly length: number }
  | { readonly do: 'extend'; readonly text: string }
  | {
      readonly do: 'space';
      readonly before: string;
      readonly between: string;
      readonly after: string;
    }
  | { readonly do: 'drop' | 'reverse' | 'rotate' | 'end-with-newline' }
);

/** Texts that no field of its kind may be, by the field's place from 0. */
const NUMBERS = [
  '-1',
  '+5',
  '1.5',
  '1e3',
  '0x10',
  'NaN',
  '１２',
  '9007199254740992',
  `1${'0'.repeat(400)}`,
];
const PORTS = ['65536', '-1', 'http', '8e1'];
const SPOILERS: Readonly<Record<number, readonly string[]>> = {
  0: NUMBERS,
  1: NUMBERS,
  2: ['1', 'A0', 'A'.repeat(39), 'A'.repeat(41), 'G'.repeat(40), `$${'A'.repeat(40)}`],
  3: ['1', '999.1.1.1', '1.2.3', 'host', '1.2.3.4:5', ':::', '1::2::3', '12345::'],
  4: PORTS,
  5: PORTS,
  6: ['IR1', '-', '=IRt', 'I,R', '0'],
  7: NUMBERS,
  8: NUMBERS,
  9: NUMBERS,
};

const spoil = fc.oneof(
  ...Object.entries(SPOILERS).map(([field, texts]) =>
    fc.record({
      do: fc.constant('spoil' as const),
      field: fc.constant(Number(field)),
      text: fc.constantFrom(...texts),
    }),
  ),
);

const INSERTED = [
  ['', ' ', '\r', '.', '250 OK', 'garbage', '=1+1', '\u0000', '{"at":1}'],
  [
    '1\t0\t0\t0\t0\t0\tIRt\t1\t1\t1',
    '1 0 0 203.0.113.7 443 9001 IRt 1 1',
    '🧅 🧅 🧅 🧅 🧅 🧅 🧅 🧅 🧅 🧅',
  ],
].flat();

/** One disturbance of a listing. */
export const mess: fc.Arbitrary<Mess> = fc
  .tuple(
    fc.record({ at: fc.integer({ min: 0, max: 7 }) }),
    fc.oneof(
      { weight: 3, arbitrary: spoil },
      fc.record({ do: fc.constant('insert' as const), text: fc.constantFrom(...INSERTED) }),
      fc.record({ do: fc.constant('shorten' as const), fields: fc.integer({ min: 0, max: 9 }) }),
      fc.record({
        do: fc.constant('repeat' as const),
        read: fc.constantFrom('0', '7', '10000000'),
      }),
      fc.record({
        do: fc.constant('count' as const),
        field: fc.constantFrom(7, 8),
        text: fc.constantFrom('0', '9007199254740991', '9007199254740992', '18446744073709551616'),
      }),
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('jitter' as const),
          seconds: fc.constantFrom(-1, 1, -2, 2),
        }),
      },
      // 4096 characters is the longest line that is read.
      fc.record({
        do: fc.constant('pad' as const),
        length: fc.constantFrom(4095, 4096, 4097, 9000),
      }),
      fc.record({
        do: fc.constant('extend' as const),
        text: fc.constantFrom('AGE=unknown', 'AGE=7', 'X=1 Y', 'SENT=203.0.113.7', 'ü'),
      }),
      fc.record({
        do: fc.constant('space' as const),
        before: fc.constantFrom('', '', ' '),
        between: fc.constantFrom(' ', '  ', '     '),
        after: fc.constantFrom('', ' ', '\r', '  \r'),
      }),
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constantFrom(
            ...(['drop', 'drop', 'reverse', 'rotate', 'end-with-newline'] as const),
          ),
        }),
      },
    ),
  )
  .map(([place, what]) => ({ ...place, ...what }));

/** The listing's lines after a disturbance; an empty listing only takes insertions. */
export function disturbed(lines: readonly string[], mess: Mess): string[] {
  const at = lines.length === 0 ? 0 : mess.at % lines.length;
  if (mess.do === 'insert') return lines.toSpliced(at, 0, mess.text);
  const line = lines[at];
  if (line === undefined) return [];
  const fields = line.split(' ');
  switch (mess.do) {
    case 'spoil':
    case 'count':
      return lines.with(
        at,
        fields.with(Math.min(mess.field, fields.length - 1), mess.text).join(' '),
      );
    case 'shorten':
      return lines.with(at, fields.slice(0, mess.fields).join(' '));
    case 'repeat':
      return [...lines, fields.with(Math.min(7, fields.length - 1), mess.read).join(' ')];
    case 'jitter':
      return lines.with(at, jittered(fields, mess.seconds));
    case 'pad':
      return lines.with(at, `${line} ${'x'.repeat(Math.max(1, mess.length - line.length - 1))}`);
    case 'extend':
      return lines.with(at, extended(fields, mess.text));
    case 'space':
      return lines.with(at, `${mess.before}${fields.join(mess.between)}${mess.after}`);
    case 'drop':
      return lines.toSpliced(at, 1);
    case 'reverse':
      return lines.toReversed();
    case 'rotate':
      return [...lines.slice(at), ...lines.slice(0, at)];
    case 'end-with-newline':
      return [...lines, ''];
  }
}

/** AGE=unknown means something as the eleventh field only, so it goes there. */
function extended(fields: readonly string[], text: string): string {
  const place = text === 'AGE=unknown' ? 10 : fields.length;
  return fields.toSpliced(place, 0, text).join(' ');
}

function jittered(fields: readonly string[], seconds: number): string {
  const uptime = fields[9];
  if (uptime === undefined || !/^\d{1,15}$/.test(uptime)) return fields.join(' ');
  return fields.with(9, String(Math.max(0, Number(uptime) + seconds))).join(' ');
}
