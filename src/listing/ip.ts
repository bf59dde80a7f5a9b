/**
 * IP addresses as numbers.
 * Owns reading them; what lies where is privacy.ts's and exitPolicy.ts's.
 */
import { isIPv4, isIPv6 } from 'node:net';

export interface IpNumber {
  readonly family: 4 | 6;
  /** Of 32 or 128 bits, the first octet the most significant. */
  readonly value: bigint;
}

/** How many bits an address of a family has. */
export const IP_BITS = { 4: 32, 6: 128 } as const;

/** An IPv4 address behind `::ffff:0:0/96` (RFC 4291, section 2.5.5.2): the 96 bits before it. */
const MAPPED = 0xffffn;

/** An address without brackets or zone; undefined for any other text. */
export function ipNumber(text: string): IpNumber | undefined {
  if (isIPv4(text)) return { family: 4, value: ipv4Value(text) };
  if (text.includes('%') || !isIPv6(text)) return undefined;
  return { family: 6, value: ipv6Value(text) };
}

/**
 * An address in one notation: IPv6 in hexadecimal with the longest run of zeros as `::`, an
 * IPv4-mapped one as the IPv4 address that it carries. Undefined for any other text.
 */
export function plainIp(text: string): string | undefined {
  const ip = ipNumber(text);
  if (ip === undefined) return undefined;
  if (ip.family === 4) return text;
  if (ip.value >> 32n === MAPPED) return ipv4Text(ip.value & 0xffffffffn);
  // A URL has the notation of RFC 5952.
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/** The same address, in whatever notation. Texts that are none are the same as nothing. */
export function isSameIp(one: string, other: string): boolean {
  const plain = plainIp(one);
  return plain !== undefined && plain === plainIp(other);
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, octet) => value * 256n + BigInt(octet), 0n);
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => `${(value >> shift) & 0xffn}`).join('.');
}

function ipv6Value(text: string): bigint {
  const dotted = /^(.*:)([\d.]+\.[\d.]+)$/.exec(text);
  const hex = dotted === null ? text : `${dotted[1]}${groupsOf(ipv4Value(dotted[2]!))}`;
  const [before = '', after] = hex.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const first = groups(before);
  const last = groups(after ?? '');
  const zeros = after === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array<string>(zeros).fill('0'), ...last].reduce(
    (value, group) => value * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

function groupsOf(value: bigint): string {
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
