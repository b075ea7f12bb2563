import type {
  APIUnavailableGuild,
  GatewayAutoModerationActionExecutionDispatchData,
  GatewayAutoModerationRuleCreateDispatchData,
  GatewayChannelCreateDispatchData,
  GatewayChannelInfoDispatchData,
  GatewayChannelPinsUpdateDispatchData,
  GatewayGuildAuditLogEntryCreateDispatchData,
  GatewayGuildBanAddDispatchData,
  GatewayGuildCreateDispatchData,
  GatewayGuildDeleteDispatchData,
  GatewayGuildEmojisUpdateDispatchData,
  GatewayGuildMemberAddDispatchData,
  GatewayGuildMemberRemoveDispatchData,
  GatewayGuildMembersChunkDispatchData,
  GatewayGuildMemberUpdateDispatchData,
  GatewayGuildRoleCreateDispatchData,
  GatewayGuildRoleDeleteDispatchData,
  GatewayGuildUpdateDispatchData,
  GatewayInteractionCreateDispatchData,
  GatewayInviteCreateDispatchData,
  GatewayInviteDeleteDispatchData,
  GatewayMessageCreateDispatchData,
  GatewayMessageDeleteBulkDispatchData,
  GatewayMessageDeleteDispatchData,
  GatewayMessageReactionAddDispatchData,
  GatewayMessageReactionRemoveAllDispatchData,
  GatewayMessageReactionRemoveDispatchData,
  GatewayMessageReactionRemoveEmojiDispatchData,
  GatewayMessageUpdateDispatchData,
  GatewayRateLimitedDispatchData,
  GatewayReadyDispatchData,
  GatewaySoundboardSoundsDispatchData,
  GatewayThreadCreateDispatchData,
  GatewayThreadDeleteDispatchData,
  GatewayThreadListSyncDispatchData,
  GatewayThreadMemberUpdateDispatchData,
  GatewayThreadMembersUpdateDispatchData,
  GatewayThreadUpdateDispatchData,
  GatewayTypingStartDispatchData,
  GatewayUserUpdateDispatchData,
  GatewayVoiceChannelStartTimeUpdateDispatchData,
  GatewayVoiceChannelStatusUpdateDispatchData,
  GatewayVoiceStateUpdateDispatchData,
  GatewayWebhooksUpdateDispatchData,
} from 'discord-api-types/v10'

/** Every dispatch that the simulator can send, with Discord's own type of its payload. */
export interface EventPayloads {
  READY: GatewayReadyDispatchData
  RESUMED: { _trace: string[] }
  AUTO_MODERATION_ACTION_EXECUTION: GatewayAutoModerationActionExecutionDispatchData
  AUTO_MODERATION_RULE_CREATE: GatewayAutoModerationRuleCreateDispatchData
  AUTO_MODERATION_RULE_DELETE: GatewayAutoModerationRuleCreateDispatchData
  AUTO_MODERATION_RULE_UPDATE: GatewayAutoModerationRuleCreateDispatchData
  CHANNEL_CREATE: GatewayChannelCreateDispatchData
  CHANNEL_DELETE: GatewayChannelCreateDispatchData
  CHANNEL_UPDATE: GatewayChannelCreateDispatchData
  CHANNEL_INFO: GatewayChannelInfoDispatchData
  CHANNEL_PINS_UPDATE: GatewayChannelPinsUpdateDispatchData
  GUILD_AUDIT_LOG_ENTRY_CREATE: GatewayGuildAuditLogEntryCreateDispatchData
  GUILD_BAN_ADD: GatewayGuildBanAddDispatchData
  GUILD_BAN_REMOVE: GatewayGuildBanAddDispatchData
  GUILD_CREATE: GatewayGuildCreateDispatchData | APIUnavailableGuild
  GUILD_DELETE: GatewayGuildDeleteDispatchData
  GUILD_EMOJIS_UPDATE: GatewayGuildEmojisUpdateDispatchData
  GUILD_MEMBER_ADD: GatewayGuildMemberAddDispatchData
  GUILD_MEMBER_REMOVE: GatewayGuildMemberRemoveDispatchData
  GUILD_MEMBER_UPDATE: GatewayGuildMemberUpdateDispatchData
  GUILD_MEMBERS_CHUNK: GatewayGuildMembersChunkDispatchData
  GUILD_ROLE_CREATE: GatewayGuildRoleCreateDispatchData
  GUILD_ROLE_DELETE: GatewayGuildRoleDeleteDispatchData
  GUILD_ROLE_UPDATE: GatewayGuildRoleCreateDispatchData
  GUILD_UPDATE: GatewayGuildUpdateDispatchData
  INTERACTION_CREATE: GatewayInteractionCreateDispatchData
  INVITE_CREATE: GatewayInviteCreateDispatchData
  INVITE_DELETE: GatewayInviteDeleteDispatchData
  MESSAGE_CREATE: GatewayMessageCreateDispatchData
  MESSAGE_DELETE: GatewayMessageDeleteDispatchData
  MESSAGE_DELETE_BULK: GatewayMessageDeleteBulkDispatchData
  MESSAGE_REACTION_ADD: GatewayMessageReactionAddDispatchData
  MESSAGE_REACTION_REMOVE: GatewayMessageReactionRemoveDispatchData
  MESSAGE_REACTION_REMOVE_ALL: GatewayMessageReactionRemoveAllDispatchData
  MESSAGE_REACTION_REMOVE_EMOJI: GatewayMessageReactionRemoveEmojiDispatchData
  MESSAGE_UPDATE: GatewayMessageUpdateDispatchData
  RATE_LIMITED: GatewayRateLimitedDispatchData
  SOUNDBOARD_SOUNDS: GatewaySoundboardSoundsDispatchData
  THREAD_CREATE: GatewayThreadCreateDispatchData
  THREAD_DELETE: GatewayThreadDeleteDispatchData
  THREAD_LIST_SYNC: GatewayThreadListSyncDispatchData
  THREAD_MEMBER_UPDATE: GatewayThreadMemberUpdateDispatchData
  THREAD_MEMBERS_UPDATE: GatewayThreadMembersUpdateDispatchData
  THREAD_UPDATE: GatewayThreadUpdateDispatchData
  TYPING_START: GatewayTypingStartDispatchData
  USER_UPDATE: GatewayUserUpdateDispatchData
  VOICE_CHANNEL_START_TIME_UPDATE: GatewayVoiceChannelStartTimeUpdateDispatchData
  VOICE_CHANNEL_STATUS_UPDATE: GatewayVoiceChannelStatusUpdateDispatchData
  VOICE_STATE_UPDATE: GatewayVoiceStateUpdateDispatchData
  WEBHOOKS_UPDATE: GatewayWebhooksUpdateDispatchData
}

export type EventName = keyof EventPayloads
