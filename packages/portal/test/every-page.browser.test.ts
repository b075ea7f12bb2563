import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../test-browser/launch-browser.ts'
import { openPortal } from './open-portal.ts'
import { closedGuild, ludoHarbour, mossyWorkshop, quietCarriage } from './sample-guilds.ts'
import { ida } from './sample-mesh.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

interface PageState {
  readonly name: string
  readonly path: string
  /** Waits until the page shows what it has to show. */
  readonly shown: (page: Page) => Promise<void>
}

const dashboard = `/guild/${mossyWorkshop.guildId}/dashboard`
const sees = (selector: string) => (page: Page) => page.locator(selector).first().waitFor()

const pages: readonly PageState[] = [
  { name: 'server list', path: '/', shown: sees('text=Night Bus Radio') },
  { name: 'dashboard', path: dashboard, shown: sees('.uplot canvas') },
  { name: 'dashboard as table', path: `${dashboard}?view=table`, shown: sees('table') },
  {
    name: 'dashboard without setup',
    path: `/guild/${ludoHarbour.guildId}/dashboard`,
    shown: sees('.uplot canvas'),
  },
  {
    name: 'forbidden guild',
    path: `/guild/${closedGuild.guildId}/dashboard`,
    shown: sees('text=not open to you'),
  },
  {
    name: 'unreachable gateway',
    path: `/guild/${quietCarriage.guildId}/dashboard`,
    shown: sees('[role=alert]'),
  },
  { name: 'no such page', path: '/nowhere', shown: sees('text=Page not found') },
  { name: 'console overview', path: '/admin', shown: sees('table') },
  {
    name: 'cordon dialog',
    path: '/admin',
    shown: async (page) => {
      await page.getByRole('button', { name: 'Cordon… gateway-0' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'console guilds',
    path: `/admin/guilds?guild=${mossyWorkshop.guildId}`,
    shown: async (page) => {
      await page.getByRole('table').waitFor()
      await page.getByRole('button', { name: 'Reassign it…' }).waitFor()
    },
  },
  { name: 'console moves', path: '/admin/moves', shown: sees('text=No guild has been moved yet') },
  { name: 'console shards', path: '/admin/shards', shown: sees('table') },
  { name: 'console audit', path: '/admin/audit', shown: sees('text=Nobody has changed anything') },
  {
    name: 'account menu',
    path: '/',
    shown: async (page) => {
      await page.getByRole('button', { name: 'account and appearance' }).click()
      await page.getByRole('button', { name: 'Sign out' }).waitFor()
    },
  },
]

const everyRule = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

function axe(page: Page): AxeBuilder {
  // No page has frames: the mode without the extra page that would join their results is three times faster.
  return new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })
}

async function violationsOf(builder: AxeBuilder): Promise<string[]> {
  const { violations } = await builder.analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
}

/** Expects what every page promises, in the state that it is in now. */
async function expectFit(page: Page): Promise<void> {
  // Without motion, so that no colour is caught half-way.
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  expect.soft(await violationsOf(axe(page).withTags(everyRule)), 'in light colours').toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  // In the dark only the colours differ.
  expect.soft(await violationsOf(axe(page).withRules('color-contrast')), 'in dark colours').toEqual([])
  await page.setViewportSize({ width: 390, height: 844 })
  const sideways = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await expect.poll(sideways, { message: 'pixels too wide for a phone' }).toBe(0)
}

describe('every page is accessible by axe in light and dark, fits a phone, and keeps the content security policy', () => {
  it.each(pages)('$name', async ({ path, shown }) => {
    await using portal = await openPortal(browser, path, { user: ida })
    await shown(portal.page)
    await expectFit(portal.page)
    expect(portal.complaints).toEqual([])
  })

  it.each(['signed-out', 'denied'])('sign-in, with the notice %s', async (notice) => {
    await using portal = await openPortal(browser, `/sign-in?notice=${notice}`, { user: null })
    await portal.page.getByRole('link', { name: 'Sign in with Discord' }).waitFor()
    await expectFit(portal.page)
    expect(portal.complaints).toEqual([])
  })
})

it('without motion a change of appearance is there at once, also for deeply nested elements', async () => {
  await using portal = await openPortal(browser, '/admin', {
    user: ida,
    context: { reducedMotion: 'reduce', colorScheme: 'light' },
  })
  const { page } = portal
  await page.getByRole('button', { name: 'Cordon… gateway-0' }).click()
  const label = page.getByRole('dialog').getByText('Reason', { exact: true })
  await label.waitFor()
  const colours = await label.evaluate((deep) => {
    const root = document.documentElement
    const light = getComputedStyle(deep).color
    root.dataset['appearance'] = 'dark'
    return {
      light,
      root: getComputedStyle(root).color,
      deep: getComputedStyle(deep).color,
      moving: document.getAnimations().length,
    }
  })
  expect(colours.root).not.toBe(colours.light)
  expect(colours).toMatchObject({ deep: colours.root, moving: 0 })
})

it('in forced colours the chart is drawn in the colours that the system gives', async () => {
  await using portal = await openPortal(browser, dashboard, {
    context: { forcedColors: 'active', colorScheme: 'dark' },
  })
  const { page } = portal
  await page.locator('.uplot canvas').first().waitFor()
  const colours = await page.evaluate(() => {
    const probe = document.createElement('span')
    document.body.append(probe)
    const read = (colour: string) => {
      probe.style.color = colour
      return getComputedStyle(probe).color
    }
    return { plot: read('var(--plot)'), system: read('CanvasText') }
  })
  expect(colours.plot).toBe(colours.system)
})

it('asks no other host for anything', async () => {
  await using portal = await openPortal(browser, '/', { user: null })
  const { page, edge } = portal
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== edge.url) elsewhere.push(request.url())
  })
  await page.getByRole('link', { name: 'Sign in with Discord' }).click()
  await page.getByRole('link', { name: 'Mossy Workshop' }).click()
  await page.locator('.uplot canvas').first().waitFor()
  expect(elsewhere).toEqual([])
})

it('a chosen appearance holds over a reload, and follows the system again afterwards', async () => {
  await using portal = await openPortal(browser, '/', { context: { colorScheme: 'light' } })
  const { page } = portal
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await page.getByRole('button', { name: 'account and appearance' }).click()
  const light = await background()
  await page.getByRole('radio', { name: 'Dark' }).check()
  await expect.poll(background).not.toBe(light)
  const dark = await background()
  await page.reload()
  await page.getByRole('button', { name: 'account and appearance' }).click()
  expect(await background()).toBe(dark)
  await page.getByRole('radio', { name: 'Match system' }).check()
  await expect.poll(background).toBe(light)
})

it('goes from page to page by keyboard alone, with the focus in the new page', async () => {
  await using portal = await openPortal(browser, '/')
  const { page } = portal
  await page.getByRole('heading', { name: 'Your servers' }).waitFor()
  await page.keyboard.press('Tab')
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content')
  await page.getByRole('link', { name: 'Mossy Workshop' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Activity' }).waitFor()
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main')
})
