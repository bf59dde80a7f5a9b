import { expect, it } from 'vitest';
import { infoOf, type Readings } from '../../../src/sources/stock/values.ts';

const READINGS: Readings = {
  values: new Map([
    ['uptime', '159'],
    ['traffic/read', '18446744073709551615'],
    ['traffic/written', '29075570'],
    ['process/descriptor-limit', '19968'],
  ]),
  options: new Map([
    ['RelayBandwidthRate', '0'],
    ['RelayBandwidthBurst', '2097152'],
    ['BandwidthRate', '1073741824'],
    ['BandwidthBurst', '1073741824'],
  ]),
  descriptors: 28,
  sinceReset: 7,
};

it('derives the values, each from what the table says', () => {
  expect(Object.fromEntries(infoOf(READINGS))).toEqual({
    'info/relay/bw-limit': '1073741824',
    'info/relay/burst-limit': '2097152',
    'info/relay/read-total': '18446744073709551615',
    'info/relay/write-total': '29075570',
    'info/uptime-process': '159',
    'info/uptime-reset': '7',
    'info/descriptor-used': '28',
    'info/descriptor-limit': '19968',
  });
});

it('leaves out what is not known, and what is not a number', () => {
  const values = new Map([['uptime', 'long']]);
  const none = { values, options: new Map(), descriptors: undefined, sinceReset: undefined };
  expect(infoOf(none).size).toBe(0);
});
