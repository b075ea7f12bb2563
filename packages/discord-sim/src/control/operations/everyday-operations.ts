import { z } from 'zod'
import { boostGuild } from '../../resources/boosts.ts'
import { wearGuildTag } from '../../resources/guild-tags.ts'
import { longestIncidentMs, setIncidentActions } from '../../resources/incidents.ts'
import {
  addIntegration,
  removeIntegration,
  renameIntegration,
  renderIntegration,
  requireIntegration,
} from '../../resources/integrations.ts'
import type { LinkPreviews } from '../../resources/link-previews.ts'
import { renderMember } from '../../resources/member-payload.ts'
import { completeScreening, setMemberFlags } from '../../resources/members.ts'
import { renderScheduledEvent } from '../../resources/scheduled-event-payload.ts'
import {
  createScheduledEvent,
  deleteScheduledEvent,
  followScheduledEvent,
  requireScheduledEvent,
  updateScheduledEvent,
} from '../../resources/scheduled-events.ts'
import { renderSticker } from '../../resources/sticker-payload.ts'
import { createSticker, deleteSticker, requireSticker } from '../../resources/stickers.ts'
import { createUser } from '../../resources/users.ts'
import { isSnowflake } from '../../snowflake.ts'
import type { GuildState } from '../../state/entities.ts'
import type { Actor, World } from '../../state/world.ts'
import { operation } from '../operation.ts'

const id = z.string().refine(isSnowflake, 'must be a snowflake')
const inGuild = { guildId: id, actorId: id.optional() }
const eventStatus = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])

/** What goes on in a lively guild besides messages: each is what its people, or Discord, would do. */
export function everydayOperations(world: World, linkPreviews: LinkPreviews) {
  const actorIn = (guild: GuildState, input: { actorId?: string | undefined }): Actor => ({
    userId: input.actorId ?? guild.ownerId,
  })

  return {
    /** From now on links are unfurled so long after their message; null switches that off. */
    setLinkPreviews: operation(z.object({ delayMs: z.number().int().nonnegative().nullable() }), (input) => {
      linkPreviews.delayMs = input.delayMs
      return input
    }),
    /** Which system messages a guild suppresses, and whether newcomers pass a membership screening. */
    setGuildEntrance: operation(
      z.object({
        guildId: id,
        systemChannelFlags: z.number().int().nonnegative().optional(),
        screening: z.boolean().optional(),
      }),
      (input) => {
        const guild = world.guild(input.guildId)
        guild.systemChannelFlags = input.systemChannelFlags ?? guild.systemChannelFlags
        const gate = 'MEMBER_VERIFICATION_GATE_ENABLED'
        if (input.screening !== undefined) {
          guild.features = guild.features.filter((feature) => feature !== gate)
          if (input.screening) guild.features.push(gate)
        }
        return { systemChannelFlags: guild.systemChannelFlags, features: guild.features }
      },
    ),
    completeScreening: operation(z.object({ guildId: id, userId: id }), (input) => {
      const guild = world.guild(input.guildId)
      const member = world.member(guild, input.userId)
      completeScreening(world, guild, member)
      return renderMember(world, member)
    }),
    /** Flags that a member cannot set by hand: rejoined, onboarding, quarantined by auto moderation. */
    setMemberFlags: operation(
      z.object({ guildId: id, userId: id, flags: z.number().int().nonnegative() }),
      (input) => {
        const guild = world.guild(input.guildId)
        const member = world.member(guild, input.userId)
        setMemberFlags(world, guild, member, input.flags)
        return renderMember(world, member)
      },
    ),
    boostGuild: operation(z.object({ guildId: id, userId: id }), (input) => {
      const guild = world.guild(input.guildId)
      boostGuild(world, guild, world.member(guild, input.userId))
      return { boosts: guild.boosts }
    }),
    /** A person wears the tag of a guild beside the name; null takes it off. */
    wearGuildTag: operation(
      z.object({ userId: id, worn: z.object({ guildId: id, tag: z.string().min(1).max(4) }).nullable() }),
      (input) => {
        wearGuildTag(world, input.userId, input.worn)
        return world.user(input.userId)
      },
    ),
    /** Pauses invites or direct messages for so long, 24 hours at most; 0 lets them go on. */
    setIncidentActions: operation(
      z.object({
        guildId: id,
        invitesMs: z.number().min(0).max(longestIncidentMs).optional(),
        directMessagesMs: z.number().min(0).max(longestIncidentMs).optional(),
      }),
      (input) => {
        const guild = world.guild(input.guildId)
        const until = (ms: number | undefined) =>
          ms === undefined ? undefined : ms === 0 ? null : world.now() + ms
        setIncidentActions(world, guild, {
          invitesDisabledUntilMs: until(input.invitesMs),
          dmsDisabledUntilMs: until(input.directMessagesMs),
        })
        return guild.incidents
      },
    ),
    createSticker: operation(
      z.object({ ...inGuild, name: z.string().min(2).max(30), tags: z.string().max(200).default('👋') }),
      (input) => {
        const guild = world.guild(input.guildId)
        return renderSticker(guild, createSticker(world, guild, input, actorIn(guild, input)))
      },
    ),
    deleteSticker: operation(z.object({ ...inGuild, stickerId: id }), (input) => {
      const guild = world.guild(input.guildId)
      deleteSticker(world, guild, requireSticker(guild, input.stickerId), actorIn(guild, input))
      return { deleted: input.stickerId }
    }),
    /** An event outside Discord, or in a voice channel where `channelId` is given. */
    createScheduledEvent: operation(
      z.object({
        ...inGuild,
        name: z.string().min(1).max(100),
        channelId: id.optional(),
        location: z.string().min(1).max(100).default('the park'),
        startsInMs: z.number().positive().default(3_600_000),
        lastsMs: z.number().positive().default(3_600_000),
      }),
      (input) => {
        const guild = world.guild(input.guildId)
        const startsAtMs = world.now() + input.startsInMs
        const place =
          input.channelId === undefined
            ? { entityType: 3 as const, location: input.location }
            : { entityType: 2 as const, channelId: input.channelId }
        const event = createScheduledEvent(
          world,
          guild,
          { name: input.name, startsAtMs, endsAtMs: startsAtMs + input.lastsMs, ...place },
          actorIn(guild, input),
        )
        return renderScheduledEvent(world, guild, event)
      },
    ),
    /** 2 starts it, 3 ends it, 4 cancels it. */
    setScheduledEventStatus: operation(
      z.object({ ...inGuild, eventId: id, status: eventStatus }),
      (input) => {
        const guild = world.guild(input.guildId)
        const event = requireScheduledEvent(guild, input.eventId)
        updateScheduledEvent(world, guild, event, { status: input.status }, actorIn(guild, input))
        return renderScheduledEvent(world, guild, event)
      },
    ),
    deleteScheduledEvent: operation(z.object({ ...inGuild, eventId: id }), (input) => {
      const guild = world.guild(input.guildId)
      deleteScheduledEvent(world, guild, requireScheduledEvent(guild, input.eventId), actorIn(guild, input))
      return { deleted: input.eventId }
    }),
    followScheduledEvent: operation(
      z.object({ guildId: id, eventId: id, userId: id, follows: z.boolean().default(true) }),
      (input) => {
        const guild = world.guild(input.guildId)
        const event = requireScheduledEvent(guild, input.eventId)
        followScheduledEvent(world, guild, event, world.member(guild, input.userId).userId, input.follows)
        return { followers: event.subscribers.size }
      },
    ),
    /** Another bot comes to the guild. */
    addOtherBot: operation(z.object({ ...inGuild, name: z.string().min(1) }), (input) => {
      const guild = world.guild(input.guildId)
      const bot = createUser(world, { username: input.name, bot: true })
      const integration = addIntegration(world, guild, bot.id, actorIn(guild, input))
      return renderIntegration(world, integration, false)
    }),
    renameOtherBot: operation(
      z.object({ guildId: id, integrationId: id, name: z.string().min(1) }),
      (input) => {
        const guild = world.guild(input.guildId)
        const integration = requireIntegration(guild, input.integrationId)
        renameIntegration(world, guild, integration, input.name)
        return renderIntegration(world, integration, false)
      },
    ),
    removeOtherBot: operation(z.object({ ...inGuild, integrationId: id }), (input) => {
      const guild = world.guild(input.guildId)
      removeIntegration(world, guild, requireIntegration(guild, input.integrationId), actorIn(guild, input))
      return { removed: input.integrationId }
    }),
  }
}
