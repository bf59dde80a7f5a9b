/**
 * The TCP sockets of one process, by whichever tool is there.
 * Owns the choice of the tool; the formats are the tools' files'.
 */
import { ConntapeError, messageOf } from '../error.ts';
import { readWithFstat, readWithSockstat, readWithTheirNetstat } from './elsewhere.ts';
import { LsofParser, lsofArguments } from './lsof.ts';
import { NETSTAT_ARGUMENTS, parseNetstatLine } from './netstat.ts';
import { isLinux, readProcTable, SocketDescriptors, socketDescriptors } from './proc.ts';
import { inNetworkOf, linesOf, outputOf, ranBadly, refusesOption } from './running.ts';
import type { SystemSocket } from './socket.ts';
import { type CountedBytes, SsParser } from './ss.ts';
import { SS_ARGUMENTS } from './ssArguments.ts';

/** What an operator may name as a witness. */
export const WITNESS_TOOLS = ['ss', 'lsof', 'netstat'] as const;

export type WitnessTool = (typeof WITNESS_TOOLS)[number];

export type SocketTool = WitnessTool | 'proc' | 'sockstat' | 'fstat';

/** What reads sockets on a system, best first. */
interface SystemTools {
  /** Where a witness may be anything. */
  readonly witness: readonly SocketTool[];
  /** For a stock Tor, whose connections are made of them. */
  readonly stock: readonly SocketTool[];
}

const LINUX: SystemTools = { witness: WITNESS_TOOLS, stock: ['ss', 'lsof', 'proc'] };

/** Of a system that is not named, lsof is the one tool that may be there. */
const OTHER: SystemTools = { witness: ['lsof'], stock: ['lsof'] };

const TOOLS: Readonly<Partial<Record<NodeJS.Platform, SystemTools>>> = {
  linux: LINUX,
  freebsd: { witness: ['sockstat', 'netstat', 'lsof'], stock: ['sockstat', 'netstat', 'lsof'] },
  openbsd: { witness: ['fstat'], stock: ['fstat'] },
  darwin: { witness: ['lsof', 'netstat'], stock: ['lsof', 'netstat'] },
};

/** What this system has to read sockets with. */
export function systemTools(): SystemTools {
  return TOOLS[process.platform] ?? OTHER;
}

/** Debian's packages with the tools. */
const PACKAGES = { ss: 'iproute2', lsof: 'lsof', netstat: 'net-tools' } as const;

export interface SocketReader {
  readonly tool: SocketTool;
  /** What its last reading showed to be counted; undefined where nothing showed it. */
  readonly counts: CountedBytes | undefined;
  /** The TCP sockets of a process, listening ones too. Throws `connect` where they cannot be read. */
  read(pid: number): Promise<SystemSocket[]>;
}

/**
 * The first tool that can read the process; only `ss` counts bytes. Throws `connect` where none
 * can, with what each of them said.
 * @param withDetails whether `ss` is to say how sockets fare.
 */
export async function openSocketReader(
  pid: number,
  tools: readonly SocketTool[] = systemTools().stock,
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
  const isDebian = wanted !== undefined && isLinux();
  const install = isDebian ? `install ${PACKAGES[wanted]} for ${wanted}` : '';
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
  const readers = {
    lsof: readWithLsof,
    netstat: isLinux() ? readWithNetstat : readWithTheirNetstat,
    proc: readFromProc,
    sockstat: readWithSockstat,
    fstat: readWithFstat,
  };
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
