/**
 * `npm run fuzz`: made-up bytes for everything that reads what comes from outside.
 *
 *     npm run fuzz -- --minutes 2                   all targets, the standing seed
 *     npm run fuzz -- --seed random --minutes 60    others than ever before
 *     npm run fuzz -- --seed 7 --target frames --cases 5000
 *
 * Owns the time, the memory and the report. Ends with 1 where an input was not stood: it is kept in
 * build/fuzz, and the line that repeats it is printed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Failure } from './fuzzing.ts';
import type { Asked } from './worker.ts';

/** One that stands still: what a run finds is the change's, and no chance of the day. */
const STANDING_SEED = 2010;

/** An input that takes so long hangs, on however busy a machine. */
const HANGS_MS = 120_000;

/** So many failures are shown; more are of the same kind. */
const MOST_FAILURES = 10;

/** What may be held at once by all that is read from 64 KiB, in MiB. */
const HEAP_MIB = 512;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(STANDING_SEED) },
    target: { type: 'string', default: '' },
    cases: { type: 'string' },
  },
});
const seed = values.seed === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const minutes = Number(values.minutes);
const cases = values.cases === undefined ? undefined : Number(values.cases);
if (![seed, minutes, cases ?? 0].every((number) => number >= 0)) {
  console.error('fuzz: --minutes, --seed and --cases take a number');
  process.exit(2);
}

type Said =
  | { readonly kind: 'begins'; readonly name: string; readonly count: number }
  | ({ readonly kind: 'failed' } & Failure)
  | { readonly kind: 'ended'; readonly rows: readonly Row[] };

interface Row {
  readonly name: string;
  readonly count: number;
  readonly outcomes: number;
  readonly slowestMs: number;
}

console.log(`fuzz: seed ${seed}`);
const asked: Asked = { seed, target: values.target, cases, until: Date.now() + minutes * 60_000 };
const worker = new Worker(new URL('./worker.ts', import.meta.url), {
  workerData: asked,
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
});
let failures = 0;
let current = { name: 'the beginning', count: 0 };
const watchdog = setTimeout(hangs, HANGS_MS);

worker.on('message', (said: Said) => {
  if (said.kind === 'begins') {
    current = said;
    watchdog.refresh();
  } else if (said.kind === 'failed') {
    failed(said);
    if (failures >= MOST_FAILURES) void worker.terminate();
  } else {
    for (const { name, count, outcomes, slowestMs } of said.rows) {
      console.log(
        `${name.padEnd(32)} ${String(count).padStart(8)} inputs ${String(outcomes).padStart(5)} outcomes, slowest ${slowestMs.toFixed(0)} ms`,
      );
    }
    if (said.rows.length === 0) failures++;
  }
});
worker.on('error', (thrown) => {
  failures++;
  console.error(`fuzz: ${current.name}, input ${current.count}: ${thrown.stack ?? thrown.message}`);
  console.error(repeating(current));
});
worker.on('exit', () => {
  clearTimeout(watchdog);
  process.exitCode = failures === 0 ? 0 : 1;
  console.log(failures === 0 ? 'fuzz: every input was stood' : `fuzz: ${failures} failures`);
});

function failed({ name, count, why, input }: Failure): void {
  failures++;
  mkdirSync('build/fuzz', { recursive: true });
  const file = `build/fuzz/${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${seed}-${count}`;
  writeFileSync(file, input);
  console.error(`fuzz: ${name}, input ${count} (${file}): ${why}\n${repeating({ name, count })}`);
}

function hangs(): void {
  failures++;
  console.error(`fuzz: ${current.name}, input ${current.count} hangs\n${repeating(current)}`);
  void worker.terminate();
}

function repeating({ name, count }: { readonly name: string; readonly count: number }): string {
  return `  again: npm run fuzz -- --seed ${seed} --target '${name}' --cases ${count + 1} --minutes 60`;
}
