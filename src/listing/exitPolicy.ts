/**
 * A relay's exit policy: reading it, and what it says of an address and a port.
 * Owns the judging, which is Tor's: the first rule that matches decides, and what none matches is
 * accepted. When which policy held, the sessions say.
 *
 * `GETINFO exit-policy/full` (control-spec, section 3.9) has the rules as a router descriptor has
 * them (dir-spec, section 2.1.1), all that Tor puts before and behind the operator's among them, a
 * rule a line:
 *
 *     reject6 *:*
 *     reject 10.0.0.0/8:*
 *     accept *:80-81
 *     reject *:*
 */
import { IP_BITS, type IpNumber, ipNumber } from './ip.ts';

/**
 * The key of a header's `config` that has the policy, as `keptPolicy` says. Tor obeys it and not its
 * options, which it follows some seconds later.
 */
export const EXIT_POLICY = 'exit-policy/full';

/** A part of all addresses: those whose first `bits` are as those of `value`. */
interface Net extends IpNumber {
  readonly bits: number;
}

export interface PolicyRule {
  /** As it stands in the policy. */
  readonly text: string;
  readonly accepts: boolean;
  /** None where Tor ignores the rule: accept6 and reject6 with an IPv4 address. */
  readonly nets: readonly Net[];
  readonly ports: PortRange;
}

/** Ports, both included. */
export type PortRange = readonly [from: number, to: number];

export type ExitPolicy = readonly PolicyRule[];

/**
 * Longer policies are not kept: a descriptor, which holds the IPv4 half of it, has at most 20,000
 * bytes.
 */
export const MOST_POLICY_CHARACTERS = 32_768;

const RULE = /^(accept|reject)(6?)[ \t]+(\S+?)(?::(\*|\d{1,5}(?:-\d{1,5})?))?$/;

/** Whether a policy distinguishes the families: `*` of accept and reject is IPv4's then. */
const OF_IPV6 = /\b(?:accept|reject)6\b/;

const EVERY_PORT: PortRange = [1, 65_535];

const IPV4: Net = { family: 4, value: 0n, bits: 0 };
const IPV6: Net = { family: 6, value: 0n, bits: 0 };

/** What Tor puts in the place of `private`. */
const PRIVATE: readonly Net[] = [
  ...['0.0.0.0/8', '169.254.0.0/16', '127.0.0.0/8', '192.168.0.0/16', '10.0.0.0/8'],
  ...['172.16.0.0/12', '[::]/8', '[fc00::]/7', '[fe80::]/10', '[fec0::]/10', '[ff00::]/8'],
  '[::]/127',
].map((text) => netOf(text)!);

/**
 * The rules, one a line or between commas, in their order. Undefined where one of them cannot be
 * read, as Tor refuses such a policy, and for a text without any.
 */
export function parseExitPolicy(text: string): ExitPolicy | undefined {
  const star = OF_IPV6.test(text) ? [IPV4] : [IPV4, IPV6];
  const rules: PolicyRule[] = [];
  for (const part of text.split(/[\n,]/)) {
    const line = part.trim();
    if (line === '') continue;
    const rule = ruleOf(line, star);
    if (rule === undefined) return undefined;
    rules.push(rule);
  }
  return rules.length === 0 ? undefined : rules;
}

/** A policy as it may be kept: the same, or an empty text where it is too long or none. */
export function keptPolicy(text: string): string {
  const isKept = text.length <= MOST_POLICY_CHARACTERS && parseExitPolicy(text) !== undefined;
  return isKept ? text : '';
}

/**
 * The rule that decides of an address and a port; undefined where none names it, which Tor accepts.
 * @param ip an address; `port` 1 to 65535.
 */
export function decidingRule(
  policy: ExitPolicy,
  ip: IpNumber,
  port: number,
): PolicyRule | undefined {
  return policy.find(
    ({ nets, ports }) => port >= ports[0] && port <= ports[1] && nets.some((net) => holds(net, ip)),
  );
}

/** The ports that it accepts of an address, ascending, none next to another; none for no port. */
export function acceptedPorts(policy: ExitPolicy, ip: IpNumber): PortRange[] {
  const accepted: PortRange[] = [];
  let open: PortRange[] = [EVERY_PORT];
  for (const { accepts, nets, ports } of policy) {
    if (!nets.some((net) => holds(net, ip))) continue;
    if (accepts) accepted.push(...open.flatMap((range) => within(range, ports)));
    open = open.flatMap((range) => without(range, ports));
  }
  return joined([...accepted, ...open]);
}

function within([from, to]: PortRange, [first, last]: PortRange): PortRange[] {
  const both: PortRange = [Math.max(from, first), Math.min(to, last)];
  return both[0] <= both[1] ? [both] : [];
}

function without([from, to]: PortRange, [first, last]: PortRange): PortRange[] {
  const before: PortRange = [from, Math.min(to, first - 1)];
  const behind: PortRange = [Math.max(from, last + 1), to];
  return [before, behind].filter(([low, high]) => low <= high);
}

function joined(ranges: readonly PortRange[]): PortRange[] {
  const all: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last !== undefined && range[0] <= last[1] + 1) all.splice(-1, 1, [last[0], range[1]]);
    else all.push(range);
  }
  return all;
}

function holds({ family, value, bits }: Net, ip: IpNumber): boolean {
  if (family !== ip.family) return false;
  const free = BigInt(IP_BITS[family] - bits);
  return value >> free === ip.value >> free;
}

function ruleOf(text: string, star: readonly Net[]): PolicyRule | undefined {
  const [, action, six, place, portText] = RULE.exec(text) ?? [];
  if (place === undefined) return undefined;
  const isOf6 = six === '6';
  const nets = netsOf(place, isOf6 ? [IPV6] : star);
  const ports = portsOf(portText ?? '*');
  if (nets === undefined || ports === undefined) return undefined;
  const isIgnored = isOf6 && place !== 'private' && nets.some(({ family }) => family === 4);
  return { text, accepts: action === 'accept', nets: isIgnored ? [] : nets, ports };
}

function netsOf(place: string, star: readonly Net[]): readonly Net[] | undefined {
  switch (place) {
    case '*':
      return star;
    case '*4':
      return [IPV4];
    case '*6':
      return [IPV6];
    case 'private':
      return PRIVATE;
  }
  const net = netOf(place);
  return net === undefined ? undefined : [net];
}

/** `192.0.2.1`, `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `[2001:db8::]/32`. */
function netOf(text: string): Net | undefined {
  const [, bracketed, bare, mask] = /^(?:\[([^\]]*)\]|([^[\]/]*))(?:\/(.+))?$/.exec(text) ?? [];
  const ip = ipNumber(bracketed ?? bare ?? '');
  // Each family has its notation.
  if (ip === undefined || (ip.family === 6) !== (bracketed !== undefined)) return undefined;
  const bits = mask === undefined ? IP_BITS[ip.family] : bitsOf(mask, ip.family);
  return bits === undefined ? undefined : { ...ip, bits };
}

function bitsOf(mask: string, family: 4 | 6): number | undefined {
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= IP_BITS[family] ? Number(mask) : undefined;
  const ip = ipNumber(mask);
  if (family !== 4 || ip?.family !== 4) return undefined;
  // Tor takes masks that are a prefix, and no others.
  const [, ones] = /^(1*)0*$/.exec(ip.value.toString(2).padStart(32, '0')) ?? [];
  return ones?.length;
}

function portsOf(text: string): PortRange | undefined {
  if (text === '*') return EVERY_PORT;
  const [from, to = from] = text.split('-').map(Number) as [number, number?];
  return from <= to && to <= EVERY_PORT[1] ? [from, to] : undefined;
}
