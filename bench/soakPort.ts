/**
 * A control port that has `conn/all`, of a busy relay that never was: each time it is asked, the next
 * poll of the workload.
 * Owns what it answers; soak.ts starts it in a process of its own, so that what it needs is not counted.
 *
 *     node build/bench/soakPort.js SOCKET CONNECTIONS POLLS INTERVAL-SECONDS
 *
 * Prints a line when it listens, and ends with its standard input.
 */
import { once } from 'node:events';
import { STANDARD, workload } from './workload.ts';

const DIST = new URL('../../dist/', import.meta.url);

type Values = Map<string, string | undefined>;

interface Command {
  readonly keyword: string;
  readonly args: string;
}

interface ControlPort {
  readonly ControlServer: { listen(options: object): Promise<{ close(): Promise<void> }> };
}

interface Answers {
  confReply(keys: readonly string[], values: Values): object;
}

const { ControlServer } = (await import(new URL('control/server.js', DIST).href)) as ControlPort;
const { confReply } = (await import(new URL('control/answers.js', DIST).href)) as Answers;

const OPTIONS: Readonly<Record<string, string>> = {
  Nickname: 'workload',
  ExitRelay: '0',
  ExitPolicyRejectPrivate: '1',
  ORPort: '9001',
};

const [path = '', connections, snapshots, interval] = process.argv.slice(2);

const lines = workload({
  connections: Number(connections),
  snapshots: Number(snapshots),
  interval: Number(interval),
  seed: STANDARD.seed,
});
// The header: whoever polls is told the same by keys and options.
lines.next();

/** What is asked for beside `conn/all`. */
const KEYS = [
  'info/uptime-process',
  'info/uptime-reset',
  'info/descriptor-used',
  'info/descriptor-limit',
];

/** What the last poll said. */
const current: Values = new Map([
  ['fingerprint', 'C0'.repeat(20)],
  ['exit-policy/full', 'reject *:*'],
  ['info/names', ['conn/all', ...KEYS].map((key) => `${key} -- A value.`).join('\n')],
]);

/** Where the workload has come to its end, it is as it was. */
function poll(): void {
  const { value, done } = lines.next();
  if (done === true) return;
  const { conn, info } = JSON.parse(value) as { conn: string; info: Record<string, string> };
  for (const [key, text] of Object.entries({ ...info, 'conn/all': conn })) current.set(key, text);
}

const server = await ControlServer.listen({
  address: { kind: 'unix', path },
  authentication: 'none',
  service: {
    torVersion: '0.4.9.11',
    eventNames: ['CONF_CHANGED', 'SIGNAL'],
    getInfo: (keys: readonly string[]) => {
      if (keys.includes('conn/all')) poll();
      return new Map(keys.map((key) => [key, current.get(key)]));
    },
    other: async ({ keyword, args }: Command) => {
      if (keyword.toUpperCase() !== 'GETCONF') return undefined;
      const keys = args.trim().split(/\s+/);
      return confReply(keys, new Map(keys.map((key) => [key, OPTIONS[key]])));
    },
  },
});
process.stdout.write('listening\n');
process.stdin.resume();
await once(process.stdin, 'end');
await server.close();
