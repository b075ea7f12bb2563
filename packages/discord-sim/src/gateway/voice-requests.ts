import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { channelPermissions } from '../resources/permissions.ts'
import { moveVoice } from '../resources/voice-states.ts'
import { isSnowflake } from '../snowflake.ts'
import type { World } from '../state/world.ts'
import type { GatewaySession } from './gateway-session.ts'

const id = z.string().refine(isSnowflake)
const voiceStateSchema = z.object({
  guild_id: id,
  channel_id: id.nullable(),
  self_mute: z.boolean(),
  self_deaf: z.boolean(),
})

/**
 * Answers op 4: the bot joins, moves between or leaves voice channels where it may connect; elsewhere nothing
 * happens. There are no voice servers, so no VOICE_SERVER_UPDATE. False for a request that has not the right
 * form. Source: Discord, Gateway Events, "Update Voice State".
 */
export function moveBot(world: World, session: GatewaySession, data: unknown): boolean {
  const parsed = voiceStateSchema.safeParse(data)
  if (!parsed.success) return false
  const { guild_id: guildId, channel_id: channelId, self_mute: mute, self_deaf: deaf } = parsed.data
  const guild = world.guilds.get(guildId)
  const bot = guild?.members.get(world.app.botId)
  if (!guild || !bot || !session.serves(guild) || guild.unavailable) return true
  const channel = channelId === null ? undefined : guild.channels.get(channelId)
  if (channelId !== null) {
    const isVoice = channel?.type === 2 || channel?.type === 13
    if (!channel || !isVoice) return true
    const sum = channelPermissions(guild, channel, bot, world.now())
    if ((sum & PermissionFlagsBits.Connect) === 0n) return true
  }
  moveVoice(world, guild, bot.userId, channelId, { mute, deaf })
  return true
}
