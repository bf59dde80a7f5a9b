/**
 * Every command that reads a recording, run on one, and what it printed.
 * Owns the list of commands; what they should print is the undamaged recording's.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { Interruption, type Io } from '../../src/cli/io.ts';
import { runConntape } from '../../src/commands/program.ts';
import { parseAddress } from '../../src/control/address.ts';
import { ControlClient } from '../../src/control/client.ts';
import { run } from '../commands/running.ts';

/** As a shell sees it. */
const ENDED_BY_SIGTERM = 128 + 15;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What differs between copies that hold the same: bytes, and their names. */
function withoutSize(text: string): string {
  return text.replace(/^(?:size|state) .*\n/gm, '');
}

const PLAIN: Readonly<Record<string, readonly string[]>> = {
  info: [],
  replay: [],
  'replay --format transcript': ['--format', 'transcript'],
  'replay --at +45s': ['--at', '+45s'],
  'report all': ['--format', 'ndjson'],
  'report churn --from +30s': ['--from', '+30s', '--to', '+70s', '--bucket', '10s'],
  audit: [],
  verify: [],
};

/** By command line, what each command makes of a recording. */
export const COMMANDS: ReadonlyMap<string, (path: string) => Promise<Ran>> = new Map([
  ...Object.entries(PLAIN).map(([line, options]) => {
    const [command, ...words] = line.split(' ');
    const name = command === 'report' ? [words[0]!] : [];
    const ask = async (path: string) => {
      const ran = await run([command!, ...name, path, ...options]);
      return { ...ran, stdout: withoutSize(ran.stdout) };
    };
    return [line, ask] as const;
  }),
  ['export', exported] as const,
  ['cut', cut] as const,
  ['serve --recording', served] as const,
]);

async function inFolder(use: (folder: string) => Promise<Ran>): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function exported(path: string): Promise<Ran> {
  return inFolder(async (folder) => {
    const ran = await run(['export', path, folder]);
    const files = readdirSync(folder).sort();
    const texts = files.map((file) => `${file}\n${readFileSync(join(folder, file), 'utf8')}`);
    // A command that fails may leave the files that it had written whole.
    return { ...ran, stdout: ran.code === 0 ? texts.join('\n') : '' };
  });
}

function cut(path: string): Promise<Ran> {
  return inFolder(async (folder) => {
    const out = join(folder, 'cut.tape');
    const ran = await run(['cut', path, out]);
    if (ran.code !== 0) return ran;
    const copy = await run(['replay', out, '--format', 'transcript']);
    return { ...copy, stderr: ran.stderr + copy.stderr };
  });
}

/** The moment at which serving begins, and the end of the tape. */
async function served(path: string): Promise<Ran> {
  const interruption = new AbortController();
  let elapsed = 0;
  let stderr = '';
  let wake = () => {};
  let heard = () => {};
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
  const io: Io = {
    ...{ stdin: Readable.from([]), stdout, env: {}, now: () => 0, monotonic: () => elapsed },
    undoIfKilled: () => async () => {},
    stderr: new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        stderr += chunk;
        heard();
        done();
      },
    }),
    wait: (_ms, signal) =>
      new Promise((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    interrupted: interruption.signal,
  };
  const ended = runConntape(['serve', '--recording', path, '--listen', '127.0.0.1:0'], io);
  const begun = new Promise<void>((resolve) => {
    heard = () => {
      if (stderr.includes('conntape: from ')) resolve();
    };
  });
  const first = await Promise.race([begun, ended]);
  if (first !== undefined) return { code: first, stdout: '', stderr };
  const address = parseAddress(/ at (127\.0\.0\.1:\d+)/.exec(stderr)![1]!);
  const client = await ControlClient.connect({ address });
  const said: string[] = [];
  const ask = async () => said.push((await client.tryGetInfo('conn/all')) ?? 'nothing');
  await Promise.race([ask(), ended]);
  // A week: to the end of the tape.
  elapsed = 7 * 24 * 3_600_000;
  wake();
  await Promise.race([ask().catch(() => {}), ended]);
  interruption.abort(new Interruption('SIGTERM'));
  // Served until it was stopped, which ends it by the signal.
  const code = (await ended) === ENDED_BY_SIGTERM ? 0 : await ended;
  await client.close();
  return { code, stdout: code === 0 ? said.join('\n\n') : '', stderr };
}
