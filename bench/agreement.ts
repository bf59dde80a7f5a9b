/**
 * Whether conntape and a database answered the same question alike.
 * Owns the comparison of their CSV files; who wrote them is the systems'.
 */
import { readFileSync } from 'node:fs';
import { answerOf, type Place } from './system.ts';

/** What of an answer is compared: counts or bytes by what they are of. */
type Answer = ReadonlyMap<string, string>;

interface Question {
  readonly name: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly counted: { readonly ours: readonly string[]; readonly theirs: readonly string[] };
}

const QUESTIONS: readonly Question[] = [
  {
    name: 'lifetimes',
    ours: ['subject', 'group'],
    theirs: ['subject', 'grp'],
    counted: {
      ours: ['count', 'closed', 'open'],
      theirs: ['entries', 'closed', 'still_open'],
    },
  },
  {
    name: 'asymmetry',
    ours: ['bucket_start', 'circ_id'],
    theirs: ['bucket_ms', 'circ_id'],
    counted: {
      ours: ['read_bytes', 'written_bytes'],
      theirs: ['read_bytes', 'written_bytes'],
    },
  },
];

/**
 * What differs between conntape's answers and another's, a sentence a question: every group that
 * both know has the same counts, every circuit in every bucket the same bytes. Empty where they agree.
 */
export function disagreements(conntape: Place, other: Place): string[] {
  return QUESTIONS.flatMap(({ name, ours, theirs, counted }) => {
    const our = answersIn(answerOf(conntape, name), ours, counted.ours);
    const their = answersIn(answerOf(other, name), theirs, counted.theirs);
    // conntape groups by usage and shape, too.
    const isOpen = name === 'lifetimes';
    const keys = isOpen ? their.keys() : new Set([...our.keys(), ...their.keys()]);
    const differing = [...keys].filter((key) => our.get(key) !== their.get(key));
    if (their.size === 0) return [`${name}: there is no answer`];
    const [first] = differing;
    if (first === undefined) return [];
    return [
      `${name}: ${differing.length} rows differ, first ${first}: ${our.get(first)}, not ${their.get(first)}`,
    ];
  });
}

/** The rows of a CSV file without quotes; rows of the same key add up. */
function answersIn(path: string, keys: readonly string[], columns: readonly string[]): Answer {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  const names = header.split(',');
  const places = (wanted: readonly string[]) => wanted.map((name) => names.indexOf(name));
  const [keyPlaces, countPlaces] = [places(keys), places(columns)];
  const sums = new Map<string, bigint[]>();
  for (const line of lines) {
    const cells = line.split(',');
    const key = keyPlaces.map((place) => keyOf(cells[place]!)).join(' ');
    const counts = countPlaces.map((place) => BigInt(cells[place]!));
    const before = sums.get(key);
    sums.set(key, before === undefined ? counts : before.map((sum, index) => sum + counts[index]!));
  }
  return new Map([...sums].map(([key, counts]) => [key, counts.join(' ')]));
}

/** A time as milliseconds since the epoch, all else as it is. */
function keyOf(cell: string): string {
  return /^\d{4}-/.test(cell) ? String(Date.parse(cell)) : cell;
}
