/**
 * What a session says of the relay's own addresses: where it listens, what it leaves from.
 * Owns which keys of a header's `config` they are; they are no user's, and are kept.
 */
import { plainIp } from './ip.ts';

/** May hold an address beside the port: `9001`, `192.0.2.1:9001`, `[2001:db8::1]:9001 NoAdvertise`. */
const LISTENING = 'ORPort';

/** Options, and info values, whose lines are an address each; empty where none is set. */
export const OWN_ADDRESSES: readonly string[] = [
  'OutboundBindAddress',
  'OutboundBindAddressExit',
  'address/v4',
  'address/v6',
];

export interface OwnAddress {
  /** As `plainIp` writes it. */
  readonly ip: string;
  /** The key that says so. */
  readonly key: string;
}

type Config = Readonly<Record<string, string>>;

/** Those of its values that are the relay's addresses and nothing else. */
export function ownValuesIn(config: Config): Record<string, string> {
  const own = Object.entries(config).filter(([key, value]) => {
    if (key === LISTENING) return true;
    return OWN_ADDRESSES.includes(key) && value.split('\n').every(isAddress);
  });
  return Object.fromEntries(own);
}

/** The addresses that a configuration names as the relay's own, in the order of its keys. */
export function ownAddressesIn(config: Config): OwnAddress[] {
  return [LISTENING, ...OWN_ADDRESSES].flatMap((key) =>
    (config[key] ?? '').split('\n').flatMap((line) => {
      const ip = plainIp(key === LISTENING ? hostIn(line) : bare(line));
      return ip === undefined ? [] : [{ ip, key }];
    }),
  );
}

function isAddress(line: string): boolean {
  return plainIp(bare(line)) !== undefined;
}

/** Tor takes an IPv6 address with brackets and without. */
function bare(text: string): string {
  return /^\[(.*)\]$/.exec(text)?.[1] ?? text;
}

function hostIn(line: string): string {
  const [, bracketed, host] = /^(?:\[([^\]]*)\]|([\d.]+)):/.exec(line) ?? [];
  return bracketed ?? host ?? '';
}
