import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, isLoopback, parseAddress } from '../../src/control/address.ts';
import { ConntapeError } from '../../src/error.ts';

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:9051', { kind: 'tcp', host: '127.0.0.1', port: 9051 }],
    ['[::1]:9051', { kind: 'tcp', host: '::1', port: 9051 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    ['9051', { kind: 'tcp', host: '127.0.0.1', port: 9051 }],
    ['unix:/run/tor/control', { kind: 'unix', path: '/run/tor/control' }],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    '',
    ':9051',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '127.0.0.1:9051 ',
    '::1:9051',
    '[::1]',
    '[127.0.0.1]:9051',
    'unix:',
    `unix:/${'a'.repeat(107)}`,
  ])('refuses %j as wrong usage', (text) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({ name: 'ConntapeError', kind: 'usage' }),
    );
  });

  it('reads back every address that it formats', () => {
    const tcp = fc.record({
      kind: fc.constant('tcp' as const),
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('relay.example')),
      port: fc.integer({ min: 0, max: 65_535 }),
    });
    const unix = fc.record({
      kind: fc.constant('unix' as const),
      path: fc.string({ minLength: 1, maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.oneof(tcp, unix), (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it('throws nothing but ConntapeError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseAddress(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ConntapeError);
        }
      }),
    );
  });
});

describe('isLoopback', () => {
  it.each([
    '127.0.0.1:1',
    '127.9.9.9:1',
    '[::1]:1',
    '[0:0::1]:1',
    '[::ffff:127.0.0.1]:1',
    'localhost:1',
    'unix:/a',
  ])('%s is', (text) => {
    expect(isLoopback(parseAddress(text))).toBe(true);
  });

  it.each([
    '0.0.0.0:1',
    '[::]:1',
    '[::2]:1',
    '10.0.0.1:1',
    '[::ffff:10.0.0.1]:1',
    'relay.example:1',
  ])('%s is not', (text) => {
    expect(isLoopback(parseAddress(text))).toBe(false);
  });
});
