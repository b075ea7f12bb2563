import { add, type GuildReader, insert, put, remove, type RowChange, update } from '@guildmesh/guild-store'
import { type APIMessage, MessageType } from 'discord-api-types/v10'
import { type Effects, noEffects } from '../../kit/effects.ts'
import { type Feature, on } from '../../kit/feature.ts'
import { measureText } from './measure-text.ts'

/** Threads: their category is that of the channel they hang on. */
const threadTypes = new Set([10, 11, 12])
/** A default message and a reply; the others are Discord's own notices (joins, boosts, pins). */
const humanTypes = new Set<number>([MessageType.Default, MessageType.Reply])

/** Keeps figures of each human message in `message_stats`; no content. */
export const activityFeature: Feature = {
  name: 'activity',
  backfill(message, { guild }) {
    if (!isHuman(message)) return []
    const reactions = (message.reactions ?? []).reduce((sum, { count }) => sum + count, 0)
    return [insert('messageStats', { ...statsOf(message, guild), reactions })]
  },
  events: [
    on('MESSAGE_CREATE', (message, { guild }) =>
      // An event comes once. If it was read back before (after a data loss), what follows in the lane counts anew.
      isHuman(message)
        ? { rows: [put('messageStats', { ...statsOf(message, guild), reactions: 0 })] }
        : noEffects,
    ),
    on('MESSAGE_UPDATE', (message): Effects => {
      // Discord also reports unfurled links, pins and the like; without an edit there is no new text.
      if (!message.edited_timestamp || typeof message.content !== 'string') return noEffects
      return {
        rows: [update('messageStats', { messageId: message.id }, measureText(message.content))],
      }
    }),
    on('MESSAGE_DELETE', ({ id }) => ({ rows: [remove('messageStats', { messageId: id })] })),
    on('MESSAGE_DELETE_BULK', ({ ids }) => ({
      rows: ids.map((messageId) => remove('messageStats', { messageId })),
    })),
    on('MESSAGE_REACTION_ADD', (reaction) => ({ rows: [react(reaction.message_id, 1)] })),
    on('MESSAGE_REACTION_REMOVE', (reaction) => ({ rows: [react(reaction.message_id, -1)] })),
    on('MESSAGE_REACTION_REMOVE_ALL', (removed) => ({
      rows: [update('messageStats', { messageId: removed.message_id }, { reactions: 0 })],
    })),
  ],
}

/** Neither a bot, nor a webhook, nor one of Discord's own notices. */
function isHuman(message: APIMessage): boolean {
  return !message.author.bot && !message.webhook_id && humanTypes.has(message.type)
}

function statsOf(message: APIMessage, guild: GuildReader) {
  return {
    messageId: message.id,
    authorId: message.author.id,
    channelId: message.channel_id,
    categoryId: categoryOf(message.channel_id, guild),
    recipientId: message.referenced_message?.author.id ?? null,
    ...measureText(message.content),
    sentAt: Date.parse(message.timestamp),
  }
}

function categoryOf(channelId: string, guild: GuildReader): string | null {
  const channel = guild.get('documentChannels', { channelId }, ['parentId', 'type'])
  if (!channel?.parentId) return null
  return threadTypes.has(channel.type) ? categoryOf(channel.parentId, guild) : channel.parentId
}

function react(messageId: string, by: 1 | -1): RowChange {
  return add('messageStats', { messageId }, 'reactions', by)
}
