import { GuildFeature } from 'discord-api-types/v10'
import { z } from 'zod'
import type { RoleInput } from '../resources/roles.ts'
import type { GuildState } from '../state/entities.ts'
import { invalidField, needsMoreBoosts } from '../discord-error.ts'
import { parseForm, permissionBits } from './form.ts'
import { imageData } from './image-data.ts'

const color = z.number().int().min(0).max(0xffffff)

/** https://docs.discord.com/developers/resources/guild#create-guild-role */
const roleSchema = z.object({
  name: z.string().min(1).max(100).nullish(),
  permissions: permissionBits.nullish(),
  color: color.nullish(),
  colors: z
    .object({ primary_color: color, secondary_color: color.nullish(), tertiary_color: color.nullish() })
    .nullish(),
  hoist: z.boolean().nullish(),
  icon: imageData.nullish(),
  unicode_emoji: z.string().max(100).nullish(),
  mentionable: z.boolean().nullish(),
})

/** The only colours of a role that has three: https://docs.discord.com/developers/topics/permissions#role-object-role-colors-object */
const holographic = { primary_color: 11_127_295, secondary_color: 16_759_788, tertiary_color: 16_761_760 }

/** Reads the form of a role. Throws 50101 for what the guild has no feature for. */
export function readRole(guild: GuildState, body: unknown): RoleInput {
  const fields = parseForm(roleSchema, body)
  const has = (feature: GuildFeature) => guild.features.includes(feature)
  if ((fields.icon || fields.unicode_emoji) && !has(GuildFeature.RoleIcons)) throw needsMoreBoosts()
  if (fields.icon && fields.unicode_emoji)
    throw invalidField('unicode_emoji', 'BASE_TYPE_INVALID', 'A role has an icon or an emoji')
  const { colors } = fields
  const secondary = colors?.secondary_color ?? null
  const tertiary = colors?.tertiary_color ?? null
  if ((secondary !== null || tertiary !== null) && !has(GuildFeature.EnhancedRoleColors))
    throw needsMoreBoosts()
  return {
    name: fields.name ?? undefined,
    permissions: fields.permissions ?? undefined,
    color: colors?.primary_color ?? fields.color ?? undefined,
    colors:
      colors &&
      (tertiary === null
        ? { primary_color: colors.primary_color, secondary_color: secondary, tertiary_color: null }
        : holographic),
    hoist: fields.hoist ?? undefined,
    mentionable: fields.mentionable ?? undefined,
    icon: fields.icon,
    unicodeEmoji: fields.unicode_emoji,
  }
}
