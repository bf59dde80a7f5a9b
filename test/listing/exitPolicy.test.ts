/** Exit policies, judged as Tor judges them: by hand, and beside stem. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acceptedPorts,
  decidingRule,
  type ExitPolicy,
  keptPolicy,
  MOST_POLICY_CHARACTERS,
  parseExitPolicy,
} from '../../src/listing/exitPolicy.ts';
import { ipNumber } from '../../src/listing/ip.ts';
import { pythonWithStem } from '../tor/controllers.ts';

function admits(policy: string | ExitPolicy, ip: string, port: number): boolean {
  const rules = typeof policy === 'string' ? parseExitPolicy(policy)! : policy;
  return decidingRule(rules, ipNumber(ip)!, port)?.accepts ?? true;
}

describe('an exit policy', () => {
  it.each<[policy: string, ip: string, port: number, admitted: boolean]>([
    // The first rule that matches decides.
    ['reject *:25\naccept *:*', '192.0.2.1', 25, false],
    ['reject *:25\naccept *:*', '192.0.2.1', 24, true],
    ['accept *:25\nreject *:25\nreject *:*', '192.0.2.1', 25, true],
    // What none matches is accepted.
    ['reject *:25', '192.0.2.1', 26, true],
    // Ports.
    ['accept *:80-81\nreject *:*', '192.0.2.1', 79, false],
    ['accept *:80-81\nreject *:*', '192.0.2.1', 80, true],
    ['accept *:80-81\nreject *:*', '192.0.2.1', 81, true],
    ['accept *:80-81\nreject *:*', '192.0.2.1', 82, false],
    ['accept 192.0.2.1\nreject *', '192.0.2.1', 65_535, true],
    // Masks.
    ['reject 192.0.2.0/24:*\naccept *:*', '192.0.2.255', 1, false],
    ['reject 192.0.2.0/24:*\naccept *:*', '192.0.3.0', 1, true],
    ['reject 192.0.2.9/255.255.255.0:*\naccept *:*', '192.0.2.255', 1, false],
    ['reject 192.0.2.9/255.255.255.0:*\naccept *:*', '192.0.1.255', 1, true],
    ['reject 192.0.2.9/255.255.255.255:*\naccept *:*', '192.0.2.8', 1, true],
    ['reject 192.0.2.9/0.0.0.0:*\naccept *:*', '203.0.113.1', 1, false],
    ['reject 192.0.2.9/0:*\naccept *:*', '2001:db8::1', 1, true],
    ['reject [2001:db8::]/32:443\naccept *:*', '2001:db8:ffff::1', 443, false],
    ['reject [2001:db8::]/32:443\naccept *:*', '2001:db9::1', 443, true],
    ['reject [::192.0.2.1]:443\naccept *:*', '::c000:201', 443, false],
    // Families.
    ['reject *4:*\naccept *:*', '192.0.2.1', 80, false],
    ['reject *4:*\naccept *:*', '2001:db8::1', 80, true],
    ['reject *6:*\naccept *:*', '2001:db8::1', 80, false],
    ['reject *6:*\naccept *:*', '192.0.2.1', 80, true],
    ['reject *:*', '2001:db8::1', 80, false],
    // As a descriptor has it: `*` is IPv4 where there are rules of IPv6.
    ['reject6 *:*\naccept *:80\nreject *:*', '2001:db8::1', 80, false],
    ['accept *:80\naccept6 *:443\nreject *:*\nreject6 *:*', '2001:db8::1', 80, false],
    ['accept *:80\naccept6 *:443\nreject *:*\nreject6 *:*', '2001:db8::1', 443, true],
    ['accept *:80\naccept6 *:443\nreject *:*\nreject6 *:*', '192.0.2.1', 443, false],
    // Tor ignores rules of IPv6 with an IPv4 address.
    ['reject6 192.0.2.1:*\naccept *:*', '192.0.2.1', 80, true],
    ['reject6 *4:*\naccept *:*', '192.0.2.1', 80, true],
    // private, with what begins and ends of its parts.
    ['reject private:*\naccept *:*', '0.255.255.255', 80, false],
    ['reject private:*\naccept *:*', '9.255.255.255', 80, true],
    ['reject private:*\naccept *:*', '10.0.0.0', 80, false],
    ['reject private:*\naccept *:*', '11.0.0.0', 80, true],
    ['reject private:*\naccept *:*', '127.0.0.1', 80, false],
    ['reject private:*\naccept *:*', '169.254.255.255', 80, false],
    ['reject private:*\naccept *:*', '172.15.255.255', 80, true],
    ['reject private:*\naccept *:*', '172.31.255.255', 80, false],
    ['reject private:*\naccept *:*', '172.32.0.0', 80, true],
    ['reject private:*\naccept *:*', '192.168.0.1', 80, false],
    ['reject private:*\naccept *:*', '100.64.0.1', 80, true],
    ['reject private:*\naccept *:*', '::1', 80, false],
    ['reject private:*\naccept *:*', 'fdff::1', 80, false],
    ['reject private:*\naccept *:*', 'fe80::1', 80, false],
    ['reject private:*\naccept *:*', 'fec0::1', 80, false],
    ['reject private:*\naccept *:*', 'ff02::1', 80, false],
    ['reject private:*\naccept *:*', '2001:db8::1', 80, true],
    // In one line, as exit-policy/default is.
    ['reject *:25,reject *:119, accept *:*', '192.0.2.1', 119, false],
  ])('%j admits %s port %i: %s', (policy, ip, port, admitted) => {
    expect(admits(policy, ip, port)).toBe(admitted);
  });

  it('names the rule that decides, as it stands there', () => {
    const policy = parseExitPolicy('reject 10.0.0.0/8:*\naccept *:80-90\nreject *:*')!;
    expect(decidingRule(policy, ipNumber('192.0.2.1')!, 85)?.text).toBe('accept *:80-90');
    expect(decidingRule(policy.slice(0, 1), ipNumber('192.0.2.1')!, 85)).toBeUndefined();
  });

  it.each([
    '',
    'accept',
    'allow *:80',
    'accept *:80-',
    'accept *:81-80',
    'accept *:65536',
    'accept */8:80',
    'accept 192.0.2.256:80',
    'accept 192.0.2.0/33:80',
    'accept 192.0.2.0/255.0.255.0:80',
    'accept 2001:db8::1:80',
    'accept [192.0.2.1]:80',
    'accept [2001:db8::]/129:80',
    'accept [2001:db8::]/255.255.0.0:80',
    'accept [fe80::1%eth0]:80',
    'accept example.com:80',
    'accept *:80\nbetter not',
  ])('%j is none', (policy) => {
    expect(parseExitPolicy(policy)).toBeUndefined();
    expect(keptPolicy(policy)).toBe('');
  });

  it('is kept up to a length', () => {
    const rules = (count: number) => Array<string>(count).fill('reject *:1').join('\n');
    const most = Math.floor((MOST_POLICY_CHARACTERS + 1) / 11);
    expect(keptPolicy(rules(most))).toBe(rules(most));
    expect(keptPolicy(rules(most + 1))).toBe('');
  });
});

/** Addresses so near each other that rules often match. */
const ipv4 = fc
  .tuple(fc.constantFrom(10, 192), fc.nat(1), fc.nat(1), fc.nat(1))
  .map((o) => o.join('.'));
const ipv6 = fc
  .tuple(fc.constantFrom('2001', 'fe80'), fc.nat(1), fc.nat(1), fc.nat(1))
  .map(([first, ...groups]) => `${first}:${groups.map((one) => one.toString(16)).join(':')}::`);
const port = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(80, 443, 65_535));

const MASKS = ['0.0.0.0', '255.0.0.0', '255.255.128.0', '255.255.255.252', '255.255.255.255'];

const place = fc.oneof(
  fc.constantFrom('*', '*', '*', '*4', '*6'),
  ipv4,
  fc
    .tuple(ipv4, fc.oneof(fc.nat(32).map(String), fc.constantFrom(...MASKS)))
    .map((p) => p.join('/')),
  ipv6.map((ip) => `[${ip}]`),
  fc.tuple(ipv6, fc.nat(128)).map(([ip, bits]) => `[${ip}]/${bits}`),
);

const ports = fc.oneof(
  fc.constant('*'),
  port.map(String),
  fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
);

const rule = fc
  .tuple(
    fc.constantFrom('accept', 'reject', 'accept', 'reject', 'accept6', 'reject6'),
    place,
    ports,
  )
  .map(([action, where, range]) => `${action} ${where}:${range}`);

const policyCase = fc.record({
  rules: fc.array(rule, { minLength: 3, maxLength: 12 }),
  asked: fc.array(fc.tuple(fc.oneof(ipv4, ipv6), port), { minLength: 20, maxLength: 20 }),
});

const python = pythonWithStem();
if (python === undefined) console.warn('EXIT POLICIES BESIDE STEM SKIPPED: no python3-stem');

describe('of any policy', () => {
  it.skipIf(python === undefined)('the judge says what stem says, 500 times', () => {
    const cases = fc.sample(policyCase, 500);
    // To stem `*` is always both families; to Tor it is IPv4 where there are rules of IPv6.
    const forStem = cases.map(({ rules, asked }) => {
      const isApart = rules.some((one) => /^\w+6 /.test(one));
      const star = (one: string) => (isApart ? one.replace(/^(accept|reject) \*:/, '$1 *4:') : one);
      return JSON.stringify({ rules: rules.map(star), asked });
    });
    const script = fileURLToPath(new URL('exitPolicy.py', import.meta.url));
    const { stdout, stderr, status } = spawnSync(python!, [script], {
      input: forStem.join('\n'),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const said = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as boolean[]);
    expect(said).toHaveLength(500);
    let admitted = 0;
    for (const [index, { rules, asked }] of cases.entries()) {
      const policy = parseExitPolicy(rules.join('\n'))!;
      const ours = asked.map(([ip, to]) => admits(policy, ip, to));
      expect({ rules, asked, said: ours }).toEqual({ rules, asked, said: said[index] });
      admitted += ours.filter(Boolean).length;
    }
    // Neither nearly all nor nearly none.
    expect(admitted / (500 * 20)).toBeGreaterThan(0.2);
    expect(admitted / (500 * 20)).toBeLessThan(0.85);
  });

  it('the accepted ports are those that the judge admits, one by one', () => {
    fc.assert(
      fc.property(policyCase, ({ rules, asked }) => {
        const policy = parseExitPolicy(rules.join('\n'))!;
        const [ip] = asked[0]!;
        const ranges = acceptedPorts(policy, ipNumber(ip)!);
        const isIn = (one: number) => ranges.some(([from, to]) => from <= one && one <= to);
        for (const one of [1, 2, 3, 4, 5, 11, 12, 13, 79, 80, 81, 443, 444, 65_534, 65_535]) {
          expect(isIn(one)).toBe(admits(policy, ip, one));
        }
        for (const [index, [from]] of ranges.entries()) {
          expect(from).toBeGreaterThan((ranges[index - 1]?.[1] ?? -1) + 1);
        }
      }),
    );
  });
});
