/**
 * A service manager's end of sd_notify: a Unix socket of datagrams, which Node.js does not have.
 * Owns the listener, a program in Python, and whether a machine has what it takes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../control/peers.ts';

/** The descriptor that comes with a barrier is closed: that tells the sender that it was read. */
const LISTENER = `
import array, json, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps('listening'), flush=True)
while True:
    text, ancillary, _, _ = s.recvmsg(65536, socket.CMSG_SPACE(64))
    for _, kind, data in ancillary:
        if kind == socket.SCM_RIGHTS:
            for descriptor in array.array('i', data[:len(data) - len(data) % 4]):
                os.close(descriptor)
    if text != b'BARRIER=1':
        print(json.dumps(text.decode()), flush=True)
`;

/** Undefined where both programs are here; else which is not. Throws that where CI requires them. */
export function notifyMissing(): string | undefined {
  const missing = ['python3', 'systemd-notify'].find(
    (program) => spawnSync(program, ['--version']).status !== 0,
  );
  if (missing === undefined) return undefined;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error(`${missing} is missing`);
  return missing;
}

export class Notified {
  /** For NOTIFY_SOCKET. */
  readonly path = join(temporaryFolder(), 'notify');
  /** Every datagram so far, its assignments in lines. */
  readonly told: string[] = [];
  readonly #lines: Interface;

  private constructor() {
    const child = spawn('python3', ['-c', LISTENER, this.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    this.#lines = createInterface({ input: child.stdout });
    this.#lines.on('line', (line) => this.told.push(JSON.parse(line)));
  }

  /** Listens until the test ends. */
  static async listen(): Promise<Notified> {
    const notified = new Notified();
    await notified.hears('listening');
    notified.told.length = 0;
    return notified;
  }

  /** Resolves with the first datagram, of all so far and to come, that has this in it. */
  async hears(part: string): Promise<string> {
    for (;;) {
      const found = this.told.find((text) => text.includes(part));
      if (found !== undefined) return found;
      await once(this.#lines, 'line');
    }
  }
}
