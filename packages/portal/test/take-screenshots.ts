// Takes the pictures of the README from the built portal: `npm run build && npm run screenshots`.
// With a folder as argument it takes every page there, wide and narrow, light and dark, to be looked at.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../test-browser/launch-browser.ts'
import { closedGuild, ludoHarbour, mossyWorkshop, quietCarriage } from './sample-guilds.ts'
import { startSampleEdge } from './sample-edge.ts'
import { ida, SampleMesh } from './sample-mesh.ts'

/** A Saturday afternoon, always the same one, so that pictures change only if the portal does. */
const moment = Date.UTC(2026, 10, 21, 15, 40)
const guildPath = `/guild/${mossyWorkshop.guildId}/dashboard`

interface Shot {
  readonly path: string
  readonly waitFor: string
}

const shots: Readonly<Record<string, Shot>> = {
  servers: { path: '/', waitFor: 'text=Night Bus Radio' },
  dashboard: { path: guildPath, waitFor: '.uplot canvas' },
  'dashboard-24h': { path: `${guildPath}?lookback=24h`, waitFor: '.uplot canvas' },
  'dashboard-90d': { path: `${guildPath}?lookback=90d`, waitFor: '.uplot canvas' },
  'dashboard-table': { path: `${guildPath}?view=table`, waitFor: 'table' },
  'dashboard-new': { path: `/guild/${ludoHarbour.guildId}/dashboard`, waitFor: '.uplot canvas' },
  forbidden: { path: `/guild/${closedGuild.guildId}/dashboard`, waitFor: 'h1' },
  unreachable: { path: `/guild/${quietCarriage.guildId}/dashboard`, waitFor: '[role=alert]' },
  admin: { path: '/admin', waitFor: 'table' },
  'admin-guilds': { path: `/admin/guilds?guild=${mossyWorkshop.guildId}`, waitFor: 'text=/is on gateway/' },
  'admin-shards': { path: '/admin/shards', waitFor: 'table' },
}

async function open(browser: Browser, url: string, options: { width: number; dark: boolean }): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: options.width > 800 ? 900 : 844 },
    colorScheme: options.dark ? 'dark' : 'light',
    timezoneId: 'UTC',
    locale: 'en-GB',
  })
  const page = await context.newPage()
  await page.clock.setFixedTime(moment)
  await page.goto(`${url}/auth/login?to=/`)
  return page
}

async function shoot(page: Page, url: string, shot: Shot, file: string, fullPage: boolean): Promise<void> {
  await page.goto(`${url}${shot.path}`)
  await page.waitForSelector(shot.waitFor)
  await page.evaluate(() => document.fonts.ready)
  await page.waitForFunction(() => [...document.images].every((image) => image.complete))
  await page.screenshot({ path: file, fullPage, animations: 'disabled' })
}

const folder = process.argv[2]
const mesh = new SampleMesh({ now: () => moment })
await using edge = await startSampleEdge(mesh, ida)
await using browser = await launchBrowser()

if (folder) {
  await mkdir(folder, { recursive: true })
  for (const width of [1440, 390]) {
    for (const dark of [false, true]) {
      const page = await open(browser, edge.url, { width, dark })
      for (const [name, shot] of Object.entries(shots)) {
        await shoot(
          page,
          edge.url,
          shot,
          join(folder, `${name}-${width}-${dark ? 'dark' : 'light'}.png`),
          true,
        )
      }
      edge.endSessions()
      const signIn = { path: '/sign-in?notice=denied', waitFor: 'text=Sign in with Discord' }
      await shoot(
        page,
        edge.url,
        signIn,
        join(folder, `sign-in-${width}-${dark ? 'dark' : 'light'}.png`),
        true,
      )
      await page.context().close()
    }
  }
} else {
  const images = fileURLToPath(new URL('../../../docs/img/', import.meta.url))
  await mkdir(images, { recursive: true })
  const page = await open(browser, edge.url, { width: 1440, dark: false })
  for (const name of ['servers', 'dashboard'] as const) {
    const shot = shots[name]
    if (shot) await shoot(page, edge.url, shot, join(images, `${name}.png`), false)
  }
}
