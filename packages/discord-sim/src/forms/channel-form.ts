import { ChannelFlags, ChannelType, GuildFeature } from 'discord-api-types/v10'
import type { APIGuildForumTag } from 'discord-api-types/v10'
import { z } from 'zod'
import type { ChannelInput } from '../resources/channels.ts'
import { premiumTierOf } from '../resources/guild-payload.ts'
import type { ChannelState, GuildState } from '../state/entities.ts'
import { DiscordError, invalidField } from '../discord-error.ts'
import { parseForm, permissionBits, snowflake } from './form.ts'

const seconds = z.number().int().min(0).max(21_600)
export const archiveMinutes = z.union([60, 1_440, 4_320, 10_080].map((minutes) => z.literal(minutes)))
export type ArchiveMinutes = 60 | 1440 | 4320 | 10080

/** "In each overwrite object, the `allow` and `deny` keys can be omitted or set to `null`, which both default to "0"." */
const bits = permissionBits.nullish().transform((value) => value ?? '0')
const overwriteSchema = z.object({
  id: snowflake,
  type: z.union([z.literal(0), z.literal(1)]),
  allow: bits,
  deny: bits,
})
const emojiFields = { emoji_id: snowflake.nullish(), emoji_name: z.string().max(100).nullish() }
/** The documentation names 20 characters for a tag, its OpenAPI description 50: what both allow is taken. */
const tagSchema = z.object({
  id: snowflake.nullish(),
  name: z.string().max(20),
  moderated: z.boolean().nullish(),
  ...emojiFields,
})
const channelTypes = z.union([0, 2, 4, 5, 13, 14, 15].map((type) => z.literal(type)))

/** https://docs.discord.com/developers/resources/guild#create-guild-channel */
const createSchema = z.object({
  name: z.string().min(1).max(100),
  type: channelTypes.nullish(),
  topic: z.string().max(4_096).nullish(),
  bitrate: z.number().int().min(8_000).nullish(),
  user_limit: z.number().int().min(0).nullish(),
  rate_limit_per_user: seconds.nullish(),
  position: z.number().int().nonnegative().nullish(),
  permission_overwrites: z.array(overwriteSchema).max(100).nullish(),
  parent_id: snowflake.nullish(),
  nsfw: z.boolean().nullish(),
  rtc_region: z.string().nullish(),
  video_quality_mode: z.union([z.literal(1), z.literal(2)]).nullish(),
  default_auto_archive_duration: archiveMinutes.nullish(),
  default_reaction_emoji: z.object(emojiFields).nullish(),
  available_tags: z.array(tagSchema).max(20).nullish(),
  default_sort_order: z.union([z.literal(0), z.literal(1)]).nullish(),
  default_forum_layout: z.union([z.literal(0), z.literal(1), z.literal(2)]).nullish(),
  default_thread_rate_limit_per_user: seconds.nullish(),
  flags: z.number().int().nullish(),
})
const updateSchema = createSchema.partial()
type ChannelFields = z.output<typeof updateSchema>

/** IS_SPOILER_CHANNEL. */
const spoilerFlag = 1 << 21

/** Bits a second that a voice channel may have, by the boosts of its guild. */
const mostBitrate = [96_000, 128_000, 256_000, 384_000]
const mostTopic: Record<number, number> = { [ChannelType.GuildForum]: 4_096, [ChannelType.GuildMedia]: 4_096 }

export function readNewChannel(guild: GuildState, body: unknown): ChannelInput {
  const fields = parseForm(createSchema, body)
  return toInput(guild, fields, fields.type ?? ChannelType.GuildText, null)
}

export function readChannelPatch(guild: GuildState, channel: ChannelState, body: unknown): ChannelInput {
  const fields = parseForm(updateSchema, body)
  const type = fields.type ?? channel.type
  if (type !== channel.type && !isConversion(guild, channel.type, type))
    throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
  return toInput(guild, fields, type, channel)
}

/** "Only conversion between text and announcement is supported and only in guilds with the "NEWS" feature" */
function isConversion(guild: GuildState, from: number, to: number): boolean {
  const types: number[] = [ChannelType.GuildText, ChannelType.GuildAnnouncement]
  return guild.features.includes(GuildFeature.News) && types.includes(from) && types.includes(to)
}

function toInput(
  guild: GuildState,
  fields: ChannelFields,
  type: number,
  present: ChannelState | null,
): ChannelInput {
  requireMost('topic', fields.topic?.length, mostTopic[type] ?? 1_024, 'BASE_TYPE_MAX_LENGTH')
  requireMost('bitrate', fields.bitrate, bitrateOf(guild, type), 'NUMBER_TYPE_MAX')
  const people = type === ChannelType.GuildStageVoice ? 10_000 : 99
  requireMost('user_limit', fields.user_limit, people, 'NUMBER_TYPE_MAX')
  requireParent(guild, fields.parent_id ?? null, type, present)
  return {
    name: fields.name,
    type: fields.type ?? undefined,
    topic: fields.topic,
    position: fields.position ?? undefined,
    parentId: fields.parent_id,
    overwrites: fields.permission_overwrites ?? undefined,
    nsfw: fields.nsfw ?? undefined,
    rateLimitPerUser: fields.rate_limit_per_user ?? undefined,
    bitrate: fields.bitrate ?? undefined,
    userLimit: fields.user_limit ?? undefined,
    rtcRegion: fields.rtc_region,
    videoQualityMode: fields.video_quality_mode ?? undefined,
    defaultAutoArchiveMinutes: fields.default_auto_archive_duration as ArchiveMinutes | null | undefined,
    defaultThreadRateLimit: fields.default_thread_rate_limit_per_user ?? undefined,
    flags:
      typeof fields.flags === 'number'
        ? readFlags(fields.flags, type, fields.nsfw ?? present?.nsfw)
        : undefined,
    forum: readForum(fields),
  }
}

function bitrateOf(guild: GuildState, type: number): number {
  if (type === ChannelType.GuildStageVoice) return 64_000
  const tier = guild.features.includes(GuildFeature.VIPRegions) ? 3 : premiumTierOf(guild.boosts)
  return mostBitrate[tier] ?? 96_000
}

function requireMost(field: string, value: number | null | undefined, most: number, code: string): void {
  if (value === null || value === undefined || value <= most) return
  const message =
    code === 'NUMBER_TYPE_MAX'
      ? `int value should be less than or equal to ${most}.`
      : `Must be ${most} or fewer in length.`
  throw invalidField(field, code, message)
}

/** Channels that a category holds: https://support.discord.com/hc/en-us/articles/33694251638295-Discord-Account-Caps-Server-Caps-and-More */
const mostInCategory = 50

/** Throws 50035 for a parent that does not fit; the codes are those of public reports. */
export function requireParent(
  guild: GuildState,
  parentId: string | null,
  type: number,
  present: ChannelState | null,
): void {
  if (parentId === null) return
  const parent = guild.channels.get(parentId)
  if (!parent || parent.thread)
    throw invalidField('parent_id', 'CHANNEL_PARENT_INVALID', 'Category does not exist')
  if (parent.type !== ChannelType.GuildCategory || type === ChannelType.GuildCategory)
    throw invalidField('parent_id', 'CHANNEL_PARENT_INVALID_TYPE', 'Not a category')
  const siblings = [...guild.channels.values()].filter((channel) => channel.parentId === parentId)
  if (present?.parentId !== parentId && siblings.length >= mostInCategory) {
    throw invalidField(
      'parent_id',
      'CHANNEL_PARENT_MAX_CHANNELS',
      `Maximum number of channels in category reached (${mostInCategory})`,
    )
  }
}

/** https://docs.discord.com/developers/resources/channel#channel-object-channel-flags: the flags that can be set, by type. */
function settable(flags: number, type: number): number {
  const byType: Record<number, number> = {
    [ChannelType.GuildText]: spoilerFlag,
    [ChannelType.GuildAnnouncement]: spoilerFlag,
    [ChannelType.GuildVoice]: spoilerFlag,
    [ChannelType.GuildForum]: spoilerFlag | ChannelFlags.RequireTag,
    [ChannelType.GuildMedia]: spoilerFlag | ChannelFlags.RequireTag | ChannelFlags.HideMediaDownloadOptions,
  }
  return flags & (byType[type] ?? 0)
}

/** "Can only be set if channel's `nsfw` is false" */
function readFlags(flags: number, type: number, nsfw = false): number {
  const kept = settable(flags, type)
  if ((kept & spoilerFlag) !== 0 && nsfw)
    throw invalidField('flags', 'BASE_TYPE_INVALID', 'An age-restricted channel is no spoiler channel')
  return kept
}

function readForum(fields: ChannelFields): ChannelInput['forum'] {
  const { available_tags: tags, default_reaction_emoji: reaction } = fields
  for (const [index, tag] of (tags ?? []).entries()) {
    requireOneEmoji(`available_tags.${index}`, tag)
  }
  if (tags && new Set(tags.map(({ name }) => name)).size !== tags.length)
    throw new DiscordError(400, 40061, 'Tag names must be unique')
  if (reaction) {
    requireOneEmoji('default_reaction_emoji', reaction)
    if (!reaction.emoji_id && !reaction.emoji_name)
      throw invalidField('default_reaction_emoji', 'BASE_TYPE_REQUIRED', 'This field is required')
  }
  return {
    ...(tags
      ? {
          tags: tags.map((tag): Omit<APIGuildForumTag, 'id'> & { id: string | null } => ({
            id: tag.id ?? null,
            name: tag.name,
            moderated: tag.moderated ?? false,
            emoji_id: tag.emoji_id ?? null,
            emoji_name: tag.emoji_name ?? null,
          })),
        }
      : {}),
    ...(reaction === undefined
      ? {}
      : {
          reaction: reaction && {
            emoji_id: reaction.emoji_id ?? null,
            emoji_name: reaction.emoji_name ?? null,
          },
        }),
    ...(fields.default_sort_order === undefined ? {} : { sortOrder: fields.default_sort_order }),
    ...(typeof fields.default_forum_layout === 'number' ? { layout: fields.default_forum_layout } : {}),
  }
}

function requireOneEmoji(
  path: string,
  emoji: { emoji_id?: string | null | undefined; emoji_name?: string | null | undefined },
): void {
  if (emoji.emoji_id && emoji.emoji_name)
    throw invalidField(path, 'BASE_TYPE_INVALID', 'At most one of emoji_id and emoji_name may be set')
}

const threadSchema = z.object({
  name: z.string().min(1).max(100).nullish(),
  archived: z.boolean().nullish(),
  auto_archive_duration: archiveMinutes.nullish(),
  locked: z.boolean().nullish(),
  invitable: z.boolean().nullish(),
  rate_limit_per_user: seconds.nullish(),
  flags: z.number().int().nullish(),
  applied_tags: z.array(snowflake).max(5).nullish(),
})
export type ThreadFields = z.output<typeof threadSchema>

/** https://docs.discord.com/developers/resources/channel#modify-channel-json-params-thread */
export const readThreadPatch = (body: unknown): ThreadFields => parseForm(threadSchema, body)

const setOverwriteSchema = overwriteSchema.omit({ id: true })

/** https://docs.discord.com/developers/resources/channel#edit-channel-permissions */
export const readOverwrite = (id: string, body: unknown) => ({ id, ...parseForm(setOverwriteSchema, body) })

const positionsSchema = z.array(
  z.object({
    id: snowflake,
    position: z.number().int().nonnegative().nullish(),
    parent_id: snowflake.nullish(),
    lock_permissions: z.boolean().nullish(),
    flags: z.number().int().nullish(),
  }),
)

/** https://docs.discord.com/developers/resources/guild#modify-guild-channel-positions */
export const readChannelMoves = (body: unknown) => parseForm(positionsSchema, body)
