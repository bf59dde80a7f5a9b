import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/setup/order.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup/seed.ts'],
    globalSetup: ['test/setup/build.ts'],
    // vitest leaves a core to itself, half of a machine of two.
    maxWorkers: '100%',
    sequence: { sequencer: SlowestFirst },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
