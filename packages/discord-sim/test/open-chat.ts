import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { DiscordSim } from '../src/index.ts'
import { startChatBot } from './chat-bot.ts'
import { firstGuild, startFast } from './sim-fixture.ts'

/** How long a page may take for anything, on a busy machine; milliseconds. */
const mostWaitMs = 20_000

/** A simulator with a bot, and pages that look at it. */
export interface OpenChat extends AsyncDisposable {
  readonly sim: DiscordSim
  readonly place: Awaited<ReturnType<typeof firstGuild>>
  /** What browsers complained about: errors of scripts, and anything the content security policy stopped. */
  readonly complaints: readonly string[]
  /** A page of its own for one person, on the general channel of the first server. */
  openAs(userId: string, options?: BrowserContextOptions): Promise<Page>
}

export async function openChat(browser: Browser): Promise<OpenChat> {
  const sim = await startFast({ guilds: 2, shards: 1 })
  const bot = await startChatBot(sim)
  const place = await firstGuild(sim)
  const complaints: string[] = []
  const contexts: { close(): Promise<void> }[] = []
  return {
    sim,
    place,
    complaints,
    async openAs(userId, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
      contexts.push(context)
      context.setDefaultTimeout(mostWaitMs)
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        // A refused verb is an answer; Chromium logs it all the same.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          complaints.push(message.text())
        }
      })
      const { guildId, channelId } = place
      await page.goto(`${sim.urls.base}/chat/${guildId}/${channelId}?as=${userId}`)
      await writingField(page).waitFor()
      return page
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close()
      await bot[Symbol.asyncDispose]()
      await sim.stop()
    },
  }
}

/** The field for messages; it becomes a combobox while it has suggestions. */
export function writingField(page: Page): Locator {
  return page.locator('.composer textarea')
}

/** The messages of the open channel. */
export function messages(page: Page): Locator {
  return page.getByRole('log', { name: /^Messages in/ })
}

/** Types a command and takes the first suggestion: the form with its options opens. */
export async function typeCommand(page: Page, command: string): Promise<Locator> {
  const field = writingField(page)
  await field.fill(`/${command}`)
  await page.getByRole('option', { name: `/${command}` }).waitFor()
  await field.press('Enter')
  return page.getByRole('form', { name: `Command /${command}` })
}

/** Runs a command without options. */
export async function runCommand(page: Page, command: string): Promise<void> {
  const form = await typeCommand(page, command)
  await form.getByRole('button', { name: 'Run', exact: true }).click()
}
