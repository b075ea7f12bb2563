import { defineConfig } from 'vitest/config'

// Campaigns of faults against meshes of their own, one after the other.
export default defineConfig({
  test: {
    include: ['e2e-faults/**/*.faults.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
})
