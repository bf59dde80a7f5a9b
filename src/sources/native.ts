/**
 * A control port that has `conn/all`, polled.
 * Owns which keys a poll asks for and what they say; the pace is polling.ts's.
 *
 * A conntape that serves also answers `conntape/header` and `conntape/moment`: the transcript's
 * header, and what a snapshot holds beside its listing. With them what is recorded from it equals
 * what it serves: times, gaps and events included.
 */
import type { ConnectOptions, ControlClient } from '../control/client.ts';
import { ReplyError } from '../control/reply.ts';
import { ConntapeError } from '../error.ts';
import { isObject } from '../listing/json.ts';
import { ListingParser } from '../listing/parse.ts';
import type { Header, Json, JsonObject, Snapshot, TapeItem } from '../listing/snapshot.ts';
import { NATIVE_OBSERVES } from '../transcript/observes.ts';
import { betweenOf, type Fault, headerOf, itemOf, parseRecord } from '../transcript/record.ts';
import { Asking, nameFailed } from './asking.ts';
import { CONFIGURATION_EVENTS, Configuration } from './configuration.ts';
import type { PollWatch } from './delays.ts';
import { findMetricsPort } from './metrics/place.ts';
import { connected, type PolledConnection } from './polledConnection.ts';
import { readConfig, readRelay } from './relay.ts';
import { whoseProcess } from './whose.ts';

export const CONN_ALL = 'conn/all';
export const SERVED_HEADER = 'conntape/header';
export const SERVED_MOMENT = 'conntape/moment';

/** What is polled beside `conn/all`, as far as info/names lists it. */
const POLLED =
  /^(?:info\/relay\/(?:bw-limit|burst-limit|read-total|write-total)|info\/uptime-(?:process|reset)|info\/descriptor-(?:used|limit)|ns\/authority)$/;

/** The keys that `GETINFO info/names` lists: `NAME -- description`, one a line. */
export function namesIn(text: string): Set<string> {
  return new Set(text.split('\n').map((line) => line.split(' -- ')[0]!.trim()));
}

/**
 * Connects to a control port that has `conn/all`.
 * Throws as `ControlClient.connect` does; `protocol` where the port has no `conn/all`, or where
 * what a conntape says of itself cannot be read.
 */
export function openNative(options: ConnectOptions, intervalMs: number): Promise<PolledConnection> {
  return connected(options, async (client) => {
    const connection = await nativeOver(client, options, intervalMs);
    if (connection !== undefined) return connection;
    throw new ConntapeError('protocol', {
      operation: 'GETINFO',
      object: CONN_ALL,
      cause: 'this Tor does not have it',
      hint: 'record it with --source stock',
    });
  });
}

/**
 * As `openNative`, over a connection that is there; undefined where the port has no `conn/all`, with
 * nothing changed. Leaves the connection open where it throws.
 */
export async function nativeOver(
  client: ControlClient,
  options: ConnectOptions,
  intervalMs: number,
): Promise<PolledConnection | undefined> {
  const names = namesIn((await client.tryGetInfo('info/names')) ?? '');
  if (!names.has(CONN_ALL)) return undefined;
  const polled = [...names].filter((name) => POLLED.test(name));
  const served = names.has(SERVED_HEADER) && names.has(SERVED_MOMENT);
  const header = served ? await servedHeader(client) : await nativeHeader(client, intervalMs);
  return {
    header,
    // A conntape names the process of the Tor behind it, or of one that is long gone.
    askPid: async () =>
      served ? undefined : whoseProcess(client, options.address, (options.now ?? Date.now)()),
    askMetricsPort: async () => (served ? null : findMetricsPort(client)),
    poll: served ? servedPoll(client) : nativePoll(client, polled, await followed(client, header)),
    closed: client.closed,
    close: () => client.close(),
  };
}

async function nativeHeader(client: ControlClient, intervalMs: number): Promise<Header> {
  const relay = await readRelay(client);
  return {
    source: 'native',
    bytes: 'connection',
    intervalMs,
    relay,
    config: await readConfig(client, relay),
    observes: NATIVE_OBSERVES,
    extra: {},
  };
}

/** The configuration, followed by events where the port has them. */
async function followed(client: ControlClient, header: Header): Promise<Configuration> {
  const configuration = new Configuration(client, header);
  client.onEvent((event) => configuration.onEvent(event));
  await client.setEvents(CONFIGURATION_EVENTS).catch((thrown: unknown) => {
    if (!(thrown instanceof ReplyError)) throw thrown;
  });
  return configuration;
}

function nativePoll(
  client: ControlClient,
  keys: readonly string[],
  configuration: Configuration,
): PolledConnection['poll'] {
  const parser = new ListingParser();
  const asking = new Asking((words, begun) => client.getInfo(words, begun), [CONN_ALL], keys);
  const poll = async (started: number, watch: PollWatch | undefined): Promise<Snapshot> => {
    let at = started;
    const taken = () => {
      at = watch?.taken() ?? at;
    };
    const values = await asking.values(started, taken);
    const listing = parser.parse(values.get(CONN_ALL) ?? '');
    values.delete(CONN_ALL);
    nameFailed(values, [asking]);
    return { kind: 'snapshot', at, pollMs: 0, listing, info: values, events: [], extra: {} };
  };
  return (at, watch) => configuration.polled(at, () => poll(at, watch));
}

async function servedHeader(client: ControlClient): Promise<Header> {
  const values = await client.getInfo([SERVED_HEADER]);
  return headerOf(recordIn(values, SERVED_HEADER), faultIn(SERVED_HEADER));
}

function servedPoll(client: ControlClient): PolledConnection['poll'] {
  const parser = new ListingParser();
  const fault = faultIn(SERVED_MOMENT);
  return async () => {
    const values = await client.getInfo([CONN_ALL, SERVED_MOMENT]);
    const { before, ...moment } = recordIn(values, SERVED_MOMENT);
    const conn = values.get(CONN_ALL) ?? '';
    return [
      ...betweenIn(before, fault),
      itemOf({ ...moment, conn }, (text) => parser.parse(text), fault),
    ];
  };
}

/** The sessions and gaps of a moment; other records are a newer conntape's. */
function betweenIn(records: Json | undefined, fault: Fault): TapeItem[] {
  if (!Array.isArray(records)) return [];
  return records
    .filter(isObject)
    .map((record) => betweenOf(record, fault))
    .filter((item) => item !== undefined);
}

function recordIn(values: ReadonlyMap<string, string>, key: string): JsonObject {
  return parseRecord(values.get(key) ?? '', faultIn(key));
}

function faultIn(key: string): Fault {
  return (cause) => new ConntapeError('protocol', { operation: 'reading', object: key, cause });
}
