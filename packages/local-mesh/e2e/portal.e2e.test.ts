import { createSimClient } from '@guildmesh/discord-sim/client'
import { launchBrowser } from '@guildmesh/portal/test-browser'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { talkativeGuild } from './simulated-people.ts'

const mesh = inject('mesh')
const sim = createSimClient(mesh.simulatorUrl)

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** Signs in as one of the simulator's people, through Discord's consent page. */
async function signIn(page: Page, userId: string): Promise<void> {
  await page.goto(mesh.url)
  await page.getByRole('link', { name: 'Sign in with Discord' }).click()
  await page.waitForURL(`${mesh.simulatorUrl}/**`)
  await page.locator(`input[name="sim_user"][value="${userId}"]`).check()
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.waitForURL(`${mesh.url}/**`)
}

describe('a person in a browser', () => {
  test('signs in with Discord and sees the dashboard of their guild, with its activity', async () => {
    const { demoUser } = await sim.app()
    const mine = (await sim.guilds()).filter(({ botPresent }) => botPresent)
    const withDemo = await Promise.all(
      mine.map(async ({ id }) => ({ id, guild: await sim.guild({ guildId: id }) })),
    )
    const own = withDemo.find(
      ({ guild }) =>
        guild.members.some(({ user }) => user.id === demoUser.id) && guild.adminId !== demoUser.id,
    )
    const foreign = withDemo.find(({ guild }) => guild.members.every(({ user }) => user.id !== demoUser.id))
    if (own === undefined || foreign === undefined)
      throw new Error('the simulator gives the demo user no such guilds')
    const { channelId, memberId } = await talkativeGuild(sim, own.id)
    for (let count = 0; count < 3; count++) {
      await sim.sendMessage({ channelId, userId: memberId, content: `hello number ${count}` })
    }

    await using context = await browser.newContext()
    const page = await context.newPage()
    await signIn(page, demoUser.id)
    await page.getByRole('link', { name: own.guild.name, exact: true }).click()
    await page.waitForURL(`**/guild/${own.id}/dashboard*`)
    await page.getByRole('heading', { name: own.guild.name }).waitFor()
    await page
      .getByRole('heading', { name: /activity/i })
      .first()
      .waitFor()
    await expect.poll(() => page.getByText(/gateway-[0-2]/).count()).toBeGreaterThan(0)

    await page.goto(`${mesh.url}/guild/${foreign.id}/dashboard`)
    await page.getByRole('heading', { name: 'This server is not open to you' }).waitFor()
    expect(await page.getByText(foreign.guild.name).count()).toBe(0)
  })

  test('without a session sees the sign-in page, and no guild', async () => {
    await using context = await browser.newContext()
    const page = await context.newPage()
    const [guild] = await sim.guilds()
    await page.goto(`${mesh.url}/guild/${guild?.id}/dashboard`)
    await page.getByRole('link', { name: 'Sign in with Discord' }).waitFor()
    expect(await page.getByText(guild?.name ?? '').count()).toBe(0)
  })
})
