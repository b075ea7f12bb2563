import { GatewayIntentBits, PermissionFlagsBits } from 'discord-api-types/v10'
import { botSees } from '../resources/bot-sight.ts'
import { channelPermissions, guildPermissions } from '../resources/permissions.ts'
import type { GuildState, MemberState } from '../state/entities.ts'
import type { SimEvent } from '../state/event-bus.ts'
import type { EventName } from '../state/event-payloads.ts'
import type { World } from '../state/world.ts'
import { intentsFor } from './intents.ts'

const bits = PermissionFlagsBits

/**
 * Permissions of which a bot needs one to be told. Source: Discord, Gateway Events: "Auto Moderation", "Guild
 * Audit Log Entry Create", "Guild Ban Add", "Guild Ban Remove", "Invites" (there, on the channel).
 */
const needed: Partial<Record<EventName, bigint>> = {
  GUILD_AUDIT_LOG_ENTRY_CREATE: bits.ViewAuditLog,
  GUILD_BAN_ADD: bits.BanMembers | bits.ViewAuditLog,
  GUILD_BAN_REMOVE: bits.BanMembers | bits.ViewAuditLog,
  AUTO_MODERATION_RULE_CREATE: bits.ManageGuild,
  AUTO_MODERATION_RULE_UPDATE: bits.ManageGuild,
  AUTO_MODERATION_RULE_DELETE: bits.ManageGuild,
  AUTO_MODERATION_ACTION_EXECUTION: bits.ManageGuild,
  INVITE_CREATE: bits.ManageChannels,
  INVITE_DELETE: bits.ManageChannels,
}
/** Those of the above that look at the channel's permissions instead of the guild's. */
const askedOfChannel: ReadonlySet<EventName> = new Set(['INVITE_CREATE', 'INVITE_DELETE'])

/** True where the bot may hear of an event of the guild at all, whatever its sessions asked for. */
export function botHears(world: World, guild: GuildState, event: SimEvent): boolean {
  // People use what they installed for themselves in any guild.
  if (event.name === 'INTERACTION_CREATE') return true
  // During an outage nothing is heard but that the bot joins or is out.
  if (guild.unavailable) return event.name === 'GUILD_DELETE' || event.name === 'GUILD_CREATE'
  const bot = guild.members.get(world.app.botId)
  if (!bot) return false
  const permission = needed[event.name]
  if (permission !== undefined && !holdsOne(world, guild, bot, event, permission)) return false
  const channel = event.channelId === null ? undefined : guild.channels.get(event.channelId)
  return channel === undefined || askedOfChannel.has(event.name) || event.forSelf || botSees(world, channel)
}

function holdsOne(
  world: World,
  guild: GuildState,
  bot: MemberState,
  event: SimEvent,
  permission: bigint,
): boolean {
  const channel =
    askedOfChannel.has(event.name) && event.channelId !== null
      ? guild.channels.get(event.channelId)
      : undefined
  const sum = channel ? channelPermissions(guild, channel, bot, world.now()) : guildPermissions(guild, bot)
  return (sum & permission) !== 0n
}

/** Intents of which a session needs one to be sent the event; 0 is every session. */
export function intentsOf(event: SimEvent): number {
  const bitsOfEvent = intentsFor(event.name, event.guild !== null)
  // Source: Discord, Gateway, "Caveats": the bot's own member is told of without GUILD_MEMBERS.
  const isOwnMember = event.name === 'GUILD_MEMBER_UPDATE' && event.forSelf
  return isOwnMember ? bitsOfEvent | GatewayIntentBits.Guilds : bitsOfEvent
}

/**
 * The payloads of an event by the intents of a session, null where there is nothing for it. Sessions with like
 * intents get the same object.
 */
export function payloadsOf(event: SimEvent): (intents: number) => object | null {
  let blank: object | undefined
  let own: { payload: object | null } | undefined
  return (intents) => {
    if (event.withoutContent && (intents & GatewayIntentBits.MessageContent) === 0) {
      return (blank ??= event.withoutContent())
    }
    if (event.withoutMembers && (intents & GatewayIntentBits.GuildMembers) === 0) {
      own ??= { payload: event.withoutMembers() }
      return own.payload
    }
    return event.payload
  }
}
