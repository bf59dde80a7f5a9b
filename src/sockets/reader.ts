/**
 * The TCP sockets of one process, by whichever tool is there.
 * Owns the choice of the tool and running it; the formats are the tools' files'.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { ConntapeError, messageOf } from '../error.ts';
import { LsofParser, lsofArguments } from './lsof.ts';
import { NETSTAT_ARGUMENTS, parseNetstatLine } from './netstat.ts';
import { readProcTable, SocketDescriptors, sharesNetwork, socketDescriptors } from './proc.ts';
import type { SystemSocket } from './socket.ts';
import { type CountedBytes, SsParser } from './ss.ts';
import { refusesOption, SS_ARGUMENTS } from './ssArguments.ts';

/** What a stock Tor's sockets are read with, best first. */
export const SOCKET_TOOLS = ['ss', 'lsof', 'proc'] as const;

/** What an operator may name as a witness, best first. */
export const WITNESS_TOOLS = ['ss', 'lsof', 'netstat'] as const;

export type WitnessTool = (typeof WITNESS_TOOLS)[number];

export type SocketTool = (typeof SOCKET_TOOLS)[number] | WitnessTool;

/** Debian's packages with the tools. */
const PACKAGES = { ss: 'iproute2', lsof: 'lsof', netstat: 'net-tools' } as const;

export interface SocketReader {
  readonly tool: SocketTool;
  /** What its last reading showed to be counted; undefined where nothing showed it. */
  readonly counts: CountedBytes | undefined;
  /** The TCP sockets of a process, listening ones too. Throws `connect` where they cannot be read. */
  read(pid: number): Promise<SystemSocket[]>;
}

/** A tool that has not answered by then never will; the busiest machine takes a second or two. */
const TIMEOUT_MS = 20_000;

/** A hundred thousand sockets are some 70 MB of `ss`. */
const MAX_OUTPUT_BYTES = 256 * 2 ** 20;

/**
 * The first tool that can read the process; only `ss` counts bytes. Throws `connect` where none
 * can, with what each of them said.
 * @param withDetails whether `ss` is to say how sockets fare.
 */
export async function openSocketReader(
  pid: number,
  tools: readonly SocketTool[] = SOCKET_TOOLS,
  withDetails = false,
): Promise<SocketReader> {
  const failures: string[] = [];
  const missing: SocketTool[] = [];
  for (const tool of tools) {
    const reader = socketReader(tool, withDetails);
    try {
      await reader.read(pid);
      return reader;
    } catch (thrown) {
      failures.push(messageOf(thrown));
      if (isMissing(thrown, tool)) missing.push(tool);
    }
  }
  const wanted = WITNESS_TOOLS.find((tool) => missing.includes(tool));
  const install = wanted === undefined ? '' : `install ${PACKAGES[wanted]} for ${wanted}`;
  const isAllMissing = missing.length === tools.length;
  throw new ConntapeError('connect', {
    operation: 'reading the sockets of',
    object: `process ${pid}`,
    cause: failures.join('; '),
    hint: [...(isAllMissing ? [] : [PERMISSION]), ...(install === '' ? [] : [install])].join('; '),
  });
}

const PERMISSION = 'run as the same user as Tor, or as root, on the same machine';

/** Whether the program that was to be run is not there. */
function isMissing(thrown: unknown, tool: SocketTool): boolean {
  const cause = thrown instanceof ConntapeError ? thrown.cause : undefined;
  const { code, path } = (cause ?? {}) as NodeJS.ErrnoException;
  // What enters another namespace may be missing, too, while the tool is there.
  return code === 'ENOENT' && path === tool;
}

export function socketReader(tool: SocketTool, withDetails = false): SocketReader {
  if (tool === 'ss') return new SsReader(withDetails);
  const readers = { lsof: readWithLsof, netstat: readWithNetstat, proc: readFromProc };
  return { tool, counts: 'nothing', read: readers[tool] };
}

/**
 * Asks `ss` for inodes: asking it for processes (-p) costs three times as much, for it looks through
 * every process of the machine.
 */
class SsReader implements SocketReader {
  readonly tool = 'ss';
  counts: CountedBytes | undefined;
  /** Which of SS_ARGUMENTS this ss takes: those before were refused. */
  #form = 0;
  readonly #withDetails: boolean;
  #descriptors: SocketDescriptors | undefined;
  /** What was read last, by inode, which no other socket is given. */
  #before: ReadonlyMap<number, SystemSocket> = new Map();

  constructor(withDetails: boolean) {
    this.#withDetails = withDetails;
  }

  async read(pid: number): Promise<SystemSocket[]> {
    for (;;) {
      try {
        const parser = new SsParser(this.#withDetails);
        const args = SS_ARGUMENTS[this.#form]!;
        await outputOf(await inNetworkOf(pid, 'ss', args), (chunk) => parser.push(chunk));
        const descriptors = await this.#descriptorsOf(pid, parser);
        const { sockets, counts } = understood(() => parser.end(descriptors, this.#before));
        this.counts = counts ?? this.counts;
        this.#before = new Map(sockets.map((socket) => [socket.inode!, socket]));
        return sockets;
      } catch (thrown) {
        if (!refusesOption(messageOf(thrown)) || this.#form + 1 >= SS_ARGUMENTS.length)
          throw thrown;
        this.#form++;
      }
    }
  }

  async #descriptorsOf(pid: number, parser: SsParser): Promise<ReadonlyMap<number, number>> {
    if (this.#descriptors?.pid !== pid) this.#descriptors = new SocketDescriptors(pid);
    const there = parser.inodes();
    return mustBeReadable(pid, await this.#descriptors.read((inode) => there.has(inode)));
  }
}

function understood<Read>(end: () => Read): Read {
  try {
    return end();
  } catch (thrown) {
    throw ranBadly('ss', thrown);
  }
}

/** What is run, without a shell. */
interface Invocation {
  readonly tool: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** How a tool is run so that it looks at the network that the process is in. */
async function inNetworkOf(
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

async function readWithLsof(pid: number): Promise<SystemSocket[]> {
  const parser = new LsofParser();
  await linesOf(await inNetworkOf(pid, 'lsof', lsofArguments(pid)), (line) => parser.push(line));
  return parser.sockets;
}

/** netstat names no process to who may not look into it: nothing of it is then read as nothing. */
async function readWithNetstat(pid: number): Promise<SystemSocket[]> {
  mustBeReadable(pid, await socketDescriptors(pid));
  const sockets: SystemSocket[] = [];
  await linesOf(await inNetworkOf(pid, 'netstat', NETSTAT_ARGUMENTS), (line) => {
    const socket = parseNetstatLine(line, pid);
    if (socket !== undefined) sockets.push(socket);
  });
  return sockets;
}

/** A process that is not there is ownedBy's to find. */
async function readFromProc(pid: number): Promise<SystemSocket[]> {
  return ownedBy(pid, await readProcTable(pid));
}

/** Those sockets whose inode is among the process's descriptors. */
async function ownedBy(pid: number, sockets: readonly SystemSocket[]): Promise<SystemSocket[]> {
  const descriptors = mustBeReadable(pid, await socketDescriptors(pid));
  const own: SystemSocket[] = [];
  for (const socket of sockets) {
    const fd = socket.inode === undefined ? undefined : descriptors.get(socket.inode);
    if (fd !== undefined) own.push({ ...socket, fd });
  }
  return own;
}

/** The sockets among the descriptors of a process. Throws `connect` where they could not be read. */
function mustBeReadable(
  pid: number,
  descriptors: ReadonlyMap<number, number> | undefined,
): ReadonlyMap<number, number> {
  if (descriptors !== undefined) return descriptors;
  throw new ConntapeError('connect', {
    operation: 'reading the descriptors of',
    object: `process ${pid}`,
    cause: 'it is not there, or is not yours to look into',
    hint: 'run as the same user as Tor, or as root',
  });
}

/** As `outputOf`, line by line. */
async function linesOf(invocation: Invocation, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  await outputOf(invocation, (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
  if (rest !== '') onLine(rest);
}

/** Runs a tool and gives what it prints. Throws `connect`, with what it said of its failure. */
async function outputOf(
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

/** What a tool says of its failure fits in a line or two. */
const MAX_SAID = 1000;

function failureOf(code: number | null, said: string): string {
  const ended = code === null ? 'it was stopped' : `it ended with code ${code}`;
  const line = said.split('\n').find((text) => text.trim() !== '');
  return line === undefined ? ended : `${ended}: ${line.trim()}`;
}

function ranBadly(tool: string, thrown: unknown, command = tool): ConntapeError {
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
