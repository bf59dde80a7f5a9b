/**
 * conntape itself, by the compiled program: its commands run in the measured process.
 * Owns how they are called, and which instant is the worst; a user's process does the same.
 */
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import Database from 'better-sqlite3';
import { answerOf, type Place, type Step, type System } from '../system.ts';

const DIST = new URL('../../../dist/', import.meta.url);

const FILE = 'workload.tape';

/** The polls that are recorded one by one: the first, and as many again as give a median. */
const POLLS = 20;

/** What the commands need of a process (src/cli/io.ts), nobody listening. */
function ioTo(stdout: Writable): Record<string, unknown> {
  return {
    stdin: Readable.from([]),
    stdout,
    stderr: nowhere(),
    env: {},
    now: Date.now,
    monotonic: () => performance.now(),
    wait: async () => {},
    interrupted: new AbortController().signal,
    undoIfKilled: () => async () => {},
  };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function tapeOf({ folder }: Place): string {
  return join(folder, FILE);
}

interface Program {
  runConntape(args: readonly string[], io: Record<string, unknown>): Promise<number>;
}

/** A module of the compiled program: the bench is compiled without its sources. */
async function compiled<Module>(path: string): Promise<Module> {
  return (await import(new URL(path, DIST).href)) as Module;
}

/** A command line as a step; `answers` is the question whose answer it prints, to be kept. */
function command(argsOf: (place: Place) => string[], answers?: string): Step {
  return async (place) => {
    const { runConntape } = await compiled<Program>('commands/program.js');
    return async () => {
      const args = argsOf(place);
      const stdout =
        answers === undefined ? nowhere() : createWriteStream(answerOf(place, answers));
      const code = await runConntape(args, ioTo(stdout));
      if (code !== 0) throw new Error(`conntape ${args.join(' ')} ended with ${code}`);
      stdout.end();
      await finished(stdout);
      return undefined;
    };
  };
}

/** The snapshot that is the farthest from the key frame before it (docs/recording-format.md). */
function worstInstant(place: Place): string {
  const db = new Database(tapeOf(place), { readonly: true });
  const at = db
    .prepare(
      `WITH frame AS (
        SELECT seq, at, max(CASE WHEN kind = 1 THEN seq END) OVER (ORDER BY seq) AS key
        FROM tape WHERE kind IN (1, 2)
      )
      SELECT at FROM frame ORDER BY seq - key DESC, seq DESC LIMIT 1`,
    )
    .pluck()
    .get() as number;
  db.close();
  return new Date(at).toISOString();
}

interface Tape {
  Recording: {
    open(path: string): { frames(window: object): Iterable<unknown>; close(): void };
  };
  EVERYTHING: object;
}

/** Every snapshot in turn, as it stands in columns. */
const replay: Step = async (place) => {
  const { Recording, EVERYTHING } = await compiled<Tape>('recording/reader.js');
  return async () => {
    const recording = Recording.open(tapeOf(place));
    for (const _ of recording.frames(EVERYTHING));
    recording.close();
    return undefined;
  };
};

interface Playback {
  playback(input: object): Iterable<unknown>;
}

/** The same as the reports see it: with the lives of the rows, and what each moved. */
const playback: Step = async (place) => {
  const { Recording, EVERYTHING } = await compiled<Tape>('recording/reader.js');
  const play = await compiled<Playback>('recording/playback/playback.js');
  return async () => {
    const recording = Recording.open(tapeOf(place));
    for (const _ of play.playback({ recording, window: EVERYTHING }));
    recording.close();
    return undefined;
  };
};

interface Transcripts {
  openTranscript(path: string, stdin: Readable): Promise<Polls & { close(): Promise<void> }>;
}

interface Polls {
  items(signal: AbortSignal): AsyncIterable<{ kind: string }>;
}

interface Recorder {
  record(source: Polls, path: string, options: object, signal: AbortSignal): Promise<unknown>;
}

/** Polls as the recorder keeps them, durable, a transaction each; the CPU of each apart. */
const poll: Step = async (place) => {
  const { openTranscript } = await compiled<Transcripts>('transcript/read.js');
  const { record } = await compiled<Recorder>('recording/recorder.js');
  const path = join(place.folder, 'polls.tape');
  rmSync(path, { force: true });
  return async () => {
    const source = await openTranscript(place.transcript, Readable.from([]));
    const costs: number[] = [];
    let before = process.cpuUsage();
    const kept = ({ kind }: { kind: string }) => {
      if (kind === 'snapshot') costs.push(cpuMs(process.cpuUsage(before)));
      before = process.cpuUsage();
    };
    const ourselves = { notice: () => {}, writtenBy: 'conntape bench', now: Date.now };
    const options = { round: 1, durable: true, kept, ...ourselves };
    await record(firstOf(source), path, options, new AbortController().signal);
    await source.close();
    const [first = 0, ...following] = costs;
    following.sort((a, b) => a - b);
    return { first, following: following[Math.floor(following.length / 2)] ?? 0 };
  };
};

function cpuMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

function firstOf(source: Polls): Polls {
  return {
    async *items(signal) {
      let polls = 0;
      for await (const item of source.items(signal)) {
        yield item;
        if (item.kind === 'snapshot' && ++polls > POLLS) return;
      }
    },
  };
}

/** As the program does before it loads anything (src/main.ts): the modules of this file came first. */
const { boundHeap } = await compiled<{ boundHeap(): void }>('heap.js');
boundHeap();

/** Loads the native library, and the program as `conntape --version` does. */
async function start(): Promise<void> {
  new Database(':memory:').close();
  const { runConntape } = await compiled<Program>('commands/program.js');
  await runConntape(['--version'], ioTo(nowhere()));
}

/** The names of the reports, in conntape's order. */
async function reportNames(): Promise<string[]> {
  const { REPORTS } = await compiled<{ REPORTS: readonly { name: string }[] }>(
    'reports/reports.js',
  );
  return REPORTS.map(({ name }) => name);
}

const report = (name: string) =>
  command((place) => ['report', name, tapeOf(place), '--format', 'csv'], name);

const names = await reportNames();

export const conntape: System = {
  title: 'conntape',
  keeps: [FILE],
  start,
  steps: {
    import: async (place) => {
      rmSync(tapeOf(place), { force: true });
      return command(() => ['import', place.transcript, tapeOf(place)])(place);
    },
    replay,
    playback,
    instant: async (place) => {
      const at = worstInstant(place);
      return command(() => ['replay', tapeOf(place), '--at', at])(place);
    },
    ...Object.fromEntries(names.map((name) => [name, report(name)])),
    'report all': command((place) => ['report', 'all', tapeOf(place), '--format', 'ndjson']),
    audit: command((place) => ['audit', tapeOf(place)]),
    verify: command((place) => ['verify', tapeOf(place)]),
    'verify --rebuild': command((place) => ['verify', tapeOf(place), '--rebuild']),
    export: async (place) => {
      const folder = join(place.folder, 'export');
      rmSync(folder, { recursive: true, force: true });
      return command(() => ['export', tapeOf(place), folder])(place);
    },
    poll,
  },
};
