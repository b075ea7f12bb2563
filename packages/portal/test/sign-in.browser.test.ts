import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../test-browser/launch-browser.ts'
import { openPortal } from './open-portal.ts'
import { closedGuild, mossyWorkshop } from './sample-guilds.ts'
import { wren } from './sample-mesh.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const dashboard = `/guild/${mossyWorkshop.guildId}/dashboard`

it('who is signed out is asked to sign in at any address, and comes back to it', async () => {
  await using portal = await openPortal(browser, `${dashboard}?lookback=30d`, { user: null })
  const { page } = portal
  await page.getByRole('link', { name: 'Sign in with Discord' }).click()
  await page.getByRole('heading', { name: 'Mossy Workshop' }).waitFor()
  expect(new URL(page.url()).pathname).toBe(dashboard)
  expect(new URL(page.url()).searchParams.get('lookback')).toBe('30d')
})

it('says so if the sign-in was refused at Discord, and lets people try again', async () => {
  await using portal = await openPortal(browser, '/', { user: null })
  const { page, edge } = portal
  edge.signingIn = null
  await page.getByRole('link', { name: 'Sign in with Discord' }).click()
  await page.getByText('You did not approve the sign-in').waitFor()
  edge.signingIn = wren
  await page.getByRole('link', { name: 'Sign in with Discord' }).click()
  await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Your servers')
})

it('signs out, by keyboard, and says so', async () => {
  await using portal = await openPortal(browser, '/')
  const { page } = portal
  await page.getByRole('button', { name: 'wren: account and appearance' }).press('Enter')
  await page.getByRole('button', { name: 'Sign out' }).press('Enter')
  await page.getByText('You are signed out').waitFor()
  await page.goto(new URL(dashboard, page.url()).href)
  await page.getByRole('link', { name: 'Sign in with Discord' }).waitFor()
  expect(await page.getByText('Mossy Workshop').count()).toBe(0)
})

it('a session that ends while a page is open leads to the sign-in and back to the same page', async () => {
  await using portal = await openPortal(browser, dashboard)
  const { page, edge } = portal
  await page.getByRole('heading', { name: 'Activity' }).waitFor()
  edge.endSessions()
  await page.getByRole('link', { name: 'the last 30 days' }).click()
  await page.getByText('Your session has ended').waitFor()
  await page.getByRole('link', { name: 'Sign in with Discord' }).click()
  await page.getByRole('heading', { name: 'Mossy Workshop' }).waitFor()
  expect(new URL(page.url()).searchParams.get('lookback')).toBe('30d')
})

it('notices by itself that the session has ended, once the live connection breaks', async () => {
  await using portal = await openPortal(browser, dashboard)
  const { page, edge } = portal
  await page.getByText('Live', { exact: true }).waitFor()
  edge.setDeaf(true)
  edge.endSessions()
  edge.setDeaf(false)
  await expect.poll(() => page.getByText('Your session has ended').count()).toBe(1)
})

it('shows who is signed in the server list, and its parts', async () => {
  await using portal = await openPortal(browser, '/')
  const { page } = portal
  await page.getByRole('heading', { name: 'Your servers' }).waitFor()
  const joined = page.getByRole('region', { name: 'Servers with the bot' }).getByRole('listitem')
  await expect.poll(() => joined.count()).toBe(9)
  await expect
    .poll(() => joined.filter({ hasText: 'Mossy Workshop' }).innerText())
    .toMatch(/4,218 members · Owner\s+Healthy/)
  await joined.filter({ hasText: 'Ludo Harbour' }).getByText('Not set up: run /setup in Discord').waitFor()
  await joined
    .filter({ hasText: 'Quiet Carriage' })
    .getByText('Temporarily unreachable; nothing is lost')
    .waitFor()
  await page.getByRole('link', { name: 'Add to server: Saltbox Theatre' }).waitFor()
  const closed = page.getByRole('region', { name: 'Where you are a member' })
  await expect.poll(() => closed.innerText()).toMatch(/Harbour Lights\s+Member\s+Moderators and admins only/)
  expect(await closed.getByRole('link').count()).toBe(0)

  await page.getByRole('searchbox').fill('night')
  await expect.poll(() => joined.count()).toBe(1)
  await page.getByRole('link', { name: 'Night Bus Radio' }).press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Night Bus Radio' }).waitFor()
})

it('refuses the dashboard of another guild, and says why and what to do', async () => {
  await using portal = await openPortal(browser, `/guild/${closedGuild.guildId}/dashboard`)
  const { page, mesh } = portal
  await page.getByRole('heading', { name: 'This server is not open to you' }).waitFor()
  await page.getByText('The dashboard of a server is for its moderators and admins.').waitFor()
  await page.getByText('Ask its owner or an admin').waitFor()
  await expect.poll(() => page.getByText(closedGuild.name).count()).toBe(0)
  expect(mesh.calls('guild.overview')).toBe(0)
  await page.getByRole('link', { name: 'Go to your servers' }).click()
  await page.getByRole('heading', { name: 'Your servers' }).waitFor()
})

it('shows what is known of an edge that does not answer, and goes on once it does', async () => {
  await using portal = await openPortal(browser, '/')
  const { page, edge } = portal
  await page.getByRole('heading', { name: 'Your servers' }).waitFor()
  edge.setDeaf(true)
  await page.getByRole('link', { name: 'Night Bus Radio' }).click()
  await page.getByRole('alert').filter({ hasText: 'did not answer' }).waitFor()
  edge.setDeaf(false)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Night Bus Radio')
})
