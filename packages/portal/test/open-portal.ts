import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type SampleEdge, startSampleEdge } from './sample-edge.ts'
import { SampleMesh, type SampleUser, wren } from './sample-mesh.ts'

/** How long a page may take for anything, on a busy machine; milliseconds. */
const mostWaitMs = 20_000

/** A browser on a portal over a mesh of its own. */
export interface OpenPortal extends AsyncDisposable {
  readonly page: Page
  readonly mesh: SampleMesh
  readonly edge: SampleEdge
  /** What the browser complained about: errors of scripts, and anything the content security policy stopped. */
  readonly complaints: readonly string[]
}

/** Opens `path`; signs in first, unless `user` is null. */
export async function openPortal(
  browser: Browser,
  path: string,
  options: { readonly user?: SampleUser | null; readonly context?: BrowserContextOptions } = {},
): Promise<OpenPortal> {
  const user = options.user === undefined ? wren : options.user
  // One standing moment for both sides: no figure changes because a test took long, or the hour struck.
  const moment = Date.now()
  const mesh = new SampleMesh({ now: () => moment })
  const edge = await startSampleEdge(mesh, user ?? wren)
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options.context })
  context.setDefaultTimeout(mostWaitMs)
  const page = await context.newPage()
  await page.clock.setFixedTime(moment)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A refused call is an answer; Chromium logs it all the same.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text())
    }
  })
  const start = user ? `/auth/login?${new URLSearchParams({ to: path })}` : path
  await page.goto(`${edge.url}${start}`)
  return {
    page,
    mesh,
    edge,
    complaints,
    async [Symbol.asyncDispose]() {
      await context.close()
      await edge[Symbol.asyncDispose]()
    },
  }
}
