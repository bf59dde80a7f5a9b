/**
 * Bytes made from other bytes: what the fuzzers feed their targets.
 * Owns the kinds of change; what a target makes of them is the targets'.
 */
import type { Random } from '../damage/random.ts';

/** Inputs stay this small, or as what they are made of: what takes long with them is slow. */
const MAX_INPUT_BYTES = 1 << 16;

/** At most so many changes make one input of another. */
const MOST_CHANGES = 6;

/** What breaks what reads numbers, lines, text and addresses, in any format. */
const WORDS: readonly Buffer[] = [
  ...['', '0', '-1', '1e9', '9007199254740993', '18446744073709551616', '4294967295', 'NaN', '-0'],
  ...[
    '\r\n',
    '\n',
    '\r',
    '\0',
    ' ',
    '\t',
    '"',
    '\\',
    '\\"',
    '{',
    '[',
    ']',
    '}',
    ',',
    ':',
    '=',
    '.',
  ],
  ...['..', '%', '*', '+', '-', '$', '~', '#', '<', '>', '__proto__', 'constructor', 'undefined'],
  ...['203.0.113.77', '::ffff:203.0.113.77', '[2001:db8::77]:443', 'fe80::1%lo0', 'x'.repeat(5000)],
  ...['\u00e9', '\u2028', '\ud83d\ude00', '\ufeff', 'A'.repeat(40), '1969-12-31T23:59:59Z'],
]
  .map((word) => Buffer.from(word))
  .concat([Buffer.from([0xff]), Buffer.from([0xc3]), Buffer.from([0xed, 0xa0, 0x80])]);

type Change = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const CHANGES: readonly Change[] = [
  // A bit, a byte.
  (bytes, random) =>
    changed(bytes, (copy) => (copy[random.below(copy.length)]! ^= 1 << random.below(8))),
  (bytes, random) =>
    changed(bytes, (copy) => (copy[random.below(copy.length)] = random.below(256))),
  // Cut short, a part cut out, a part doubled, a part zeroed.
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = part(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = part(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => {
    const [from, to] = part(bytes, random);
    return changed(bytes, (copy) => copy.fill(0, from, to));
  },
  // A word put in, or in place of another.
  (bytes, random) => spliced(bytes, random, random.of(WORDS), 0),
  (bytes, random) => spliced(bytes, random, random.of(WORDS), random.below(16)),
  // A part of another input.
  (bytes, random, others) => {
    const other = random.of(others);
    const [from, to] = part(other, random);
    return spliced(bytes, random, other.subarray(from, to), random.below(8));
  },
  // A line doubled, or moved to the end.
  (bytes, random) => {
    const lines = linesOf(bytes);
    lines.splice(random.below(lines.length), 0, random.of(lines));
    return Buffer.concat(lines);
  },
  (bytes, random) => {
    const lines = linesOf(bytes);
    lines.push(...lines.splice(random.below(lines.length), 1));
    return Buffer.concat(lines);
  },
];

/** Another input, made of one and parts of others; never longer than 64 KiB, or than that one. */
export function mutated(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const longest = Math.max(MAX_INPUT_BYTES, bytes.length);
  let made = bytes;
  for (let left = 1 + random.below(MOST_CHANGES); left > 0; left--) {
    made = random.of(CHANGES)(made, random, others).subarray(0, longest);
  }
  return made;
}

function changed(bytes: Buffer, change: (copy: Buffer) => unknown): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) change(copy);
  return copy;
}

/** A part, mostly a short one: from where to before where. */
function part(bytes: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length + 1);
  const longest = random.below(4) === 0 ? bytes.length : 32;
  return [from, Math.min(bytes.length, from + random.below(longest + 1))];
}

function spliced(bytes: Buffer, random: Random, word: Buffer, instead: number): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), word, bytes.subarray(at + instead)]);
}

/** With their ends. */
function linesOf(bytes: Buffer): Buffer[] {
  return bytes
    .toString('latin1')
    .split(/(?<=\n)/)
    .map((line) => Buffer.from(line, 'latin1'));
}
