import { defineConfig } from 'vitest/config';

/** Real servers and clients from Debian; needs root for network namespaces. Slow, one file at a time. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
