import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // The simulator keeps no state outside its instances, so files can share a worker.
    isolate: false,
    include: ['src/**/*.test.ts', 'chat/**/*.test.ts', 'test/**/*.test.ts'],
    // Through a browser, and from the packed tarball: `npm run test:e2e`.
    exclude: [...configDefaults.exclude, 'test/**/*.browser.test.ts', 'test/standalone.test.ts'],
    globalSetup: ['test/build-chat-page.ts'],
    // Tests wait for conditions; the limits only end those that will never hold.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
  },
})
