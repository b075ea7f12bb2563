import { AuditLogEvent } from 'discord-api-types/v10'
import type { GuildState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { recordAudit } from './audit-log.ts'
import { moveVoice } from './voice-states.ts'

/** Somebody moves a person to another voice channel, or out of voice (`channelId` null): audited as that. */
export function moveByModerator(
  world: World,
  guild: GuildState,
  userId: string,
  channelId: string | null,
  actor: Actor,
): void {
  const state = guild.voiceStates.get(userId)
  if (!state || state.channelId === channelId) return
  moveVoice(world, guild, userId, channelId, { mute: state.selfMute, deaf: state.selfDeaf })
  recordAudit(world, guild, {
    action: channelId === null ? AuditLogEvent.MemberDisconnect : AuditLogEvent.MemberMove,
    actor,
    targetId: null,
    options: { count: '1', ...(channelId === null ? {} : { channel_id: channelId }) },
  })
}
