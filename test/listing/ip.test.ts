/** Addresses as numbers and in one notation, and the relay's own in a configuration. */
import { describe, expect, it } from 'vitest';
import { ipNumber, isSameIp, plainIp } from '../../src/listing/ip.ts';
import { ownAddressesIn, ownValuesIn } from '../../src/listing/ownAddresses.ts';

describe('an address', () => {
  it.each([
    ['192.0.2.1', 4, 0xc0000201n],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['1::', 6, 1n << 112n],
    ['2001:db8::ff00:42:8329', 6, 0x20010db8000000000000ff0000428329n],
    ['1:2:3:4:5:6:7:8', 6, 0x00010002000300040005000600070008n],
    ['::ffff:192.0.2.1', 6, 0xffffc0000201n],
    ['64:ff9b::192.0.2.1', 6, 0x0064ff9b0000000000000000c0000201n],
  ])('%s is a number', (text, family, value) => {
    expect(ipNumber(text)).toEqual({ family, value });
  });

  it.each(['', '0', 'example.com', '192.0.2', '[::1]', 'fe80::1%eth0', '192.0.2.1:80'])(
    '%j is none',
    (text) => {
      expect(ipNumber(text)).toBeUndefined();
      expect(plainIp(text)).toBeUndefined();
      expect(isSameIp(text, text)).toBe(false);
    },
  );

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::0.0.0.1', '::1'],
  ])('%s has one notation: %s', (text, plain) => {
    expect(plainIp(text)).toBe(plain);
    expect(isSameIp(text, plain)).toBe(true);
  });
});

describe('the own addresses of a relay', () => {
  it('are those that it listens at, is found at and leaves from', () => {
    const config = {
      ORPort: '9001\n192.0.2.1:9001\n[2001:DB8::1]:443 NoAdvertise',
      OutboundBindAddress: '192.0.2.2\n[2001:db8::2]',
      OutboundBindAddressExit: '',
      'address/v4': '192.0.2.3',
      Nickname: '192.0.2.4',
    };
    expect(ownAddressesIn(config)).toEqual([
      { ip: '192.0.2.1', key: 'ORPort' },
      { ip: '2001:db8::1', key: 'ORPort' },
      { ip: '192.0.2.2', key: 'OutboundBindAddress' },
      { ip: '2001:db8::2', key: 'OutboundBindAddress' },
      { ip: '192.0.2.3', key: 'address/v4' },
    ]);
    expect(Object.keys(ownValuesIn(config))).toEqual([
      'ORPort',
      'OutboundBindAddress',
      'address/v4',
    ]);
  });

  it('are kept only where there is nothing else', () => {
    expect(ownValuesIn({ 'address/v4': '192.0.2.3 for 203.0.113.9' })).toEqual({});
  });
});
