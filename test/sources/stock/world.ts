/**
 * A small world for the tests of the stock source: a consensus, a relay's listeners, sockets.
 * The texts are a real Tor's, with addresses of the ranges that are kept for documentation.
 */

import type { SystemSocket } from '../../../src/sockets/socket.ts';
import { Consensus } from '../../../src/sources/stock/consensus.ts';
import { parseEndpoint } from '../../../src/sources/stock/endpoint.ts';
import { Listeners } from '../../../src/sources/stock/listeners.ts';
import { type Known, Surroundings } from '../../../src/sources/stock/surroundings.ts';
import { Targets } from '../../../src/sources/stock/targets.ts';

export const R2 = '16F192756FB2F347B4CB7A6EE88CD354ACBBC7AB';
export const R3 = '36FD28DA80D355EE629920C8B0B569368DBDE01F';
export const AUTH0 = '24395DB63247FA7B5265625EDB516573EBF676BC';
/** A relay that the consensus does not list. */
export const UNLISTED = 'C23F5DDEB9C3C848682CEAC1C6FC6CC208E61669';

export const CONSENSUS = `r r2 FvGSdW+y80e0y3pu6IzTVKy7x6s IDvHiTTOgak+mIO9Cui4Hr7GLeE 2038-01-01 00:00:00 192.0.2.23 9001 0
a [2001:db8::23]:9050
s Exit Fast Guard HSDir Running Stable V2Dir Valid
w Bandwidth=118
p reject 1-65535
r auth0 JDldtjJH+ntSZWJe21Flc+v2drw rXqSaJ71xKiQbkgzTQxdNqPyYUk 2038-01-01 00:00:00 192.0.2.11 9001 7000
s Authority Exit Fast Guard HSDir Running Stable V2Dir Valid
w Bandwidth=121
p reject 1-65535
r r3 Nv0o2oDTVe5imSDIsLVpNo294B8 QJFlz02xbUuBk1WVT5rjIDRcQpM 2038-01-01 00:00:00 192.0.2.24 9001 0
s Exit Fast Guard HSDir Running Stable V2Dir Valid
w Bandwidth=132
p reject 1-65535`;

/** This relay's own OR port. */
export const OR_PORT = '192.0.2.1:9001';

export const LISTENERS = new Map([
  ['net/listeners/or', `"${OR_PORT}" "[2001:db8::1]:9001"`],
  ['net/listeners/control', '"127.0.0.1:9051" "unix:/run/tor/control"'],
  ['net/listeners/socks', '"0.0.0.0:9050"'],
  ['net/listeners/dir', ''],
]);

const OPTIONS = new Map([
  ['HiddenServiceDir', '/var/lib/tor/hs'],
  ['HiddenServicePort', '80 127.0.0.1:8080\n443'],
  ['HTTPSProxy', ''],
]);

export function relaySurroundings(consensus = CONSENSUS): Surroundings {
  return surroundingsOf({ consensus: Consensus.parse(consensus) });
}

export function clientSurroundings(): Surroundings {
  return surroundingsOf({ isRelay: false });
}

/** The local ports that Linux gives to connections opened from here. */
export const EPHEMERAL = [32_768, 60_999] as const;

export function surroundingsOf(known: Partial<Known> = {}): Surroundings {
  const listeners = new Listeners(EPHEMERAL);
  listeners.look(LISTENERS);
  return new Surroundings({
    consensus: Consensus.parse(CONSENSUS),
    isRelay: true,
    listeners,
    targets: new Targets(OPTIONS),
    hidesPlaces: false,
    keepsLocal: true,
    ...known,
  });
}

let inodes = 1000;

/** An established socket; every one its own, unless the inode is told. */
export function socket(
  local: string,
  remote: string,
  rest: Partial<SystemSocket> = {},
): SystemSocket {
  return {
    local: parseEndpoint(local)!,
    remote: parseEndpoint(remote)!,
    state: 'established',
    sent: 0,
    received: 0,
    inode: inodes++,
    ...rest,
  };
}
