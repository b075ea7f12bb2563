import { defineConfig } from 'vitest/config'

// Tests wait for conditions; the limit only ends those that hang, also on a machine that is busy with others.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 60_000 } })
