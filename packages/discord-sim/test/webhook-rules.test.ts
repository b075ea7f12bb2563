// Source of this file: https://docs.discord.com/developers/resources/webhook; codes:
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
import { expect, test } from 'vitest'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function setUp() {
  const sim = await startFast({ guilds: 1 })
  const place = await firstGuild(sim)
  const rest = restCaller(sim)
  const made = async (path: string, body: object) => {
    const answer = await rest('POST', path, body)
    expect(answer.status).toBeLessThan(300)
    return answer.body as { id: string; token: string }
  }
  const webhookIn = async (channelId: string) => {
    const { id, token } = await made(`/channels/${channelId}/webhooks`, { name: 'x' })
    return `/webhooks/${id}/${token}`
  }
  const channel = (type: number) => made(`/guilds/${place.guildId}/channels`, { name: 'x', type })
  return {
    sim,
    rest,
    made,
    webhookIn,
    newChannel: channel,
    ...place,
    [Symbol.asyncDispose]: () => sim.stop(),
  }
}

const failure = (status: number, code: number) => ({ status, body: { code } })

// "It does not contain the substrings `clyde` or `discord` (case-insensitive)"
test.each(['Discord news', 'mcCLYDE'])('a webhook is not called %s', async (name) => {
  await using mesh = await setUp()
  const path = `/channels/${mesh.channelId}/webhooks`
  const wrong = (field: string) => ({
    status: 400,
    body: { errors: { [field]: { _errors: [{ code: 'USERNAME_INVALID_CONTAINS' }] } } },
  })
  expect(await mesh.rest('POST', path, { name })).toMatchObject(wrong('name'))
  const webhook = await mesh.webhookIn(mesh.channelId)
  expect(await mesh.rest('PATCH', webhook, { name })).toMatchObject(wrong('name'))
  expect(await mesh.rest('POST', webhook, { content: 'x', username: name })).toMatchObject(wrong('username'))
})

// "Modify Webhook with Token": "does not accept a `channel_id` parameter in the body, and does not return a user".
test('whoever has the token alone neither moves a webhook nor learns who made it', async () => {
  await using mesh = await setUp()
  const other = await mesh.newChannel(0)
  const webhook = await mesh.webhookIn(mesh.channelId)
  const byToken = await mesh.rest('PATCH', webhook, { name: ' a  b ', channel_id: other.id })
  expect(byToken.body).toMatchObject({ name: 'a b', channel_id: mesh.channelId })
  expect(byToken.body).not.toHaveProperty('user')
  const byBot = await mesh.rest('PATCH', webhook.split('/').slice(0, 3).join('/'), { channel_id: other.id })
  expect(byBot.body).toMatchObject({ channel_id: other.id, user: {} })
})

// Codes 220001 to 220003; "If `thread_name` is provided, a thread with that name will be created in the channel."
test('a webhook of a forum posts into a thread that is named', async () => {
  await using mesh = await setUp()
  const forum = await mesh.newChannel(15)
  const webhook = await mesh.webhookIn(forum.id)
  const send = (query: string, body: object = {}) =>
    mesh.rest('POST', `${webhook}${query}`, { content: 'x', ...body })
  expect(await send('')).toMatchObject(failure(400, 220_001))
  const posted = await send('?wait=true', { thread_name: 'A post' })
  const { channel_id: threadId } = posted.body as { channel_id: string }
  expect((await mesh.rest('GET', `/channels/${threadId}`)).body).toMatchObject({
    name: 'A post',
    parent_id: forum.id,
    member_count: 0,
  })
  expect((await send(`?wait=true&thread_id=${threadId}`)).body).toMatchObject({ channel_id: threadId })
  expect(await send(`?thread_id=${threadId}`, { thread_name: 'x' })).toMatchObject(failure(400, 220_002))
  const plain = await mesh.webhookIn(mesh.channelId)
  const inText = await mesh.rest('POST', plain, { content: 'x', thread_name: 'x' })
  expect(inText).toMatchObject(failure(400, 220_003))
})

test('a thread of another channel is unknown to a webhook', async () => {
  await using mesh = await setUp()
  const other = await mesh.newChannel(0)
  const thread = await mesh.made(`/channels/${other.id}/threads`, { name: 'x', type: 11 })
  const webhook = await mesh.webhookIn(mesh.channelId)
  for (const id of [thread.id, other.id]) {
    const answer = await mesh.rest('POST', `${webhook}?thread_id=${id}`, { content: 'x' })
    expect(answer).toMatchObject(failure(404, 10003))
  }
})

test('a thread has no webhooks of its own', async () => {
  await using mesh = await setUp()
  const thread = await mesh.made(`/channels/${mesh.channelId}/threads`, { name: 'x', type: 11 })
  const answer = await mesh.rest('POST', `/channels/${thread.id}/webhooks`, { name: 'x' })
  expect(answer).toMatchObject(failure(400, 50024))
})

// "one of content, file, embeds, poll"
test('a webhook asks in a poll', async () => {
  await using mesh = await setUp()
  const webhook = await mesh.webhookIn(mesh.channelId)
  const poll = { question: { text: 'Tea?' }, answers: [{ poll_media: { text: 'Yes' } }] }
  const answer = await mesh.rest('POST', `${webhook}?wait=1`, { poll })
  expect(answer).toMatchObject({ status: 200, body: { poll: { question: { text: 'Tea?' } } } })
})
