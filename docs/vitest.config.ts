import { defineConfig } from 'vitest/config'

// Reading the whole tree takes a while on a busy machine; the limit only ends a test that hangs.
export default defineConfig({ test: { testTimeout: 60_000 } })
