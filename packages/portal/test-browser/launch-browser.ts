import { type Browser, chromium } from 'playwright-core'
import { findChromium } from './chromium-binary.ts'

/** Without a GPU, without a sandbox (tests run as root in containers), and without a word to any other host. */
const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

export interface LaunchOptions {
  /** Environment to look for CHROMIUM_PATH in, and to hand on to the browser. Default: the process's. */
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Starts a headless Chromium with web security on and a fresh profile that is deleted when it closes.
 * `await using browser = await launchBrowser()` closes it in any case.
 * @throws Error if no Chromium can be found or started
 */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const env = options.env ?? process.env
  const binary = await findChromium(env)
  return chromium.launch({
    executablePath: binary.path,
    args: flags,
    // If LANG is unset or C, Chromium calls its language en-US@posix, which Intl refuses.
    env: { ...definedOnly(env), LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8', ...binary.environment },
    // The test runner decides what a signal means; Playwright's own handlers would outlive the browser.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  const defined: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) if (value !== undefined) defined[name] = value
  return defined
}
