import { AxeBuilder } from '@axe-core/playwright'
import { launchBrowser } from '@guildmesh/portal/test-browser'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { messages, openChat, runCommand, typeCommand, writingField } from './open-chat.ts'
import type { OpenChat } from './open-chat.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const everyRule = [...standards, 'best-practice']

function axe(page: Page): AxeBuilder {
  // The page has no frames: the mode without the extra page that would join their results is three times faster.
  return new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })
}

async function violationsOf(builder: AxeBuilder): Promise<string[]> {
  const { violations } = await builder.analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
}

/** Expects what every state of the page promises. */
async function expectFit(page: Page, isOverlay: boolean): Promise<void> {
  // Without motion, so that no colour is caught half-way.
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  expect
    .soft(await violationsOf(axe(page).withTags(isOverlay ? standards : everyRule)), 'in light colours')
    .toEqual([])
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  // In the dark only the colours differ.
  expect.soft(await violationsOf(axe(page).withRules('color-contrast')), 'in dark colours').toEqual([])
  const sideways = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect(sideways, 'pixels too wide').toBe(0)
}

/** Messages of every kind that the bot and people make. */
async function fill({ sim, place }: OpenChat): Promise<void> {
  const { channelId, ownerId, memberId } = place
  const markdown = '# Title\n- **one**\n- `two`\n> said\n```js\nlet a\n```\n||secret|| <@1> https://a.example'
  const first = await sim.control.sendMessage({ channelId, userId: memberId, content: markdown })
  await sim.control.addReaction({ channelId, userId: ownerId, messageId: first.id, emoji: '👍' })
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'Indeed', replyTo: first.id })
  const poll = { question: 'Tea?', answers: [{ text: 'Yes' }, { text: 'No' }] }
  await sim.control.sendMessage({ channelId, userId: memberId, poll })
  for (const command of ['vote', 'panel', 'secret']) {
    await sim.control.runCommand({ channelId, userId: ownerId, command })
  }
}

interface State {
  name: string
  /** Lies over the page and outside of its landmarks: not all that is good practice for pages fits it. */
  isOverlay?: true
  reach: (page: Page) => Promise<unknown>
}

const anywhere: State[] = [
  { name: 'messages', reach: async () => undefined },
  {
    name: 'commands offered',
    reach: async (page) => {
      await writingField(page).fill('/')
      await page.getByRole('listbox', { name: 'Commands' }).waitFor()
    },
  },
  {
    name: 'a command with its options',
    reach: async (page) => {
      const form = await typeCommand(page, 'book')
      await page.getByRole('option', { name: 'Piranesi' }).waitFor()
      await page.keyboard.press('Escape')
      await form.getByRole('button', { name: 'Run', exact: true }).click()
    },
  },
  {
    name: 'a modal',
    isOverlay: true,
    reach: async (page) => {
      await runCommand(page, 'report')
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('button', { name: 'Submit' }).click()
    },
  },
  {
    name: 'an open select',
    isOverlay: true,
    reach: async (page) => {
      await messages(page).getByRole('button', { name: 'Who hosts?' }).click()
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'a reply',
    reach: async (page) => {
      const last = page.getByRole('article').filter({ hasText: 'Indeed' })
      await last.focus()
      await last.getByRole('button', { name: 'More' }).press('Enter')
      await page.getByRole('menuitem', { name: 'Reply' }).click()
    },
  },
]

const onDesktop: State[] = [
  { name: 'people', reach: (page) => page.getByRole('tab', { name: 'People' }).click() },
  {
    name: 'a person',
    isOverlay: true,
    reach: async (page) => {
      await messages(page).getByRole('button', { name: 'Mod Bot' }).first().click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'choosing a person',
    isOverlay: true,
    reach: async (page) => {
      await page.getByRole('button', { name: /You act as/ }).click()
      await page.getByRole('option').first().waitFor()
    },
  },
]

const onPhone: State[] = [
  {
    name: 'servers and channels',
    reach: (page) => page.getByRole('button', { name: 'Servers and channels' }).click(),
  },
  { name: 'timeline', reach: (page) => page.getByRole('button', { name: 'Timeline and people' }).click() },
]

describe('every state of the chat page is accessible by axe in light and dark, and fits its screen', () => {
  test.each([...anywhere, ...onDesktop])('on a desktop: $name', async ({ reach, isOverlay = false }) => {
    await using chat = await openChat(browser)
    await fill(chat)
    const page = await chat.openAs(chat.place.ownerId)
    await messages(page).getByText('The key is under the mat.').waitFor()
    await reach(page)
    await expectFit(page, isOverlay)
    expect(chat.complaints).toEqual([])
  })

  test.each([...anywhere, ...onPhone])('on a phone: $name', async ({ reach, isOverlay = false }) => {
    await using chat = await openChat(browser)
    await fill(chat)
    const page = await chat.openAs(chat.place.ownerId, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await messages(page).getByText('The key is under the mat.').waitFor()
    await reach(page)
    await expectFit(page, isOverlay)
    expect(chat.complaints).toEqual([])
  })
})

test('without motion nothing moves', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId, { reducedMotion: 'reduce' })
  await chat.sim.control.setRestFaults({ faults: [{ path: '/callback$', latencyMs: 2_000 }] })
  await runCommand(page, 'vote')
  await page.getByText(/waits for/).waitFor()
  expect(await page.evaluate<number>('document.getAnimations().length')).toBe(0)
})

test('the page is used by keyboard alone, from the servers to the message that was sent', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  const focused = () => page.evaluate<string>("document.activeElement?.textContent ?? ''")
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('Direct messages')
  const channel = page
    .getByRole('navigation', { name: 'Channels' })
    .getByRole('button', { name: 'introductions' })
  while (!(await focused()).includes('introductions')) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'introductions' }).waitFor()
  expect(await channel.getAttribute('aria-current')).toBe('page')
  const tag = () => page.evaluate<string>('document.activeElement?.tagName')
  while ((await tag()) !== 'TEXTAREA') await page.keyboard.press('Tab')
  await page.keyboard.type('By keyboard')
  await page.keyboard.press('Enter')
  await messages(page).getByText('By keyboard').waitFor()
})
