import { ChannelType } from 'discord-api-types/v10'
import type { APIVoiceState } from 'discord-api-types/v10'
import { DiscordError } from '../discord-error.ts'
import type { ChannelState, GuildState, VoiceState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { refreshBotSight } from './bot-sight.ts'
import { renderMember } from './member-payload.ts'

/** A voice state as GUILD_CREATE lists it, without the guild. `channelId` null is somebody who left. */
export function renderVoiceState(
  world: World,
  guild: GuildState,
  state: Omit<VoiceState, 'channelId'> & { channelId: string | null },
): APIVoiceState {
  const member = guild.members.get(state.userId)
  return {
    channel_id: state.channelId,
    user_id: state.userId,
    ...(member ? { member: renderMember(world, member) } : {}),
    session_id: state.sessionId,
    deaf: member?.extras?.deaf ?? false,
    mute: member?.extras?.mute ?? false,
    self_deaf: state.selfDeaf,
    self_mute: state.selfMute,
    self_video: false,
    suppress: false,
    request_to_speak_timestamp: null,
  }
}

/**
 * Somebody joins, moves between or leaves (`channelId` null) voice channels: VOICE_STATE_UPDATE, and for the
 * bot whatever it sees or no longer sees by that. Throws 50024 for a channel that has no voice.
 */
export function moveVoice(
  world: World,
  guild: GuildState,
  userId: string,
  channelId: string | null,
  self: { mute: boolean; deaf: boolean } = { mute: false, deaf: false },
): void {
  const present = guild.voiceStates.get(userId)
  if (channelId === null) {
    if (!present) return
    guild.voiceStates.delete(userId)
    announce(world, guild, { ...present, channelId: null })
    lookAtStart(world, guild, present.channelId)
    return
  }
  const type = guild.channels.get(channelId)?.type
  if (type !== ChannelType.GuildVoice && type !== ChannelType.GuildStageVoice) {
    throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
  }
  const state: VoiceState = {
    userId,
    channelId,
    sessionId: present?.sessionId ?? world.random.text(32, '0123456789abcdef'),
    selfMute: self.mute,
    selfDeaf: self.deaf,
  }
  guild.voiceStates.set(userId, state)
  announce(world, guild, state)
  if (present && present.channelId !== channelId) lookAtStart(world, guild, present.channelId)
  lookAtStart(world, guild, channelId)
}

/** Tells of somebody who is in a voice channel and was silenced, or may speak again. */
export function announceVoiceState(world: World, guild: GuildState, userId: string): void {
  const state = guild.voiceStates.get(userId)
  if (state) announce(world, guild, state)
}

/** When the voice session of a channel began, in seconds, or null where nobody is in it. */
export function voiceStartTime(channel: ChannelState): number | null {
  return channel.voiceStartedAtMs === null ? null : Math.floor(channel.voiceStartedAtMs / 1_000)
}

/**
 * A voice session begins with the first who joins and ends with the last who leaves, and the status with it.
 * Source: Discord, Gateway Events, "Voice Channel Start Time Update".
 */
function lookAtStart(world: World, guild: GuildState, channelId: string): void {
  const channel = guild.channels.get(channelId)
  if (!channel) return
  const isUsed = [...guild.voiceStates.values()].some((state) => state.channelId === channelId)
  if (isUsed === (channel.voiceStartedAtMs !== null)) return
  channel.voiceStartedAtMs = isUsed ? world.now() : null
  world.bus.emit(
    'VOICE_CHANNEL_START_TIME_UPDATE',
    guild,
    { id: channelId, guild_id: guild.id, voice_start_time: voiceStartTime(channel) },
    { channelId },
  )
  if (!isUsed) setVoiceStatus(world, guild, channel, null)
}

/** Sets or clears what is going on in a voice channel: VOICE_CHANNEL_STATUS_UPDATE. */
export function setVoiceStatus(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  status: string | null,
): void {
  if (channel.voiceStatus === status) return
  channel.voiceStatus = status
  world.bus.emit(
    'VOICE_CHANNEL_STATUS_UPDATE',
    guild,
    { id: channel.id, guild_id: guild.id, status },
    { channelId: channel.id },
  )
}

function announce(world: World, guild: GuildState, state: Parameters<typeof renderVoiceState>[2]): void {
  world.bus.emit('VOICE_STATE_UPDATE', guild, {
    ...renderVoiceState(world, guild, state),
    guild_id: guild.id,
  })
  if (state.userId === world.app.botId) refreshBotSight(world, guild)
}
