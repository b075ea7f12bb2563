import { AuditLogEvent } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import type { DiscordSim } from '../src/index.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

type Rest = ReturnType<typeof restCaller>
interface Place {
  sim: DiscordSim
  rest: Rest
  guildId: string
  channelId: string
  ownerId: string
  memberId: string
  /** A message of the owner. */
  messageId: string
  /** A role below the bot's. */
  roleId: string
}

interface Effect {
  write: string
  act: (place: Place) => Promise<{ status: number; body: unknown }>
  status: number
  events: string[]
  audit: AuditLogEvent | null
}

const idOf = (answer: { body: unknown }) => (answer.body as { id: string }).id

const keywordRule = {
  name: 'no spoilers',
  event_type: 1,
  trigger_type: 1,
  trigger_metadata: { keyword_filter: ['spoiler*'] },
  actions: [{ type: 1 }],
  enabled: true,
}

/** Every kind of write with what must follow from it: its events, and its entry in the audit log. */
const effects: Effect[] = [
  {
    write: 'a message',
    act: ({ rest, channelId }) => rest('POST', `/channels/${channelId}/messages`, { content: 'hi' }),
    status: 200,
    events: ['MESSAGE_CREATE'],
    audit: null,
  },
  {
    write: 'an edit',
    act: async ({ rest, channelId }) => {
      const sent = await rest('POST', `/channels/${channelId}/messages`, { content: 'hi' })
      return rest('PATCH', `/channels/${channelId}/messages/${idOf(sent)}`, { content: 'ho' })
    },
    status: 200,
    events: ['MESSAGE_CREATE', 'MESSAGE_UPDATE'],
    audit: null,
  },
  {
    write: "the deletion of someone's message",
    act: ({ rest, channelId, messageId }) => rest('DELETE', `/channels/${channelId}/messages/${messageId}`),
    status: 204,
    events: ['MESSAGE_DELETE'],
    audit: null,
  },
  {
    write: 'a bulk deletion',
    act: async ({ sim, rest, channelId, ownerId, messageId }) => {
      const other = await sim.control.sendMessage({ channelId, userId: ownerId, content: 'two' })
      return rest('POST', `/channels/${channelId}/messages/bulk-delete`, { messages: [messageId, other.id] })
    },
    status: 204,
    events: ['MESSAGE_CREATE', 'MESSAGE_DELETE_BULK'],
    audit: AuditLogEvent.MessageBulkDelete,
  },
  {
    write: 'a reaction and its removal',
    act: async ({ rest, channelId, messageId }) => {
      const path = `/channels/${channelId}/messages/${messageId}/reactions/${encodeURIComponent('👍')}/@me`
      await rest('PUT', path)
      return rest('DELETE', path)
    },
    status: 204,
    events: ['MESSAGE_REACTION_ADD', 'MESSAGE_REACTION_REMOVE'],
    audit: null,
  },
  {
    write: 'a pin',
    act: ({ rest, channelId, messageId }) => rest('PUT', `/channels/${channelId}/messages/pins/${messageId}`),
    status: 204,
    events: ['CHANNEL_PINS_UPDATE', 'MESSAGE_UPDATE', 'MESSAGE_CREATE'],
    audit: AuditLogEvent.MessagePin,
  },
  {
    write: 'a thread on a message',
    act: ({ rest, channelId, messageId }) =>
      rest('POST', `/channels/${channelId}/messages/${messageId}/threads`, { name: 'aside' }),
    status: 201,
    events: ['THREAD_CREATE', 'THREAD_MEMBERS_UPDATE'],
    audit: AuditLogEvent.ThreadCreate,
  },
  {
    write: 'a private thread, a member added, archived, deleted',
    act: async ({ rest, channelId, memberId }) => {
      const thread = idOf(await rest('POST', `/channels/${channelId}/threads`, { name: 'case', type: 12 }))
      await rest('PUT', `/channels/${thread}/thread-members/${memberId}`)
      await rest('PATCH', `/channels/${thread}`, { archived: true })
      return rest('DELETE', `/channels/${thread}`)
    },
    status: 200,
    events: [
      'THREAD_CREATE',
      'THREAD_MEMBERS_UPDATE',
      'THREAD_MEMBERS_UPDATE',
      'THREAD_UPDATE',
      'THREAD_DELETE',
    ],
    audit: AuditLogEvent.ThreadDelete,
  },
  {
    write: 'a channel made, renamed, closed to a role, deleted',
    act: async ({ rest, guildId, roleId }) => {
      const channel = idOf(await rest('POST', `/guilds/${guildId}/channels`, { name: 'Mod Log' }))
      await rest('PATCH', `/channels/${channel}`, { name: 'log' })
      await rest('PUT', `/channels/${channel}/permissions/${roleId}`, { type: 0, deny: '1024' })
      return rest('DELETE', `/channels/${channel}`)
    },
    status: 200,
    events: ['CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE'],
    audit: AuditLogEvent.ChannelDelete,
  },
  {
    write: 'a role made, changed, deleted',
    act: async ({ rest, guildId }) => {
      const role = idOf(await rest('POST', `/guilds/${guildId}/roles`, { name: 'Quiet' }))
      await rest('PATCH', `/guilds/${guildId}/roles/${role}`, { color: 255 })
      return rest('DELETE', `/guilds/${guildId}/roles/${role}`)
    },
    status: 204,
    events: ['GUILD_ROLE_CREATE', 'GUILD_ROLE_UPDATE', 'GUILD_ROLE_DELETE'],
    audit: AuditLogEvent.RoleDelete,
  },
  {
    write: 'a role given',
    act: ({ rest, guildId, memberId, roleId }) =>
      rest('PUT', `/guilds/${guildId}/members/${memberId}/roles/${roleId}`),
    status: 204,
    events: ['GUILD_MEMBER_UPDATE'],
    audit: AuditLogEvent.MemberRoleUpdate,
  },
  {
    write: 'a timeout',
    act: ({ rest, guildId, memberId }) =>
      rest('PATCH', `/guilds/${guildId}/members/${memberId}`, {
        communication_disabled_until: new Date(Date.now() + 60_000).toISOString(),
      }),
    status: 200,
    events: ['GUILD_MEMBER_UPDATE'],
    audit: AuditLogEvent.MemberUpdate,
  },
  {
    write: 'a kick',
    act: ({ rest, guildId, memberId }) => rest('DELETE', `/guilds/${guildId}/members/${memberId}`),
    status: 204,
    events: ['GUILD_MEMBER_REMOVE'],
    audit: AuditLogEvent.MemberKick,
  },
  {
    write: 'a ban that deletes messages, and its end',
    act: async ({ sim, rest, guildId, channelId, memberId }) => {
      await sim.control.sendMessage({ channelId, userId: memberId, content: 'spam' })
      await rest('PUT', `/guilds/${guildId}/bans/${memberId}`, { delete_message_seconds: 3_600 })
      return rest('DELETE', `/guilds/${guildId}/bans/${memberId}`)
    },
    status: 204,
    events: ['MESSAGE_CREATE', 'GUILD_MEMBER_REMOVE', 'GUILD_BAN_ADD', 'MESSAGE_DELETE', 'GUILD_BAN_REMOVE'],
    audit: AuditLogEvent.MemberBanRemove,
  },
  {
    write: 'the guild renamed',
    act: ({ rest, guildId }) => rest('PATCH', `/guilds/${guildId}`, { name: 'New name' }),
    status: 200,
    events: ['GUILD_UPDATE'],
    audit: AuditLogEvent.GuildUpdate,
  },
  {
    write: 'an emoji made and deleted',
    act: async ({ rest, guildId }) => {
      const image = 'data:image/png;base64,iVBORw0KGgo='
      const emoji = idOf(await rest('POST', `/guilds/${guildId}/emojis`, { name: 'wave', image }))
      return rest('DELETE', `/guilds/${guildId}/emojis/${emoji}`)
    },
    status: 204,
    events: ['GUILD_EMOJIS_UPDATE', 'GUILD_EMOJIS_UPDATE'],
    audit: AuditLogEvent.EmojiDelete,
  },
  {
    write: 'a webhook made, used, deleted',
    act: async ({ rest, channelId }) => {
      const hook = (await rest('POST', `/channels/${channelId}/webhooks`, { name: 'Relay' })).body as {
        id: string
        token: string
      }
      await rest('POST', `/webhooks/${hook.id}/${hook.token}`, { content: 'through' })
      return rest('DELETE', `/webhooks/${hook.id}`)
    },
    status: 204,
    events: ['WEBHOOKS_UPDATE', 'MESSAGE_CREATE', 'WEBHOOKS_UPDATE'],
    audit: AuditLogEvent.WebhookDelete,
  },
  {
    write: 'an invite made and revoked',
    act: async ({ rest, channelId }) => {
      const { code } = (await rest('POST', `/channels/${channelId}/invites`, {})).body as { code: string }
      return rest('DELETE', `/invites/${code}`)
    },
    status: 200,
    events: ['INVITE_CREATE', 'INVITE_DELETE'],
    audit: AuditLogEvent.InviteDelete,
  },
  {
    write: 'an automod rule made, changed, deleted',
    act: async ({ rest, guildId }) => {
      const path = `/guilds/${guildId}/auto-moderation/rules`
      const rule = idOf(await rest('POST', path, keywordRule))
      await rest('PATCH', `${path}/${rule}`, { enabled: false })
      return rest('DELETE', `${path}/${rule}`)
    },
    status: 204,
    events: ['AUTO_MODERATION_RULE_CREATE', 'AUTO_MODERATION_RULE_UPDATE', 'AUTO_MODERATION_RULE_DELETE'],
    audit: AuditLogEvent.AutoModerationRuleDelete,
  },
]

test.each(effects)(
  '$write: its events in order, its audit entry with the reason',
  async ({ act, status, events, audit }) => {
    await using sim = await startFast({ guilds: 1, strict: true })
    const place = await firstGuild(sim)
    const { guildId, channelId, ownerId, memberId, guild } = place
    const plain = restCaller(sim)
    const rest: Rest = (method, path, body) =>
      plain(method, path, body, { 'x-audit-log-reason': encodeURIComponent('because: ü') })
    const message = await sim.control.sendMessage({ channelId, userId: ownerId, content: 'one' })
    const roleId = [...guild.roles.values()].find((role) => role.name === 'Regulars')?.id ?? ''
    using gateway = await RawGateway.connect(sim.urls.gateway)
    await gateway.ready((await sim.control.app()).token)
    await gateway.dispatch('GUILD_CREATE')

    const answer = await act({
      sim,
      rest,
      guildId,
      channelId,
      ownerId,
      memberId,
      messageId: message.id,
      roleId,
    })
    expect(answer).toMatchObject({ status })
    await sim.control.startTyping({ channelId, userId: ownerId })
    await gateway.dispatch('TYPING_START')
    const names = gateway.dispatches().map((frame) => frame.t)
    const own = ['READY', 'GUILD_CREATE', 'TYPING_START', 'GUILD_AUDIT_LOG_ENTRY_CREATE']
    expect(names.filter((name) => !own.includes(name ?? ''))).toEqual(events)
    const entries = gateway
      .dispatches('GUILD_AUDIT_LOG_ENTRY_CREATE')
      .map((frame) => frame.d as { action_type: number; reason?: string })
    if (audit === null) expect(entries).toEqual([])
    else
      expect(entries.at(-1)).toMatchObject({
        action_type: audit,
        user_id: sim.world.app.botId,
        reason: 'because: ü',
      })
  },
)

test('a blocked message is never created, only the rule speaks', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId, channelId, memberId } = await firstGuild(sim)
  await restCaller(sim)('POST', `/guilds/${guildId}/auto-moderation/rules`, keywordRule)
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  await gateway.dispatch('GUILD_CREATE')
  await expect(
    sim.control.sendMessage({ channelId, userId: memberId, content: 'big SPOILERS here' }),
  ).rejects.toThrow('blocked by automatic moderation')
  expect(await gateway.dispatch('AUTO_MODERATION_ACTION_EXECUTION')).toMatchObject({
    d: { user_id: memberId, matched_keyword: 'spoiler*', matched_content: 'SPOILER', action: { type: 1 } },
  })
  expect(await sim.control.messages({ channelId })).toEqual([])
})
