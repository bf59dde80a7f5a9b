/**
 * `conntape demo`: everything at once, without a Tor.
 * Owns the staging: a scenario, played through a real control port on loopback, recorded with the
 * ordinary recorder on a clock that does not wait.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { type Io, tell } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { progressOn } from '../cli/progressOn.ts';
import { recordingTables } from '../cli/recordingTables.ts';
import { DEFAULTS, questionOf } from '../cli/reporting.ts';
import { DEFAULT_ROUND } from '../cli/rounding.ts';
import { screenOf } from '../cli/tables.ts';
import { PROGRAM } from '../cli/version.ts';
import { fitted, lineWidth } from '../cli/wrapped.ts';
import { parseAddress } from '../control/address.ts';
import { ControlServer } from '../control/server.ts';
import { BAR_MS, PICTURED, pictureLines } from '../demo/picture.ts';
import { SCENARIO_HEADER, scenario } from '../demo/scenario.ts';
import { ConntapeError } from '../error.ts';
import type { Gap, Snapshot } from '../listing/snapshot.ts';
import type { Row, Table } from '../output/table.ts';
import { writeTable, writeText } from '../output/write.ts';
import { fullDiskOf } from '../recording/faults.ts';
import { removeRecording } from '../recording/files.ts';
import { EVERYTHING, Recording } from '../recording/reader.ts';
import { record } from '../recording/recorder.ts';
import { REPORTS } from '../reports/reports.ts';
import { tablesOf } from '../reports/tables.ts';
import { MomentService } from '../serving/moment.ts';
import { openNative } from '../sources/native.ts';
import { openPolling } from '../sources/polling.ts';
import type { Clock } from '../sources/recordedTime.ts';
import { tableFiles, writeTables } from './export.ts';
import { factLines } from './info.ts';

const DEFAULT_DIR = 'conntape-demo';

const TAPE = 'demo.tape';

/** How many rows of each report are printed; the files hold them all. */
const SHOWN_ROWS = 5;

export function addDemoCommand(program: Command, io: Io): void {
  program
    .command('demo')
    .summary('see what it does, without a Tor')
    .description(
      'Plays two made-up hours of a relay through a control port on loopback, records them, prints every report and writes it as CSV.',
    )
    .argument('[dir]', 'the folder for the recording and the CSV files', DEFAULT_DIR)
    .addHelpText('after', '\nExample:\n  $ conntape demo')
    .action((dir: string) => demo(dir, io));
}

async function demo(dir: string, io: Io): Promise<void> {
  const path = join(dir, TAPE);
  const files = tableFiles(dir, [path], io);
  mayReplace(path);
  await recordScenario(path, io);
  await withRecording(path, io, async (recording) => {
    await printAll(recording, io);
    const question = questionOf(recording, EVERYTHING, DEFAULTS);
    const reports = tablesOf(REPORTS, question);
    await writeTables([...reports, ...recordingTables(recording)], files, undefined);
    const pictured = REPORTS.filter(({ name }) => PICTURED.some((one) => one === name));
    const tables = tablesOf(pictured, { ...question, bucketMs: BAR_MS });
    const width = lineWidth(io.stdout);
    await writeText(
      [
        'The story, and what was recorded of it, four minutes a bar\n',
        ...pictureLines(tables),
        '\nWhat to look at\n',
        ...proposals(path).map((line) => `  ${line}\n`),
        '\n',
        `Every row of the reports above is in ${dir}/NAME.csv (${files.size} files).\n`,
      ].map((line) => fitted(line, width)),
      io.stdout,
    );
  });
}

/** Commands, each under what it answers. */
function proposals(path: string): string[] {
  return [
    [`conntape audit ${path}`, 'what looks wrong, with evidence'],
    [`conntape replay ${path} --at 02:45`, 'what conn/all said at a moment'],
    [`conntape report timeline ${path} --circuit 7777`, 'the lopsided circuit’s two sides'],
    [`conntape report connections ${path} --from 03:00 --to 03:05`, 'who came and went'],
  ].flatMap(([command, answers]) => [`# ${answers}`, command!]);
}

const RECORDING_INTO = 'recording the story into';

/** Throws `usage` where something else than what a demo recorded is in the way. */
function mayReplace(path: string): void {
  if (!existsSync(path) || fingerprintIn(path) === SCENARIO_HEADER.relay.fingerprint) return;
  throw new ConntapeError('usage', {
    operation: RECORDING_INTO,
    object: path,
    cause: 'there is a file that no demo of this conntape made',
    hint: 'move it away, or name another folder',
  });
}

/** Whose relay's a recording is; undefined where it cannot be read. */
function fingerprintIn(path: string): string | undefined {
  try {
    const recording = Recording.open(path);
    try {
      return recording.header.relay.fingerprint;
    } finally {
      recording.close();
    }
  } catch {
    return undefined;
  }
}

/** Records the scenario in a folder of its own, and puts it in its place when it is whole. */
async function recordScenario(path: string, io: Io): Promise<void> {
  const folder = join(dirname(path), `.conntape-demo-${randomBytes(8).toString('hex')}`);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const release = io.undoIfKilled(remove);
  try {
    mkdirSync(folder, 0o700);
    const trouble = await playIn(folder, io);
    if (trouble !== undefined) {
      throw new ConntapeError('recording', {
        operation: RECORDING_INTO,
        object: path,
        cause: trouble,
        hint: 'make room on the disk, or name a folder on another',
      });
    }
    // A log that an end in the midst left beside the old one is not the new one's.
    removeRecording(path);
    renameSync(join(folder, TAPE), path);
  } catch (thrown) {
    throw fullDiskOf(thrown, RECORDING_INTO, path);
  } finally {
    remove();
    await release();
  }
}

/**
 * Plays the scenario through a control port and records that, a snapshot a poll, until something
 * cannot be kept. Gives why; undefined where all was.
 */
async function playIn(folder: string, io: Io): Promise<string | undefined> {
  const service = new MomentService(SCENARIO_HEADER, DEFAULT_ROUND);
  const server = await ControlServer.listen({
    address: parseAddress('127.0.0.1:0'),
    service,
    authentication: { cookieFile: join(folder, 'control_auth_cookie') },
  });
  const stage = new Stage(service, io);
  const { intervalMs } = SCENARIO_HEADER;
  const open = () => openNative({ address: server.address }, intervalMs);
  const options = {
    intervalMs,
    clock: stage,
    notice: (text: string) => tell(io, text),
    random: Math.random,
  };
  try {
    const source = await openPolling(open, options, stage.over);
    let trouble: string | undefined;
    const recorder = {
      durable: false,
      writtenBy: PROGRAM,
      now: () => stage.wall(),
      round: DEFAULT_ROUND,
      notice: (text: string) => {
        trouble ??= text;
        stage.end();
      },
    };
    const { paused } = await record(source, join(folder, TAPE), recorder, stage.over);
    await source.close();
    return paused ?? trouble;
  } finally {
    stage.clear();
    await server.close();
  }
}

/**
 * The clock of the story: the recorder's wait for the next poll is the story's next moment.
 */
class Stage implements Clock {
  readonly #service: MomentService;
  readonly #items: Iterator<Snapshot | Gap>;
  readonly #end = new AbortController();
  readonly #progress;
  #shown = 0;
  #now = 0;

  constructor(service: MomentService, io: Io) {
    this.#service = service;
    this.#items = scenario();
    this.#progress = progressOn(io, 'recording the story', undefined);
    this.#next();
  }

  /** Aborts at the end of the story. */
  get over(): AbortSignal {
    return this.#end.signal;
  }

  wall(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  async wait(): Promise<void> {
    this.#next();
  }

  end(): void {
    this.#end.abort();
  }

  clear(): void {
    this.#progress.finish();
  }

  #next(): void {
    const gaps: Gap[] = [];
    for (;;) {
      const { value, done } = this.#items.next();
      if (done === true) {
        this.end();
        return;
      }
      if (value.kind === 'gap') {
        gaps.push(value);
        continue;
      }
      this.#service.show(value, gaps);
      this.#now = value.at;
      this.#progress.advance(++this.#shown);
      return;
    }
  }
}

async function printAll(recording: Recording, io: Io): Promise<void> {
  await writeText(
    ['What was recorded (conntape info)\n', ...factLines(recording, io.stdout), '\n'],
    io.stdout,
  );
  const tables = tablesOf(REPORTS, questionOf(recording, EVERYTHING, DEFAULTS));
  for (const table of tables) {
    const shown = firstRows(table, SHOWN_ROWS);
    await writeText([`conntape report ${table.name}\n`], io.stdout);
    await writeTable(shown, 'table', io.stdout, {
      screen: screenOf(io.stdout, io, 'the CSV files have all'),
    });
    const more = shown.left() > 0 ? `… and ${shown.left()} more rows\n` : '';
    await writeText([`${more}\n`], io.stdout);
  }
}

/** The table's first rows, and how many more there were once these are read. */
function firstRows(table: Table, count: number): Table & { readonly left: () => number } {
  let total = 0;
  function* first(): Generator<Row> {
    for (const row of table.rows) if (total++ < count) yield row;
  }
  return { ...table, rows: first(), left: () => Math.max(0, total - count) };
}
