import { z } from 'zod'
import { botSees } from '../resources/bot-sight.ts'
import { voiceStartTime } from '../resources/voice-states.ts'
import { isSnowflake } from '../snowflake.ts'
import type { World } from '../state/world.ts'
import type { GatewayHub } from './gateway-hub.ts'
import type { GatewaySession } from './gateway-session.ts'

const id = z.string().refine(isSnowflake)
const channelInfoSchema = z.object({ guild_id: id, fields: z.array(z.string()) })
const soundsSchema = z.object({ guild_ids: z.array(id) })

/**
 * Answers op 43: status and start time of the voice channels that the bot sees, of those that have any, and
 * only the fields that were asked for. False for a request that has not the right form. Source: Discord,
 * Gateway Events, "Request Channel Info" and "Channel Info".
 */
export function answerChannelInfo(
  world: World,
  hub: GatewayHub,
  session: GatewaySession,
  data: unknown,
): boolean {
  const parsed = channelInfoSchema.safeParse(data)
  if (!parsed.success) return false
  const guild = world.guilds.get(parsed.data.guild_id)
  if (!guild || !session.serves(guild) || guild.unavailable || !world.botIsIn(guild)) return true
  const { fields } = parsed.data
  const channels = [...guild.channels.values()]
    .filter((channel) => channel.voiceStatus !== null || channel.voiceStartedAtMs !== null)
    .filter((channel) => botSees(world, channel))
    .map((channel) => ({
      id: channel.id,
      ...(fields.includes('status') ? { status: channel.voiceStatus } : {}),
      ...(fields.includes('voice_start_time') ? { voice_start_time: voiceStartTime(channel) } : {}),
    }))
  hub.dispatchTo(session, 'CHANNEL_INFO', { guild_id: guild.id, channels })
  return true
}

/**
 * Answers op 31: one SOUNDBOARD_SOUNDS for each guild named; no guild here has sounds. False for a request
 * that has not the right form. Source: Discord, Gateway Events, "Request Soundboard Sounds".
 */
export function answerSoundboardSounds(
  world: World,
  hub: GatewayHub,
  session: GatewaySession,
  data: unknown,
): boolean {
  const parsed = soundsSchema.safeParse(data)
  if (!parsed.success) return false
  for (const guildId of new Set(parsed.data.guild_ids)) {
    const guild = world.guilds.get(guildId)
    if (!guild || !session.serves(guild) || guild.unavailable || !world.botIsIn(guild)) continue
    hub.dispatchTo(session, 'SOUNDBOARD_SOUNDS', { guild_id: guild.id, soundboard_sounds: [] })
  }
  return true
}
