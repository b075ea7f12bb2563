import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: '@guildmesh/config-api/test-postgres/global-setup',
    // Tests wait for conditions; the limit only ends one that will never hold.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
