import type { GuildId, PortalUser } from '@guildmesh/contracts'

/** https://discord.com/developers/docs/reference#image-formatting */
export const discordImageOrigin = 'https://cdn.discordapp.com'

/** Address of a user's avatar, or of Discord's default avatar for that user. */
export function avatarUrlOf({ userId, avatar }: Pick<PortalUser, 'userId' | 'avatar'>): string {
  if (avatar !== null) return `${discordImageOrigin}/avatars/${userId}/${avatar}.png?size=128`
  return `${discordImageOrigin}/embed/avatars/${(BigInt(userId) >> 22n) % 6n}.png`
}

/** Address of a guild's icon; `null` if it has none. */
export function guildIconUrl(guildId: GuildId, icon: string | null): string | null {
  return icon === null ? null : `${discordImageOrigin}/icons/${guildId}/${icon}.png?size=128`
}
