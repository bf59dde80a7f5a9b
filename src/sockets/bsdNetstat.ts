/**
 * The output of `netstat` of FreeBSD, OpenBSD and macOS → sockets.
 * Owns its format: a dot before the port, processes on macOS alone; running it is elsewhere.ts's.
 *
 *     Proto Recv-Q Send-Q Local Address          Foreign Address        (state)
 *     tcp4       0      0 192.0.2.5.9001         198.51.100.9.50644     ESTABLISHED
 *     tcp6       0      0 *.9001                 *.*                    LISTEN
 *     tcp6       0      0 fe80::1%lo0.9001       fe80::1%lo0.50644      ESTABLISHED
 *
 * macOS has more columns behind the state (-v), and among them the process: first as `pid`, a number,
 * in newer ones as `process:pid`, where the name may have spaces. It prints bytes, too; what they
 * count was never tried beside what was sent, so they are not read.
 */
import {
  type Endpoint,
  NAMED_STATES,
  type SocketState,
  type SystemSocket,
  toolEndpoint,
} from './socket.ts';

/** How `netstat` is asked: arguments, and whether it then cuts long addresses of IPv6 short. */
export interface NetstatForm {
  readonly args: readonly string[];
  readonly cuts: boolean;
}

/** All sockets (-a), numbers (-n); what keeps it from cutting addresses is another option on each. */
export const NETSTAT_FORMS: Readonly<
  Record<'freebsd' | 'openbsd' | 'darwin', readonly NetstatForm[]>
> = {
  freebsd: [
    { args: ['-a', '-n', '-W'], cuts: false },
    { args: ['-a', '-n'], cuts: true },
  ],
  openbsd: [{ args: ['-a', '-n', '-v'], cuts: false }],
  darwin: [
    { args: ['-a', '-n', '-v', '-W', '-p', 'tcp'], cuts: false },
    { args: ['-a', '-n', '-v', '-l', '-p', 'tcp'], cuts: false },
    { args: ['-a', '-n', '-v', '-p', 'tcp'], cuts: true },
  ],
};

/** A socket and the process that holds it, where netstat names it. */
export interface NamedSocket {
  readonly socket: SystemSocket;
  readonly pid: number | undefined;
}

/** The state is `(state)` in the header, and the columns behind it are found by their names. */
const LINE = /^tcp(?:4|6|46)?\s+\d+\s+\d+\s+(\S+)\s+(\S+)\s+([A-Z_0-9]+)\b(.*)$/;

/** `process:pid`: the last of them, since a name may have colons. */
const NAMED = /^.*:(\d+)(?:\s|$)/;

/** An address of IPv6 that is as long may have been longer: netstat keeps 15 or 16 characters. */
const CUT_LENGTH = 15;

/** Gathers sockets from lines: the header says where the process stands. */
export class BsdNetstatParser {
  readonly sockets: NamedSocket[] = [];
  /** Whether there was a line of a socket at all. */
  understood = false;
  readonly #cuts: boolean;
  /** Which of the columns behind the state is `pid`. */
  #pidColumn = -1;

  /** @param cuts whether long addresses of IPv6 are cut short. */
  constructor(cuts: boolean) {
    this.#cuts = cuts;
  }

  /** Takes the next line. Throws `Error` where an address may be cut short. */
  push(line: string): void {
    if (line.startsWith('Proto')) {
      const [, behind = ''] = line.split('(state)');
      this.#pidColumn = behind.trim().split(/\s+/).indexOf('pid');
      return;
    }
    const [, localText = '', remoteText = '', word = '', behind = ''] = LINE.exec(line) ?? [];
    if (word === '') return;
    this.understood = true;
    const state: SocketState | undefined = NAMED_STATES[word];
    if (state === undefined) return;
    const local = this.#endpoint(localText);
    const remote = this.#endpoint(remoteText);
    if (local === undefined || remote === undefined) return;
    this.sockets.push({ socket: { local, remote, state }, pid: this.#pidIn(behind) });
  }

  #pidIn(behind: string): number | undefined {
    const [, named = behind.trim().split(/\s+/)[this.#pidColumn]] = NAMED.exec(behind) ?? [];
    const pid = Number(named);
    return Number.isSafeInteger(pid) ? pid : undefined;
  }

  /** `192.0.2.5.9001`, `::1.9001`, `*.*`: the last dot is before the port. */
  #endpoint(text: string): Endpoint | undefined {
    const dot = text.lastIndexOf('.');
    const host = text.slice(0, dot);
    if (this.#cuts && host.includes(':') && host.length >= CUT_LENGTH) {
      throw new Error('it cuts long addresses short, and has no option that keeps it from that');
    }
    return dot < 1 ? undefined : toolEndpoint(host, text.slice(dot + 1));
  }
}
