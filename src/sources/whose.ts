/**
 * Which process of this machine the Tor behind a control port is.
 * Owns what is evidence for it, for every source and the witness; where sockets are held,
 * sockets/holders.ts finds.
 *
 * `process/pid` is what Tor sees in its own PID namespace, and a control port may be forwarded from
 * another machine: a number alone says nothing. So a process is Tor's that knows itself by that
 * number *and* holds the other end of the control connection or a socket that Tor says it listens
 * at.
 */
import { type Address, isLoopback } from '../control/address.ts';
import type { ControlClient } from '../control/client.ts';
import { ConntapeError } from '../error.ts';
import {
  endsAre,
  type Held,
  type Holder,
  hasProc,
  holderOf,
  processesNumbered,
  startedAt,
} from '../sockets/holders.ts';
import { openSocketReader, systemTools } from '../sockets/reader.ts';
import { type Endpoint, normalAddress } from '../sockets/socket.ts';
import { parseEndpoint } from './stock/endpoint.ts';

/** Every kind of listener that a Tor of today may have. */
const LISTENERS = [
  'or',
  'extor',
  'dir',
  'control',
  'metrics',
  'socks',
  'trans',
  'natd',
  'httptunnel',
];

/**
 * Two machines, or two containers, may have the same number and the same listeners: then the age of
 * the process decides. What clocks do at boot moves it by seconds, not more.
 */
const SAME_START_MS = 60_000;

const HINT = 'record on the machine that Tor runs on, through its own control port';

/**
 * The process, as this machine numbers it.
 * @param now milliseconds since the epoch.
 * Throws `connect` where no process can be said to be this Tor's, with why, and as the connection
 * breaks.
 */
export async function whoseProcess(
  client: ControlClient,
  address: Address,
  now: number,
): Promise<number> {
  if (!isLoopback(address)) throw unknown('the control port is on another machine', HINT);
  const number = Number(await client.tryGetInfo('process/pid'));
  if (!(Number.isSafeInteger(number) && number > 0)) {
    throw unknown('Tor does not say which process it is', HINT);
  }
  const clues = await cluesOf(client, address);
  // Other systems have nothing like /proc to ask: their tools ask for a process by its number.
  if (!(await hasProc())) return await confirmed(number, clues);
  const candidates = await processesNumbered(number);
  const started = now - Number((await client.tryGetInfo('uptime')) ?? Number.NaN) * 1000;
  const found: Holder[] = [];
  for (const candidate of candidates) {
    if (await isTor(candidate, clues, started, now)) found.push(candidate);
  }
  if (found.length === 1) return found[0]!.pid;
  throw await refusal(number, candidates, found, clues);
}

/** The number itself, where the process that has it is seen to be Tor's. */
async function confirmed(number: number, clues: Clues): Promise<number> {
  const reader = await openSocketReader(number, systemTools().witness);
  const held: Held = { tcp: await reader.read(number), unix: new Set() };
  if (holdsOtherEnd(held, clues) || listens(held, clues)) return number;
  throw unknown(
    `Tor says that it is process ${number}, and that process holds neither the other end of the control connection nor Tor's listeners`,
    HINT,
  );
}

/** By what Tor's process can be known. */
interface Clues {
  /** The ends of the control connection, as Tor sees them; undefined for a Unix socket. */
  readonly ends: { readonly local: Endpoint; readonly remote: Endpoint } | undefined;
  /** The Unix socket that was connected to. */
  readonly path: string | undefined;
  readonly listeners: readonly Endpoint[];
  readonly unixListeners: readonly string[];
}

async function cluesOf(client: ControlClient, address: Address): Promise<Clues> {
  const listeners: Endpoint[] = [];
  const unixListeners: string[] = [];
  for (const name of LISTENERS) {
    const value = (await client.tryGetInfo(`net/listeners/${name}`)) ?? '';
    for (const [, text = ''] of value.matchAll(/"([^"]*)"/g)) {
      const endpoint = parseEndpoint(text);
      if (text.startsWith('unix:')) unixListeners.push(text.slice('unix:'.length));
      else if (endpoint !== undefined) listeners.push(endpoint);
    }
  }
  const { ends } = client;
  return {
    ends: ends && { local: normal(ends.remote), remote: normal(ends.local) },
    path: address.kind === 'unix' ? address.path : undefined,
    listeners,
    unixListeners,
  };
}

function normal({ ip, port }: Endpoint): Endpoint {
  return { ip: normalAddress(ip), port };
}

async function isTor(
  { pid, isNested, held }: Holder,
  clues: Clues,
  torStarted: number,
  now: number,
): Promise<boolean> {
  if (held === undefined) return false;
  if (holdsOtherEnd(held, clues)) return true;
  if (!listens(held, clues)) return false;
  if (!isNested) return true;
  const started = await startedAt(pid, now);
  return started === undefined || !(Math.abs(started - torStarted) > SAME_START_MS);
}

function holdsOtherEnd({ tcp, unix }: Held, { ends, path }: Clues): boolean {
  if (path !== undefined) return unix.has(path);
  return ends !== undefined && tcp.some(endsAre(ends.local, ends.remote));
}

function listens({ tcp, unix }: Held, { listeners, unixListeners }: Clues): boolean {
  return (
    unixListeners.some((path) => unix.has(path)) ||
    tcp.some(
      ({ state, local }) =>
        state === 'listening' &&
        listeners.some(({ ip, port }) => ip === local.ip && port === local.port),
    )
  );
}

async function refusal(
  number: number,
  candidates: readonly Holder[],
  found: readonly Holder[],
  clues: Clues,
): Promise<ConntapeError> {
  const its = `Tor says that it is process ${number}`;
  if (found.length > 1) {
    const pids = found.map(({ pid }) => pid).join(', ');
    return unknown(
      `${its}, as ${pids} do, each in a container of its own`,
      'record in its container',
    );
  }
  const closed = candidates.find(({ held }) => held === undefined);
  if (closed !== undefined) {
    return unknown(
      `${its}, and process ${closed.pid} (${closed.name}) is not yours to look into`,
      'run as the same user as Tor, or as root',
    );
  }
  const { ends } = clues;
  const other = ends && (await holderOf(ends.local, ends.remote));
  const forwarder =
    other === undefined || candidates.some(({ pid }) => pid === other.pid)
      ? ''
      : `; the control connection ends at process ${other.pid} (${other.name}), which may forward it`;
  const [first] = candidates;
  const what =
    first === undefined
      ? `${its}, and no process that can be seen here is: it runs elsewhere, or in a container that this one cannot look into`
      : `${its}, but process ${first.pid} (${first.name}) holds neither the other end of the control connection nor Tor's listeners`;
  return unknown(`${what}${forwarder}`, HINT);
}

function unknown(cause: string, hint: string): ConntapeError {
  return new ConntapeError('connect', { operation: 'finding the process of Tor', cause, hint });
}
