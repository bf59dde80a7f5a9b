import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../../src/sources/stock/endpoint.ts';
import type { Surroundings } from '../../../src/sources/stock/surroundings.ts';
import { AUTH0, clientSurroundings, R2, relaySurroundings } from './world.ts';

function side(surroundings: Surroundings, local: string, remote: string) {
  const { inbound, usage, fingerprint } = surroundings.sideOf(
    parseEndpoint(local)!,
    parseEndpoint(remote)!,
  );
  return `${inbound ? 'in' : 'out'} ${usage} ${fingerprint ?? '-'}`;
}

describe('what a socket is for', () => {
  const relay = relaySurroundings();
  const client = clientSurroundings();

  it.each([
    ['an OR listener', '192.0.2.1:9001', '203.0.113.7:41000', 'in R -'],
    ['an OR listener on IPv6', '[2001:db8::1]:9001', '[2001:db8::99]:41000', 'in R -'],
    ['the control listener', '127.0.0.1:9051', '127.0.0.1:41000', 'in X -'],
    ['a SOCKS listener on all addresses', '192.0.2.1:9050', '192.0.2.9:41000', 'in C -'],
    ["another address with a listener's port", '127.0.0.2:9051', '127.0.0.1:41000', 'out R -'],
    ["a relay's OR port", '192.0.2.1:41000', '192.0.2.23:9001', `out R ${R2}`],
    ["a relay's other OR port", '[2001:db8::1]:41000', '[2001:db8::23]:9050', `out R ${R2}`],
    ["a relay's directory port", '192.0.2.1:41000', '192.0.2.11:7000', `out D ${AUTH0}`],
    ["another port of a relay's", '192.0.2.1:41000', '192.0.2.23:80', 'out R -'],
    ['the place of a hidden service', '127.0.0.1:41000', '127.0.0.1:8080', 'out H -'],
    ['its port on this machine', '127.0.0.1:41000', '127.0.0.1:443', 'out H -'],
    ['anywhere else', '192.0.2.1:41000', '203.0.113.7:443', 'out R -'],
  ])('of a relay: %s', (_, local, remote, expected) => {
    expect(side(relay, local, remote)).toBe(expected);
  });

  it.each([
    ['its guard', '192.0.2.1:41000', '192.0.2.23:9001', `out C ${R2}`],
    ['anywhere else', '192.0.2.1:41000', '203.0.113.7:443', 'out C -'],
  ])('of a client: %s', (_, local, remote, expected) => {
    expect(side(client, local, remote)).toBe(expected);
  });
});
