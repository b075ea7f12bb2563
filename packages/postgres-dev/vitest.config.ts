import { defineConfig } from 'vitest/config'

// Tests wait for conditions; the limit only ends one that will never hold.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 30_000 } })
