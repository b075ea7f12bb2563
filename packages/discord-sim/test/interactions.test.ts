import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSim, DiscordSimOptions } from '../src/index.ts'
import { AppEndpoint } from './app-endpoint.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

const commands = [
  {
    name: 'hello',
    description: 'Says hello',
    options: [{ type: 6, name: 'who', description: 'Whom' }],
    integration_types: [0, 1],
  },
  {
    name: 'pick',
    description: 'Picks',
    options: [{ type: 3, name: 'fruit', description: 'Which', required: true, autocomplete: true }],
  },
  { name: 'admin', description: 'For few', default_member_permissions: '8' },
  {
    name: 'config',
    description: 'Settings',
    options: [
      {
        type: 1,
        name: 'set',
        description: 'Sets',
        options: [{ type: 4, name: 'limit', description: 'How many', required: true }],
      },
    ],
  },
  { name: 'Report', type: 3 },
]

/** A simulator whose application answers over HTTP. */
async function withEndpoint(options: DiscordSimOptions = {}) {
  const sim = await startFast({ probeEveryMs: 0, ...options })
  const app = await sim.control.app()
  const endpoint = await new AppEndpoint(app.publicKey).listen()
  const rest = restCaller(sim)
  await rest('PUT', `/applications/${app.id}/commands`, commands)
  await sim.control.setInteractionsUrl({ url: endpoint.url })
  const place = await firstGuild(sim)
  return {
    sim,
    app,
    endpoint,
    rest,
    ...place,
    at: { channelId: place.channelId, userId: place.ownerId },
    async [Symbol.asyncDispose]() {
      await endpoint[Symbol.asyncDispose]()
      await sim.stop()
    },
  }
}

const callback = (sim: DiscordSim, id: string, token: string, body: unknown) =>
  restCaller(sim)('POST', `/interactions/${id}/${token}/callback`, body, { authorization: '' })

test('a command is signed, carries who and where, and its answer in the body is seen', async () => {
  await using setup = await withEndpoint({ strict: true })
  const { sim, endpoint, at, guildId, memberId } = setup
  endpoint.handler = () => ({ status: 200, body: { type: 4, data: { content: 'hello', flags: 64 } } })
  const view = await sim.control.runCommand({ ...at, command: 'hello', options: { who: memberId } })
  expect(view).toMatchObject({ status: 'message', ephemeral: true, message: { content: 'hello' } })
  expect(endpoint.received[0]).toMatchObject({
    type: 2,
    guild_id: guildId,
    channel: { id: at.channelId, type: 0 },
    member: { user: { id: at.userId }, permissions: expect.stringMatching(/^\d+$/) },
    authorizing_integration_owners: { 0: guildId },
    data: {
      name: 'hello',
      options: [{ name: 'who', type: 6, value: memberId }],
      resolved: { users: { [memberId]: { id: memberId } }, members: { [memberId]: { roles: [] } } },
    },
  })
  expect(await sim.control.report({})).toMatchObject({ clean: true, interactions: { total: 1, answered: 1 } })
})

test('with an endpoint nothing comes over the gateway; without, everything does', async () => {
  await using setup = await withEndpoint()
  const { sim, app, at } = setup
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready(app.token, { intents: allIntents })
  await sim.control.runCommand({ ...at, command: 'hello' })
  await sim.control.setInteractionsUrl({ url: null })
  const pending = sim.control.runCommand({ ...at, command: 'hello' })
  const { d } = await gateway.dispatch('INTERACTION_CREATE')
  expect(gateway.dispatches('INTERACTION_CREATE')).toHaveLength(1)
  const { id, token } = d as { id: string; token: string }
  expect((await callback(sim, id, token, { type: 4, data: { content: 'by gateway' } })).status).toBe(204)
  expect(await pending).toMatchObject({ status: 'message', message: { content: 'by gateway' } })
})

test('no answer within three seconds fails, and what comes later is refused and reported', async () => {
  const clock = new VirtualClock()
  await using setup = await withEndpoint({ clock })
  const { sim, endpoint, at } = setup
  let release: () => void = () => undefined
  endpoint.handler = () =>
    new Promise((resolve) => (release = () => resolve({ status: 200, body: { type: 5 } })))
  const pending = sim.control.runCommand({ ...at, command: 'hello' })
  await expect.poll(() => endpoint.received.length).toBe(1)
  clock.advance(3_000)
  expect(await pending).toMatchObject({ status: 'failed', error: 'the application did not respond in time' })
  release()
  const { id, token } = endpoint.received[0] ?? { id: '', token: '' }
  expect(await callback(sim, id, token, { type: 4, data: { content: 'late' } })).toMatchObject({
    status: 404,
    body: { code: 10062 },
  })
  const report = await sim.control.report({})
  expect(report.clean).toBe(false)
  expect(report.interactions.lateAnswers).toMatchObject([{ name: 'hello' }])
})

test('an interaction answered twice is refused the second time and reported', async () => {
  await using setup = await withEndpoint()
  const { sim, endpoint, at } = setup
  let second: unknown
  endpoint.handler = async ({ id, token }) => {
    await callback(sim, id, token, { type: 4, data: { content: 'first' } })
    second = await callback(sim, id, token, { type: 4, data: { content: 'second' } })
    return { status: 202 }
  }
  expect(await sim.control.runCommand({ ...at, command: 'hello' })).toMatchObject({
    message: { content: 'first' },
  })
  await expect.poll(() => second).toMatchObject({ status: 400, body: { code: 40060 } })
  const report = await sim.control.report({})
  expect(report.clean).toBe(false)
  expect(report.interactions.doublyAnswered).toMatchObject([{ name: 'hello' }])
})

test('after the callback the endpoint owes an empty 202; a body instead is a second answer', async () => {
  await using setup = await withEndpoint()
  const { sim, endpoint, at } = setup
  endpoint.handler = async ({ id, token }) => {
    await callback(sim, id, token, { type: 4, data: { content: 'by callback' } })
    return { status: 200, body: { type: 4, data: { content: 'by body' } } }
  }
  await sim.control.runCommand({ ...at, command: 'hello' })
  await expect.poll(async () => (await sim.control.report({})).interactions.doublyAnswered.length).toBe(1)
})

test.each([
  ['a modal answer to autocomplete', 'autocomplete', { type: 9, data: {} }],
  ['an update where there is no message', 'command', { type: 7, data: { content: 'x' } }],
  ['an empty message', 'command', { type: 4, data: {} }],
  ['a type that does not exist', 'command', { type: 3 }],
])('%s is refused', async (_, kind, body) => {
  await using setup = await withEndpoint()
  const { sim, endpoint, at } = setup
  endpoint.handler = () => ({ status: 200, body })
  const view =
    kind === 'command'
      ? await sim.control.runCommand({ ...at, command: 'hello' })
      : await sim.control.autocomplete({ ...at, command: 'pick', options: { fruit: 'a' }, focused: 'fruit' })
  expect(view.status).toBe('failed')
  expect((await sim.control.report({})).interactions.invalid).toHaveLength(1)
})

test('deferred, edited, followed up, deleted: the user sees each step until the token dies', async () => {
  const clock = new VirtualClock()
  await using setup = await withEndpoint({ clock })
  const { sim, app, endpoint, at, rest } = setup
  endpoint.handler = () => ({ status: 200, body: { type: 5, data: { flags: 64 } } })
  const first = await sim.control.runCommand({ ...at, command: 'hello', until: 'first' })
  expect(first.status).toBe('thinking')
  const { token } = endpoint.received[0] ?? { token: '' }
  const hook = `/webhooks/${app.id}/${token}`
  expect((await rest('PATCH', `${hook}/messages/%40original`, { content: 'done' })).status).toBe(200)
  expect(await sim.control.awaitInteraction({ interactionId: first.interactionId })).toMatchObject({
    status: 'message',
    ephemeral: true,
    message: { content: 'done' },
  })
  const followUp = await rest('POST', hook, { content: 'one more thing' })
  const followUpId = (followUp.body as { id: string }).id
  expect((await sim.control.interaction({ interactionId: first.interactionId })).followUps).toHaveLength(1)
  expect((await rest('DELETE', `${hook}/messages/${followUpId}`)).status).toBe(204)
  clock.advance(15 * 60_000 + 1)
  expect(await rest('PATCH', `${hook}/messages/@original`, { content: 'too late' })).toMatchObject({
    status: 401,
    body: { code: 50027 },
  })
})

test('buttons update their message, selects resolve what was chosen', async () => {
  await using setup = await withEndpoint()
  const { sim, endpoint, at, rest, memberId } = setup
  const sent = await rest('POST', `/channels/${at.channelId}/messages`, {
    content: 'choose',
    components: [
      { type: 1, components: [{ type: 2, style: 1, label: 'Go', custom_id: 'go|1' }] },
      { type: 1, components: [{ type: 5, custom_id: 'who' }] },
    ],
  })
  const messageId = (sent.body as { id: string }).id
  endpoint.handler = () => ({ status: 200, body: { type: 7, data: { content: 'chosen', components: [] } } })
  await sim.control.useComponent({ ...at, messageId, customId: 'who', values: [memberId] })
  expect(endpoint.received[0]).toMatchObject({
    type: 3,
    message: { id: messageId },
    data: { component_type: 5, values: [memberId], resolved: { users: { [memberId]: { id: memberId } } } },
  })
  expect((await rest('GET', `/channels/${at.channelId}/messages/${messageId}`)).body).toMatchObject({
    content: 'chosen',
  })
  await expect(sim.control.useComponent({ ...at, messageId, customId: 'go|1' })).rejects.toThrow(
    'has no component "go|1"',
  )
})

test('a modal goes out, comes back with its values, and cannot answer a modal', async () => {
  await using setup = await withEndpoint()
  const { sim, endpoint, at } = setup
  const modal = {
    custom_id: 'concern',
    title: 'Tell us',
    components: [
      { type: 1, components: [{ type: 4, custom_id: 'text', style: 2, label: 'Concern', required: true }] },
    ],
  }
  endpoint.handler = ({ type }) => ({
    status: 200,
    body: type === 2 ? { type: 9, data: modal } : { type: 4, data: { content: 'thanks' } },
  })
  const opened = await sim.control.runCommand({ ...at, command: 'hello' })
  expect(opened).toMatchObject({ status: 'modal', modal: { custom_id: 'concern' } })
  const submit = { interactionId: opened.interactionId, values: { text: 'too loud' } }
  expect(await sim.control.submitModal(submit)).toMatchObject({
    status: 'message',
    message: { content: 'thanks' },
  })
  expect(endpoint.received[1]).toMatchObject({
    type: 5,
    data: { custom_id: 'concern', components: [{ components: [{ custom_id: 'text', value: 'too loud' }] }] },
  })
  endpoint.handler = () => ({ status: 200, body: { type: 9, data: modal } })
  expect((await sim.control.submitModal(submit)).status).toBe('failed')
})

test('autocomplete shows choices, subcommands nest, message commands name their target', async () => {
  await using setup = await withEndpoint()
  const { sim, endpoint, at } = setup
  endpoint.handler = ({ type }) => ({
    status: 200,
    body:
      type === 4
        ? { type: 8, data: { choices: [{ name: 'Apple', value: 'apple' }] } }
        : { type: 4, data: { content: 'ok' } },
  })
  const choices = await sim.control.autocomplete({
    ...at,
    command: 'pick',
    options: { fruit: 'ap' },
    focused: 'fruit',
  })
  expect(choices).toMatchObject({ status: 'choices', choices: [{ value: 'apple' }] })
  await sim.control.runCommand({ ...at, command: 'config set', options: { limit: 5 } })
  expect(endpoint.received[1]).toMatchObject({
    data: { options: [{ type: 1, name: 'set', options: [{ value: 5 }] }] },
  })
  const target = await sim.control.sendMessage({ ...at, content: 'look at this' })
  await sim.control.runCommand({ ...at, command: 'Report', targetId: target.id })
  expect(endpoint.received[2]).toMatchObject({
    data: { target_id: target.id, resolved: { messages: { [target.id]: { content: 'look at this' } } } },
  })
})

test('people cannot use what they do not see: permissions, ephemeral messages, missing options', async () => {
  await using setup = await withEndpoint()
  const { sim, at, memberId } = setup
  const plain = { ...at, userId: memberId }
  await expect(sim.control.runCommand({ ...plain, command: 'admin' })).rejects.toThrow('may not use "admin"')
  await expect(sim.control.runCommand({ ...plain, command: 'pick' })).rejects.toThrow(
    'option "fruit" is required',
  )
  await expect(sim.control.runCommand({ ...plain, command: 'nothing' })).rejects.toThrow(
    'no command "nothing"',
  )
})

test('in a direct message and in a guild without the bot the payload says so', async () => {
  await using setup = await withEndpoint()
  const { sim, endpoint, ownerId } = setup
  const dm = await sim.control.openDirectMessage({ userId: ownerId })
  await sim.control.runCommand({ userId: ownerId, channelId: dm.id, command: 'hello' })
  expect(endpoint.received[0]).toMatchObject({
    user: { id: ownerId },
    context: 1,
    authorizing_integration_owners: { 0: '0' },
  })
  expect(endpoint.received[0]).not.toHaveProperty('guild_id')

  const foreign = await sim.control.createGuild({ name: 'Elsewhere', ownerId, withBot: false })
  const there = { userId: ownerId, channelId: foreign.channels[0]?.id ?? '', command: 'hello' }
  await expect(sim.control.runCommand(there)).rejects.toThrow('the bot is not in this guild')
  await sim.control.installForUser({ userId: ownerId })
  await expect(sim.control.runCommand({ ...there, command: 'Report', targetId: ownerId })).rejects.toThrow(
    'not offered',
  )
  await sim.control.runCommand(there)
  expect(endpoint.received[1]).toMatchObject({
    guild_id: foreign.id,
    authorizing_integration_owners: { 1: ownerId },
  })
  expect(endpoint.received[1]?.authorizing_integration_owners).not.toHaveProperty('0')
})

test('a URL is only saved if it answers PING and refuses bad signatures', async () => {
  await using sim = await startFast()
  const app = await sim.control.app()
  const rest = restCaller(sim)
  await using endpoint = await new AppEndpoint(app.publicKey).listen()
  endpoint.badSignatureStatus = 200
  expect(await rest('PATCH', '/applications/@me', { interactions_endpoint_url: endpoint.url })).toMatchObject(
    {
      status: 400,
      body: { code: 50035, errors: { interactions_endpoint_url: expect.anything() } },
    },
  )
  await expect(sim.control.setInteractionsUrl({ url: 'http://127.0.0.1:1/none' })).rejects.toThrow(
    'Invalid Form Body',
  )
  endpoint.badSignatureStatus = 401
  expect(
    (await rest('PATCH', '/applications/@me', { interactions_endpoint_url: endpoint.url })).body,
  ).toMatchObject({
    interactions_endpoint_url: endpoint.url,
  })
})

test('an endpoint that stops refusing bad signatures loses its URL', async () => {
  const clock = new VirtualClock()
  await using setup = await withEndpoint({ clock, probeEveryMs: 60_000 })
  const { sim, endpoint } = setup
  expect((await sim.control.probeEndpoint()).passed).toBe(true)
  endpoint.badSignatureStatus = 503
  expect(await sim.control.probeEndpoint()).toMatchObject({ passed: false, url: endpoint.url })
  endpoint.badSignatureStatus = 200
  clock.advance(60_000)
  await expect.poll(async () => (await sim.control.app()).interactionsUrl).toBeNull()
  expect((await sim.control.report({})).interactions.endpoint.unsetBecause).toContain('instead of 401')
})

test('with_response the callback tells what was made', async () => {
  await using setup = await withEndpoint()
  const { sim, endpoint, at, rest } = setup
  let answer: unknown
  endpoint.handler = async ({ id, token }) => {
    const path = `/interactions/${id}/${token}/callback?with_response=true`
    answer = (await rest('POST', path, { type: 4, data: { content: 'made' } })).body
    return { status: 202 }
  }
  const view = await sim.control.runCommand({ ...at, command: 'hello' })
  await expect
    .poll(() => answer)
    .toMatchObject({
      interaction: { type: 2, response_message_id: view.message?.id },
      resource: { type: 4, message: { content: 'made' } },
    })
})

/*
 * Nothing in the documentation promises that an interaction arrives once; the signature covers timestamp and body
 * and stays good: https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers
 */
test('an old interaction is replayed, byte for byte or signed anew, and changes nothing here', async () => {
  const clock = new VirtualClock()
  await using setup = await withEndpoint({ clock })
  const { sim, endpoint, at } = setup
  const view = await sim.control.runCommand({ ...at, command: 'hello' })
  clock.advance(20 * 60_000)
  for (const signature of ['original', 'fresh'] as const) {
    const { answer } = await sim.control.replayInteraction({
      interactionId: view.interactionId,
      signature,
    })
    expect(answer).toMatchObject({ status: 200 })
  }
  expect(endpoint.received.map(({ id }) => id)).toEqual(Array.from({ length: 3 }, () => view.interactionId))
  const { interactions } = await sim.control.report({})
  expect(interactions).toMatchObject({ total: 1, answered: 1, doublyAnswered: [], lateAnswers: [] })
})
