/**
 * Where a Tor's MetricsPort can be read from this machine.
 * Owns which URLs are taken, and how the port is found in Tor's configuration; reading it is http.ts's.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { type Address, formatAddress, isLoopback, parseAddress } from '../../control/address.ts';
import type { ControlClient } from '../../control/client.ts';
import { ReplyError } from '../../control/reply.ts';
import { ConntapeError } from '../../error.ts';

/**
 * Where it is; why it cannot be read, where there is one; undefined where there is none; null where
 * what is polled is a recording or another conntape, which says itself what was read.
 */
export type MetricsPlace = URL | string | undefined | null;

const PATH = '/metrics';

/**
 * Reads `http://127.0.0.1:9035/metrics`; without a path it is `/metrics`. Throws `usage` for what is
 * not a URL of this machine's by `http:`: what a MetricsPort says is for nobody's network.
 */
export function parseMetricsUrl(text: string): URL {
  const wrong = (cause: string) =>
    new ConntapeError('usage', {
      operation: 'reading --metrics',
      object: JSON.stringify(text.slice(0, 200)),
      cause,
      hint: 'give auto, off, or a URL such as http://127.0.0.1:9035/metrics',
    });
  const url = URL.parse(text);
  if (url === null) throw wrong('it is not a URL');
  if (url.protocol !== 'http:') throw wrong('it does not begin with http:');
  if (url.username !== '' || url.password !== '') throw wrong('it names a user');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!isLoopback({ kind: 'tcp', host, port: 0 })) throw wrong('it is not of this machine');
  if (url.pathname === '/' && url.search === '') url.pathname = PATH;
  return url;
}

/**
 * The MetricsPort of a Tor (GETCONF MetricsPort, MetricsPortPolicy; GETINFO net/listeners/metrics for
 * where it really is), where both admit this machine's loopback. Rejects as the connection breaks.
 */
export async function findMetricsPort(client: ControlClient): Promise<Exclude<MetricsPlace, null>> {
  const [ports, policy] = await Promise.all(
    ['MetricsPort', 'MetricsPortPolicy'].map((option) => optionOf(client, option)),
  );
  const configured = (ports ?? '').split('\n').map((line) => line.split(' ')[0]!);
  if (configured.every((port) => port === '' || port === '0')) return undefined;
  const listeners = (await client.tryGetInfo('net/listeners/metrics')) ?? '';
  const quoted = [...listeners.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
  const places = (quoted.length > 0 ? quoted : configured).map(fromHere);
  const place = places.find((address) => address !== undefined);
  if (place === undefined) return 'MetricsPort is at no loopback address';
  const from = isIPv6(place.host) ? '::1' : '127.0.0.1';
  if (!admits(policy ?? '', from)) return `MetricsPortPolicy does not admit ${from}`;
  return URL.parse(`http://${formatAddress(place)}${PATH}`) ?? undefined;
}

/** Undefined where Tor does not know the option, or does not say. */
async function optionOf(client: ControlClient, option: string): Promise<string | undefined> {
  try {
    return (await client.getConf([option])).get(option);
  } catch (thrown) {
    if (thrown instanceof ReplyError) return undefined;
    throw thrown;
  }
}

const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** How a listener is reached by loopback; undefined where it is not, or its port is not known. */
function fromHere(listener: string): Extract<Address, { kind: 'tcp' }> | undefined {
  try {
    const address = parseAddress(listener);
    if (address.kind === 'unix' || address.port === 0) return undefined;
    const here = { ...address, host: ANY[address.host] ?? address.host };
    return isLoopback(here) ? here : undefined;
  } catch {
    return undefined;
  }
}

/** `accept 127.0.0.1`, `accept6 [::1]`, `reject *:*`: ports mean nothing here. */
const ENTRY =
  /^(accept|reject)6?\s+(\*[46]?|private|[\d.]+|\[[0-9a-f:.]+\])(?:\/(\d{1,3}))?(?::\S+)?$/i;

/** The first entry about an address decides; where there is none, Tor rejects. */
function admits(policy: string, ip: string): boolean {
  for (const entry of policy.split(/[\n,]/)) {
    const [, action = '', pattern, bits] = ENTRY.exec(entry.trim()) ?? [];
    if (pattern !== undefined && isAbout(pattern, bits, ip)) return /^accept$/i.test(action);
  }
  return false;
}

function isAbout(pattern: string, bits: string | undefined, ip: string): boolean {
  if (pattern === '*' || pattern.toLowerCase() === 'private') return true;
  if (pattern.startsWith('*')) return pattern === (isIPv4(ip) ? '*4' : '*6');
  const address = pattern.replace(/^\[(.*)\]$/, '$1');
  if (isIPv4(address) !== isIPv4(ip) || (!isIPv4(address) && !isIPv6(address))) return false;
  const most = isIPv4(address) ? 32 : 128;
  const range = new BlockList();
  range.addSubnet(address, Math.min(Number(bits ?? most), most), isIPv4(address) ? 'ipv4' : 'ipv6');
  return range.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6');
}
