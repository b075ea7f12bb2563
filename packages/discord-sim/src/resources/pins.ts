import { AuditLogEvent, MessageType } from 'discord-api-types/v10'
import type { ChannelState, MessageState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { DiscordError } from '../discord-error.ts'
import { recordAudit } from './audit-log.ts'
import { announceMessageUpdate, createMessage } from './messages.ts'
import { isoTimestamp } from '../timestamp.ts'

export function pinnedMessages(channel: ChannelState): MessageState[] {
  return [...(channel.messages?.values() ?? [])]
    .filter((message) => message.pinnedAtMs !== null)
    .toSorted((left, right) => (right.pinnedAtMs ?? 0) - (left.pinnedAtMs ?? 0))
}

export function pinMessage(world: World, channel: ChannelState, message: MessageState, actor: Actor): void {
  if (message.pinnedAtMs !== null) return
  if (pinnedMessages(channel).length >= 250) {
    throw new DiscordError(400, 30003, 'Maximum number of pins reached for the channel (250)')
  }
  message.pinnedAtMs = world.now()
  channel.lastPinAtMs = message.pinnedAtMs
  announcePins(world, channel, message, actor, AuditLogEvent.MessagePin)
  createMessage(world, channel, actor.userId, {
    type: MessageType.ChannelPinnedMessage,
    reference: {
      type: 0,
      channel_id: channel.id,
      message_id: message.id,
      ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
    },
  })
}

export function unpinMessage(world: World, channel: ChannelState, message: MessageState, actor: Actor): void {
  if (message.pinnedAtMs === null) return
  message.pinnedAtMs = null
  channel.lastPinAtMs = pinnedMessages(channel)[0]?.pinnedAtMs ?? null
  announcePins(world, channel, message, actor, AuditLogEvent.MessageUnpin)
}

function announcePins(
  world: World,
  channel: ChannelState,
  message: MessageState,
  actor: Actor,
  action: AuditLogEvent,
): void {
  const guild = channel.guildId === null ? null : world.guild(channel.guildId)
  world.bus.emit(
    'CHANNEL_PINS_UPDATE',
    guild,
    {
      channel_id: channel.id,
      ...(guild ? { guild_id: guild.id } : {}),
      last_pin_timestamp: channel.lastPinAtMs === null ? null : isoTimestamp(channel.lastPinAtMs),
    },
    { channelId: channel.id },
  )
  announceMessageUpdate(world, channel, message)
  if (!guild) return
  recordAudit(world, guild, {
    action,
    actor,
    targetId: message.authorId,
    options: { channel_id: channel.id, message_id: message.id },
  })
}
