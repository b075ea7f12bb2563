import type { GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { announceGuildUpdate } from './guild-payload.ts'

/** Source: https://docs.discord.com/developers/resources/guild#modify-guild-incident-actions */
export const longestIncidentMs = 24 * 3_600_000

export interface IncidentActions {
  invitesDisabledUntilMs?: number | null | undefined
  dmsDisabledUntilMs?: number | null | undefined
}

/** Pauses invites or direct messages, or lets them go on (null): GUILD_UPDATE with the incidents data. */
export function setIncidentActions(world: World, guild: GuildState, actions: IncidentActions): void {
  const { incidents } = guild
  if (actions.invitesDisabledUntilMs !== undefined)
    incidents.invitesDisabledUntilMs = actions.invitesDisabledUntilMs
  if (actions.dmsDisabledUntilMs !== undefined) incidents.dmsDisabledUntilMs = actions.dmsDisabledUntilMs
  announceGuildUpdate(world, guild)
}

export function invitesPaused(world: World, guild: GuildState): boolean {
  return (guild.incidents.invitesDisabledUntilMs ?? 0) > world.now()
}

/** True where every guild that the two share has paused direct messages. */
export function directMessagesPaused(world: World, userId: string, otherId: string): boolean {
  const shared = [...world.guilds.values()].filter(
    (guild) => guild.members.has(userId) && guild.members.has(otherId),
  )
  return shared.length > 0 && shared.every((guild) => (guild.incidents.dmsDisabledUntilMs ?? 0) > world.now())
}
