/**
 * Running a tool that reads sockets, without a shell.
 * Owns its time, how much it may print, and what its failure is called; what it prints is the tools'
 * files'.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { ConntapeError, messageOf } from '../error.ts';
import { sharesNetwork } from './proc.ts';

/** A tool that has not answered by then never will; the busiest machine takes a second or two. */
const TIMEOUT_MS = 20_000;

/** A hundred thousand sockets are some 70 MB of `ss`. */
const MAX_OUTPUT_BYTES = 256 * 2 ** 20;

/** The longest line of `ss` has some 1,500 characters. */
const MAX_LINE_LENGTH = 2 ** 16;

/** What is run, without a shell. */
export interface Invocation {
  readonly tool: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** How a tool is run so that it looks at the network that the process is in. */
export async function inNetworkOf(
  pid: number,
  tool: string,
  args: readonly string[],
): Promise<Invocation> {
  if (await sharesNetwork(pid)) return { tool, command: tool, args };
  const entering = [`--net=/proc/${pid}/ns/net`, '--', tool, ...args];
  return {
    tool: `${tool} in the network namespace of process ${pid}`,
    command: 'nsenter',
    args: entering,
  };
}

/** As `outputOf`, line by line. */
export async function linesOf(
  invocation: Invocation,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = '';
  await outputOf(invocation, (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_LINE_LENGTH) throw new Error('it prints a line without end');
    for (const line of lines) onLine(line);
  });
  if (rest !== '') onLine(rest);
}

/** Runs a tool and gives what it prints. Throws `connect`, with what it said of its failure. */
export async function outputOf(
  { tool, command, args }: Invocation,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.setEncoding('latin1');
  child.stderr.on('data', (chunk: string) => {
    if (said.length < MAX_SAID) said += chunk;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A tool that is not there fails before it prints; its failure comes by `ended`.
  ended.catch(() => {});
  try {
    await readAll(child.stdout, onChunk);
    const code = await ended;
    if (code !== 0) throw new Error(failureOf(code, said));
  } catch (thrown) {
    child.kill('SIGKILL');
    throw ranBadly(tool, thrown, command);
  }
}

/** Whether a tool refused an option, by what it says of it. */
export function refusesOption(message: string): boolean {
  return /(?:invalid|unrecognized|unknown|illegal) option/i.test(message);
}

/** What a tool says of its failure fits in a line or two. */
const MAX_SAID = 1000;

function failureOf(code: number | null, said: string): string {
  const ended = code === null ? 'it was stopped' : `it ended with code ${code}`;
  const line = said.split('\n').find((text) => text.trim() !== '');
  return line === undefined ? ended : `${ended}: ${line.trim()}`;
}

export function ranBadly(tool: string, thrown: unknown, command = tool): ConntapeError {
  const isMissing = (thrown as NodeJS.ErrnoException).code === 'ENOENT';
  return new ConntapeError(
    'connect',
    {
      operation: 'running',
      object: tool,
      cause: isMissing ? `${command} is not installed` : messageOf(thrown),
    },
    { cause: thrown },
  );
}

async function readAll(stream: Readable, onChunk: (chunk: Buffer) => void): Promise<void> {
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) throw new Error('it prints without end');
    onChunk(chunk);
  }
}
