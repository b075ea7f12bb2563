import { z } from 'zod'
import {
  ChannelId,
  Epoch,
  EpochMs,
  GatewayId,
  GuildId,
  InteractionId,
  Position,
  RoleId,
  UserId,
} from '../ids.ts'

/** An input that names the guild, and the epoch at which the caller believes the callee owns it. */
const guild = { guildId: GuildId, epoch: Epoch }
export const OwnedGuildInput = z.object(guild)

/** A guild's settings, as `/setup` and the portal write them. */
export const GuildSettings = z.object({
  moderatorRoleId: RoleId.nullable(),
  modLogChannelId: ChannelId.nullable(),
  deletionLogChannelId: ChannelId.nullable(),
  honeypotChannelId: ChannelId.nullable(),
  ticketChannelId: ChannelId.nullable(),
  restrictedRoleId: RoleId.nullable(),
  /** Votes that confirm an escalation. */
  quorum: z.int().min(1).max(10).default(3),
})
export type GuildSettings = z.infer<typeof GuildSettings>

export const GuildOverview = z.object({
  guildId: GuildId,
  name: z.string(),
  iconUrl: z.string().nullable(),
  memberCount: z.int().min(0),
  channelCount: z.int().min(0),
  roleCount: z.int().min(0),
  /** Whether the bot is in the guild now. */
  present: z.boolean(),
  gatewayId: GatewayId,
  epoch: Epoch,
  /** `null` until somebody ran /setup. */
  settings: GuildSettings.nullable(),
  /** Names of the roles and channels that the settings point to; `null` if one no longer exists. */
  names: z.record(z.string(), z.string().nullable()),
  /** Channels among them that the bot cannot see: they exist, and Discord hides their names from it. */
  hidden: z.array(ChannelId).default([]),
  cursor: Position.nullable(),
  lastEventAt: EpochMs.nullable(),
  /** Milliseconds between receiving and committing the last event. */
  eventLagMs: z.number().min(0).nullable(),
})
export type GuildOverview = z.infer<typeof GuildOverview>

export const ActivityInterval = z.enum(['hour', 'day'])
export const ActivityWindow = z.object({
  from: EpochMs,
  /** Exclusive; at most 92 days after `from`. */
  to: EpochMs,
  interval: ActivityInterval,
})
export const ActivityInput = z
  .object({ ...guild, ...ActivityWindow.shape })
  .refine(({ from, to }) => to > from && to - from <= 92 * 86_400_000, {
    message: 'must be after `from`, by at most 92 days',
    path: ['to'],
  })

const ActivityTotals = z.object({
  messages: z.int().min(0),
  members: z.int().min(0),
  channels: z.int().min(0),
  characters: z.int().min(0),
  words: z.int().min(0),
  reactions: z.int().min(0),
})

export const GuildActivity = z.object({
  /** One for every interval of the window, even if nothing happened; `start` is UTC. */
  buckets: z.array(z.object({ start: EpochMs, messages: z.int().min(0), members: z.int().min(0) })),
  totals: ActivityTotals,
  /** The same length of time before the window. */
  previous: ActivityTotals,
  topMembers: z.array(z.object({ userId: UserId, name: z.string().nullable(), messages: z.int().min(0) })),
  topChannels: z.array(
    z.object({
      channelId: ChannelId,
      name: z.string().nullable(),
      /** The bot no longer sees the channel. */
      hidden: z.boolean().default(false),
      messages: z.int().min(0),
    }),
  ),
})
export type GuildActivity = z.infer<typeof GuildActivity>

export const MemberInput = z.object({ ...guild, userId: UserId })
/** What a member may do in the guild, computed from the owner's guild document. */
export const GuildMember = z.object({
  userId: UserId,
  inGuild: z.boolean(),
  isOwner: z.boolean(),
  /** Discord's permission bits, as a decimal string. 0 for who is not in the guild. */
  permissions: z.string().regex(/^[0-9]+$/),
  /** Has the configured moderator role. */
  isModerator: z.boolean(),
})
export type GuildMember = z.infer<typeof GuildMember>

/** Something of the guild was committed; sent at most once a second. */
export const GuildChange = z.object({ guildId: GuildId, cursor: Position.nullable(), at: EpochMs })
export type GuildChange = z.infer<typeof GuildChange>

export const HandleInteractionInput = z.object({
  interactionId: InteractionId,
  /** `null` if no owner is needed: the bot is not in the guild, or it is a direct message. */
  guild: z.object(guild).nullable(),
  /** Discord's interaction payload, as it came. */
  payload: z.record(z.string(), z.unknown()),
})

/** The body that answers Discord, `{type, data}`; the same one for a repeated interaction id. */
export const InteractionAnswer = z.object({
  response: z.object({ type: z.int(), data: z.record(z.string(), z.unknown()).optional() }),
  /**
   * `true`: Discord has this answer already, through the callback route (it had files, or its sender wanted the message
   * back); the interaction's request is then owed an empty 202.
   */
  delivered: z.boolean().optional(),
})
export type InteractionAnswer = z.infer<typeof InteractionAnswer>

/** A move of a guild without data: the owner gives the guild up for good, or refuses. */
export const ReleaseEmptyInput = z.object({ ...guild, moveId: z.uuid() })
export const Released = z.object({ released: z.literal(true) })
/** The move was aborted: the owner serves the guild again at the same epoch. */
export const Reclaimed = z.object({ reclaimed: z.literal(true) })

export const GatewayHealth = z.object({
  gatewayId: GatewayId,
  ready: z.boolean(),
  guilds: z.int().min(0),
  shards: z.array(z.object({ shardId: z.int(), state: z.string(), seq: z.int().nullable() })),
})
export type GatewayHealth = z.infer<typeof GatewayHealth>
