import { defineConfig } from 'vitest/config'

// One mesh, started once, serves most files; those that kill or end processes start their own. Files run one after
// the other: each mesh is a dozen processes.
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.test.ts'],
    globalSetup: ['e2e/shared-mesh.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
})
