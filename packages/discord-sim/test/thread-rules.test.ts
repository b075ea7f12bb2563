// Sources of this file: https://docs.discord.com/developers/topics/threads and
// https://docs.discord.com/developers/resources/channel; codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
import { PermissionFlagsBits as Bits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function setUp() {
  const sim = await startFast({ guilds: 1 })
  const place = await firstGuild(sim)
  const rest = restCaller(sim)
  const made = async (method: string, path: string, body: object) => {
    const answer = await rest(method, path, body)
    expect(answer.status).toBeLessThan(300)
    return answer.body as { id: string; [field: string]: unknown }
  }
  const newChannel = (body: object) =>
    made('POST', `/guilds/${place.guildId}/channels`, { name: 'x', ...body })
  const post = (parentId: string, body: object = {}) =>
    rest('POST', `/channels/${parentId}/threads`, { name: 'x', message: { content: 'x' }, ...body })
  const thread = (body: object = {}) =>
    made('POST', `/channels/${place.channelId}/threads`, { name: 'x', type: 11, ...body })
  const deny = (...bits: bigint[]) =>
    sim.control.updateChannel({
      channelId: place.channelId,
      overwrites: [
        {
          id: sim.world.app.botId,
          type: 1,
          allow: '0',
          deny: bits.reduce((sum, bit) => sum | bit, 0n).toString(),
        },
      ],
    })
  return { sim, rest, newChannel, post, thread, deny, ...place, [Symbol.asyncDispose]: () => sim.stop() }
}

const failure = (status: number, code: number) => ({ status, body: { code } })
const missing = failure(403, 50013)

// Section "Public & Private Threads"; "Does not work on a GUILD_FORUM or a GUILD_MEDIA channel."
test('a channel has the kinds of threads of its type', async () => {
  await using mesh = await setUp()
  const news = await mesh.newChannel({ type: 5 })
  const forum = await mesh.newChannel({ type: 15 })
  const voice = await mesh.newChannel({ type: 2 })
  const start = (id: string, type: number) =>
    mesh.rest('POST', `/channels/${id}/threads`, { name: 'x', type })
  expect(await start(mesh.channelId, 10)).toMatchObject(failure(400, 50024))
  expect(await start(news.id, 12)).toMatchObject(failure(400, 50024))
  expect(await start(news.id, 10)).toMatchObject({ status: 201, body: { type: 10 } })
  expect(await start(voice.id, 11)).toMatchObject(failure(400, 50024))
  const posted = await mesh.post(forum.id)
  const { id } = posted.body as { id: string }
  expect(posted).toMatchObject({ status: 201, body: { type: 11, message: { channel_id: id } } })
  const onMessage = `/channels/${forum.id}/messages/${id}/threads`
  expect(await mesh.rest('POST', onMessage, { name: 'x' })).toMatchObject(failure(400, 50024))
})

test('a private thread is what the type defaults to, and whoever started it is in it', async () => {
  await using mesh = await setUp()
  const { body } = await mesh.rest('POST', `/channels/${mesh.channelId}/threads`, { name: 'x' })
  expect(body).toMatchObject({ type: 12, member: { user_id: mesh.sim.world.app.botId } })
})

// "this field is copied to the thread at creation time and does not live update"
test('a thread begins with the slow mode that its channel sets for threads', async () => {
  await using mesh = await setUp()
  await mesh.rest('PATCH', `/channels/${mesh.channelId}`, { default_thread_rate_limit_per_user: 30 })
  expect(await mesh.thread()).toMatchObject({ rate_limit_per_user: 30 })
  expect(await mesh.thread({ rate_limit_per_user: 5 })).toMatchObject({ rate_limit_per_user: 5 })
})

// Section "Editing & Deleting Threads" and "Locked Threads".
test('whoever started a thread may rename and archive it; slow mode and lock are for those who manage threads', async () => {
  await using mesh = await setUp()
  const own = await mesh.thread()
  const others = await mesh.sim.control.createThread({
    channelId: mesh.channelId,
    userId: mesh.memberId,
    name: 'theirs',
  })
  await mesh.deny(Bits.ManageThreads)
  const edit = (id: string, body: object) => mesh.rest('PATCH', `/channels/${id}`, body)
  expect(await edit(own.id, { name: 'y', auto_archive_duration: 60 })).toMatchObject({
    status: 200,
    body: { name: 'y' },
  })
  for (const body of [{ rate_limit_per_user: 5 }, { locked: true }, { name: 'z', locked: true }]) {
    expect(await edit(own.id, body)).toMatchObject(missing)
  }
  expect(await edit(others.id, { name: 'y' })).toMatchObject(missing)
  expect((await edit(own.id, { archived: true })).status).toBe(200)
  expect(await edit(own.id, { name: 'z' })).toMatchObject(failure(400, 50083))
  expect((await edit(own.id, { archived: false })).status).toBe(200)
  await mesh.deny(Bits.PrioritySpeaker)
  expect((await edit(own.id, { locked: true, archived: true })).status).toBe(200)
  await mesh.deny(Bits.ManageThreads)
  expect(await edit(own.id, { archived: false })).toMatchObject(missing)
})

// "Also requires the thread is not archived." A private thread that is not invitable is the moderators' to fill.
test('members come and go while a thread is active, into private ones by moderators if it says so', async () => {
  await using mesh = await setUp()
  const { id } = await mesh.thread()
  await mesh.rest('PATCH', `/channels/${id}`, { archived: true })
  const members = `/channels/${id}/thread-members`
  for (const method of ['PUT', 'DELETE']) {
    for (const who of ['@me', mesh.memberId]) {
      expect(await mesh.rest(method, `${members}/${who}`)).toMatchObject(failure(400, 50083))
    }
  }
  const closed = await mesh.sim.control.createThread({
    channelId: mesh.channelId,
    userId: mesh.ownerId,
    name: 'closed',
    privateThread: true,
  })
  await mesh.rest('PUT', `/channels/${closed.id}/thread-members/@me`)
  await mesh.rest('PATCH', `/channels/${closed.id}`, { invitable: false })
  await mesh.deny(Bits.ManageThreads)
  const add = `/channels/${closed.id}/thread-members/${mesh.memberId}`
  expect(await mesh.rest('PUT', add)).toMatchObject(missing)
})

// Section "List Thread Members": the intent, and pages with `with_member` alone.
test('the members of a thread come in pages if whole members are asked for, and need the intent', async () => {
  await using mesh = await setUp()
  const { id } = await mesh.thread()
  await mesh.rest('PUT', `/channels/${id}/thread-members/${mesh.memberId}`)
  const list = (query: string) => mesh.rest('GET', `/channels/${id}/thread-members${query}`)
  expect((await list('?limit=1')).body).toHaveLength(2)
  expect((await list('?limit=1')).body).not.toHaveProperty('0.member')
  const page = (await list('?limit=1&with_member=true')).body as { user_id: string; member: object }[]
  expect(page).toMatchObject([{ member: { roles: expect.any(Array) } }])
  const next = (await list(`?with_member=1&after=${page[0]?.user_id}`)).body
  expect(next).toHaveLength(1)
  const one = await mesh.rest('GET', `/channels/${id}/thread-members/${mesh.memberId}?with_member=true`)
  expect(one.body).toHaveProperty('member.joined_at')
  mesh.sim.world.app.privilegedIntents.members = false
  expect(await list('')).toMatchObject(failure(403, 50001))
})

// "Threads are ordered by their `id`, in descending order"; `before` is an id there and a time elsewhere.
test('joined private threads are paged by id, archived ones by when they were archived', async () => {
  await using mesh = await setUp()
  const [first, second] = [await mesh.thread({ type: 12 }), await mesh.thread({ type: 12 })]
  for (const { id } of [second, first]) await mesh.rest('PATCH', `/channels/${id}`, { archived: true })
  const ids = async (path: string) => {
    const { body } = await mesh.rest('GET', `/channels/${mesh.channelId}/${path}`)
    return (body as { threads: { id: string }[] }).threads.map(({ id }) => id)
  }
  const joined = 'users/@me/threads/archived/private'
  expect(await ids(joined)).toEqual([second.id, first.id])
  expect(await ids(`${joined}?before=${second.id}`)).toEqual([first.id])
  const wrong = await mesh.rest('GET', `/channels/${mesh.channelId}/threads/archived/private?before=x`)
  expect(wrong).toMatchObject({ status: 400, body: { code: 50035 } })
})

// Codes 10087, 40061, 40066 and 40067; "limited to 20".
test('posts have tags of their forum, a moderator’s tag by moderators, and one at least if it is required', async () => {
  await using mesh = await setUp()
  const tags = [{ name: 'open' }, { name: 'solved', moderated: true }]
  const forum = await mesh.newChannel({ type: 15, available_tags: tags, flags: 16 })
  const [open, solved] = forum.available_tags as { id: string }[]
  expect(forum).toMatchObject({ flags: 16, available_tags: [{ name: 'open', moderated: false }, {}] })
  const withTags = (...ids: (string | undefined)[]) => mesh.post(forum.id, { applied_tags: ids })
  expect(await withTags()).toMatchObject(failure(400, 40_067))
  expect(await withTags('123456789012345678')).toMatchObject(failure(404, 10_087))
  expect((await withTags(open?.id)).status).toBe(201)
  await mesh.sim.control.updateChannel({
    channelId: forum.id,
    overwrites: [{ id: mesh.sim.world.app.botId, type: 1, allow: '0', deny: Bits.ManageThreads.toString() }],
  })
  expect(await withTags(solved?.id)).toMatchObject(missing)
  await mesh.rest('PATCH', `/channels/${forum.id}`, { available_tags: [{ name: 'solved', moderated: true }] })
  expect(await withTags()).toMatchObject(failure(400, 40_066))
  const twice = { available_tags: [{ name: 'a' }, { name: 'a' }] }
  expect(await mesh.rest('PATCH', `/channels/${forum.id}`, twice)).toMatchObject(failure(400, 40_061))
})

// "`PINNED` can only be set for threads in forum and media channels"; code 30047.
test('one post of a forum is pinned', async () => {
  await using mesh = await setUp()
  const forum = await mesh.newChannel({ type: 15 })
  const [first, second] = [await mesh.post(forum.id), await mesh.post(forum.id)]
  const pin = ({ body }: { body: unknown }) =>
    mesh.rest('PATCH', `/channels/${(body as { id: string }).id}`, { flags: 2 })
  expect(await pin(first)).toMatchObject({ status: 200, body: { flags: 2 } })
  expect(await pin(second)).toMatchObject(failure(400, 30_047))
  const thread = await mesh.thread()
  expect(await pin({ body: thread })).toMatchObject(failure(400, 50_024))
})
