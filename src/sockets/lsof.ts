/**
 * The output of `lsof` → sockets.
 * Owns its format of fields; running it is reader.ts's. lsof counts no bytes.
 *
 *     p17052
 *     f24
 *     n127.0.0.1:40546->127.0.0.12:9001
 *     TST=ESTABLISHED
 */
import { NAMED_STATES, parseToolEndpoint, type SocketState, type SystemSocket } from './socket.ts';

/** TCP sockets of one process (-a -p), numbers (-n -P), fields (-F): descriptor, name, state. */
export function lsofArguments(pid: number): string[] {
  return ['-n', '-P', '-a', '-p', String(pid), '-i', 'TCP', '-F', 'fnT'];
}

const ANY = { ip: '0.0.0.0', port: 0 };

/** Gathers sockets from lines: each has several. */
export class LsofParser {
  readonly sockets: SystemSocket[] = [];
  #fd: number | undefined;
  #name = '';

  /** Takes the next line; lines of other fields mean nothing. */
  push(line: string): void {
    const text = line.slice(1);
    if (line.startsWith('f')) {
      this.#fd = /^\d+$/.test(text) ? Number(text) : undefined;
      this.#name = '';
    } else if (line.startsWith('n')) {
      this.#name = text;
    } else if (line.startsWith('TST=')) {
      this.#socket(NAMED_STATES[line.slice(4)]);
    }
  }

  #socket(state: SocketState | undefined): void {
    const [localText = '', remoteText] = this.#name.split('->');
    const local = parseToolEndpoint(localText);
    const remote = remoteText === undefined ? ANY : parseToolEndpoint(remoteText);
    if (state === undefined || local === undefined || remote === undefined) return;
    this.sockets.push({
      local,
      remote,
      state,
      ...(this.#fd === undefined ? {} : { fd: this.#fd }),
    });
  }
}
