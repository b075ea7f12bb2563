import { ChannelType, GuildFeature, Locale } from 'discord-api-types/v10'
import { z } from 'zod'
import type { GuildPatch } from '../resources/guilds.ts'
import type { GuildState } from '../state/entities.ts'
import { invalidField, needsMoreBoosts } from '../discord-error.ts'
import { parseForm, snowflake } from './form.ts'
import { imageData } from './image-data.ts'

const afkSeconds = z.union([60, 300, 900, 1800, 3600].map((seconds) => z.literal(seconds)))

/** https://docs.discord.com/developers/resources/guild#modify-guild */
const guildSchema = z.object({
  name: z.string().min(2).max(100).optional(),
  description: z.string().max(300).nullish(),
  region: z.string().nullish(),
  verification_level: z.number().int().min(0).max(4).nullish(),
  default_message_notifications: z.number().int().min(0).max(1).nullish(),
  explicit_content_filter: z.number().int().min(0).max(2).nullish(),
  preferred_locale: z.enum(Locale).nullish(),
  afk_channel_id: snowflake.nullish(),
  afk_timeout: afkSeconds.nullish(),
  icon: imageData.nullish(),
  splash: imageData.nullish(),
  discovery_splash: imageData.nullish(),
  banner: imageData.nullish(),
  home_header: imageData.nullish(),
  system_channel_id: snowflake.nullish(),
  system_channel_flags: z.number().int().min(0).nullish(),
  rules_channel_id: snowflake.nullish(),
  public_updates_channel_id: snowflake.nullish(),
  safety_alerts_channel_id: snowflake.nullish(),
  features: z.array(z.string()).max(1_521).nullish(),
  premium_progress_bar_enabled: z.boolean().nullish(),
})
type GuildFields = z.output<typeof guildSchema>

/** What an image of the guild takes: the feature, and the one that lets it move. */
const imageFeatures = {
  icon: [null, GuildFeature.AnimatedIcon],
  splash: [GuildFeature.InviteSplash, null],
  discovery_splash: [GuildFeature.Discoverable, null],
  banner: [GuildFeature.Banner, GuildFeature.AnimatedBanner],
} as const

/** Channels that the guild names: of which type they are. */
const channelTypes = {
  afk_channel_id: [ChannelType.GuildVoice],
  system_channel_id: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
  rules_channel_id: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
  public_updates_channel_id: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
  safety_alerts_channel_id: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
}

/** Reads a patch of a guild. Throws 50101 for what the guild has no feature for, 50035 for a channel that does not fit. */
export function readGuildPatch(guild: GuildState, body: unknown): GuildPatch {
  const fields = parseForm(guildSchema, body)
  requireImages(guild, fields)
  for (const [name, types] of Object.entries(channelTypes)) {
    const id = fields[name as keyof typeof channelTypes]
    const channel = id ? guild.channels.get(id) : undefined
    if (id && (!channel || !types.includes(channel.type)))
      throw invalidField(name, 'CHANNEL_INVALID', 'Invalid channel')
  }
  return {
    name: fields.name,
    description: fields.description,
    icon: fields.icon,
    splash: fields.splash,
    discoverySplash: fields.discovery_splash,
    banner: fields.banner,
    systemChannelId: fields.system_channel_id,
    systemChannelFlags: fields.system_channel_flags ?? undefined,
    rulesChannelId: fields.rules_channel_id,
    publicUpdatesChannelId: fields.public_updates_channel_id,
    safetyAlertsChannelId: fields.safety_alerts_channel_id,
    afkChannelId: fields.afk_channel_id,
    afkTimeout: (fields.afk_timeout ?? undefined) as GuildPatch['afkTimeout'],
    verificationLevel: fields.verification_level ?? undefined,
    explicitContentFilter: fields.explicit_content_filter ?? undefined,
    defaultMessageNotifications: fields.default_message_notifications ?? undefined,
    preferredLocale: fields.preferred_locale ?? undefined,
    premiumProgressBar: fields.premium_progress_bar_enabled ?? undefined,
    features: mutableFeatures(guild, fields),
  }
}

function requireImages(guild: GuildState, fields: GuildFields): void {
  for (const [name, [needed, moving]] of Object.entries(imageFeatures)) {
    const hash = fields[name as keyof typeof imageFeatures]
    if (!hash) continue
    if (needed !== null && !guild.features.includes(needed)) throw needsMoreBoosts()
    if (moving !== null && hash.startsWith('a_') && !guild.features.includes(moving)) throw needsMoreBoosts()
  }
}

/** The features that an application may turn on and off: https://docs.discord.com/developers/resources/guild#guild-object-mutable-guild-features */
const mutable: string[] = [
  GuildFeature.Community,
  GuildFeature.Discoverable,
  GuildFeature.InvitesDisabled,
  GuildFeature.RaidAlertsDisabled,
]

/** The features after the patch: those that cannot be changed stay as they are. */
function mutableFeatures(guild: GuildState, fields: GuildFields): string[] | undefined {
  const { features } = fields
  if (!features) return undefined
  if (new Set(features).size !== features.length) {
    throw invalidField('features', 'SET_TYPE_ALREADY_CONTAINS_VALUE', 'The set already contains this value')
  }
  const kept = guild.features.filter((feature) => !mutable.includes(feature))
  const next = [...kept, ...features.filter((feature) => mutable.includes(feature))]
  const channels = [
    fields.rules_channel_id === undefined ? guild.rulesChannelId : fields.rules_channel_id,
    fields.public_updates_channel_id === undefined
      ? guild.publicUpdatesChannelId
      : fields.public_updates_channel_id,
  ]
  if (next.includes(GuildFeature.Community) && channels.includes(null)) {
    throw invalidField('rules_channel_id', 'BASE_TYPE_REQUIRED', 'This field is required')
  }
  return next
}

/** Whether a patch turns on or off what only administrators may. */
export function needsAdministrator(guild: GuildState, patch: GuildPatch): boolean {
  const { features } = patch
  return (
    features !== undefined &&
    [GuildFeature.Community, GuildFeature.Discoverable].some(
      (feature) => features.includes(feature) !== guild.features.includes(feature),
    )
  )
}
