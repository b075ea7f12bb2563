import { defineConfig } from 'vitest/config'

// The chat page in a real Chromium, and the package as a stranger installs it.
export default defineConfig({
  test: {
    isolate: false,
    include: ['test/**/*.browser.test.ts', 'test/standalone.test.ts'],
    globalSetup: ['test/build-chat-page.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
  },
})
