/**
 * Which process holds a socket, and under which number a process knows itself.
 * Owns the search in /proc of Linux; what of it makes a process a Tor is sources/whose.ts's.
 */
import { readdir, readFile } from 'node:fs/promises';
import { isLinux, readProcTable, socketDescriptors } from './proc.ts';
import type { Endpoint, SystemSocket } from './socket.ts';

/** A process and what is seen of it. */
export interface Holder {
  /** As this process's /proc numbers it. */
  readonly pid: number;
  /** What it is called; empty where that may not be read. */
  readonly name: string;
  /** Whether it is in a PID namespace within this one, and knows itself by another number. */
  readonly isNested: boolean;
  /** Undefined where its descriptors may not be read. */
  readonly held: Held | undefined;
}

/** The sockets among a process's descriptors. */
export interface Held {
  readonly tcp: readonly SystemSocket[];
  /** The paths of the Unix sockets that it listens at, or accepted a connection at. */
  readonly unix: ReadonlySet<string>;
}

/** Whether there is a /proc that lists processes: Linux alone has it. */
export async function hasProc(): Promise<boolean> {
  return isLinux() && (await readFile('/proc/self/status', 'utf8').catch(() => '')) !== '';
}

/**
 * The processes that know themselves by this number, each in its own PID namespace, as far as they
 * can be seen from here. None where there is no /proc.
 */
export async function processesNumbered(number: number): Promise<Holder[]> {
  const found: Holder[] = [];
  for (const pid of await processes()) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const numbers = (/^NSpid:\s*(.+)$/m.exec(status)?.[1] ?? `${pid}`).split(/\s+/).map(Number);
    if (status === '' || numbers.at(-1) !== number) continue;
    const name = nameIn(status);
    found.push({ pid, name, isNested: numbers.length > 1, held: await heldBy(pid) });
  }
  return found;
}

/** The process that holds a socket with these ends; undefined where none is seen to. */
export async function holderOf(
  local: Endpoint,
  remote: Endpoint,
): Promise<{ readonly pid: number; readonly name: string } | undefined> {
  const isIt = endsAre(local, remote);
  const inode = (await readProcTable('self')).find(isIt)?.inode;
  if (inode === undefined) return undefined;
  for (const pid of await processes()) {
    if ((await socketDescriptors(pid))?.has(inode) !== true) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return { pid, name: nameIn(status) };
  }
  return undefined;
}

/** Tests for a socket with these ends. */
export function endsAre(local: Endpoint, remote: Endpoint): (socket: SystemSocket) => boolean {
  return (socket) => isSame(socket.local, local) && isSame(socket.remote, remote);
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.ip === b.ip;
}

/**
 * When a process started, milliseconds since the epoch, by the clock that runs on while the machine
 * sleeps; undefined where that cannot be read.
 * @param now milliseconds since the epoch.
 */
export async function startedAt(pid: number, now: number): Promise<number | undefined> {
  const [stat, uptime] = await Promise.all(
    [`/proc/${pid}/stat`, '/proc/uptime'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  // The name, in parentheses, may hold spaces and parentheses; starttime is the 20th field after it.
  const ticks = Number(stat!.slice(stat!.lastIndexOf(')') + 2).split(' ')[19]);
  const upS = Number(uptime!.split(' ')[0]);
  if (!(ticks >= 0) || !(upS > 0)) return undefined;
  return now - (upS - ticks / TICKS_PER_S) * 1000;
}

/** USER_HZ, which /proc counts in: 100 on every architecture that Node.js runs on. */
const TICKS_PER_S = 100;

async function processes(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

function nameIn(status: string): string {
  return /^Name:\s*(.*)$/m.exec(status)?.[1] ?? '';
}

async function heldBy(pid: number): Promise<Held | undefined> {
  const descriptors = await socketDescriptors(pid);
  if (descriptors === undefined) return undefined;
  const tcp = await readProcTable(pid);
  return {
    tcp: tcp.filter(({ inode }) => inode !== undefined && descriptors.has(inode)),
    unix: await unixPaths(pid, descriptors),
  };
}

/** `ffff… : 00000002 00000000 00010000 0001 01 54321 /run/tor/control`: an accepted one has it, too. */
const UNIX_LINE = /^\S+ \S+ \S+ \S+ \S+ +\S+ +(\d+) (.+)$/;

async function unixPaths(pid: number, inodes: ReadonlyMap<number, number>): Promise<Set<string>> {
  const table = await readFile(`/proc/${pid}/net/unix`, 'latin1').catch(() => '');
  const paths = new Set<string>();
  for (const line of table.split('\n')) {
    const [, inode, path] = UNIX_LINE.exec(line) ?? [];
    if (path !== undefined && inodes.has(Number(inode))) {
      paths.add(Buffer.from(path, 'latin1').toString());
    }
  }
  return paths;
}
