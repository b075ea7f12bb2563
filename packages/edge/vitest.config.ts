import { defineConfig } from 'vitest/config'

// Tests wait for conditions; the limit only ends one that will never hold.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } })
