/**
 * The TCP sockets of one process on other systems than Linux.
 * Owns which tools are asked together there, and with which options; the formats are the tools'
 * files'.
 *
 * FreeBSD's and OpenBSD's netstat names no process, OpenBSD's fstat no state: one says whose a socket
 * is, the other how it stands, and they are joined by its ends.
 */
import { messageOf } from '../error.ts';
import { BsdNetstatParser, type NamedSocket, NETSTAT_FORMS } from './bsdNetstat.ts';
import { fstatArguments, parseFstatLine } from './fstat.ts';
import { linesOf, ranBadly, refusesOption } from './running.ts';
import type { SocketState, SystemSocket } from './socket.ts';
import { parseSockstatLine, SOCKSTAT_ARGUMENTS, type Stateless } from './sockstat.ts';

/** By `sockstat`; where it is too old to know states, `netstat` says them. */
export async function readWithSockstat(pid: number): Promise<SystemSocket[]> {
  const own = await inFirstForm(SOCKSTAT_ARGUMENTS, (args) => sockstat(pid, args));
  mustBeSeen('sockstat', pid, own);
  return own.every(hasState) ? own : joined(own);
}

/** By `fstat`, and `netstat` for the states. */
export async function readWithFstat(pid: number): Promise<SystemSocket[]> {
  const own = await ownedLines('fstat', fstatArguments(pid), (line) => parseFstatLine(line, pid));
  mustBeSeen('fstat', pid, own);
  return own.every(hasState) ? own : joined(own);
}

/** By `netstat`: whose a socket is, it says itself on macOS alone. */
export async function readWithTheirNetstat(pid: number): Promise<SystemSocket[]> {
  if (process.platform === 'openbsd') return readWithFstat(pid);
  if (process.platform === 'freebsd') {
    const own = await sockstat(pid, SOCKSTAT_ARGUMENTS.at(-1)!);
    mustBeSeen('sockstat', pid, own);
    return joined(own);
  }
  const own = (await netstat()).filter((named) => named.pid === pid);
  mustBeSeen('netstat', pid, own);
  return own.map(({ socket }) => socket);
}

function sockstat(pid: number, args: readonly string[]): Promise<Stateless[]> {
  return ownedLines('sockstat', args, (line) => parseSockstatLine(line, pid));
}

async function ownedLines(
  tool: string,
  args: readonly string[],
  parse: (line: string) => Stateless | undefined,
): Promise<Stateless[]> {
  const own: Stateless[] = [];
  await linesOf({ tool, command: tool, args }, (line) => {
    const socket = parse(line);
    if (socket !== undefined) own.push(socket);
  });
  return own;
}

/** A relay listens: a tool that shows no socket of it was not let to see it. */
function mustBeSeen(tool: string, pid: number, own: readonly unknown[]): void {
  if (own.length > 0) return;
  throw ranBadly(tool, new Error(`it shows no TCP socket of process ${pid}`));
}

function hasState(socket: Stateless): socket is SystemSocket {
  return socket.state !== undefined;
}

/** With the states of `netstat`: what it does not have any more has ended since, and is left out. */
async function joined(own: readonly Stateless[]): Promise<SystemSocket[]> {
  const states = new Map<string, SocketState>();
  for (const { socket } of await netstat()) states.set(endsOf(socket), socket.state);
  return own.flatMap((socket) => {
    const state = socket.state ?? states.get(endsOf(socket));
    return state === undefined ? [] : [{ ...socket, state }];
  });
}

function endsOf({ local, remote }: Pick<SystemSocket, 'local' | 'remote'>): string {
  return `${local.ip} ${local.port} ${remote.ip} ${remote.port}`;
}

/** All sockets of the machine. */
async function netstat(): Promise<readonly NamedSocket[]> {
  const { platform } = process;
  const forms =
    NETSTAT_FORMS[platform === 'freebsd' || platform === 'openbsd' ? platform : 'darwin'];
  return inFirstForm(forms, async ({ args, cuts }) => {
    const parser = new BsdNetstatParser(cuts);
    await linesOf({ tool: 'netstat', command: 'netstat', args }, (line) => parser.push(line));
    if (!parser.understood) {
      throw ranBadly(
        'netstat',
        new Error('none of the lines that it printed has its usual columns'),
      );
    }
    return parser.sockets;
  });
}

/** What the first form brings that the tool does not refuse. */
async function inFirstForm<Form, Result>(
  forms: readonly Form[],
  ask: (form: Form) => Promise<Result>,
): Promise<Result> {
  for (let index = 0; ; index++) {
    try {
      return await ask(forms[index]!);
    } catch (thrown) {
      if (!refusesOption(messageOf(thrown)) || index + 1 === forms.length) throw thrown;
    }
  }
}
