/**
 * `npm run bench`: conntape beside what a user would pick instead, in the same run, a table a workload.
 * Owns the order of things and the medians; what is measured of a step is measure.ts's, how the
 * figures are printed table.ts's.
 *
 *     npm run bench -- --help
 *
 * Ends with 1 where conntape and a database do not answer alike. No figure is ever a failure.
 */
import { execFileSync } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { disagreements } from './agreement.ts';
import type { Description, Figures } from './measure.ts';
import { type Place, snapshotsOf } from './system.ts';
import { SYSTEMS } from './systems.ts';
import { type Figured, type Measured, type Step, tableOf } from './table.ts';
import { STANDARD } from './workload.ts';
import { grouped, SMALL_ONES, type Workload, workloads } from './workloads.ts';

const MEASURE = fileURLToPath(new URL('measure.js', import.meta.url));

const README = fileURLToPath(new URL('../../bench/README.md', import.meta.url));

/** Between these the figures stand in the README. */
const [BEGIN, END] = ['<!-- figures -->', '<!-- end of figures -->'];

/** What takes longer is run once: a median of it would tell little more and take all day. */
const LONG_MS = 30_000;

const HELP = `npm run bench -- [options]
  --workloads NAMES  of ${workloads(false)
    .map(({ name }) => name)
    .join(',')}; default all
  --systems NAMES    of ${SYSTEMS.join(',')}; default all
  --steps NAMES      only these, such as import,asymmetry; default all
  --runs N           runs of each step, whose median counts; default 3
  --small            the standard workload and that of circuits, small, one run: whether
                     everything runs and agrees
  --write            put the tables into bench/README.md, too, in place of those of the same
                     workloads
`;

interface Options {
  readonly workloads: readonly Workload[];
  readonly systems: readonly string[];
  readonly steps: readonly string[] | undefined;
  readonly runs: number;
  /** The workloads are not what the targets are for. */
  readonly small: boolean;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      workloads: { type: 'string' },
      systems: { type: 'string' },
      steps: { type: 'string' },
      runs: { type: 'string' },
      small: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const all = workloads(values.small);
  const options: Options = {
    workloads: chosen(
      values.workloads ?? (values.small ? SMALL_ONES : undefined),
      all.map(({ name }) => name),
    ).map((name) => all.find((workload) => workload.name === name)!),
    systems: chosen(values.systems, SYSTEMS),
    steps: values.steps?.split(','),
    runs: Number(values.runs ?? (values.small ? 1 : 3)),
    small: values.small,
  };
  const folder = mkdtempSync(join(tmpdir(), 'conntape-bench-'));
  const sections = new Map<string, string>();
  try {
    for (const workload of options.workloads) {
      const text = await measuredOn(workload, options, folder);
      console.log(text);
      sections.set(workload.name, text);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (values.write) writeIntoReadme(sections);
}

/** Those of a list of names, all where there is none; throws where one is not known. */
function chosen(names: string | undefined, known: readonly string[]): readonly string[] {
  const wanted = names?.split(',') ?? known;
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no ${unknown}; there are ${known.join(', ')}`);
  return known.filter((name) => wanted.includes(name));
}

function machine({ runs }: Options): string {
  const cores = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const date = new Date().toISOString().slice(0, 10);
  const args = process.argv.slice(2).join(' ');
  return `${date}, ${cores.length} × ${cores[0]?.model}, ${memory}, Node ${process.version}; \`npm run bench -- ${args}\`, medians of ${runs}.`;
}

/** Its heading, its table, and what does not agree. */
async function measuredOn(workload: Workload, options: Options, parent: string): Promise<string> {
  const folder = join(parent, workload.name);
  mkdirSync(folder);
  const transcript = join(folder, 'workload.jsonl');
  await pipeline(Readable.from(workload.lines()), createWriteStream(transcript));
  const observations = await linesIn(transcript);
  const systems = new Map<string, Measured>();
  const places = new Map<string, Place>();
  for (const name of options.systems) {
    const place = { transcript, folder: join(folder, name), interval: STANDARD.interval };
    mkdirSync(place.folder);
    places.set(name, place);
    systems.set(name, measuredSystem(name, place, options));
  }
  const name = options.small ? undefined : workload.name;
  const figured: Figured = { workload: name, observations, systems };
  const text = statSync(transcript).size / observations;
  const heading = `### ${workload.name}: ${workload.title}\n\n${grouped(observations)} observations, ${text.toFixed(1)} bytes each as text.`;
  const agreed = agreement(places, options);
  rmSync(folder, { recursive: true });
  return `${[`${heading} ${agreed}`.trimEnd(), machine(options), tableOf(figured)].join('\n\n')}\n`;
}

async function linesIn(transcript: string): Promise<number> {
  let lines = 0;
  for await (const { conn } of snapshotsOf(transcript)) lines += conn.split('\n').length;
  return lines;
}

function measuredSystem(name: string, place: Place, { steps: only, runs }: Options): Measured {
  const { title, keeps, steps } = run<Description>(name);
  const measured = new Map<string, Step>();
  for (const step of steps) {
    // Without its file there is nothing to ask.
    if (step !== 'import' && only?.includes(step) === false) continue;
    process.stderr.write(`${title}: ${step}\n`);
    measured.set(
      step,
      medianOf(() => run<Figures>(name, step, JSON.stringify(place)), runs),
    );
  }
  const bytes = keeps.reduce((sum, file) => sum + statSync(join(place.folder, file)).size, 0);
  return { title, bytes, steps: measured };
}

function run<Result>(...args: readonly string[]): Result {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  return JSON.parse(
    execFileSync(process.execPath, [MEASURE, ...args], { stdio, encoding: 'utf8' }),
  ) as Result;
}

function medianOf(measure: () => Figures, runs: number): Step {
  const all = [measure()];
  while (all.length < runs && all[0]!.wallMs < LONG_MS) all.push(measure());
  const median = (of: (figures: Figures) => number) => {
    const sorted = all.map(of).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)]!;
  };
  const parts = Object.keys(all[0]!.parts).map((part) => [
    part,
    median((figures) => figures.parts[part]!),
  ]);
  return {
    cpuMs: median(({ cpuMs }) => cpuMs),
    wallMs: median(({ wallMs }) => wallMs),
    peakMb: Math.max(...all.map(({ peakMb }) => peakMb)),
    parts: Object.fromEntries(parts),
  };
}

/** Who of those that were asked answered as conntape did; whoever did not fails the run. */
function agreement(places: ReadonlyMap<string, Place>, { steps }: Options): string {
  const ours = places.get('conntape');
  const others = [...places].filter(([name]) => name !== 'conntape' && !name.startsWith('brotli'));
  const isAsked = ['lifetimes', 'asymmetry'].every((step) => steps?.includes(step) ?? true);
  if (ours === undefined || others.length === 0 || !isAsked) return '';
  const differing = others.flatMap(([name, place]) =>
    disagreements(ours, place).map((sentence) => `${name}: ${sentence}`),
  );
  if (differing.length === 0) {
    return `Lifetimes and asymmetry agree: conntape, ${others.map(([name]) => name).join(', ')}.`;
  }
  process.exitCode = 1;
  return `NOT AGREED: ${differing.join('; ')}.`;
}

/** Puts sections by workload in the place of those that stand there, and leaves the others. */
function writeIntoReadme(sections: ReadonlyMap<string, string>): void {
  const readme = readFileSync(README, 'utf8');
  const [before, after] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${README}: no ${BEGIN} … ${END}`);
  const begin = before + BEGIN.length;
  const standing = readme.slice(begin, after).split(/^(?=### )/m);
  const kept = (name: string) => standing.find((section) => section.startsWith(`### ${name}:`));
  const texts = workloads(false)
    .map(({ name }) => sections.get(name) ?? kept(name))
    .filter((text) => text !== undefined)
    .map((text) => text.trim());
  writeFileSync(README, `${[readme.slice(0, begin), ...texts, readme.slice(after)].join('\n\n')}`);
}

await main();
