/**
 * What of a line may be kept: the rule of docs/reference.md, What is never stored, in one place.
 * Owns the decision and the masking, not the line's format. Every `Label` passes through here,
 * because `Label.of` is the only way to make one.
 */
import { BlockList, isIP } from 'node:net';
import { maskAddresses } from '../addresses.ts';
import { directionOf, usageOf } from './flags.ts';
import type { Json } from './json.ts';

const LOCAL_SUBNETS: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['10.0.0.0', 8, 'ipv4'], // private, RFC 1918
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'], // loopback
  ['169.254.0.0', 16, 'ipv4'], // link-local, RFC 3927
  ['100.64.0.0', 10, 'ipv4'], // carrier-grade NAT, RFC 6598
  ['::1', 128, 'ipv6'], // loopback
  ['fe80::', 10, 'ipv6'], // link-local
  ['fc00::', 7, 'ipv6'], // unique-local, RFC 4193
];

const localNetwork = new BlockList();
for (const [address, prefix, family] of LOCAL_SUBNETS) {
  localNetwork.addSubnet(address, prefix, family);
}

/**
 * Whether an address lies in the operator's own network: private, loopback, link-local,
 * unique-local or carrier-grade NAT. IPv4-mapped IPv6 addresses count as the IPv4 address they
 * carry; `0` and anything that is not an address is not local.
 */
export function isLocalAddress(ip: string): boolean {
  const family = isIP(ip);
  if (family === 0) return false;
  const bare = ip.split('%')[0]!;
  return localNetwork.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Whether a line may keep its IP, PORT and L_PORT: a relay's connection, a control connection, or an
 * outbound one into the operator's own network, where the configuration of its time admits that
 * (`needsPolicy`). All others belong to Tor's users and the places they go.
 */
export function keepsAddress(orId: string, flags: string, ip: string): boolean {
  if (orId !== '0') return true;
  if (usageOf(flags) === 'control') return true;
  return directionOf(flags) === 'outbound' && isLocalAddress(ip);
}

/** The torrc option that keeps exit traffic out of the operator's own network. */
const POLICY = 'ExitPolicyRejectPrivate';

/**
 * Whether an address that is kept may be where exit traffic goes, unless the relay rejects that:
 * it lies in the own network, and is neither a relay's, nor a controller's, nor a hidden service's.
 */
export function needsPolicy(orId: string, flags: string, ip: string): boolean {
  if (orId !== '0' || ip === '0') return false;
  const usage = usageOf(flags);
  return usage !== 'control' && usage !== 'hidden-service';
}

/** Whether such an address is kept under a configuration. Tor's own default is 1. */
export function keepsLocalOf(config: Readonly<Record<string, string>>): boolean {
  return (config[POLICY] ?? '1') === '1';
}

/**
 * A text with every address in it replaced by 0, its port with it. For free text that may speak of
 * a user's connection: fields past the tenth, close reasons, reasons of gaps. What cannot be distinguished
 * from an address, such as a hardware address, goes too.
 */
export function scrubText(text: string): string {
  return maskAddresses(text, '0');
}

/** What an extra field may count on a withheld line: nothing finer than two cells, about 1 KiB. */
const COUNTED = /^(CELLS_READ|CELLS_WRITTEN)=(\d{1,15})$/;

/** Extra fields that a withheld line has not: when it was used, how its socket fares. */
const REVEALING = /^(?:CLIENT_USED|RTT_MS|RETRANS|LOST)=/;

/**
 * The fields past the tenth of a withheld line: cells as even numbers, no times of use, no details of
 * its socket, no address.
 */
export function scrubFields(extra: string): string {
  const kept = extra.split(' ').filter((field) => !REVEALING.test(field));
  return scrubText(kept.map(coarse).join(' '));
}

function coarse(field: string): string {
  const [, name, cells] = COUNTED.exec(field) ?? [];
  return name === undefined ? field : `${name}=${Math.round(Number(cells) / 2) * 2}`;
}

/** JSON with every address in its strings and keys replaced by 0. */
export function scrubJson<Value extends Json>(value: Value): Value {
  return scrubbed(value) as Value;
}

function scrubbed(value: Json): Json {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(scrubbed);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [scrubText(key), scrubbed(item)]),
  );
}

/** Bytes of a withheld connection, to the nearest multiple of `unit`, which is 1 for exact. */
export function roundBytes(bytes: number, unit: number): number {
  if (unit <= 1) return bytes;
  return Math.min(Math.round(bytes / unit) * unit, Number.MAX_SAFE_INTEGER);
}
