import { GatewayIntentBits } from 'discord-api-types/v10'
import type { EventName } from '../state/event-payloads.ts'

const bits = GatewayIntentBits

/** All intents that exist. */
export const knownIntents = Object.values(bits)
  .filter((bit): bit is GatewayIntentBits => typeof bit === 'number')
  .reduce((sum, bit) => sum | bit, 0)

/** An event reaches a session that holds one of these bits; 0 means every session. */
const guildIntents: Record<EventName, number> = {
  READY: 0,
  RESUMED: 0,
  RATE_LIMITED: 0,
  INTERACTION_CREATE: 0,
  USER_UPDATE: 0,
  GUILD_MEMBERS_CHUNK: 0,
  CHANNEL_INFO: 0,
  SOUNDBOARD_SOUNDS: 0,
  ENTITLEMENT_CREATE: 0,
  ENTITLEMENT_UPDATE: 0,
  ENTITLEMENT_DELETE: 0,
  APPLICATION_COMMAND_PERMISSIONS_UPDATE: 0,
  GUILD_CREATE: bits.Guilds,
  GUILD_UPDATE: bits.Guilds,
  GUILD_DELETE: bits.Guilds,
  GUILD_ROLE_CREATE: bits.Guilds,
  GUILD_ROLE_UPDATE: bits.Guilds,
  GUILD_ROLE_DELETE: bits.Guilds,
  CHANNEL_CREATE: bits.Guilds,
  CHANNEL_UPDATE: bits.Guilds,
  CHANNEL_DELETE: bits.Guilds,
  CHANNEL_PINS_UPDATE: bits.Guilds,
  THREAD_CREATE: bits.Guilds,
  THREAD_UPDATE: bits.Guilds,
  THREAD_DELETE: bits.Guilds,
  THREAD_LIST_SYNC: bits.Guilds,
  THREAD_MEMBER_UPDATE: bits.Guilds,
  THREAD_MEMBERS_UPDATE: bits.Guilds | bits.GuildMembers,
  GUILD_MEMBER_ADD: bits.GuildMembers,
  GUILD_MEMBER_UPDATE: bits.GuildMembers,
  GUILD_MEMBER_REMOVE: bits.GuildMembers,
  GUILD_AUDIT_LOG_ENTRY_CREATE: bits.GuildModeration,
  GUILD_BAN_ADD: bits.GuildModeration,
  GUILD_BAN_REMOVE: bits.GuildModeration,
  GUILD_EMOJIS_UPDATE: bits.GuildExpressions,
  GUILD_STICKERS_UPDATE: bits.GuildExpressions,
  GUILD_INTEGRATIONS_UPDATE: bits.GuildIntegrations,
  INTEGRATION_CREATE: bits.GuildIntegrations,
  INTEGRATION_UPDATE: bits.GuildIntegrations,
  INTEGRATION_DELETE: bits.GuildIntegrations,
  GUILD_SCHEDULED_EVENT_CREATE: bits.GuildScheduledEvents,
  GUILD_SCHEDULED_EVENT_UPDATE: bits.GuildScheduledEvents,
  GUILD_SCHEDULED_EVENT_DELETE: bits.GuildScheduledEvents,
  GUILD_SCHEDULED_EVENT_USER_ADD: bits.GuildScheduledEvents,
  GUILD_SCHEDULED_EVENT_USER_REMOVE: bits.GuildScheduledEvents,
  WEBHOOKS_UPDATE: bits.GuildWebhooks,
  INVITE_CREATE: bits.GuildInvites,
  INVITE_DELETE: bits.GuildInvites,
  VOICE_CHANNEL_START_TIME_UPDATE: bits.Guilds,
  VOICE_CHANNEL_STATUS_UPDATE: bits.Guilds,
  VOICE_STATE_UPDATE: bits.GuildVoiceStates,
  MESSAGE_CREATE: bits.GuildMessages,
  MESSAGE_UPDATE: bits.GuildMessages,
  MESSAGE_DELETE: bits.GuildMessages,
  MESSAGE_DELETE_BULK: bits.GuildMessages,
  MESSAGE_REACTION_ADD: bits.GuildMessageReactions,
  MESSAGE_REACTION_REMOVE: bits.GuildMessageReactions,
  MESSAGE_REACTION_REMOVE_ALL: bits.GuildMessageReactions,
  MESSAGE_REACTION_REMOVE_EMOJI: bits.GuildMessageReactions,
  MESSAGE_POLL_VOTE_ADD: bits.GuildMessagePolls,
  MESSAGE_POLL_VOTE_REMOVE: bits.GuildMessagePolls,
  TYPING_START: bits.GuildMessageTyping,
  AUTO_MODERATION_RULE_CREATE: bits.AutoModerationConfiguration,
  AUTO_MODERATION_RULE_UPDATE: bits.AutoModerationConfiguration,
  AUTO_MODERATION_RULE_DELETE: bits.AutoModerationConfiguration,
  AUTO_MODERATION_ACTION_EXECUTION: bits.AutoModerationExecution,
}

/** Every event that the gateway can send. */
export const eventNames = Object.keys(guildIntents)

const directIntents: Partial<Record<EventName, number>> = {
  MESSAGE_CREATE: bits.DirectMessages,
  MESSAGE_UPDATE: bits.DirectMessages,
  MESSAGE_DELETE: bits.DirectMessages,
  CHANNEL_PINS_UPDATE: bits.DirectMessages,
  MESSAGE_REACTION_ADD: bits.DirectMessageReactions,
  MESSAGE_REACTION_REMOVE: bits.DirectMessageReactions,
  MESSAGE_REACTION_REMOVE_ALL: bits.DirectMessageReactions,
  MESSAGE_REACTION_REMOVE_EMOJI: bits.DirectMessageReactions,
  MESSAGE_POLL_VOTE_ADD: bits.DirectMessagePolls,
  MESSAGE_POLL_VOTE_REMOVE: bits.DirectMessagePolls,
  TYPING_START: bits.DirectMessageTyping,
}

/** Intents of which a session must hold one to hear of the event; 0 means every session. */
export function intentsFor(name: EventName, inGuild: boolean): number {
  return inGuild ? guildIntents[name] : (directIntents[name] ?? guildIntents[name])
}
