import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { TestMesh } from '../../test/mesh.ts'
import { interactionEndpoint } from '../../test/mounted-bot/interaction-endpoint.ts'
import type { GatewayApp } from '../index.ts'

const mounted = { MOUNTED_MODULES: fileURLToPath(new URL('../../test/mounted-bot/bot.ts', import.meta.url)) }

let mesh: TestMesh
let gateway: GatewayApp
let endpoint: Awaited<ReturnType<typeof interactionEndpoint>>
/** Somebody who may do everything, where they are, and the guild's name. */
let at: { userId: string; channelId: string }
let guild: ReturnType<typeof place>

beforeAll(async () => {
  mesh = await TestMesh.start({ guilds: 2 })
  gateway = await mesh.startGateway(0, mounted)
  await mesh.connected()
  endpoint = await interactionEndpoint(gateway)
  await mesh.sim.control.setInteractionsUrl({ url: endpoint.url, verify: false })
  guild = place()
  at = { userId: guild.ownerId, channelId: guild.channelId }
  await eventually(() => mesh.logged.some((line) => line.includes('mounted modules are running')))
  await eventually(
    async () => (await mesh.sim.control.journal({ limit: 1000 })).requests,
    (requests) => requests.some(({ method, path }) => method === 'PUT' && path.endsWith('/commands')),
  )
  await eventually(
    () => mesh.rows<{ guild_id: string }>(0, 'SELECT guild_id FROM document_guild'),
    (rows) => rows.length === 2,
  )
  await inboxIsEmpty()
})
afterAll(async () => {
  await endpoint?.[Symbol.asyncDispose]()
  await mesh?.[Symbol.asyncDispose]()
})

function place() {
  const [found] = mesh.sim.world.guilds.values()
  if (!found) throw new Error('no guild')
  const channel = [...found.channels.values()].find(({ name }) => name === 'general')
  if (!channel) throw new Error('no channel')
  return { id: found.id, name: found.name, ownerId: found.ownerId, channelId: channel.id }
}

const inboxIsEmpty = () =>
  eventually(
    () => mesh.rows<{ n: number }>(0, 'SELECT count(*) AS n FROM mounted_inbox'),
    ([row]) => row?.n === 0,
  )

const run = (command: string, more: Record<string, unknown> = {}) =>
  mesh.sim.control.runCommand({ ...at, command, ...more })

describe('a bot written for discord.js, in a gateway: people see what they would see of it elsewhere', () => {
  test('a command, which knows its guild', async () => {
    const view = await run('ping')
    expect(view).toMatchObject({ status: 'message', message: { content: `pong in ${guild.name}` } })
    expect(view.ephemeral).toBe(false)
  })

  test('subcommands, answered to the person only', async () => {
    await run('limit set', { options: { value: 7 } })
    expect(await run('limit show')).toMatchObject({ ephemeral: true, message: { content: 'limit 7' } })
  })

  test('a button that changes its message', async () => {
    const { message } = await run('vote')
    const messageId = message?.id ?? ''
    await mesh.sim.control.useComponent({ ...at, messageId, customId: 'vote:1' })
    const clicked = await mesh.sim.control.useComponent({ ...at, messageId, customId: 'vote:1' })
    expect(clicked).toMatchObject({ status: 'updated', message: { id: messageId, content: 'votes: 2' } })
  })

  test('a select menu', async () => {
    const { message } = await run('colour')
    const chosen = await mesh.sim.control.useComponent({
      ...at,
      messageId: message?.id ?? '',
      customId: 'colour',
      values: ['blue'],
    })
    expect(chosen).toMatchObject({ message: { content: 'you took blue', components: [] } })
  })

  test('a form', async () => {
    const opened = await run('feedback')
    expect(opened).toMatchObject({ status: 'modal', modal: { title: 'Feedback' } })
    const { interactionId } = opened
    const sent = await mesh.sim.control.submitModal({ interactionId, values: { text: 'fine' } })
    expect(sent).toMatchObject({ message: { content: 'thanks for “fine”' } })
  })

  test('suggestions', async () => {
    const suggested = await mesh.sim.control.autocomplete({
      ...at,
      command: 'fruit',
      options: { name: 'ap' },
      focused: 'name',
    })
    expect(suggested.choices?.map(({ value }) => value)).toEqual(['apple', 'apricot'])
    expect(await run('fruit', { options: { name: 'kiwi' } })).toMatchObject({
      message: { content: 'one kiwi' },
    })
  })

  test('a deferred reply', async () => {
    expect(await run('report')).toMatchObject({
      status: 'message',
      ephemeral: true,
      message: { content: 'the report' },
    })
  })

  test('follow-ups, after the answer and in order', async () => {
    const { interactionId } = await run('story')
    const view = await eventually(
      () => mesh.sim.control.interaction({ interactionId }),
      ({ followUps }) => followUps.length === 2,
    )
    expect(view.message?.content).toBe('once')
    expect(view.followUps.map(({ content }) => content)).toEqual(['upon', 'a time'])
  })

  test('a user menu and a message menu', async () => {
    const demo = mesh.sim.world.user(guild.ownerId)
    expect(await run('Who is this', { targetId: guild.ownerId })).toMatchObject({
      message: { content: `this is ${demo.username}` },
    })
    const { id } = await mesh.sim.control.sendMessage({ ...at, content: 'to be or not to be' })
    expect(await run('Quote this', { targetId: id })).toMatchObject({
      message: { content: '> to be or not to be' },
    })
  })

  test('a file goes through the callback route, and the request is owed no second answer', async () => {
    const { interactionId } = await run('export')
    const view = await eventually(
      () => mesh.sim.control.interaction({ interactionId }),
      ({ message }) => message?.content === 'here, as export.csv',
    )
    expect(view.message?.attachments).toHaveLength(1)
    const last = await eventually(
      () => endpoint.given.at(-1)?.answer,
      (answer) => answer?.delivered === true,
    )
    expect(last?.response).toEqual({ type: 4 })
  })

  test('a command that takes longer than Discord waits is deferred for it, and ends in its answer', async () => {
    expect(await run('slow')).toMatchObject({
      status: 'message',
      ephemeral: true,
      message: { content: 'at last' },
    })
  })

  test('messages, with the members fetched as over a socket', async () => {
    await mesh.sim.control.sendMessage({ ...at, content: '!count' })
    const { members, channels } = mesh.sim.world.guild(guild.id)
    const answered = await mesh.sim.control.waitForMessage({ channelId: at.channelId, contains: 'members' })
    expect(answered).toMatchObject({ content: `${members.size} members, ${channels.size} channels` })
  })

  test('an interaction that is brought again gets the same answer, and is not handled again', async () => {
    await run('vote')
    const first = endpoint.given.at(-1)
    expect(await endpoint.ask(first?.payload ?? {})).toEqual(first?.answer)
    await run('export')
    const delivered = await eventually(
      () => endpoint.given.at(-1),
      (last) => last?.answer.delivered === true,
    )
    expect(await endpoint.ask(delivered?.payload ?? {})).toEqual({ response: { type: 4 }, delivered: true })
  })

  test('our own commands stay our own', async () => {
    const view = await run('setup')
    expect(view).toMatchObject({ status: 'message', ephemeral: true })
    expect(JSON.stringify(view.message)).toContain('setup|')
  })

  test('nothing was answered twice, late or out of turn', async () => {
    const { interactions } = await mesh.sim.control.report({})
    expect(interactions).toMatchObject({ failed: [], doublyAnswered: [], lateAnswers: [], invalid: [] })
    await inboxIsEmpty()
  })
})

test('a guild that the bot was in before is no news; one that invites it now is, and each is greeted once', async () => {
  const { control } = mesh.sim
  const greetings = async (channelId: string) =>
    (await control.messages({ channelId, limit: 100 })).filter(({ content }) =>
      content.startsWith('hello, I am new'),
    ).length
  const created = await control.createGuild({ name: 'New', withBot: true })
  const channelId = created.channels[0]?.id ?? ''
  await control.waitForMessage({ channelId, contains: 'I am new here' })
  await inboxIsEmpty()
  expect(await greetings(channelId)).toBe(1)
  expect(await greetings(guild.channelId)).toBe(0)
})
