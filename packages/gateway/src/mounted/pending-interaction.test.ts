import { expect, test } from 'vitest'
import { jsonBodyOf, localResponse, type RequestInit, routeOf } from './discord-request.ts'
import { PendingInteraction } from './pending-interaction.ts'

const api = 'http://discord.test/api/v10'

/** An interaction, and the calls that reach Discord on its behalf. */
function pending(
  options: { type?: number; onMessage?: boolean; ephemeral?: boolean; refuse?: boolean } = {},
) {
  const calls: { method: string | undefined; path: string; body: Record<string, unknown> | null }[] = []
  const { type = 2, onMessage = false, ephemeral = false, refuse = false } = options
  const interaction = new PendingInteraction({
    id: '1',
    token: 'tok/en',
    applicationId: '9',
    subject: { type, onMessage, ephemeral },
    api,
    request: async (url, init) => {
      calls.push({ method: init.method, path: url.slice(api.length), body: jsonBodyOf(init) })
      return refuse ? localResponse(400, { code: 50035 }) : localResponse(200, { id: '77', content: 'made' })
    },
  })
  const callback = (kind: number, data?: object, wantsMessage = false) =>
    interaction.callback(
      `${api}/interactions/1/token/callback`,
      json('POST', { type: kind, data }),
      wantsMessage,
    )
  const edit = (data: object) =>
    interaction.webhook(
      `${api}/webhooks/9/token/messages/@original`,
      json('PATCH', data),
      '/messages/@original',
    )
  return { interaction, calls, callback, edit }
}

const json = (method: string, body: object): RequestInit => ({ method, body: JSON.stringify(body) })
const original = '/webhooks/9/tok%2Fen/messages/%40original'

test('the first answer is the body of the waiting request; Discord is not called; a second is refused', async () => {
  const { interaction, calls, callback } = pending()
  expect((await callback(4, { content: 'hi' })).status).toBe(204)
  expect(await interaction.answer).toEqual({ response: { type: 4, data: { content: 'hi' } } })
  const second = await callback(4, { content: 'again' })
  expect([second.status, await second.json()]).toEqual([400, expect.objectContaining({ code: 40060 })])
  expect(calls).toEqual([])
})

test('what follows the answer waits until it has been handed on', async () => {
  const { interaction, calls, callback, edit } = pending()
  await callback(5)
  const editing = edit({ content: 'done' })
  await Promise.resolve()
  expect(calls).toEqual([])
  interaction.sent()
  expect((await editing).ok).toBe(true)
  expect(calls).toHaveLength(1)
})

test('deferred in its place, a reply becomes an edit, without what an edit cannot change', async () => {
  const { interaction, calls, callback } = pending({ ephemeral: true })
  expect(interaction.deferNow()).toBe(true)
  expect(await interaction.answer).toEqual({ response: { type: 5, data: { flags: 64 } } })
  interaction.sent()
  const response = await callback(4, { content: 'late', flags: 64 + 4, tts: false }, true)
  expect(calls).toEqual([{ method: 'PATCH', path: original, body: { content: 'late', flags: 4 } }])
  expect(await response.json()).toEqual({
    interaction: { id: '1', type: 2 },
    resource: { type: 4, message: { id: '77', content: 'made' } },
  })
  expect((await callback(4, { content: 'again' })).status).toBe(400)
})

test('deferred in its place, a deferred reply is nothing more; a form cannot come any more', async () => {
  const form = pending()
  form.interaction.deferNow()
  expect((await form.callback(9, {})).status).toBe(400)
  const { interaction, calls, callback } = pending()
  interaction.deferNow()
  expect((await callback(5, { flags: 64 })).status).toBe(204)
  expect(calls).toEqual([])
})

test('a button deferred in its place: an update edits its message, a reply comes beside it', async () => {
  const updated = pending({ type: 3, onMessage: true })
  updated.interaction.deferNow()
  expect(await updated.interaction.answer).toEqual({ response: { type: 6 } })
  updated.interaction.sent()
  await updated.callback(7, { content: 'new' })
  expect(updated.calls).toEqual([{ method: 'PATCH', path: original, body: { content: 'new' } }])

  const replied = pending({ type: 3, onMessage: true })
  replied.interaction.deferNow()
  replied.interaction.sent()
  await replied.callback(4, { content: 'only you', flags: 64 })
  expect(replied.calls).toMatchObject([
    { method: 'POST', path: '/webhooks/9/tok%2Fen?wait=true', body: { content: 'only you', flags: 64 } },
  ])
})

test('a button deferred in its place, whose module defers a reply: its edit is a message of its own, then edits of that', async () => {
  const { interaction, calls, callback, edit } = pending({ type: 3, onMessage: true })
  interaction.deferNow()
  interaction.sent()
  await callback(5, { flags: 64 })
  await edit({ content: 'first' })
  await edit({ content: 'second' })
  expect(calls).toMatchObject([
    { method: 'POST', path: '/webhooks/9/tok%2Fen?wait=true', body: { content: 'first', flags: 64 } },
    { method: 'PATCH', path: '/webhooks/9/token/messages/77', body: { content: 'second' } },
  ])
})

test('suggestions that come too late are none', async () => {
  const { interaction, callback } = pending({ type: 4 })
  interaction.deferNow()
  expect(await interaction.answer).toEqual({ response: { type: 8, data: { choices: [] } } })
  expect((await callback(8, { choices: [] })).status).toBe(400)
})

test('a person is not left waiting for an answer that never comes', async () => {
  const { interaction, calls } = pending()
  interaction.deferNow()
  interaction.sent()
  await interaction.apologise('sorry')
  expect(calls).toMatchObject([{ method: 'PATCH', path: original, body: { content: 'sorry' } }])
  const answered = pending()
  await answered.callback(4, { content: 'hi' })
  await answered.interaction.apologise('sorry')
  expect(answered.calls).toEqual([])
})

test('a callback that Discord refuses leaves the interaction open; one whose time is over meanwhile is deferred', async () => {
  const { interaction, callback } = pending({ refuse: true })
  const delivering = callback(4, { content: 'x'.repeat(3000) }, true)
  expect(interaction.deferNow()).toBe(false)
  expect((await delivering).status).toBe(400)
  expect(await interaction.answer).toEqual({ response: { type: 5 } })
})

test.each([
  ['GET', '/gateway/bot', { kind: 'gateway' }],
  [
    'POST',
    '/interactions/12/a%2Fb/callback?with_response=true',
    { kind: 'callback', interactionId: '12', wantsMessage: true },
  ],
  [
    'POST',
    '/interactions/12/ab/callback?with_response=false',
    { kind: 'callback', interactionId: '12', wantsMessage: false },
  ],
  [
    'PATCH',
    '/webhooks/9/a%2Fb/messages/@original?thread_id=1',
    { kind: 'webhook', token: 'a/b', path: '/messages/@original?thread_id=1' },
  ],
  ['POST', '/webhooks/9/ab?wait=true', { kind: 'webhook', token: 'ab', path: '?wait=true' }],
  ['POST', '/channels/9/messages', { kind: 'other' }],
  ['GET', '/webhooks/9', { kind: 'other' }],
])('%s %s', (method, path, route) => {
  expect(routeOf(api + path, method)).toEqual(route)
})
