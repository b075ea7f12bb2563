import { AuditLogEvent } from 'discord-api-types/v10'
import type { GatewayGuildCreateDispatchData } from 'discord-api-types/v10'
import { shardKey } from '../snowflake.ts'
import type { GuildState } from '../state/entities.ts'
import type { EventPayloads } from '../state/event-payloads.ts'
import type { Actor, World } from '../state/world.ts'
import { auditDifference, recordAudit } from './audit-log.ts'
import { renderForBot, renderThreadsForBot } from './bot-sight.ts'
import { announceGuildUpdate, renderGuild } from './guild-payload.ts'
import { renderMember } from './member-payload.ts'
import { renderScheduledEvent } from './scheduled-event-payload.ts'
import { addMember, buildMember, removeMember } from './members.ts'
import { buildRole } from './roles.ts'
import { renderVoiceState } from './voice-states.ts'
import { DiscordError } from '../discord-error.ts'
import { isoTimestamp } from '../timestamp.ts'

/** Permissions of a fresh @everyone, as Discord gives them to a new guild. */
const everyonePermissions = '2248473465835073'

export function buildGuild(id: string, name: string, ownerId: string): GuildState {
  const guild: GuildState = {
    id,
    shardKey: shardKey(id),
    name,
    icon: null,
    splash: null,
    discoverySplash: null,
    banner: null,
    description: null,
    ownerId,
    systemChannelId: null,
    systemChannelFlags: 0,
    rulesChannelId: null,
    publicUpdatesChannelId: null,
    safetyAlertsChannelId: null,
    afkChannelId: null,
    afkTimeout: 300,
    verificationLevel: 1,
    explicitContentFilter: 0,
    defaultMessageNotifications: 1,
    mfaLevel: 0,
    preferredLocale: 'en-US',
    premiumProgressBar: false,
    features: [],
    roles: new Map(),
    channels: new Map(),
    members: new Map(),
    bans: new Map(),
    voiceStates: new Map(),
    emojis: new Map(),
    automodRules: new Map(),
    stickers: new Map(),
    scheduledEvents: new Map(),
    integrations: new Map(),
    commandPermissions: new Map(),
    auditLog: [],
    boosts: 0,
    incidents: { invitesDisabledUntilMs: null, dmsDisabledUntilMs: null },
    formerMembers: new Set(),
    unavailable: false,
    outageToldBy: 'GUILD_DELETE',
    botSight: new Map(),
  }
  guild.roles.set(id, buildRole(id, 0, { name: '@everyone', permissions: everyonePermissions }))
  return guild
}

/**
 * The snapshot of GUILD_CREATE, as the bot sees the guild: channels that are hidden from it are obfuscated,
 * threads left out. Without the presences intent the members are the bot and whoever is in a voice channel.
 * Source: Discord, Gateway Events, "Guild Create".
 */
function renderGuildSnapshot(world: World, guild: GuildState): GatewayGuildCreateDispatchData {
  const bot = guild.members.get(world.app.botId)
  const channels = [...guild.channels.values()]
  const shown = [...guild.members.values()].filter(
    (member) => member === bot || guild.voiceStates.has(member.userId),
  )
  return {
    ...renderGuild(world, guild),
    joined_at: isoTimestamp(bot?.joinedAtMs ?? world.now()),
    large: guild.members.size > 50,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: [...guild.voiceStates.values()].map((state) => renderVoiceState(world, guild, state)),
    members: shown.map((member) => renderMember(world, member)),
    channels: channels
      .filter((channel) => !channel.thread)
      .map((channel) => {
        // Left out of the channels of a guild dispatch, as the channel object's documentation has it.
        const { guild_id: _guildId, ...fields } = renderForBot(world, channel)
        return fields
      }),
    threads: renderThreadsForBot(world, guild),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [...guild.scheduledEvents.values()].map((event) =>
      renderScheduledEvent(world, guild, event),
    ),
    soundboard_sounds: [],
  }
}

/** Puts a guild into the world, silently; `addBot` announces it. */
export function registerGuild(world: World, guild: GuildState): void {
  world.guilds.set(guild.id, guild)
  for (const channel of guild.channels.values()) world.channels.set(channel.id, channel)
}

/** The bot joins a guild with a role of its own: GUILD_CREATE to the bot, an audit entry in the guild. */
export function addBot(world: World, guild: GuildState, permissions: string, invitedBy: Actor): void {
  if (world.botIsIn(guild)) return
  const role = buildRole(world.ids.next(), guild.roles.size, {
    name: world.app.name,
    permissions,
    managedByBot: world.app.botId,
  })
  guild.roles.set(role.id, role)
  guild.members.set(world.app.botId, buildMember(world.app.botId, world.now(), [role.id]))
  guild.botSight.clear()
  world.bus.emit(
    'GUILD_CREATE',
    guild,
    guild.unavailable ? unavailableGuild(guild) : renderGuildSnapshot(world, guild),
  )
  recordAudit(world, guild, { action: AuditLogEvent.BotAdd, actor: invitedBy, targetId: world.app.botId })
}

/** The bot leaves or is thrown out: GUILD_DELETE without `unavailable`. */
export function removeBot(world: World, guild: GuildState): void {
  if (!world.botIsIn(guild)) return
  world.bus.emit('GUILD_DELETE', guild, { id: guild.id })
  const managed = [...guild.roles.values()].find((role) => role.tags?.bot_id === world.app.botId)
  if (managed) guild.roles.delete(managed.id)
  removeMember(world, guild, world.app.botId)
  world.app.guildCommands.delete(guild.id)
}

/** The fields of a guild that a patch or a person can change; what is undefined stays. */
export type GuildPatch = {
  [Field in (typeof patchedFields)[number]]?: GuildState[Field] | undefined
}

const patchedFields = [
  'name',
  'description',
  'icon',
  'splash',
  'discoverySplash',
  'banner',
  'systemChannelId',
  'systemChannelFlags',
  'rulesChannelId',
  'publicUpdatesChannelId',
  'safetyAlertsChannelId',
  'afkChannelId',
  'afkTimeout',
  'verificationLevel',
  'explicitContentFilter',
  'defaultMessageNotifications',
  'preferredLocale',
  'premiumProgressBar',
  'features',
] as const

/** The names of changes in the audit log: https://docs.discord.com/developers/resources/audit-log#audit-log-change-object */
function auditView(guild: GuildState) {
  return {
    name: guild.name,
    description: guild.description,
    icon_hash: guild.icon,
    splash_hash: guild.splash,
    discovery_splash_hash: guild.discoverySplash,
    banner_hash: guild.banner,
    system_channel_id: guild.systemChannelId,
    system_channel_flags: guild.systemChannelFlags,
    rules_channel_id: guild.rulesChannelId,
    public_updates_channel_id: guild.publicUpdatesChannelId,
    safety_alerts_channel_id: guild.safetyAlertsChannelId,
    afk_channel_id: guild.afkChannelId,
    afk_timeout: guild.afkTimeout,
    verification_level: guild.verificationLevel,
    explicit_content_filter: guild.explicitContentFilter,
    default_message_notifications: guild.defaultMessageNotifications,
    preferred_locale: guild.preferredLocale,
    premium_progress_bar_enabled: guild.premiumProgressBar,
  }
}

export function updateGuild(world: World, guild: GuildState, patch: GuildPatch, actor: Actor): void {
  const before = auditView(guild)
  const featuresBefore = guild.features.join(' ')
  for (const field of patchedFields) set(guild, field, patch[field])
  const after = auditView(guild)
  const changes = auditDifference(before, after, Object.keys(after) as (keyof typeof after)[])
  if (changes.length === 0 && guild.features.join(' ') === featuresBefore) return
  announceGuildUpdate(world, guild)
  recordAudit(world, guild, { action: AuditLogEvent.GuildUpdate, actor, targetId: guild.id, changes })
}

function set<Field extends keyof GuildState>(
  guild: GuildState,
  field: Field,
  value: GuildState[Field] | undefined,
): void {
  if (value !== undefined) guild[field] = value
}

function unavailableGuild(guild: GuildState): { id: string; unavailable: true } {
  return { id: guild.id, unavailable: true }
}

/**
 * What a session that connects is told of a guild first: its snapshot, or that it is unavailable, by
 * GUILD_DELETE or by GUILD_CREATE. Source: Discord, Gateway Events, "Guild Create".
 */
export function firstEventOf(
  world: World,
  guild: GuildState,
): { name: 'GUILD_CREATE' | 'GUILD_DELETE'; payload: EventPayloads['GUILD_CREATE' | 'GUILD_DELETE'] } {
  if (!guild.unavailable) return { name: 'GUILD_CREATE', payload: renderGuildSnapshot(world, guild) }
  return { name: guild.outageToldBy, payload: unavailableGuild(guild) }
}

/**
 * Plays an outage of one guild (GUILD_DELETE with `unavailable`) or its end (GUILD_CREATE). Sessions that
 * connect in between are told of it by `toldBy`.
 */
export function setGuildOutage(
  world: World,
  guild: GuildState,
  unavailable: boolean,
  toldBy: GuildState['outageToldBy'] = 'GUILD_DELETE',
): void {
  guild.outageToldBy = toldBy
  if (guild.unavailable === unavailable) return
  if (unavailable) world.bus.emit('GUILD_DELETE', guild, unavailableGuild(guild))
  guild.unavailable = unavailable
  if (!unavailable) world.bus.emit('GUILD_CREATE', guild, renderGuildSnapshot(world, guild))
}

/** Adds a user who is not banned. Throws 40007 for one who is. */
export function joinGuild(world: World, guild: GuildState, userId: string): void {
  if (guild.bans.has(userId)) throw new DiscordError(403, 40007, 'The user is banned from this guild.')
  addMember(world, guild, userId)
}
