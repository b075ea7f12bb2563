import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { globalSetup: './src/test-postgres/global-setup.ts' },
})
