/**
 * `npm run bench:cost`: what a recorder costs beside a stock Tor with thousands of connections.
 * Owns running it and its table; the connections are crowd.ts's.
 *
 *     npm run bench:cost -- [--sockets 20000] [--minutes 2] [-- OPTIONS OF RECORD]
 *
 * It needs root: all of it runs in a network namespace of its own. Half of the sockets are the
 * stand-in's, half those at their other ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const CROWD = fileURLToPath(new URL('crowd.js', import.meta.url));

/** USER_HZ: what /proc counts CPU time in. */
const TICKS_PER_S = 100;

/** How long the first polls, of code that is not compiled yet, may take. */
const WARM_S = 35;

/** CPU seconds of a process, its own and that of its children that have ended. */
interface Cpu {
  readonly own: number;
  readonly children: number;
}

function cpuOf(pid: number): Cpu {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // utime, stime, cutime, cstime: the 12th to 15th fields behind the name.
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = ticks;
  return { own: (user + system) / TICKS_PER_S, children: (childUser + childSystem) / TICKS_PER_S };
}

function peakMbOf(pid: number): number {
  const kib = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}

/** One side of the connections, which listens; its control port, if it has one. */
async function started(role: string, connections: number) {
  const child: ChildProcess = spawn(process.execPath, [CROWD, role, `${connections}`], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [control] = (await once(child, 'message')) as [string];
  return { child, control };
}

async function measure(sockets: number, minutes: number, options: readonly string[]) {
  const connections = Math.floor(sockets / 2);
  const peers = await started('peers', connections);
  const tor = await started('tor', connections);
  const crowd = [peers.child, tor.child];
  const ready = Promise.all(crowd.map((child) => once(child, 'message')));
  for (const child of crowd) child.send('open');
  await ready;
  const folder = mkdtempSync(join(tmpdir(), 'conntape-cost-'));
  const tape = join(folder, 'relay.tape');
  const args = ['record', tape, '--control', tor.control, ...options];
  const recorder = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(recorder, 'exit');
  try {
    await seconds(WARM_S);
    const pid = recorder.pid!;
    const first = cpuOf(pid);
    const beganAt = performance.now();
    await seconds(minutes * 60);
    const last = cpuOf(pid);
    const lastedS = (performance.now() - beganAt) / 1000;
    const share = (spentS: number) => `${((spentS / lastedS) * 100).toFixed(2)} %`;
    const own = last.own - first.own;
    const children = last.children - first.children;
    const [cpu] = cpus();
    console.log(
      [
        `${sockets} sockets, ${lastedS.toFixed(0)} s; record ${options.join(' ')}`,
        `${cpus().length} × ${cpu?.model ?? 'a CPU'}, Node ${process.version}`,
        `of one core: ${share(own + children)}; itself ${share(own)}, its children ${share(children)}`,
        `before that, in ${WARM_S} s from its start: ${(first.own + first.children).toFixed(2)} s of CPU`,
        `peak memory ${peakMbOf(pid).toFixed(0)} MB; the recording ${(statSync(tape).size / 1e6).toFixed(1)} MB`,
      ].join('\n'),
    );
    recorder.kill('SIGTERM');
    await ended;
  } finally {
    recorder.kill('SIGKILL');
    for (const child of crowd) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

const { values, positionals } = parseArgs({
  options: {
    sockets: { type: 'string', default: '20000' },
    minutes: { type: 'string', default: '2' },
    inside: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (values.inside) {
  await once(spawn('ip', ['link', 'set', 'lo', 'up'], { stdio: 'inherit' }), 'exit');
  await measure(Number(values.sockets), Number(values.minutes), positionals);
} else {
  const again = [fileURLToPath(import.meta.url), '--inside', ...process.argv.slice(2)];
  const run = spawn('unshare', ['--net', process.execPath, ...again], { stdio: 'inherit' });
  const [code] = (await once(run, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
