// Source of this file: https://docs.discord.com/developers/resources/message (Create Message, Embed Object, Edit
// Message, Allowed Mentions Object, Attachment Object); others are named where they are used.
import { expect, test } from 'vitest'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

type Message = Record<string, unknown> & { id: string; content: string; embeds: object[] }

async function setUp() {
  const sim = await startFast({ guilds: 1 })
  const rest = restCaller(sim)
  const place = await firstGuild(sim)
  const path = `/channels/${place.channelId}/messages`
  const send = async (body: unknown) => (await rest('POST', path, body)).body as Message
  return { sim, rest, path, send, ...place, [Symbol.asyncDispose]: () => sim.stop() }
}

async function watch(sim: Awaited<ReturnType<typeof startFast>>) {
  const gateway = await RawGateway.connect(sim.urls.gateway)
  gateway.identify((await sim.control.app()).token)
  await gateway.dispatch('GUILD_CREATE')
  return gateway
}

// "Value will appear in the Message Create event"; it is not stored: https://github.com/Rapptz/discord.py/issues/2451
test('a nonce is told by the answer and by MESSAGE_CREATE, never by a read, an edit or MESSAGE_UPDATE', async () => {
  await using mesh = await setUp()
  using gateway = await watch(mesh.sim)
  const sent = await mesh.send({ content: 'x', nonce: 'n1', enforce_nonce: true })
  expect(sent.nonce).toBe('n1')
  expect((await gateway.dispatch('MESSAGE_CREATE')).d).toMatchObject({ id: sent.id, nonce: 'n1' })
  const edited = await mesh.rest('PATCH', `${mesh.path}/${sent.id}`, { content: 'y' })
  const one = await mesh.rest('GET', `${mesh.path}/${sent.id}`)
  const [listed] = (await mesh.rest('GET', mesh.path)).body as Message[]
  const repeated = await mesh.send({ content: 'x', nonce: 'n1', enforce_nonce: true })
  for (const read of [
    edited.body,
    one.body,
    listed,
    repeated,
    (await gateway.dispatch('MESSAGE_UPDATE')).d,
  ]) {
    expect(read).toMatchObject({ id: sent.id })
    expect(read).not.toHaveProperty('nonce')
  }
})

test('a number stays a number as a nonce, and 26 characters are too many', async () => {
  await using mesh = await setUp()
  expect((await mesh.send({ content: 'x', nonce: 7 })).nonce).toBe(7)
  expect(await mesh.rest('POST', mesh.path, { content: 'x', nonce: 'n'.repeat(26) })).toMatchObject({
    status: 400,
    body: { code: 50035, errors: { nonce: expect.anything() } },
  })
})

// "Discord may strip certain characters": control characters and overrides of the writing direction
// (https://github.com/discord/discord-api-docs/issues/1189), whitespace at both ends.
test.each([
  ['  spaces and lines \n\n', 'spaces and lines'],
  ['one\r\ntwo\rthree', 'one\ntwo\nthree'],
  ['a\u0000b\u001bc\u202ed', 'abcd'],
  ['lone \ud800 half', 'lone  half'],
  ['tab\tstays, \u200b too', 'tab\tstays, \u200b too'],
])('of the content %j Discord keeps %j', async (content, kept) => {
  await using mesh = await setUp()
  const sent = await mesh.send({ content })
  expect(sent.content).toBe(kept)
  const edited = await mesh.rest('PATCH', `${mesh.path}/${sent.id}`, { content: `${content} ` })
  expect(edited.body).toMatchObject({ content: kept })
})

test('a text of whitespace is no message, nor is an edit that leaves nothing', async () => {
  await using mesh = await setUp()
  expect(await mesh.rest('POST', mesh.path, { content: ' \n ' })).toMatchObject({ body: { code: 50006 } })
  const sent = await mesh.send({ content: 'x' })
  for (const content of ['', null]) {
    expect(await mesh.rest('PATCH', `${mesh.path}/${sent.id}`, { content })).toMatchObject({
      status: 400,
      body: { code: 50006 },
    })
  }
})

// "you can set every field except type, provider, video, and any height, width, or proxy_url values for images"
test('embeds come back rich, trimmed, without what cannot be set, pictures with a proxied address', async () => {
  await using mesh = await setUp()
  const url = 'https://example.com/a.png'
  const sent = await mesh.send({
    embeds: [
      {
        type: 'article',
        title: ' T ',
        description: '\nD\n',
        color: 0,
        url,
        timestamp: '2026-01-02T03:04:05Z',
        provider: { name: 'p' },
        video: { url },
        image: { url, width: 9, height: 9, proxy_url: 'https://elsewhere.example/x' },
        thumbnail: null,
        footer: { text: 'f ', icon_url: url },
        author: { name: 'a', url, icon_url: null },
        fields: [{ name: ' n', value: 'v ' }],
        unknown: 1,
      },
    ],
  })
  expect(sent.embeds).toEqual([
    {
      type: 'rich',
      title: 'T',
      description: 'D',
      color: 0,
      url,
      timestamp: '2026-01-02T03:04:05+00:00',
      image: { url, proxy_url: url },
      footer: { text: 'f', icon_url: url, proxy_icon_url: url },
      author: { name: 'a', url },
      fields: [{ name: 'n', value: 'v', inline: false }],
    },
  ])
})

test.each([
  ['nothing to show', { color: 5 }, 'description', 'BASE_TYPE_REQUIRED'],
  ['too long a title', { title: 'x'.repeat(257) }, 'title', 'BASE_TYPE_MAX_LENGTH'],
  ['a field without a name', { fields: [{ name: ' ', value: 'v' }] }, 'fields.0.name', 'BASE_TYPE_REQUIRED'],
  ['a foreign scheme', { title: 'x', url: 'ftp://a.example' }, 'url', 'URL_TYPE_INVALID_SCHEME'],
  ['no URL', { title: 'x', image: { url: 'picture' } }, 'image.url', 'URL_TYPE_INVALID_URL'],
  [
    'an attachment as an author',
    { author: { name: 'x', url: 'attachment://a' } },
    'author.url',
    'URL_TYPE_INVALID_SCHEME',
  ],
  ['no time', { title: 'x', timestamp: 'noon' }, 'timestamp', 'DATE_TIME_TYPE_PARSE'],
])('an embed with %s is refused', async (_, embed, field, code) => {
  await using mesh = await setUp()
  const answer = await mesh.rest('POST', mesh.path, { content: 'x', embeds: [embed] })
  expect(answer).toMatchObject({ status: 400, body: { code: 50035 } })
  expect(answer.body).toHaveProperty(`errors.embeds.0.${field}._errors.0.code`, code)
})

// "All of the following limits are measured inclusively. Leading and trailing whitespace characters are not included"
test('limits of embeds count what is left after trimming', async () => {
  await using mesh = await setUp()
  const sent = await mesh.send({ embeds: [{ title: `   ${'x'.repeat(256)}   ` }] })
  expect(sent.embeds).toMatchObject([{ title: 'x'.repeat(256) }])
})

test('a file that an embed shows is not among the attachments', async () => {
  await using mesh = await setUp()
  const form = new FormData()
  form.set('payload_json', JSON.stringify({ embeds: [{ image: { url: 'attachment://a.png' } }] }))
  form.set('files[0]', new Blob(['p'], { type: 'image/png' }), 'a.png')
  form.set('files[1]', new Blob(['q'], { type: 'text/plain' }), 'b.txt')
  const sent = (await mesh.rest('POST', mesh.path, form)).body as Message
  expect(sent.attachments).toMatchObject([{ filename: 'b.txt' }])
  expect(sent.embeds).toMatchObject([{ image: { url: expect.stringMatching(/^http.*a\.png$/) } }])
})

test('SUPPRESS_EMBEDS hides embeds, for the author and for who manages messages', async () => {
  await using mesh = await setUp()
  const own = await mesh.send({ embeds: [{ title: 'T' }] })
  const patch = (id: string, body: unknown) => mesh.rest('PATCH', `${mesh.path}/${id}`, body)
  expect((await patch(own.id, { flags: 4 })).body).toMatchObject({
    embeds: [],
    flags: 4,
    edited_timestamp: null,
  })
  expect((await patch(own.id, { flags: 0 })).body).toMatchObject({ embeds: [{ title: 'T' }], flags: 0 })
  const { id } = await mesh.sim.control.sendMessage({
    channelId: mesh.channelId,
    userId: mesh.memberId,
    content: 'x',
  })
  expect((await patch(id, { flags: 4 })).body).toMatchObject({ flags: 4 })
  expect(await patch(id, { content: 'y' })).toMatchObject({ status: 403, body: { code: 50005 } })
})

test('an existing attachment is described anew and marked as a spoiler, and goes where it is not named', async () => {
  await using mesh = await setUp()
  const form = new FormData()
  form.set('payload_json', JSON.stringify({ content: 'x' }))
  form.set('files[0]', new Blob(['p']), 'a.txt')
  form.set('files[1]', new Blob(['q']), 'SPOILER_b.txt')
  const sent = (await mesh.rest('POST', mesh.path, form)).body as Message & { attachments: { id: string }[] }
  expect(sent.attachments).toMatchObject([{ filename: 'a.txt' }, { filename: 'SPOILER_b.txt', flags: 8 }])
  const attachments = [{ id: sent.attachments[0]?.id, description: 'the a', is_spoiler: true }]
  const edited = await mesh.rest('PATCH', `${mesh.path}/${sent.id}`, { attachments })
  expect(edited.body).toMatchObject({
    attachments: [{ filename: 'a.txt', description: 'the a', flags: 8 }],
  })
})

// "Default Settings for Allowed Mentions" and "mutually exclusive"
test('webhooks mention users alone unless told otherwise, and parse excludes lists', async () => {
  await using mesh = await setUp()
  const everyone = [...mesh.guild.roles.values()].find((role) => role.name === 'Regulars')
  await mesh.rest('PATCH', `/guilds/${mesh.guildId}/roles/${everyone?.id}`, { mentionable: true })
  const content = `<@${mesh.ownerId}> <@&${everyone?.id}>`
  const hook = (await mesh.rest('POST', `/channels/${mesh.channelId}/webhooks`, { name: 'h' })).body as {
    id: string
    token: string
  }
  const path = `/webhooks/${hook.id}/${hook.token}?wait=true`
  expect((await mesh.rest('POST', path, { content })).body).toMatchObject({
    mentions: [{ id: mesh.ownerId }],
    mention_roles: [],
  })
  expect(await mesh.send({ content })).toMatchObject({ mention_roles: [everyone?.id] })
  const both = { content, allowed_mentions: { parse: ['users'], users: [mesh.ownerId] } }
  expect(await mesh.rest('POST', mesh.path, both)).toMatchObject({ status: 400, body: { code: 50035 } })
  const empty = { content, allowed_mentions: { parse: ['users'], users: [] } }
  expect(await mesh.send(empty)).toMatchObject({ mentions: [{ id: mesh.ownerId }], mention_roles: [] })
})

test('a role is mentioned by who may mention everyone, or where everybody may mention it', async () => {
  await using mesh = await setUp()
  const role = [...mesh.guild.roles.values()].find(
    ({ mentionable, position }) => !mentionable && position === 1,
  )
  const content = `<@&${role?.id}>`
  const deny = String(1 << 17)
  const overwrites = [{ id: mesh.sim.world.app.botId, type: 1 as const, allow: '0', deny }]
  await mesh.sim.control.updateChannel({ channelId: mesh.channelId, overwrites })
  expect(await mesh.send({ content })).toMatchObject({ mention_roles: [] })
  await mesh.rest('PATCH', `/guilds/${mesh.guildId}/roles/${role?.id}`, { mentionable: true })
  expect(await mesh.send({ content })).toMatchObject({ mention_roles: [role?.id] })
})

// The example message of the message resource: "2017-07-11T17:27:07.299000+00:00"
test('times have an offset and microseconds', async () => {
  await using mesh = await setUp()
  const sent = await mesh.send({ content: 'x' })
  expect(sent.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}000)?\+00:00$/)
})

// https://docs.discord.com/developers/resources/message#shared-client-theme-object
test('a message shares the colours of a client', async () => {
  await using mesh = await setUp()
  const theme = { colors: ['5865F2'], gradient_angle: 0, base_mix: 58, base_theme: 1 }
  const send = (body: object) => mesh.rest('POST', mesh.path, body)
  expect(await send({ shared_client_theme: theme })).toMatchObject({
    status: 200,
    body: { shared_client_theme: theme },
  })
  const layout = { flags: 1 << 15, components: [{ type: 10, content: 'x' }], shared_client_theme: theme }
  expect(await send(layout)).toMatchObject({ status: 400, body: { errors: { shared_client_theme: {} } } })
})

// "The `before`, `after`, and `around` parameters are mutually exclusive, only one may be passed at a time."
test('a list of messages is anchored at one message', async () => {
  await using mesh = await setUp()
  const answer = await mesh.rest('GET', `${mesh.path}?before=${mesh.channelId}&after=${mesh.channelId}`)
  expect(answer).toMatchObject({ status: 400, body: { code: 50035 } })
})
