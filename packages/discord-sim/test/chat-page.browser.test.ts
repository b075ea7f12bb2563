import { launchBrowser } from '@guildmesh/portal/test-browser'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { messages, openChat, runCommand, typeCommand, writingField } from './open-chat.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

test('a message that is written is there for everybody in the channel, with its markdown', async () => {
  await using chat = await openChat(browser)
  const { ownerId, memberId, channelId } = chat.place
  const writer = await chat.openAs(ownerId)
  const reader = await chat.openAs(memberId)
  await writingField(writer).fill('Good **evening**!')
  await writingField(writer).press('Enter')
  await messages(reader).getByText('evening', { exact: true }).waitFor()
  expect(await messages(reader).locator('strong', { hasText: 'evening' }).count()).toBe(1)
  expect(await writingField(writer).inputValue()).toBe('')
  const [sent] = await chat.sim.control.messages({ channelId })
  expect(sent).toMatchObject({ content: 'Good **evening**!', author: { id: ownerId } })
  expect(chat.complaints).toEqual([])
})

test('a mention is written by name and sent as Discord writes it', async () => {
  await using chat = await openChat(browser)
  const { ownerId, memberId, channelId } = chat.place
  const member = chat.sim.world.user(memberId)
  const page = await chat.openAs(ownerId)
  await writingField(page).pressSequentially(`hello @${member.username.slice(0, 12)}`)
  await page.getByRole('listbox', { name: 'People and roles' }).getByRole('option').first().waitFor()
  await writingField(page).press('Enter')
  await writingField(page).press('Enter')
  await messages(page).getByText('hello').waitFor()
  const [sent] = await chat.sim.control.messages({ channelId })
  expect(sent?.content.trim()).toBe(`hello <@${memberId}>`)
})

test('replies, reactions, edits and threads are made from the keyboard', async () => {
  await using chat = await openChat(browser)
  const { ownerId, memberId, channelId } = chat.place
  const first = await chat.sim.control.sendMessage({ channelId, userId: memberId, content: 'Who is there?' })
  const page = await chat.openAs(ownerId)
  const message = page.getByRole('article').filter({ hasText: 'Who is there?' }).first()
  const menuItem = async (name: string) => {
    await message.focus()
    await message.getByRole('button', { name: 'More' }).press('Enter')
    await page.getByRole('menuitem', { name }).press('Enter')
  }
  await menuItem('Reply')
  await writingField(page).fill('Only me')
  await writingField(page).press('Enter')
  await messages(page).getByText('Only me').waitFor()
  await message.focus()
  await message.getByRole('button', { name: 'Add a reaction' }).press('Enter')
  await page.getByRole('button', { name: '🎉' }).press('Enter')
  const reaction = message.getByRole('button', { name: '🎉, 1' })
  await reaction.waitFor()
  expect(await reaction.getAttribute('aria-pressed')).toBe('true')
  await menuItem('Start a thread')
  await page.getByRole('heading', { name: 'Who is there?' }).waitFor()
  const [reply] = await chat.sim.control.messages({ channelId })
  expect(reply).toMatchObject({ content: 'Only me', message_reference: { message_id: first.id } })
  expect(chat.complaints).toEqual([])
})

test('a slash command is found by typing, its option completed by the bot, and answered', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  const form = await typeCommand(page, 'book')
  const title = form.getByRole('combobox', { name: 'title' })
  await title.pressSequentially('pira')
  const offered = page.getByRole('option', { name: 'Piranesi' })
  await offered.waitFor()
  await title.press('ArrowDown')
  await title.press('Enter')
  expect(await title.inputValue()).toBe('Piranesi')
  await form.getByRole('button', { name: 'weeks' }).click()
  await form.getByRole('textbox', { name: 'weeks' }).fill('nine')
  await form.getByRole('button', { name: 'Run', exact: true }).click()
  await form.getByText('A number is needed').waitFor()
  await form.getByRole('textbox', { name: 'weeks' }).fill('3')
  await form.getByRole('button', { name: 'Run', exact: true }).click()
  await messages(page).getByText('Piranesi is yours for 3 weeks.').waitFor()
  await messages(page).getByText('used /book').waitFor()
  expect(chat.complaints).toEqual([])
})

test('a person is offered only the commands that they may use', async () => {
  await using chat = await openChat(browser)
  const { ownerId, memberId } = chat.place
  const offered = async (userId: string) => {
    const page = await chat.openAs(userId)
    await writingField(page).fill('/')
    await page.getByRole('option', { name: '/book' }).waitFor()
    return page.getByRole('option', { name: '/staff list' }).count()
  }
  expect(await offered(ownerId)).toBe(1)
  expect(await offered(memberId)).toBe(0)
})

test('a button is pressed, and the bot changes its message', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  await runCommand(page, 'vote')
  await messages(page).getByRole('button', { name: 'Yes' }).click()
  await messages(page).getByText('You said yes.').waitFor()
  expect(await messages(page).getByRole('button', { name: 'Yes' }).count()).toBe(0)
})

test('selects of a layout send what was chosen: options at once, several people when the list closes', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  await runCommand(page, 'panel')
  await messages(page).getByRole('button', { name: 'Or choose a genre' }).click()
  await page.getByRole('option', { name: 'Mystery' }).click()
  await messages(page).getByText('Chosen: mystery').waitFor()
  await messages(page).getByRole('button', { name: 'Who hosts?' }).click()
  const people = page.getByRole('option')
  const chosen = [await people.nth(0).getAttribute('data-key'), await people.nth(2).getAttribute('data-key')]
  await people.nth(0).click()
  await people.nth(2).click()
  await page.keyboard.press('Escape')
  await messages(page)
    .getByText(`Chosen: ${chosen.join(', ')}`)
    .waitFor()
  expect(chat.complaints).toEqual([])
})

test('a modal is filled in and sent; it says what is missing', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  await runCommand(page, 'report')
  const dialog = page.getByRole('dialog', { name: 'Report something' })
  await dialog.getByRole('button', { name: 'Submit' }).click()
  await dialog.getByText('This field is required').waitFor()
  await dialog.getByRole('textbox', { name: 'What happened?' }).fill('The lamp fell over.')
  await dialog.getByRole('button', { name: 'Submit' }).click()
  await messages(page).getByText('Reported: The lamp fell over.').waitFor()
  expect(await dialog.count()).toBe(0)
  expect(chat.complaints).toEqual([])
})

test('menus of messages and of people run the bot’s commands', async () => {
  await using chat = await openChat(browser)
  const { ownerId, memberId, channelId } = chat.place
  await chat.sim.control.sendMessage({ channelId, userId: memberId, content: 'Quote me' })
  const page = await chat.openAs(ownerId)
  const message = page.getByRole('article').filter({ hasText: 'Quote me' })
  await message.hover()
  await message.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Quote' }).click()
  await messages(page).locator('blockquote', { hasText: 'Quote me' }).waitFor()
  const { username, global_name: name } = chat.sim.world.user(memberId)
  await messages(page)
    .getByRole('button', { name: name ?? username })
    .first()
    .click()
  await page.getByRole('dialog').getByRole('button', { name: 'Profile' }).click()
  await messages(page).getByText(username, { exact: true }).waitFor()
  expect(chat.complaints).toEqual([])
})

test('an ephemeral answer is seen by its person alone, who can dismiss it', async () => {
  await using chat = await openChat(browser)
  const { ownerId, memberId, channelId } = chat.place
  const asker = await chat.openAs(memberId)
  const other = await chat.openAs(ownerId)
  await runCommand(asker, 'secret')
  await messages(asker).getByText('The key is under the mat.').waitFor()
  await messages(asker).getByText('Only you can see this').waitFor()
  await chat.sim.control.sendMessage({ channelId, userId: ownerId, content: 'afterwards' })
  await messages(other).getByText('afterwards').waitFor()
  expect(await messages(other).getByText('The key is under the mat.').count()).toBe(0)
  await messages(asker).getByRole('button', { name: 'Dismiss' }).click()
  expect(await messages(asker).getByText('The key is under the mat.').count()).toBe(0)
})

test('a person sees only the channels that they may view; another person is chosen on the page', async () => {
  await using chat = await openChat(browser)
  const { ownerId, memberId } = chat.place
  const page = await chat.openAs(ownerId)
  const staffRoom = page
    .getByRole('navigation', { name: 'Channels' })
    .getByRole('button', { name: 'staff-room' })
  await staffRoom.click()
  await page.getByRole('heading', { name: 'staff-room' }).waitFor()
  const { username, global_name: name } = chat.sim.world.user(memberId)
  await page.getByRole('button', { name: /You act as/ }).click()
  await page.getByRole('searchbox', { name: 'Search' }).fill(name ?? username)
  await page
    .getByRole('option', { name: name ?? username })
    .first()
    .click()
  await page.getByRole('heading', { name: 'general' }).waitFor()
  expect(await staffRoom.count()).toBe(0)
})

test('a new person joins the server and writes', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  await page.getByRole('button', { name: 'New person' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Robin Vale')
  await page.getByRole('button', { name: 'Create and act as them' }).click()
  await page.getByRole('button', { name: /You act as.*Robin Vale|Robin Vale.*You act as/ }).waitFor()
  await writingField(page).fill('I am new here')
  await writingField(page).press('Enter')
  await page
    .getByRole('article', { name: /Robin Vale/ })
    .getByText('I am new here')
    .waitFor()
  expect(chat.complaints).toEqual([])
})

test('a file is attached and shown; a command that the bot leaves unanswered says so', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
  await page
    .getByLabel('Attach files')
    .setInputFiles({ name: 'dot.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) })
  await page.getByRole('button', { name: 'Send' }).click()
  const picture = messages(page).getByRole('img', { name: 'dot.svg' })
  await picture.waitFor()
  await expect.poll(() => picture.evaluate((image) => 'naturalWidth' in image && image.naturalWidth)).toBe(8)
  await chat.sim.control.closeSockets({ code: 4004 })
  await runCommand(page, 'vote')
  await messages(page).getByText('The application did not respond').waitFor()
  expect(chat.complaints).toEqual([])
})

test('a file is given to a command that takes one', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  const form = await typeCommand(page, 'frame')
  await form.getByRole('button', { name: 'Run', exact: true }).click()
  await form.getByText('This option is required').waitFor()
  await form
    .getByLabel('picture')
    .setInputFiles({ name: 'boat.png', mimeType: 'image/png', buffer: Buffer.from('12345') })
  await form.getByRole('button', { name: 'Run', exact: true }).click()
  await messages(page).getByText('Framed boat.png, 5 bytes').waitFor()
  expect(chat.complaints).toEqual([])
})

test('a poll is voted on, the vote changed and taken back', async () => {
  await using chat = await openChat(browser)
  const { ownerId, memberId, channelId } = chat.place
  const poll = { question: 'Tea?', answers: [{ text: 'Yes' }, { text: 'No' }] }
  const { id: messageId } = await chat.sim.control.sendMessage({ channelId, userId: memberId, poll })
  await chat.sim.control.votePoll({ channelId, userId: memberId, messageId, answerId: 1 })
  const page = await chat.openAs(ownerId)
  const answer = (name: string) => page.getByRole('group', { name: 'Tea?' }).getByRole('button', { name })
  await answer('Yes 1').click()
  await answer('Yes 2').waitFor()
  await answer('No 0').click()
  await answer('No 1').waitFor()
  expect(await answer('No 1').getAttribute('aria-pressed')).toBe('true')
  expect(await answer('Yes 1').getAttribute('aria-pressed')).toBe('false')
  await answer('No 1').click()
  await answer('No 0').waitFor()
  expect(chat.complaints).toEqual([])
})

test('the timeline tells the REST call, the interaction with its delay, and the gateway session', async () => {
  await using chat = await openChat(browser)
  const page = await chat.openAs(chat.place.ownerId)
  const timeline = page.getByRole('list', { name: 'What the bot did' })
  await timeline.getByText('new session (IDENTIFY)').waitFor()
  await runCommand(page, 'vote')
  await timeline
    .getByRole('listitem')
    .filter({ hasText: 'ran /vote' })
    .getByText(/answered with a message after \d+ ms/)
    .waitFor()
  const call = timeline.getByRole('listitem').filter({ hasText: '/interactions/…/…/callback' })
  await call.getByText(/^204|^200/).waitFor()
  await call.getByText('Body').click()
  await call.getByText('Shall we meet on').waitFor()
  await page.getByRole('button', { name: 'REST', exact: true }).click()
  await expect.poll(() => call.count()).toBe(0)
})

test('the page asks no other host for anything', async () => {
  await using chat = await openChat(browser)
  const { ownerId, channelId } = chat.place
  const page = await chat.openAs(ownerId)
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== chat.sim.urls.base) elsewhere.push(request.url())
  })
  await runCommand(page, 'panel')
  await chat.sim.control.sendMessage({
    channelId,
    userId: ownerId,
    content: 'https://example.com/picture.png',
  })
  await messages(page).getByRole('link', { name: 'https://example.com/picture.png' }).waitFor()
  expect(elsewhere).toEqual([])
})
