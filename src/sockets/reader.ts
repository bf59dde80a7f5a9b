/**
 * The TCP sockets of one process, by whichever tool is there.
 * Owns the choice of the tool and running it; the formats are the tools' files'.
 */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ConntapeError, messageOf } from '../error.ts';
import { LsofParser, lsofArguments } from './lsof.ts';
import { NETSTAT_ARGUMENTS, parseNetstatLine } from './netstat.ts';
import { parseProcLine, sharesNetwork, socketDescriptors } from './proc.ts';
import type { SystemSocket } from './socket.ts';
import { parseSsLine, SS_ARGUMENTS } from './ss.ts';

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
  /** Whether its sockets carry `sent` and `received`. */
  readonly countsBytes: boolean;
  /** The TCP sockets of a process, listening ones too. Throws `connect` where they cannot be read. */
  read(pid: number): Promise<SystemSocket[]>;
}

/** A tool that has not answered by then never will; the busiest machine takes a second or two. */
const TIMEOUT_MS = 20_000;

/** A hundred thousand sockets are some 70 MB of `ss`. */
const MAX_OUTPUT_BYTES = 256 * 2 ** 20;

/**
 * The first tool that can tell of the process; only `ss` counts bytes. Throws `connect` where none
 * can.
 */
export async function openSocketReader(
  pid: number,
  tools: readonly SocketTool[] = SOCKET_TOOLS,
): Promise<SocketReader> {
  const failures: string[] = [];
  const wanted = WITNESS_TOOLS.find((tool) => tools.includes(tool)) ?? 'ss';
  for (const tool of tools) {
    const reader = socketReader(tool);
    try {
      await reader.read(pid);
      return reader;
    } catch (thrown) {
      failures.push(messageOf(thrown));
    }
  }
  throw new ConntapeError('connect', {
    operation: 'reading the sockets of',
    object: `process ${pid}`,
    cause: failures.join('; '),
    hint: `run as the same user as Tor, or as root, on the same machine; install ${PACKAGES[wanted]} for ${wanted}`,
  });
}

export function socketReader(tool: SocketTool): SocketReader {
  const readers = {
    ss: readWithSs,
    lsof: readWithLsof,
    netstat: readWithNetstat,
    proc: readFromProc,
  };
  return { tool, countsBytes: tool === 'ss', read: readers[tool] };
}

/** Throws `connect` where a tool that looks at its own network would not see the process's. */
async function mustShareNetwork(pid: number, tool: SocketTool): Promise<void> {
  if (await sharesNetwork(pid)) return;
  throw new ConntapeError('connect', {
    operation: 'running',
    object: tool,
    cause: `process ${pid} has a network of its own, which it does not see`,
    hint: 'run in the same container as Tor',
  });
}

async function readWithSs(pid: number): Promise<SystemSocket[]> {
  await mustShareNetwork(pid, 'ss');
  const sockets: SystemSocket[] = [];
  await linesOf('ss', SS_ARGUMENTS, (line) => {
    const socket = parseSsLine(line);
    if (socket !== undefined) sockets.push(socket);
  });
  return ownedBy(pid, sockets);
}

async function readWithLsof(pid: number): Promise<SystemSocket[]> {
  const parser = new LsofParser();
  await linesOf('lsof', lsofArguments(pid), (line) => parser.push(line));
  return parser.sockets;
}

/** netstat names no process to who may not look into it: nothing of it is then read as nothing. */
async function readWithNetstat(pid: number): Promise<SystemSocket[]> {
  await mustShareNetwork(pid, 'netstat');
  await mustBeReadable(pid);
  const sockets: SystemSocket[] = [];
  await linesOf('netstat', NETSTAT_ARGUMENTS, (line) => {
    const socket = parseNetstatLine(line, pid);
    if (socket !== undefined) sockets.push(socket);
  });
  return sockets;
}

async function readFromProc(pid: number): Promise<SystemSocket[]> {
  const sockets: SystemSocket[] = [];
  for (const table of ['tcp', 'tcp6']) {
    const input = createReadStream(`/proc/${pid}/net/${table}`);
    try {
      for await (const line of createInterface({ input })) {
        const socket = parseProcLine(line);
        if (socket !== undefined) sockets.push(socket);
      }
    } catch (thrown) {
      // A machine without IPv6 has no tcp6. Where there is no such process, ownedBy tells it.
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    }
  }
  return ownedBy(pid, sockets);
}

/**
 * Those sockets whose inode is among the process's descriptors. Asking `ss` itself for processes
 * (-p) costs three times as much, for it looks through every process of the machine.
 */
async function ownedBy(pid: number, sockets: readonly SystemSocket[]): Promise<SystemSocket[]> {
  const descriptors = await mustBeReadable(pid);
  const own: SystemSocket[] = [];
  for (const socket of sockets) {
    const fd = socket.inode === undefined ? undefined : descriptors.get(socket.inode);
    if (fd !== undefined) own.push({ ...socket, fd });
  }
  return own;
}

/** The sockets among the descriptors of a process. Throws `connect` where they may not be read. */
async function mustBeReadable(pid: number): Promise<ReadonlyMap<number, number>> {
  const descriptors = await socketDescriptors(pid);
  if (descriptors !== undefined) return descriptors;
  throw new ConntapeError('connect', {
    operation: 'reading the descriptors of',
    object: `process ${pid}`,
    cause: 'it is not there, or is not yours to look into',
    hint: 'run as the same user as Tor, or as root',
  });
}

/** Runs a tool without a shell and gives each line it prints. */
async function linesOf(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C' },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A tool that is not there fails before it prints; its failure is told by `ended`.
  ended.catch(() => {});
  try {
    await readLines(child.stdout, onLine);
    const code = await ended;
    if (code !== 0)
      throw new Error(code === null ? 'it was stopped' : `it ended with code ${code}`);
  } catch (thrown) {
    child.kill('SIGKILL');
    throw new ConntapeError(
      'connect',
      { operation: 'running', object: command, cause: messageOf(thrown) },
      { cause: thrown },
    );
  }
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  let bytes = 0;
  stream.setEncoding('latin1');
  for await (const chunk of stream as AsyncIterable<string>) {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) throw new Error('it prints without end');
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  }
  if (rest !== '') onLine(rest);
}
