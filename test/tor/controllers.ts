/**
 * Controllers that others wrote: scripts with stem, and nyx on a screen.
 * Owns finding and running them; what they are to see is the test's.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SCRIPTS = fileURLToPath(new URL('stem/', import.meta.url));

/** Debian's python3-stem is for Debian's python3, which need not be the first on the path. */
const PYTHONS = ['python3', '/usr/bin/python3'];

/** For a script that waits for a few events, and for a screen to show what it is to show. */
const TIMEOUT_MS = 90_000;
const LOOK_AGAIN_MS = 200;

/**
 * nyx draws from several threads: what two of them wrote into each other stays on the screen until
 * its size changes.
 */
const REDRAW_AFTER_LOOKS = 15;

/** Columns of the screen. */
const WIDTH = 120;

/** A Python that has stem; undefined where there is none. */
export function pythonWithStem(): string | undefined {
  return PYTHONS.find((one) => spawnSync(one, ['-c', 'import stem.control']).status === 0);
}

/**
 * Whether stem, nyx and tmux are here. Says so on stderr where not, and throws there when
 * CONNTAPE_REQUIRE_TOR is 1, so that CI cannot pass without.
 */
export function controllersAvailable(): boolean {
  const missing = [
    ...(pythonWithStem() === undefined ? ['stem'] : []),
    ...(spawnSync('nyx', ['--version']).error ? ['nyx'] : []),
    ...(spawnSync('tmux', ['-V']).error ? ['tmux'] : []),
  ];
  if (missing.length === 0) return true;
  const reason = `${missing.join(', ')} missing`;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') {
    throw new Error(`tests with controllers: ${reason}`);
  }
  console.warn(`CONTROLLER TESTS SKIPPED: ${reason}`);
  return false;
}

/** Runs a script of the folder stem, and gives the lines it prints. */
export async function stem(script: string, args: readonly (string | number)[]): Promise<string[]> {
  const { stdout } = await run(pythonWithStem()!, [join(SCRIPTS, script), ...args.map(String)], {
    timeout: TIMEOUT_MS,
    maxBuffer: 2 ** 26,
  });
  return stdout.split('\n').slice(0, -1);
}

export interface Screen {
  /** Resolves when it shows all of this at once; rejects with the screen when that does not come. */
  shows(...wanted: readonly (string | RegExp)[]): Promise<void>;
  press(key: string): Promise<void>;
  close(): Promise<void>;
}

/** nyx at a control port of loopback, on a screen of its own. */
export async function openNyx(port: number): Promise<Screen> {
  const home = await mkdtemp(join(tmpdir(), 'conntape-nyx-'));
  // A server of its own: others on this machine have theirs.
  const tmux = (...args: string[]) => run('tmux', ['-S', join(home, 'tmux'), ...args]);
  // Its errors would be gone with the screen.
  const command = `nyx -i 127.0.0.1:${port} || (echo ended; cat)`;
  await tmux('new-session', '-d', '-x', `${WIDTH}`, '-y', '50', '-e', `HOME=${home}`, command);
  return {
    shows: async (...wanted) => {
      const deadline = performance.now() + TIMEOUT_MS;
      for (let looks = 1; ; looks++) {
        const { stdout } = await tmux('capture-pane', '-p');
        const missing = wanted.filter(
          (one) => !(typeof one === 'string' ? stdout.includes(one) : one.test(stdout)),
        );
        if (missing.length === 0) return;
        if (performance.now() > deadline) {
          throw new Error(`no ${missing.join(', ')} on:\n${stdout}`);
        }
        if (looks % REDRAW_AFTER_LOOKS === 0) {
          const width = WIDTH + ((looks / REDRAW_AFTER_LOOKS) % 2);
          await tmux('resize-window', '-x', `${width}`);
        }
        await wait(LOOK_AGAIN_MS);
      }
    },
    press: async (key) => {
      await tmux('send-keys', key);
    },
    close: async () => {
      await tmux('kill-server');
      await rm(home, { recursive: true, force: true });
    },
  };
}
