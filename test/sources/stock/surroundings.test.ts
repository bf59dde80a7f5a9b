import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../../src/sources/stock/endpoint.ts';
import { Listeners } from '../../../src/sources/stock/listeners.ts';
import type { Surroundings } from '../../../src/sources/stock/surroundings.ts';
import { Targets } from '../../../src/sources/stock/targets.ts';
import {
  AUTH0,
  clientSurroundings,
  EPHEMERAL,
  LISTENERS,
  R2,
  relaySurroundings,
  surroundingsOf,
} from './world.ts';

function side(
  surroundings: Surroundings,
  local: string,
  remote: string,
  { isOld = false, isShared = false } = {},
) {
  const { direction, usage, fingerprint } = surroundings.sideOf(
    parseEndpoint(local)!,
    parseEndpoint(remote)!,
    { isOld, isShared },
  );
  return `${direction.replace('bound', '')} ${usage} ${fingerprint ?? '-'}`;
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

describe('a listener that has gone', () => {
  const gone = () => {
    const listeners = new Listeners(EPHEMERAL);
    listeners.look(LISTENERS);
    const without = new Map(LISTENERS).set('net/listeners/or', '');
    listeners.look(without);
    return { listeners, without };
  };

  it('may have taken in what opened since the poll before', () => {
    const { listeners } = gone();
    expect(side(surroundingsOf({ listeners }), '192.0.2.1:9001', '127.0.0.1:41000')).toBe('in R -');
  });

  it('leaves connections of which nobody knows the direction', () => {
    const { listeners, without } = gone();
    listeners.look(without);
    const surroundings = surroundingsOf({ listeners });
    expect(side(surroundings, '192.0.2.1:9001', '127.0.0.1:41000')).toBe('unknown U -');
    expect(side(surroundings, '192.0.2.1:9001', '192.0.2.23:9001')).toBe(`out R ${R2}`);
  });

  it.each([
    ['is at a port that the system gives to none', '192.0.2.1:27301', {}, 'unknown U -'],
    [
      'has its local end in common with another',
      '192.0.2.1:41000',
      { isShared: true },
      'unknown U -',
    ],
    ['has none of these marks', '192.0.2.1:41000', {}, 'out R -'],
  ])('before the recording: what %s', (_, local, rest, expected) => {
    const surroundings = relaySurroundings();
    expect(side(surroundings, local, '203.0.113.7:443', { isOld: true, ...rest })).toBe(expected);
    expect(side(surroundings, local, '203.0.113.7:443', rest)).toBe('out R -');
  });

  it('leaves nothing certain of what is old where a relay takes no OR connection any more', () => {
    const listeners = new Listeners(EPHEMERAL);
    listeners.look(new Map([['net/listeners/or', '']]));
    const surroundings = surroundingsOf({ listeners });
    expect(side(surroundings, '192.0.2.1:41000', '127.0.0.1:41001', { isOld: true })).toBe(
      'unknown U -',
    );
    expect(side(surroundings, '192.0.2.1:41000', '127.0.0.1:41001')).toBe('out R -');
  });
});

describe('what Tor was configured to connect to', () => {
  const of = (option: string, value: string, remote: string) =>
    side(
      surroundingsOf({ targets: new Targets(new Map([[option, value]])) }),
      '192.0.2.1:41000',
      remote,
    );

  it.each([
    ['80    127.0.0.1:27301', '127.0.0.1:27301'],
    ['80\t127.0.0.1:27301', '127.0.0.1:27301'],
    ['80 "127.0.0.1:27301"', '127.0.0.1:27301'],
    ['"80 127.0.0.1:27301"', '127.0.0.1:27301'],
    ['80 27301', '127.0.0.1:27301'],
    ['80', '127.0.0.1:80'],
    ['80 127.0.0.2', '127.0.0.2:80'],
    ['80 [fd00::7]:8080', '[fd00::7]:8080'],
    ['80 [fd00::7]', '[fd00::7]:80'],
    ['80 localhost:8080', '127.0.0.1:8080'],
    ['80 LOCALHOST:8080', '[::1]:8080'],
    ['22 127.0.0.1:22\n80   10.0.0.5:8080', '10.0.0.5:8080'],
  ])('HiddenServicePort %j', (value, remote) => {
    expect(of('HiddenServicePort', value, remote)).toBe('out H -');
  });

  it.each([
    ['HTTPSProxy', '127.0.0.1', '127.0.0.1:443'],
    ['HTTPSProxy', 'localhost:8118', '127.0.0.1:8118'],
    ['Socks4Proxy', '127.0.0.1', '127.0.0.1:1080'],
    ['Socks5Proxy', 'localhost:27301', '127.0.0.1:27301'],
    ['Socks5Proxy', '[::1]', '[::1]:1080'],
    ['TCPProxy', 'haproxy 10.0.0.5:8000', '10.0.0.5:8000'],
    ['ClientTransportPlugin', 'obfs4 socks5 127.0.0.1:4444', '127.0.0.1:4444'],
    ['ClientTransportPlugin', 'a exec /usr/bin/a\nb socks4 127.0.0.1:4445', '127.0.0.1:4445'],
  ])('%s %s', (option, value, remote) => {
    expect(of(option, value, remote)).toBe('out C -');
  });

  it('may have a name, which is not looked up: what goes to its port is of unknown use', () => {
    expect(of('Socks5Proxy', 'proxy.lan:27301', '10.0.0.9:27301')).toBe('out U -');
    expect(of('Socks5Proxy', 'proxy.lan:27301', '10.0.0.9:80')).toBe('out R -');
    expect(of('Socks5Proxy', 'proxy.lan:9001', '192.0.2.23:9001')).toBe(`out R ${R2}`);
  });

  it.each(['80 unix:/run/web', '80 unix:"/run/a web"', '', 'nonsense'])(
    'is not an address: %j',
    (value) => {
      expect(of('HiddenServicePort', value, '127.0.0.1:80')).toBe('out R -');
    },
  );

  it('is hidden where services were made without torrc', () => {
    const hidden = surroundingsOf({ hidesPlaces: true });
    expect(side(hidden, '127.0.0.1:41000', '127.0.0.1:4000')).toBe('out U -');
    expect(side(hidden, '127.0.0.1:41000', '127.0.0.1:8080')).toBe('out H -');
    expect(side(hidden, '192.0.2.1:41000', '203.0.113.7:443')).toBe('out R -');
  });
});
