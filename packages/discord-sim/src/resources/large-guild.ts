import { ChannelType, OverwriteType } from 'discord-api-types/v10'
import type { GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { buildChannel } from './channels.ts'
import { firstEventOf } from './guilds.ts'

/** Discord's limits: channels of a guild, overwrites of a channel, characters of a forum's guidelines. */
const mostChannels = 500
const overwritesEach = 250
const longestTopic = 4_096

/**
 * Fills a guild, within Discord's limits, until its GUILD_CREATE has at least so many bytes: with forums
 * that have long guidelines and many overwrites, of people who are gone. Nothing is announced; a new
 * session sees it. Returns the bytes that came of it, which are fewer where the limits come first.
 */
export function fillGuild(world: World, guild: GuildState, bytes: number): number {
  const sizeOf = () => Buffer.byteLength(JSON.stringify(firstEventOf(world, guild).payload))
  // Estimated from what is added: writing all of it out for each channel would take long.
  let size = sizeOf()
  while (size < bytes && guild.channels.size < mostChannels) {
    const channel = buildChannel(world.ids.next(), guild.id, {
      type: ChannelType.GuildForum,
      name: `archive-${guild.channels.size}`,
      topic: '☃'.repeat(longestTopic),
      position: guild.channels.size,
      overwrites: Array.from({ length: overwritesEach }, () => ({
        id: world.ids.next(),
        type: OverwriteType.Member,
        allow: '0',
        deny: '2048',
      })),
    })
    guild.channels.set(channel.id, channel)
    world.channels.set(channel.id, channel)
    size += Buffer.byteLength(JSON.stringify(channel.overwrites)) + longestTopic * 3
  }
  return sizeOf()
}
