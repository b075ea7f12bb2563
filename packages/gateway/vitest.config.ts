import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Most of the time is waiting for processes and for Discord's pauses; on two cores the default is one worker.
    maxWorkers: 2,
    globalSetup: '@guildmesh/config-api/test-setup',
    // Tests wait for conditions; the limit only ends one that will never hold.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
