/**
 * `/proc` of Linux → sockets, and which process they belong to; how long the machine is up.
 * Owns the formats of /proc/PID/net/tcp, tcp6, /proc/PID/fd and /proc/uptime. /proc counts no bytes.
 * Other systems may have a /proc that looks alike and means something else: there nothing is read.
 */
import { createReadStream, readFileSync, readlinkSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Endpoint, normalAddress, type SocketState, type SystemSocket } from './socket.ts';

/** Whether /proc is Linux's. */
export function isLinux(): boolean {
  return process.platform === 'linux';
}

/** The states of the kernel's enum, by number (include/net/tcp_states.h). */
const STATES: readonly (SocketState | undefined)[] = [
  undefined,
  'established',
  'connecting',
  'connecting',
  'closing',
  'closing',
  'closing',
  undefined,
  'closing',
  'closing',
  'listening',
  'closing',
];

/** One line of /proc/PID/net/tcp or tcp6; undefined for the header and for anything else. */
export function parseProcLine(line: string): SystemSocket | undefined {
  const fields = line.trim().split(/\s+/);
  const local = endpointOf(fields[1] ?? '');
  const remote = endpointOf(fields[2] ?? '');
  const state = STATES[Number.parseInt(fields[3] ?? '', 16)];
  const inode = Number(fields[9]);
  if (local === undefined || remote === undefined || state === undefined) return undefined;
  return { local, remote, state, ...(inode > 0 ? { inode } : {}) };
}

/**
 * The TCP sockets of the network that a process is in, whoever holds them. None where there is no
 * such process; a machine without IPv6 has no tcp6. Throws where they may not be read.
 */
export async function readProcTable(pid: number | 'self'): Promise<SystemSocket[]> {
  const sockets: SystemSocket[] = [];
  if (!isLinux()) return sockets;
  for (const table of ['tcp', 'tcp6']) {
    const input = createReadStream(`/proc/${pid}/net/${table}`);
    try {
      for await (const line of createInterface({ input })) {
        const socket = parseProcLine(line);
        if (socket !== undefined) sockets.push(socket);
      }
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ESRCH' && code !== 'EINVAL') throw thrown;
    }
  }
  return sockets;
}

/**
 * The local ports that the system itself gives to connections that are opened from here, least and
 * greatest; undefined where that is not known.
 */
export async function ephemeralPorts(): Promise<readonly [number, number] | undefined> {
  if (!isLinux()) return undefined;
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const [least, greatest] = text.trim().split(/\s+/).map(Number);
  return least! > 0 && greatest! >= least! ? [least!, greatest!] : undefined;
}

/** `0100007F:1F90`: the address as words of the machine's own byte order, the port as it is said. */
function endpointOf(text: string): Endpoint | undefined {
  const [, hex = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(text) ?? [];
  if (hex === '') return undefined;
  const bytes = Buffer.from(hex, 'hex');
  // The machines that conntape runs on are little-endian; each word is turned round.
  bytes.swap32();
  const ip = bytes.length === 4 ? bytes.join('.') : compressed(bytes);
  return { ip: normalAddress(ip), port: Number.parseInt(port, 16) };
}

/** An IPv6 address in its shortest form (RFC 5952), by way of the URL parser. */
function compressed(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.readUInt16BE(2 * index).toString(16),
  );
  const mapped = /^0:0:0:0:0:ffff:/.test(groups.join(':'));
  if (mapped) return `::ffff:${bytes.subarray(12).join('.')}`;
  const host = new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
  return isIPv6(host) ? host : groups.join(':');
}

/**
 * The sockets of a process: inode → descriptor. Undefined where it may not be read: another user's
 * process, or no Linux.
 */
export function socketDescriptors(pid: number): Promise<Map<number, number> | undefined> {
  return new SocketDescriptors(pid).read(() => false);
}

/**
 * A link of /proc is read in 4 microseconds; each by way of a promise and a thread would cost four
 * times as much. So many at once keep no signal and no event waiting for longer than some milliseconds.
 */
const LINKS_AT_ONCE = 1000;

const SOCKET_LINK = 'socket:[';

/** The sockets of one process, read again and again: of each descriptor once, as long as it stays. */
export class SocketDescriptors {
  readonly pid: number;
  readonly #folder: string;
  /** Descriptor → inode. */
  #known: ReadonlyMap<number, number> = new Map();

  constructor(pid: number) {
    this.pid = pid;
    this.#folder = `/proc/${pid}/fd`;
  }

  /**
   * As `socketDescriptors`.
   * @param isThere whether a socket is in the system's table still. An inode is not given again: while
   *   it is there, its descriptor has not become another's.
   */
  async read(isThere: (inode: number) => boolean): Promise<Map<number, number> | undefined> {
    if (!isLinux()) return undefined;
    const names = await readdir(this.#folder).catch(() => undefined);
    if (names === undefined) return undefined;
    const known = new Map<number, number>();
    const descriptors = new Map<number, number>();
    let asked = 0;
    for (const name of names) {
      const fd = Number(name);
      let inode = this.#known.get(fd);
      if (inode === undefined || !isThere(inode)) {
        inode = socketInode(`${this.#folder}/${name}`);
        if (++asked % LINKS_AT_ONCE === 0) await nextTurn();
      }
      if (inode === undefined) continue;
      known.set(fd, inode);
      descriptors.set(inode, fd);
    }
    this.#known = known;
    return descriptors;
  }
}

/** Undefined for a descriptor of something else, or one that has been closed. */
function socketInode(path: string): number | undefined {
  try {
    const link = readlinkSync(path);
    return link.startsWith(SOCKET_LINK)
      ? Number.parseInt(link.slice(SOCKET_LINK.length), 10)
      : undefined;
  } catch {
    return undefined;
  }
}

/** How many descriptors a process has open; undefined where that may not be read. */
export async function countDescriptors(pid: number): Promise<number | undefined> {
  if (!isLinux()) return undefined;
  return (await readdir(`/proc/${pid}/fd`).catch(() => undefined))?.length;
}

/**
 * Whether a process is in this process's network namespace, so that its sockets are in the tables
 * seen here. True where that cannot be known: what else cannot be read then shows it.
 */
export async function sharesNetwork(pid: number): Promise<boolean> {
  if (!isLinux()) return true;
  const [own, other] = await Promise.all(
    ['self', pid].map((process) => readlink(`/proc/${process}/ns/net`).catch(() => undefined)),
  );
  return own === undefined || other === undefined || own === other;
}

/**
 * Milliseconds since the machine started, in steps of ten; it goes on while the machine sleeps.
 * Undefined on other systems than Linux.
 */
export function bootTime(): number | undefined {
  if (!isLinux()) return undefined;
  try {
    const seconds = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
    return seconds > 0 ? seconds * 1000 : undefined;
  } catch {
    return undefined;
  }
}
