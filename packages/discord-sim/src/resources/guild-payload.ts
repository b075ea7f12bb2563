import type {
  APIEmoji,
  APIGuild,
  APIIncidentsData,
  APIRole,
  GuildFeature,
  GuildPremiumTier,
  Locale,
} from 'discord-api-types/v10'
import type { GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { isoTimestamp } from '../timestamp.ts'
import { renderSticker } from './sticker-payload.ts'

/** Boosts that a tier takes: https://support.discord.com/hc/en-us/articles/360028038352-Server-Boosting-FAQ */
const boostsOfTier = [0, 2, 7, 14]

export function premiumTierOf(boosts: number): GuildPremiumTier {
  return boostsOfTier.findLastIndex((needed) => boosts >= needed)
}

/** Null where nothing is paused and never was. */
export function renderIncidents(guild: GuildState): APIIncidentsData | null {
  const { invitesDisabledUntilMs, dmsDisabledUntilMs } = guild.incidents
  if (invitesDisabledUntilMs === null && dmsDisabledUntilMs === null) return null
  const text = (ms: number | null) => (ms === null ? null : isoTimestamp(ms))
  return {
    invites_disabled_until: text(invitesDisabledUntilMs),
    dms_disabled_until: text(dmsDisabledUntilMs),
  }
}

/** The guild as REST answers it. `nsfw` and `home_header` are in the API's schema, not in its docs. */
export function renderGuild(world: World, guild: GuildState): APIGuild {
  const full = {
    id: guild.id,
    name: guild.name,
    icon: guild.icon,
    description: guild.description,
    home_header: null,
    splash: guild.splash,
    discovery_splash: guild.discoverySplash,
    features: guild.features as GuildFeature[],
    banner: guild.banner,
    owner_id: guild.ownerId,
    application_id: null,
    region: 'deprecated',
    afk_channel_id: guild.afkChannelId,
    afk_timeout: guild.afkTimeout,
    system_channel_id: guild.systemChannelId,
    system_channel_flags: guild.systemChannelFlags,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: guild.verificationLevel,
    roles: [...guild.roles.values()].map((role): APIRole => ({ ...role })),
    default_message_notifications: guild.defaultMessageNotifications,
    mfa_level: guild.mfaLevel,
    explicit_content_filter: guild.explicitContentFilter,
    max_presences: null,
    max_members: 500_000,
    max_stage_video_channel_users: 50,
    max_video_channel_users: 25,
    vanity_url_code: null,
    premium_tier: premiumTierOf(guild.boosts),
    premium_subscription_count: guild.boosts,
    preferred_locale: guild.preferredLocale as Locale,
    rules_channel_id: guild.rulesChannelId,
    safety_alerts_channel_id: guild.safetyAlertsChannelId,
    public_updates_channel_id: guild.publicUpdatesChannelId,
    premium_progress_bar_enabled: guild.premiumProgressBar,
    nsfw: false,
    nsfw_level: 0,
    emojis: [...guild.emojis.values()].map((emoji) => renderEmoji(world, emoji)),
    stickers: [...guild.stickers.values()].map((sticker) => renderSticker(guild, sticker)),
    incidents_data: renderIncidents(guild),
    hub_type: null,
  }
  return full
}

/** A custom emoji; its maker is shown only where `withUser`. */
export function renderEmoji(
  world: World,
  emoji: APIEmoji & { creatorId: string },
  withUser = false,
): APIEmoji {
  const { creatorId, ...fields } = emoji
  return { ...fields, ...(withUser ? { user: world.user(creatorId) } : {}) }
}

/** GUILD_UPDATE. */
export function announceGuildUpdate(world: World, guild: GuildState): void {
  world.bus.emit('GUILD_UPDATE', guild, renderGuild(world, guild))
}
