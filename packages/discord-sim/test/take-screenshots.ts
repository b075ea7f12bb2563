// Takes the pictures of the README: `npm run screenshots`. With a folder as argument it takes every state of the chat page
// there, wide and narrow, light and dark, to be looked at.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchBrowser } from '@guildmesh/portal/test-browser'
import type { Browser, Page } from 'playwright-core'
import { buildChat } from '../packaging/build-chat.ts'
import { messages, openChat, runCommand, typeCommand, writingField } from './open-chat.ts'
import type { OpenChat } from './open-chat.ts'

const images = fileURLToPath(new URL('../../../docs/img/', import.meta.url))
const wide = { width: 1440, height: 900 }
const narrow = { width: 390, height: 844 }

interface Shot {
  name: string
  on?: 'wide' | 'narrow'
  reach: (page: Page) => Promise<unknown>
}

const shots: readonly Shot[] = [
  { name: 'messages', reach: async () => undefined },
  {
    name: 'older',
    reach: (page) => messages(page).evaluate((list) => list.scrollTo({ top: 0 })),
  },
  {
    name: 'slash',
    reach: async (page) => {
      await writingField(page).fill('/')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'command',
    reach: async (page) => {
      await typeCommand(page, 'book')
      await page.getByRole('option', { name: 'Piranesi' }).waitFor()
    },
  },
  {
    name: 'modal',
    reach: async (page) => {
      await runCommand(page, 'report')
      // On a phone it shows itself once the keyboard had time to come.
      await page.waitForFunction('getComputedStyle(document.querySelector(".overlay")).opacity === "1"')
    },
  },
  {
    name: 'select',
    reach: async (page) => {
      await messages(page).getByRole('button', { name: 'Or choose a genre' }).click()
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'menu',
    reach: async (page) => {
      const last = page.getByRole('article').last()
      await last.focus()
      await page.getByRole('article').nth(-2).focus()
      await page.getByRole('button', { name: 'More' }).last().click()
      await page.getByRole('menu').waitFor()
    },
  },
  {
    name: 'people',
    on: 'wide',
    reach: (page) => page.getByRole('tab', { name: 'People' }).click(),
  },
  {
    name: 'switcher',
    on: 'wide',
    reach: async (page) => {
      await page.getByRole('button', { name: /You act as/ }).click()
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'channels',
    on: 'narrow',
    reach: (page) => page.getByRole('button', { name: 'Servers and channels' }).click(),
  },
  {
    name: 'timeline',
    on: 'narrow',
    reach: (page) => page.getByRole('button', { name: 'Timeline and people' }).click(),
  },
]

/** An evening in a reading club: messages of people, and of the bot that they use. */
async function talk({ sim, place }: OpenChat): Promise<void> {
  const { channelId, guild } = place
  const demo = (await sim.control.app()).demoUser.id
  const [first = demo, second = demo, third = demo] = [...guild.members.keys()].filter(
    (id) => id !== demo && id !== sim.world.app.botId,
  )
  const say = (userId: string, content: string, replyTo?: string) =>
    sim.control.sendMessage({ channelId, userId, content, ...(replyTo === undefined ? {} : { replyTo }) })
  const asked = await say(first, 'Good evening! Has anybody finished the book already?')
  await say(first, 'I am stuck in chapter 4')
  const notes = await say(
    second,
    `## Notes\n- **chapter 3**: the tides\n  - see \`map.png\`\n- ~~chapter 4~~ ||the statue||\n> The Beauty of the House is immeasurable\n<@${demo}> should read <#${channelId}>\n\`\`\`js\nconst pages = 272\n\`\`\``,
  )
  for (const userId of [third, demo]) {
    await sim.control.addReaction({ channelId, userId, messageId: notes.id, emoji: '👍' })
  }
  await say(third, 'Same here', asked.id)
  const run = (command: string, options = {}) =>
    sim.control.runCommand({ userId: demo, channelId, command, options })
  await run('vote')
  await run('panel')
  await run('book', { title: 'Piranesi' })
  await run('secret')
}

async function open(browser: Browser, size: typeof wide, colorScheme: 'light' | 'dark') {
  const chat = await openChat(browser)
  await talk(chat)
  const phone = size === narrow ? { hasTouch: true, isMobile: true } : {}
  const page = await chat.openAs((await chat.sim.control.app()).demoUser.id, {
    viewport: size,
    colorScheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...phone,
  })
  await messages(page).getByText('The key is under the mat.').waitFor()
  await page.evaluate('document.fonts.ready')
  return { chat, page }
}

async function shoot(
  browser: Browser,
  file: string,
  shot: { size: typeof wide; colorScheme: 'light' | 'dark'; reach: Shot['reach'] },
): Promise<void> {
  const { chat, page } = await open(browser, shot.size, shot.colorScheme)
  await using _ends = chat
  await shot.reach(page)
  await page.screenshot({ path: file, animations: 'disabled' })
}

await buildChat()
await using browser = await launchBrowser()
const folder = process.argv[2]
if (folder === undefined) {
  const reach = async () => undefined
  await shoot(browser, join(images, 'discord-sim-chat.png'), { size: wide, colorScheme: 'light', reach })
  await shoot(browser, join(images, 'discord-sim-phone.png'), { size: narrow, colorScheme: 'dark', reach })
} else {
  mkdirSync(folder, { recursive: true })
  for (const size of [wide, narrow]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const { name, on, reach } of shots) {
        if (on !== undefined && (on === 'wide') !== (size === wide)) continue
        await shoot(browser, join(folder, `${name}-${size.width}-${colorScheme}.png`), {
          size,
          colorScheme,
          reach,
        })
      }
    }
  }
}
