import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/setup/order.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup/seed.ts'],
    globalSetup: ['test/setup/build.ts'],
    sequence: { sequencer: SlowestFirst },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
