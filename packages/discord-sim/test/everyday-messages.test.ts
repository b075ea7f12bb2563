import { PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSim } from '../src/index.ts'
import { dispatchesDuring } from './dispatches-during.ts'
import { grantEverything } from './everyday-tour.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function connected(sim: DiscordSim, intents = allIntents): Promise<RawGateway> {
  const gateway = await RawGateway.connect(sim.urls.gateway)
  const ready = await gateway.ready((await sim.control.app()).token, { intents })
  await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
  return gateway
}

/*
 * "we send the MESSAGE_CREATE event, then after we resolve the metadata for the embeds, a subsequent MESSAGE_UPDATE. We
 * do not set edited_timestamp": Discord, quoted in https://github.com/Rapptz/discord.py/issues/273; the sequence of an
 * edit in https://github.com/discord/discord-api-docs/issues/8281
 */
test('a link is unfurled some time later, by a MESSAGE_UPDATE that is no edit', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1, linkPreviews: { delayMs: 800 } })
  const { channelId, ownerId: userId } = await firstGuild(sim)
  using gateway = await connected(sim)
  const url = 'https://example.com/posts/1'
  const sent = await sim.control.sendMessage({
    channelId,
    userId,
    content: `look: ${url} <https://quiet.example>`,
  })
  expect((await gateway.dispatch('MESSAGE_CREATE')).d).toMatchObject({ embeds: [] })
  const before = await dispatchesDuring(sim, gateway, () => clock.advance(799))
  expect(before).toEqual([])
  const after = await dispatchesDuring(sim, gateway, () => clock.advance(1))
  expect(after).toMatchObject([
    { name: 'MESSAGE_UPDATE', d: { id: sent.id, edited_timestamp: null, embeds: [{ url, type: 'link' }] } },
  ])
  expect(after[0]?.d.embeds).toHaveLength(1)
})

/*
 * EMBED_LINKS: "Links sent by users with this permission will be auto-embedded"
 * (https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags); SUPPRESS_EMBEDS: "do not
 * include any embeds when serializing this message" (https://docs.discord.com/developers/resources/message#message-object-message-flags)
 */
test('no preview without the permission, with suppressed embeds, or of a message that is gone', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1 })
  await sim.control.setLinkPreviews({ delayMs: 100 })
  const rest = restCaller(sim)
  const { guildId, channelId, memberId, ownerId } = await firstGuild(sim)
  using gateway = await connected(sim)
  const content = 'https://example.com'
  const gone = await sim.control.sendMessage({ channelId, userId: ownerId, content })
  await sim.control.deleteMessage({ channelId, userId: ownerId, messageId: gone.id })
  await rest('POST', `/channels/${channelId}/messages`, { content, flags: 1 << 2 })
  const overwrites = [
    { id: guildId, type: 0 as const, allow: '0', deny: PermissionFlagsBits.EmbedLinks.toString() },
  ]
  await sim.control.updateChannel({ channelId, overwrites })
  await sim.control.sendMessage({ channelId, userId: memberId, content })
  expect(await dispatchesDuring(sim, gateway, () => clock.advance(1_000))).toEqual([])
})

/*
 * SEND_ALERT_MESSAGE, AUTO_MODERATION_ACTION and `alert_system_message_id`:
 * https://docs.discord.com/developers/resources/auto-moderation#auto-moderation-action-object-action-types,
 * https://docs.discord.com/developers/events/gateway-events#auto-moderation-action-execution
 */
test('auto moderation writes its alert as a message in the name of the member', async () => {
  await using sim = await startFast({ guilds: 1 })
  const rest = restCaller(sim)
  const { guildId, channelId, memberId } = await firstGuild(sim)
  const log = await sim.control.createChannel({ guildId, name: 'mod-log' })
  await rest('POST', `/guilds/${guildId}/auto-moderation/rules`, {
    name: 'No spoilers',
    event_type: 1,
    trigger_type: 1,
    trigger_metadata: { keyword_filter: ['spoiler'] },
    actions: [{ type: 1 }, { type: 2, metadata: { channel_id: log.id } }],
    enabled: true,
  })
  using gateway = await connected(sim)
  const write = sim.control.sendMessage({ channelId, userId: memberId, content: 'a spoiler' })
  await expect(write).rejects.toThrow('blocked')
  const alert = (await gateway.dispatch('MESSAGE_CREATE')).d as { id: string }
  expect(alert).toMatchObject({
    type: 24,
    channel_id: log.id,
    author: { id: memberId },
    embeds: [{ type: 'auto_moderation_message', description: 'a spoiler' }],
  })
  await gateway.until(() => gateway.dispatches('AUTO_MODERATION_ACTION_EXECUTION').length === 2)
  const [block, told] = gateway.dispatches('AUTO_MODERATION_ACTION_EXECUTION').map(({ d }) => d)
  expect(block).not.toHaveProperty('alert_system_message_id')
  expect(told).toMatchObject({ action: { type: 2 }, alert_system_message_id: alert.id })
})

/*
 * "Threads automatically archive after a period of inactivity … 'Activity' is defined as sending a message, unarchiving a
 * thread, or changing the auto-archive time." https://docs.discord.com/developers/topics/threads#active--archived-threads
 */
test('an idle thread archives itself; a message starts the time anew and unarchives it', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1 })
  const rest = restCaller(sim)
  const { guildId, channelId, ownerId: userId } = await firstGuild(sim)
  const thread = await sim.control.createThread({ channelId, userId, name: 'short talk' })
  await rest('PATCH', `/channels/${thread.id}`, { auto_archive_duration: 60 })
  clock.advance(30_000)
  await sim.control.sendMessage({ channelId: thread.id, userId, content: 'still talking' })
  const isArchived = async () =>
    ((await rest('GET', `/channels/${thread.id}`)).body as { thread_metadata: { archived: boolean } })
      .thread_metadata.archived
  expect(await isArchived()).toBe(false)
  clock.advance(59 * 60_000)
  expect(await isArchived()).toBe(false)
  clock.advance(2 * 60_000)
  expect(await isArchived()).toBe(true)
  const { auditLog } = await sim.control.guild({ guildId })
  expect(
    auditLog.filter((entry) => entry.action_type === 111 && entry.user_id !== sim.world.app.botId),
  ).toEqual([])
  await sim.control.sendMessage({ channelId: thread.id, userId, content: 'back' })
  expect(await isArchived()).toBe(false)
})

// https://docs.discord.com/developers/resources/sticker and Guild Stickers Update: "Array of stickers"
test('stickers: all of the guild’s in the event, items in the message, five free slots', async () => {
  await using sim = await startFast({ guilds: 1 })
  const rest = restCaller(sim)
  await grantEverything(sim)
  const { guildId, channelId, memberId } = await firstGuild(sim)
  using gateway = await connected(sim)
  const wave = await sim.control.createSticker({ guildId, name: 'Wave' })
  expect((await gateway.dispatch('GUILD_STICKERS_UPDATE')).d).toMatchObject({
    guild_id: guildId,
    stickers: [{ id: wave.id, name: 'Wave', type: 2, format_type: 1 }],
  })
  await sim.control.sendMessage({ channelId, userId: memberId, stickerIds: [wave.id] })
  expect((await gateway.dispatch('MESSAGE_CREATE')).d).toMatchObject({
    content: '',
    sticker_items: [{ id: wave.id, name: 'Wave', format_type: 1 }],
  })
  for (const name of ['two', 'three', 'four', 'five']) await sim.control.createSticker({ guildId, name })
  const form = new FormData()
  form.set('name', 'six')
  form.set('tags', '6')
  form.set('file', new Blob(['x'], { type: 'image/png' }), 'six.png')
  // 30039: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes
  expect(await rest('POST', `/guilds/${guildId}/stickers`, form)).toMatchObject({
    status: 400,
    body: { code: 30039 },
  })
})

/*
 * https://docs.discord.com/developers/resources/poll; votes: "If the poll allows multiple selection, one event will be sent
 * per answer" (https://docs.discord.com/developers/events/gateway-events#message-poll-vote-add); the result is a message
 * "sent after a poll has ended and the results have been finalized", by the poll's author, who "will be mentioned"
 * (https://docs.discord.com/developers/resources/message#message-reference-content-attribution-poll-result-messages)
 */
test('polls: votes one by one, an end on time, final results and the message that tells them', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1 })
  const rest = restCaller(sim)
  const { channelId, ownerId, memberId } = await firstGuild(sim)
  using gateway = await connected(sim)
  const poll = { question: 'Tea?', answers: [{ text: 'Yes' }, { text: 'No' }], durationHours: 0.005 }
  const sent = await sim.control.sendMessage({ channelId, userId: ownerId, poll })
  expect((await gateway.dispatch('MESSAGE_CREATE')).d).toMatchObject({
    content: '',
    poll: { question: { text: 'Tea?' }, results: { is_finalized: false, answer_counts: [] } },
  })
  const vote = (userId: string, answerId: number, remove = false) =>
    sim.control.votePoll({ channelId, messageId: sent.id, userId, answerId, remove })
  const votes = await dispatchesDuring(sim, gateway, async () => {
    await vote(ownerId, 1)
    await vote(memberId, 2)
    await vote(memberId, 2, true)
    await vote(memberId, 1)
  })
  expect(votes.map(({ name, d }) => [name, d.answer_id])).toEqual([
    ['MESSAGE_POLL_VOTE_ADD', 1],
    ['MESSAGE_POLL_VOTE_ADD', 2],
    ['MESSAGE_POLL_VOTE_REMOVE', 2],
    ['MESSAGE_POLL_VOTE_ADD', 1],
  ])
  await expect(vote(memberId, 2)).rejects.toThrow('voted already')
  await expect(vote(sim.world.app.botId, 1)).rejects.toThrow('not allowed to vote')
  const ended = await dispatchesDuring(sim, gateway, () => clock.advance(19_000))
  expect(ended).toMatchObject([
    {
      name: 'MESSAGE_UPDATE',
      d: { id: sent.id, poll: { results: { is_finalized: true, answer_counts: [{ id: 1, count: 2 }] } } },
    },
    {
      name: 'MESSAGE_CREATE',
      d: {
        type: 46,
        author: { id: ownerId },
        mentions: [{ id: ownerId }],
        message_reference: { message_id: sent.id },
        embeds: [{ type: 'poll_result' }],
      },
    },
  ])
  await expect(vote(memberId, 2, true)).rejects.toThrow('ended')
  // "After creation, the poll message cannot be edited"; 520001, 520003: JSON error codes.
  const own = await rest('POST', `/channels/${channelId}/messages`, {
    poll: { question: { text: '?' }, answers: [{ poll_media: { text: '!' } }] },
  })
  const { id } = own.body as { id: string }
  expect(await rest('PATCH', `/channels/${channelId}/messages/${id}`, { content: 'x' })).toMatchObject({
    body: { code: 520_003 },
  })
  expect((await rest('POST', `/channels/${channelId}/polls/${id}/expire`)).status).toBe(200)
  expect(await rest('POST', `/channels/${channelId}/polls/${id}/expire`)).toMatchObject({
    body: { code: 520_001 },
  })
})

// GUILD_MESSAGE_POLLS (1 << 24): https://docs.discord.com/developers/events/gateway#list-of-intents
test('votes are told only to sessions with the intent for polls', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { channelId, ownerId } = await firstGuild(sim)
  using gateway = await connected(sim, allIntents & ~(1 << 24))
  const poll = { question: 'Tea?', answers: [{ text: 'Yes' }] }
  const sent = await sim.control.sendMessage({ channelId, userId: ownerId, poll })
  const seen = await dispatchesDuring(sim, gateway, () =>
    sim.control.votePoll({ channelId, messageId: sent.id, userId: ownerId, answerId: 1 }),
  )
  expect(seen).toEqual([])
})
