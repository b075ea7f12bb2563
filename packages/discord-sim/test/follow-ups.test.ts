// Source of this file: https://docs.discord.com/developers/interactions/receiving-and-responding (Followup Messages,
// Create Followup Message, Interaction Callback Data Structure)
import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSimOptions } from '../src/index.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function setUp(options: DiscordSimOptions = {}) {
  const sim = await startFast({ guilds: 1, ...options })
  const app = await sim.control.app()
  const call = restCaller(sim)
  const commands = [{ name: 'work', description: 'Works', integration_types: [0, 1], contexts: [0] }]
  await call('PUT', `/applications/${app.id}/commands`, commands)
  const place = await firstGuild(sim)
  const anonymous = (method: string, path: string, body?: unknown) =>
    call(method, path, body, { authorization: '' })
  /** An interaction that waits to be answered, with the routes of its token. */
  const start = (channelId = place.channelId, userId = place.ownerId) => {
    const view = sim.control.runCommand({ channelId, userId, command: 'work', until: 'first' })
    const { id, token } = sim.latestInteraction()
    const hook = `/webhooks/${app.id}/${token}`
    return {
      id,
      view,
      answer: (body: unknown) => anonymous('POST', `/interactions/${id}/${token}/callback`, body),
      followUp: (body: unknown) => anonymous('POST', hook, body),
      original: (method: string, body?: unknown) => anonymous(method, `${hook}/messages/@original`, body),
      message: (method: string, id_: string, body?: unknown) =>
        anonymous(method, `${hook}/messages/${id_}`, body),
      seen: async () => sim.control.interaction({ interactionId: id }),
    }
  }
  return { sim, start, rest: call, ...place, [Symbol.asyncDispose]: () => sim.stop() }
}

const idOf = (answer: { body: unknown }) => (answer.body as { id: string }).id
const ephemeral = 64

// "directly after responding … with DEFERRED_CHANNEL_MESSAGE_WITH_SOURCE, this endpoint will function as Edit Original
// Interaction Response … The ephemeral flag will be ignored"
test.each([
  ['a private', { flags: ephemeral }, 0, true],
  ['a public', {}, ephemeral, false],
])(
  'a follow-up right after %s deferral edits it and keeps its visibility',
  async (_, data, flags, isPrivate) => {
    await using mesh = await setUp()
    const work = mesh.start()
    await work.answer({ type: 5, data })
    await work.view
    const waiting = await work.original('GET')
    expect(waiting.body).toMatchObject({ flags: 128 | (isPrivate ? ephemeral : 0), content: '' })
    const first = await work.followUp({ content: 'done', flags })
    expect(first).toMatchObject({
      status: 200,
      body: { id: idOf(waiting), content: 'done', flags: isPrivate ? ephemeral : 0 },
    })
    expect(await work.seen()).toMatchObject({ status: 'message', ephemeral: isPrivate, followUps: [] })
    const second = await work.followUp({ content: 'and more', flags: ephemeral })
    expect(idOf(second)).not.toBe(idOf(waiting))
    expect(await work.seen()).toMatchObject({ followUps: [{ content: 'and more', flags: ephemeral }] })
  },
)

test('after an edit of the deferral, and after an answer, a follow-up is a message of its own', async () => {
  await using mesh = await setUp()
  const work = mesh.start()
  await work.answer({ type: 5 })
  await work.original('PATCH', { content: 'done' })
  await work.followUp({ content: 'more' })
  expect(await work.seen()).toMatchObject({ message: { content: 'done' }, followUps: [{ content: 'more' }] })
  const other = mesh.start()
  await other.answer({ type: 4, data: { content: 'a' } })
  const followUp = await other.followUp({ content: 'b' })
  // "ID of the original response message, present only on follow-up messages" (Message Interaction Metadata)
  expect(followUp.body).toMatchObject({
    interaction_metadata: { original_response_message_id: idOf(await other.original('GET')) },
  })
})

// "the only valid message flag you may use is EPHEMERAL"
test.each([4, 128, 1 << 15])('a deferral with the flag %i is refused', async (flags) => {
  await using mesh = await setUp()
  const work = mesh.start()
  expect(await work.answer({ type: 5, data: { flags } })).toMatchObject({
    status: 400,
    body: { code: 50035 },
  })
})

// "edit a message sent with that token"
test('a token reaches the messages that were sent with it, and no others', async () => {
  await using mesh = await setUp()
  const foreign = idOf(await mesh.rest('POST', `/channels/${mesh.channelId}/messages`, { content: 'x' }))
  const work = mesh.start()
  await work.answer({ type: 4, data: { content: 'a' } })
  const followUp = idOf(await work.followUp({ content: 'b' }))
  expect((await work.message('PATCH', followUp, { content: 'c' })).status).toBe(200)
  for (const method of ['GET', 'DELETE']) {
    expect(await work.message(method, foreign)).toMatchObject({ status: 404, body: { code: 10008 } })
  }
  expect(await work.message('PATCH', foreign, { content: 'y' })).toMatchObject({ status: 404 })
})

// "If the 3 second deadline is exceeded, the token will be invalidated."
test('a token that was not answered in time is good for nothing', async () => {
  const clock = new VirtualClock()
  await using mesh = await setUp({ clock })
  const work = mesh.start()
  clock.advance(3_000)
  expect(await work.view).toMatchObject({ status: 'failed' })
  expect(await work.followUp({ content: 'late' })).toMatchObject({ status: 401, body: { code: 50027 } })
})

// "Apps are limited to 5 followup messages per interaction if it was initiated from a user-installed app and isn't
// installed in the server"; 40094: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
test('where only the user installed the application there are five follow-ups', async () => {
  await using mesh = await setUp()
  const foreign = await mesh.sim.control.createGuild({
    name: 'Elsewhere',
    ownerId: mesh.ownerId,
    withBot: false,
  })
  const channelId = [...mesh.sim.world.guild(foreign.id).channels.values()].find(({ type }) => type === 0)?.id
  await mesh.sim.control.installForUser({ userId: mesh.ownerId })
  const work = mesh.start(channelId)
  await work.answer({ type: 4, data: { content: 'a' } })
  for (let index = 0; index < 5; index++) expect((await work.followUp({ content: 'b' })).status).toBe(200)
  expect(await work.followUp({ content: 'c' })).toMatchObject({ status: 400, body: { code: 40094 } })
})

// Modal Submit Interaction Metadata: "triggering_interaction_metadata"
test('the answer to a modal names the interaction that opened it', async () => {
  await using mesh = await setUp()
  const opener = mesh.start()
  const modal = {
    custom_id: 'm',
    title: 'T',
    components: [{ type: 18, label: 'L', component: { type: 4, custom_id: 'a', style: 1 } }],
  }
  await opener.answer({ type: 9, data: modal })
  const { interactionId } = await opener.view
  const submitted = mesh.sim.control.submitModal({ interactionId, values: { a: 'x' }, until: 'first' })
  const { id, token } = mesh.sim.latestInteraction()
  const path = `/interactions/${id}/${token}/callback?with_response=true`
  const { body } = await mesh.rest('POST', path, { type: 4, data: { content: 'thanks' } })
  await submitted
  expect((body as { resource: object }).resource).toMatchObject({
    message: {
      interaction_metadata: { type: 5, triggering_interaction_metadata: { id: interactionId, type: 2 } },
    },
  })
})
