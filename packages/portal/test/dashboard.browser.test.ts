import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../test-browser/launch-browser.ts'
import { openPortal } from './open-portal.ts'
import { hexfield, ludoHarbour, mossyWorkshop, quietCarriage, saltboxTheatre } from './sample-guilds.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const path = (guild: { readonly guildId: string }) => `/guild/${guild.guildId}/dashboard`

it('shows health, figures beside the period before, rankings and settings', async () => {
  await using portal = await openPortal(browser, path(mossyWorkshop))
  const { page } = portal
  const health = page.getByRole('region', { name: 'Health' })
  await expect
    .poll(() => health.innerText())
    .toMatch(/In the server[\s\S]*Done[\s\S]*gateway-0[\s\S]*3 ms[\s\S]*just now/)
  const figures = page.getByRole('region', { name: 'Activity' }).getByRole('definition')
  await expect.poll(() => figures.count()).toBe(5)
  await expect.poll(() => figures.first().innerText()).toMatch(/^[\d,]+\s+(No change|▲|▼).* from [\d,]+$/s)
  const members = page.getByRole('region', { name: 'Most active members' }).getByRole('listitem')
  await expect.poll(() => members.first().innerText()).toMatch(/wren\s+[\d,]+/)
  await expect
    .poll(() => page.getByRole('region', { name: 'Settings' }).innerText())
    .toMatch(/Mod log\s+#mod-log/)
})

it('keeps the lookback in the address, so that Back undoes it and a reload keeps it', async () => {
  await using portal = await openPortal(browser, path(mossyWorkshop))
  const { page } = portal
  const messages = page.getByRole('region', { name: 'Activity' }).getByRole('definition').first()
  const current = page
    .getByRole('navigation', { name: 'Look back' })
    .locator('[aria-current]:not([aria-current=false])')
  await expect.poll(() => current.innerText()).toBe('14 d')
  const fortnight = await messages.innerText()

  await page.getByRole('link', { name: 'the last 90 days' }).click()
  await expect.poll(() => new URL(page.url()).search).toBe('?lookback=90d')
  await expect.poll(() => messages.innerText()).not.toBe(fortnight)
  const quarter = await messages.innerText()

  await page.reload()
  await expect.poll(() => messages.innerText()).toBe(quarter)
  await page.goBack()
  await expect.poll(() => new URL(page.url()).search).toBe('')
  await expect.poll(() => messages.innerText()).toBe(fortnight)

  await page.getByRole('link', { name: 'the last 24 hours' }).click()
  await expect.poll(() => current.innerText()).toBe('24 h')
  await expect
    .poll(() =>
      page
        .getByRole('navigation', { name: 'Interval' })
        .locator('[aria-current]:not([aria-current=false])')
        .innerText(),
    )
    .toBe('Hours')
})

it('the table twin has a row for every interval, with the numbers of the chart', async () => {
  await using portal = await openPortal(browser, `${path(mossyWorkshop)}?lookback=7d`)
  const { page } = portal
  const slider = page.getByRole('slider', { name: 'Messages and active members by day' })
  await slider.focus()
  await slider.press('Home')
  await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe('0')
  const spoken = (await slider.getAttribute('aria-valuetext')) ?? ''
  const [, day = '', messages = '', members = ''] =
    /^(.+): ([\d,]+) messages, ([\d,]+) active members$/.exec(spoken) ?? []

  await page.getByRole('link', { name: 'Table' }).click()
  const rows = page.getByRole('table').getByRole('row')
  await expect.poll(() => rows.count()).toBe(1 + 7)
  await expect
    .poll(() => rows.last().innerText())
    .toMatch(new RegExp(`^${day}\\s+${messages}\\s+${members}$`))
  expect(new URL(page.url()).searchParams.get('view')).toBe('table')
})

it('the chart can be read by keyboard, interval by interval', async () => {
  await using portal = await openPortal(browser, path(mossyWorkshop))
  const { page } = portal
  const slider = page.getByRole('slider')
  await slider.focus()
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/so far$/)
  await slider.press('ArrowLeft')
  await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe('12')
  const text = (await slider.getAttribute('aria-valuetext')) ?? ''
  expect(text).toMatch(/messages, .* active members$/)
  await page.locator('figcaption', { hasText: text }).waitFor()
})

it('shows a change as soon as it is committed, and does not ask more often than it may', async () => {
  await using portal = await openPortal(browser, `${path(mossyWorkshop)}?lookback=24h&view=table`)
  const { page, mesh } = portal
  await page.getByText('Live', { exact: true }).waitFor()
  await expect.poll(() => mesh.watchers).toBe(1)
  const messages = page.getByRole('region', { name: 'Activity' }).getByRole('definition').first()
  const before = Number((await messages.innerText()).split('\n')[0]?.replaceAll(',', ''))
  const calls = mesh.calls('guild.activity')
  mesh.write(mossyWorkshop.guildId, 1000)
  mesh.write(mossyWorkshop.guildId, 1000)
  mesh.write(mossyWorkshop.guildId, 1000)
  const after = () => messages.innerText().then((text) => Number(text.split('\n')[0]?.replaceAll(',', '')))
  await expect.poll(after).toBeGreaterThanOrEqual(before + 3000)
  expect(mesh.calls('guild.activity') - calls).toBeLessThanOrEqual(2)
})

it('says that it is reconnecting while the edge is away, and reads what it missed', async () => {
  await using portal = await openPortal(browser, `${path(mossyWorkshop)}?lookback=24h&view=table`)
  const { page, mesh, edge } = portal
  await page.getByText('Live', { exact: true }).waitFor()
  const messages = page.getByRole('region', { name: 'Activity' }).getByRole('definition').first()
  const before = await messages.innerText()
  edge.setDeaf(true)
  await page.getByText('Reconnecting…').waitFor()
  mesh.write(mossyWorkshop.guildId, 500)
  edge.setDeaf(false)
  await page.getByText('Live', { exact: true }).waitFor()
  await expect.poll(() => messages.innerText()).not.toBe(before)
})

it('holds no connection for a page that nobody looks at', async () => {
  await using portal = await openPortal(browser, path(mossyWorkshop))
  const { page, mesh } = portal
  await expect.poll(() => mesh.watchers).toBe(1)
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await expect.poll(() => mesh.watchers).toBe(0)
})

it('asks for /setup if nobody ran it, and names a choice that is gone or hidden', async () => {
  await using fresh = await openPortal(browser, path(ludoHarbour))
  await fresh.page.getByRole('region', { name: 'Health' }).getByText('Run /setup in Discord').waitFor()
  await expect
    .poll(() => fresh.page.getByRole('region', { name: 'Settings' }).innerText())
    .toContain('The bot is not set up here')
  await using broken = await openPortal(browser, path(hexfield))
  await expect
    .poll(() => broken.page.getByRole('region', { name: 'Settings' }).innerText())
    .toMatch(/Mod log\s+Channel is gone[^]*Tickets\s+Hidden from the bot/)
})

it('says that a server is unreachable, and tries again when asked', async () => {
  await using portal = await openPortal(browser, path(quietCarriage))
  const { page, mesh } = portal
  const alert = page.getByRole('alert')
  await alert.getByText('This server is temporarily unreachable').waitFor()
  const calls = mesh.calls('guild.overview')
  await alert.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(() => mesh.calls('guild.overview')).toBeGreaterThan(calls)
})

it('keeps what it showed when the activity fails later, and hides the text of unexpected errors', async () => {
  await using portal = await openPortal(browser, path(mossyWorkshop))
  const { page, mesh } = portal
  await page.getByRole('heading', { name: 'Most active members' }).waitFor()
  mesh.break('guild.activity', { kind: 'Internal', errorId: '5d1f8a2e-error' })
  await page.getByRole('link', { name: 'the last 30 days' }).click()
  await page.getByRole('alert').getByText('5d1f8a2e-error').waitFor()
  await page.getByRole('heading', { name: 'Mossy Workshop' }).waitFor()
  mesh.heal('guild.activity')
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click()
  await expect.poll(() => page.getByRole('alert').count()).toBe(0)
})

it('keeps the last overview when it cannot be read again, and says how old it is', async () => {
  await using portal = await openPortal(browser, path(mossyWorkshop))
  const { page, mesh } = portal
  await page.getByText('Live', { exact: true }).waitFor()
  mesh.break('guild.overview', { kind: 'Unavailable', service: 'gateway-0', retryAfterMs: 100 })
  mesh.write(mossyWorkshop.guildId, 1)
  await expect
    .poll(() => page.getByRole('alert').allInnerTexts())
    .toContainEqual(expect.stringContaining('Showing data from a few seconds ago'))
  expect(await page.getByRole('heading', { name: 'Mossy Workshop' }).count()).toBe(1)
})

it('explains a server without the bot, and an address that names none', async () => {
  await using absent = await openPortal(browser, path(saltboxTheatre))
  await expect.poll(() => absent.page.getByRole('heading').innerText()).toBe('The bot is not in this server')
  await using wrong = await openPortal(browser, '/guild/12/dashboard')
  await expect.poll(() => wrong.page.getByRole('heading').innerText()).toBe('Server not found')
})
