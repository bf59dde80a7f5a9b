import { describe, expect, it } from 'vitest';
import { Consensus } from '../../../src/sources/stock/consensus.ts';
import { AUTH0, CONSENSUS, R2 } from './world.ts';

describe('a consensus', () => {
  const consensus = Consensus.parse(CONSENSUS);

  it('knows relays by fingerprint and by address', () => {
    expect(consensus.hasRelay(R2)).toBe(true);
    expect(consensus.relayAt('192.0.2.23:9001')).toBe(R2);
    expect(consensus.relayAt('[2001:db8::23]:9050')).toBe(R2);
    expect(consensus.endpointsOf(R2)).toEqual(['192.0.2.23:9001', '[2001:db8::23]:9050']);
  });

  it('tells directory ports from OR ports', () => {
    expect(consensus.directoryAt('192.0.2.11:7000')).toBe(AUTH0);
    expect(consensus.relayAt('192.0.2.11:7000')).toBeUndefined();
    expect(consensus.directoryAt('192.0.2.23:0')).toBeUndefined();
  });

  it('gives the entries of authorities alone, whole', () => {
    expect(consensus.authorities).toBe(
      [
        'r auth0 JDldtjJH+ntSZWJe21Flc+v2drw rXqSaJ71xKiQbkgzTQxdNqPyYUk 2038-01-01 00:00:00 192.0.2.11 9001 7000',
        's Authority Exit Fast Guard HSDir Running Stable V2Dir Valid',
        'w Bandwidth=121',
        'p reject 1-65535',
      ].join('\n'),
    );
  });

  it('gives an entry once, however often it says that it is an authority’s, and however long', () => {
    const router = CONSENSUS.split('\n').find((line) => line.startsWith('r '))!;
    const entry = [router, 's Authority', ...Array<string>(300_000).fill('x'), 's Authority'].join(
      '\n',
    );
    expect(Consensus.parse(entry).authorities).toBe(entry);
  });

  it('is empty while Tor has none', () => {
    expect(Consensus.parse('').size).toBe(0);
    expect(Consensus.parse('').authorities).toBe('');
  });

  it('reads the shorter lines of a microdescriptor consensus', () => {
    const line = 'r r2 FvGSdW+y80e0y3pu6IzTVKy7x6s 2038-01-01 00:00:00 192.0.2.23 9001 0';
    expect(Consensus.parse(line).relayAt('192.0.2.23:9001')).toBe(R2);
  });

  it('passes over what does not parse', () => {
    expect(Consensus.parse('r short\ns Authority\nr x y z\n\na [::1]:1').size).toBe(0);
  });
});
