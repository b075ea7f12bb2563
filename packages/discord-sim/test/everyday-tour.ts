import { PermissionFlagsBits as Bits } from 'discord-api-types/v10'
import type { DiscordSim } from '../src/index.ts'
import { firstGuild } from './sim-fixture.ts'

type Call = (method: string, path: string, body?: unknown) => Promise<Record<string, string>>

/** Gives the bot what it needs for expressions and events, as an administrator of the guild would. */
export async function grantEverything(sim: DiscordSim): Promise<void> {
  const { guildId, guild } = await firstGuild(sim)
  const role = [...guild.roles.values()].find((candidate) => candidate.tags?.bot_id === sim.world.app.botId)
  const more = Bits.CreateGuildExpressions | Bits.CreateEvents | Bits.ManageEvents
  const permissions = (BigInt(role?.permissions ?? '0') | more).toString()
  await sim.control.updateRole({ guildId, roleId: role?.id ?? '', permissions })
}

/** Stickers, polls, scheduled events, voice states, integrations, incidents, entitlements, command permissions. */
export async function everydayTour(sim: DiscordSim, call: Call): Promise<void> {
  await grantEverything(sim)
  await stickersAndPolls(sim, call)
  await scheduledEvents(sim, call)
  await community(sim, call)
  await application(sim, call)
}

async function stickersAndPolls(sim: DiscordSim, call: Call): Promise<void> {
  const { guildId, channelId, ownerId } = await firstGuild(sim)
  const base = `/guilds/${guildId}/stickers`
  const form = new FormData()
  for (const [name, value] of Object.entries({ name: 'Wave', tags: '👋', description: 'waves' }))
    form.set(name, value)
  form.set('file', new Blob(['x'], { type: 'image/png' }), 'wave.png')
  const { id = '' } = await call('POST', base, form)
  await call('GET', base)
  await call('GET', `${base}/${id}`)
  await call('GET', `/stickers/${id}`)
  await call('PATCH', `${base}/${id}`, { name: 'Waves' })
  await call('POST', `/channels/${channelId}/messages`, { sticker_ids: [id] })
  await call('DELETE', `${base}/${id}`)
  const sent = await call('POST', `/channels/${channelId}/messages`, {
    poll: {
      question: { text: 'Tea?' },
      answers: [{ poll_media: { text: 'Yes', emoji: { name: '🍵' } } }, { poll_media: { text: 'No' } }],
      duration: 1,
    },
  })
  const vote = { channelId, userId: ownerId, messageId: sent.id ?? '', answerId: 1 }
  await sim.control.votePoll(vote)
  await sim.control.votePoll({ ...vote, remove: true })
  await sim.control.votePoll({ ...vote, answerId: 2 })
  await call('GET', `/channels/${channelId}/polls/${sent.id}/answers/2`)
  await call('POST', `/channels/${channelId}/polls/${sent.id}/expire`)
  await call('GET', `/channels/${channelId}/messages`)
}

async function scheduledEvents(sim: DiscordSim, call: Call): Promise<void> {
  const { guildId, guild, ownerId } = await firstGuild(sim)
  const base = `/guilds/${guildId}/scheduled-events`
  const at = (hours: number) => new Date(sim.world.now() + hours * 3_600_000).toISOString()
  const external = await call('POST', base, {
    name: 'Picnic',
    privacy_level: 2,
    entity_type: 3,
    entity_metadata: { location: 'the park' },
    scheduled_start_time: at(1),
    scheduled_end_time: at(2),
  })
  const lounge = [...guild.channels.values()].find((channel) => channel.type === 2)
  const voice = await call('POST', base, {
    name: 'Talk',
    privacy_level: 2,
    entity_type: 2,
    channel_id: lounge?.id,
    scheduled_start_time: at(1),
  })
  const eventId = external.id ?? ''
  await call('PATCH', `${base}/${voice.id}`, { status: 2 })
  await sim.control.followScheduledEvent({ guildId, eventId, userId: ownerId })
  await call('GET', base)
  await call('GET', `${base}/${eventId}?with_user_count=true`)
  await call('GET', `${base}/${eventId}/users?with_member=true`)
  await sim.control.followScheduledEvent({ guildId, eventId, userId: ownerId, follows: false })
  await call('DELETE', `${base}/${eventId}`)
}

async function community(sim: DiscordSim, call: Call): Promise<void> {
  const { guildId, guild, ownerId } = await firstGuild(sim)
  const lounge = [...guild.channels.values()].find((channel) => channel.type === 2)
  for (const userId of [ownerId, sim.world.app.botId])
    await sim.control.moveVoice({ guildId, userId, channelId: lounge?.id ?? '' })
  await call('GET', `/guilds/${guildId}/voice-states/@me`)
  await call('GET', `/guilds/${guildId}/voice-states/${ownerId}`)
  const { id: integrationId } = await sim.control.addOtherBot({ guildId, name: 'Music' })
  await sim.control.renameOtherBot({ guildId, integrationId, name: 'Musik' })
  await call('GET', `/guilds/${guildId}/integrations`)
  await call('DELETE', `/guilds/${guildId}/integrations/${integrationId}`)
  const until = new Date(sim.world.now() + 3_600_000).toISOString()
  await call('PUT', `/guilds/${guildId}/incident-actions`, { invites_disabled_until: until })
  await call('GET', `/guilds/${guildId}`)
  await call('PUT', `/guilds/${guildId}/incident-actions`, { invites_disabled_until: null })
  await sim.control.boostGuild({ guildId, userId: ownerId })
}

async function application(sim: DiscordSim, call: Call): Promise<void> {
  const { guildId, ownerId } = await firstGuild(sim)
  const { app } = sim.world
  const base = `/applications/${app.id}/entitlements`
  const skuId = sim.world.ids.next()
  const { id: bought } = await sim.control.createEntitlement({ skuId, userId: ownerId, guildId })
  await sim.control.endEntitlement({ entitlementId: bought })
  const test = await call('POST', base, { sku_id: skuId, owner_id: guildId, owner_type: 1 })
  await call('GET', `${base}?exclude_deleted=false`)
  await call('GET', `${base}/${test.id}`)
  await call('POST', `${base}/${test.id}/consume`)
  await call('DELETE', `${base}/${test.id}`)
  const [command] = [...app.commands.values()]
  const permissions = [{ id: ownerId, type: 2 as const, permission: true }]
  await sim.control.setCommandPermissions({ guildId, commandId: command?.id ?? '', permissions })
  const commands = `/applications/${app.id}/guilds/${guildId}/commands`
  await call('GET', `${commands}/permissions`)
  await call('GET', `${commands}/${command?.id}/permissions`)
}
