import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { freeBytesAt, RecordingGrowth } from '../../src/cli/growth.ts';

const HOUR = 3_600_000;

function followed(free: number | undefined, sizes: readonly number[]): string[] {
  const notices: string[] = [];
  let size = 0;
  const growth = new RecordingGrowth({
    size: () => size,
    free: () => free,
    notice: (text) => notices.push(text),
  });
  for (const [index, bytes] of sizes.entries()) {
    size = bytes;
    growth.kept((index * HOUR) / 2);
  }
  return notices;
}

it('is said once, when an hour has shown it', () => {
  // 6 MB an hour are 144 MB a day; 30 GB hold that for 208 days.
  expect(followed(30e9, [1e6, 4e6, 7e6, 20e6, 90e6])).toEqual([
    'the recording grows by about 144 MB a day; the disk has room for 208d of it; --keep or --max-size bound it',
  ]);
  expect(followed(30e9, [1e6, 4e6])).toEqual([]);
});

it('is said without the disk where that is not known, and not where there is none', () => {
  expect(followed(undefined, [1e6, 4e6, 7e6])).toEqual([
    'the recording grows by about 144 MB a day; --keep or --max-size bound it',
  ]);
  expect(followed(30e9, [1e6, 1e6, 1e6])).toEqual([]);
});

it('asks the system how much room there is', () => {
  expect(freeBytesAt(tmpdir())).toBeGreaterThan(0);
  expect(freeBytesAt('/there/is/no/such/place')).toBeUndefined();
});
