/**
 * No command prints something else from a damaged recording and ends with 0.
 *
 * `CONNTAPE_DAMAGE=all npx vitest run test/damage` goes through every damage that there is and
 * prints a table; without it a sample of each kind is taken.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Damage, damagesTo, LOG_LEFT_BEHIND } from './damages.ts';
import { Random } from './random.ts';
import { COMMANDS, type Ran } from './reading.ts';
import { FILES, type Sound, soundRecordings } from './recordings.ts';

const IS_WHOLE = process.env['CONNTAPE_DAMAGE'] === 'all';
/** So many of each kind in each recording, unless all are wanted. */
const SAMPLE_A_KIND = 1;
const SEED = 8;
const LONGEST_MS = 3_600_000;

/** What JavaScript or SQLite says to a programmer, not to a user. */
const RAW =
  /TypeError|RangeError|undefined|Cannot read|is not a function|Invalid (?:array|typed)|NaN| at .*\.[jt]s/;

type Outcome =
  | 'as before'
  | 'damaged (4)'
  | 'refused (1, 2)'
  | 'said to be less'
  | 'DIFFERS'
  | 'RAW';

let folder: string;
let sound: Sound[];
const counts = new Map<string, Map<Outcome, number>>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  sound = await soundRecordings(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (IS_WHOLE) console.log(table());
});

function outcomeOf(ran: Ran, before: Ran, kind: string): Outcome {
  if (RAW.test(ran.stderr)) return 'RAW';
  if (ran.code === 4) return 'damaged (4)';
  if (ran.code !== 0) return 'refused (1, 2)';
  if (ran.stdout === before.stdout) return 'as before';
  const isSaid = kind === LOG_LEFT_BEHIND && ran.stderr.includes('may lack what was recorded last');
  return isSaid ? 'said to be less' : 'DIFFERS';
}

function copyTo(path: string, from: string): void {
  for (const suffix of FILES) {
    rmSync(path + suffix, { force: true });
    if (existsSync(from + suffix)) copyFileSync(from + suffix, path + suffix);
  }
}

/** A few of each kind, or all. */
function chosen(damages: readonly Damage[], random: Random): Damage[] {
  if (IS_WHOLE) return [...damages];
  return [...new Set(damages.map(({ kind }) => kind))].flatMap((kind) => {
    const some = damages.filter((damage) => damage.kind === kind);
    return Array.from({ length: Math.min(SAMPLE_A_KIND, some.length) }, () => random.of(some));
  });
}

function count(kind: string, outcome: Outcome): void {
  const outcomes = counts.get(kind) ?? new Map<Outcome, number>();
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  counts.set(kind, outcomes);
}

function table(): string {
  const columns: Outcome[] = [
    ...(['as before', 'damaged (4)', 'refused (1, 2)'] as const),
    ...(['said to be less', 'DIFFERS', 'RAW'] as const),
  ];
  const rows = [...counts].map(([kind, outcomes]) =>
    [kind, ...columns.map((column) => String(outcomes.get(column) ?? 0))].join(' | '),
  );
  return [['kind', ...columns].join(' | '), ...rows].join('\n');
}

describe.each([0, 1, 2])('recording %i', (index) => {
  it(
    'is read as it was, or not at all',
    async () => {
      const { name, path: original } = sound[index]!;
      const path = join(folder, 'copy.tape');
      copyTo(path, original);
      const before = new Map<string, Ran>();
      for (const [line, ask] of COMMANDS) {
        const ran = await ask(path);
        expect([name, line, ran.code, ran.code === 0 ? '' : ran.stderr]).toEqual([
          name,
          line,
          0,
          '',
        ]);
        before.set(line, ran);
      }
      const random = new Random(SEED + index);
      const wrong: string[] = [];
      for (const damage of chosen(damagesTo(original, random), random)) {
        const outcomes = new Map<string, Outcome>();
        for (const [line, ask] of COMMANDS) {
          copyTo(path, original);
          damage.apply(path);
          const ran = await ask(path);
          const outcome = outcomeOf(ran, before.get(line)!, damage.kind);
          outcomes.set(line, outcome);
          count(damage.kind, outcome);
          if (outcome === 'DIFFERS' || outcome === 'RAW') {
            wrong.push(`${name}: ${damage.what}: ${line}: ${outcome} ${ran.stderr}`);
          }
        }
        const found = [...outcomes.values()].some((outcome) => outcome === 'damaged (4)');
        const verified = outcomes.get('verify');
        if (found && verified !== 'damaged (4)') {
          wrong.push(`${name}: ${damage.what}: verify misses it: ${verified}`);
        }
      }
      expect(wrong).toEqual([]);
    },
    LONGEST_MS,
  );
});
