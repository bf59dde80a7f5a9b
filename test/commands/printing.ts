/**
 * Every command line that prints, for tests that hold something of all of them.
 * Owns the list, and the recording that they are of, the demo's, of the half hour in which most happens;
 * and which lines are too wide for a terminal.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { REPORT_NAMES } from './reportNames.ts';
import { type Ran, run, type World } from './running.ts';

export interface Printing {
  /** TAPE is a recording, NONE a path at which there is nothing. */
  readonly line: string;
  readonly code: number;
}

const succeeding = (line: string): Printing => ({ line, code: 0 });

const listed = (await run(['--help'])).stdout.split('Commands:\n')[1]!;
const COMMANDS = [...listed.matchAll(/^ {2}([a-z]+) /gm)]
  .map(([, name]) => name!)
  .filter((name) => name !== 'help');

const SUBCOMMANDS = ['fleet audit --help', 'fleet help answer'];

export const HELPS = [
  ...['--help', '--version', ...SUBCOMMANDS],
  ...COMMANDS.map((name) => `help ${name}`),
].map(succeeding);

const OTHER_WINDOW = '--from -10m --with -20m..-10m';

/** Each table, beside `report all`, which writes them as they are written alone. */
export const TABLES = REPORT_NAMES.map((name) => succeeding(`report ${name} TAPE`));

/** Tables, and sentences: for people. */
export const TEXTS: readonly Printing[] = [
  ...[
    'info TAPE',
    'verify TAPE --rebuild',
    'replay TAPE --at 03:12 --format table',
    'report all TAPE',
    'report timeline TAPE --circuit 8888',
    'report connections TAPE --port 9001 --sort ip',
    `compare TAPE ${OTHER_WINDOW}`,
    'audit TAPE',
    'answer TAPE --at 03:12 --destination 198.51.100.7:443',
    'fleet audit TAPE',
    'fleet answer TAPE --at 03:12 --destination 198.51.100.7:443',
    'queries',
  ].map(succeeding),
  { line: 'audit TAPE --fail-on warning', code: 3 },
  { line: `verify TAPE --head ${'5d'.repeat(32)}`, code: 4 },
];

/** What a program reads, or a shell: each line is as long as it is. */
export const DATA = [
  'replay TAPE --at 03:12',
  ...['table', 'listing', 'csv', 'json', 'transcript'].map((format) => {
    return `replay TAPE --format ${format}`;
  }),
  ...['csv', 'json', 'ndjson'].map((format) => `report connections TAPE --format ${format}`),
  'report all TAPE --format ndjson',
  'report churn TAPE --excel',
  'answer TAPE --at 03:12 --format json',
  'fleet answer TAPE --at 03:12 --format json',
  'queries churn',
  ...['bash', 'zsh', 'fish'].map((shell) => `completion ${shell}`),
  'man',
].map(succeeding);

/** What is told of a mistake. */
export const MISTAKES: readonly Printing[] = [
  { line: '', code: 2 },
  ...[
    'rewind TAPE',
    'report gossip TAPE',
    'report churn',
    'report churn TAPE --from soon',
    'report churn TAPE --columns no',
    'report churn TAPE --output NONE/none/churn.csv',
    'replay TAPE --from 03:10 --to 03:00',
    'audit TAPE --set hog.share=1',
    `compare TAPE --with yesterday`,
    'answer TAPE',
    'fleet',
    'fleet audit',
    'fleet answer TAPE',
    'import - TAPE',
    'record NONE --control /run/tor/control',
  ].map((line) => ({ line, code: 2 })),
  ...[
    'info NONE',
    'fleet audit NONE',
    'replay TAPE --at 2026-11-22',
    'compare TAPE',
    'record NONE/none/a.tape',
  ].map((line) => ({ line, code: 1 })),
];

const STYLE = /\u001b\[\d{1,2}(?:;\d{1,2})*m/g;

export function unstyled(text: string): string {
  return text.replaceAll(STYLE, '');
}

/** A command, which is to be copied as it is. */
const COMMAND = /^ *(?:Again {2,})?\$ /;

/** The lines that a terminal breaks; not those of one word, which nobody can. */
export function tooWide(text: string, columns: number): string[] {
  return unstyled(text)
    .split('\n')
    .filter((line) => Array.from(line).length > columns)
    .filter((line) => !COMMAND.test(line) && line.trim().includes(' '));
}

/** What `demo` printed on a terminal of 60 columns, and a recording of what it recorded. */
export function demonstrated() {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  const tape = join(folder, 'hour.tape');
  const made: { demo?: Ran } = {};
  beforeAll(async () => {
    made.demo = await run(['demo', folder], { columns: 60 });
    const whole = join(folder, 'demo.tape');
    await run(['cut', whole, tape, '--from', '03:02', '--to', '03:37']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const argsOf = (line: string) =>
    line
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => (word === 'TAPE' ? tape : word.replace(/^NONE/, join(folder, 'none'))));
  const runs = new Map<string, Promise<Ran>>();
  return {
    folder,
    tape,
    demo: () => made.demo!,
    run: (line: string, world?: World) => run(argsOf(line), world),
    /** The same in a pipe, or on a terminal; each once. */
    runOnce: (line: string, columns?: number): Promise<Ran> => {
      const key = `${columns} ${line}`;
      const ran = runs.get(key) ?? run(argsOf(line), columns === undefined ? {} : { columns });
      runs.set(key, ran);
      return ran;
    },
  };
}
