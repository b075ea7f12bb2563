import type { Random } from '../random.ts'
import { boostGuild } from '../resources/boosts.ts'
import { type ChannelInput, updateChannel } from '../resources/channels.ts'
import { createEntitlement, endEntitlement } from '../resources/entitlements.ts'
import { wearGuildTag } from '../resources/guild-tags.ts'
import { setIncidentActions } from '../resources/incidents.ts'
import { addIntegration, removeIntegration } from '../resources/integrations.ts'
import { announceMemberAdd, setMemberFlags } from '../resources/members.ts'
import { createMessage } from '../resources/messages.ts'
import { buildPoll, endPoll, votePoll } from '../resources/polls.ts'
import { createRole, deleteRole } from '../resources/roles.ts'
import {
  createScheduledEvent,
  deleteScheduledEvent,
  followScheduledEvent,
} from '../resources/scheduled-events.ts'
import { createSticker, deleteSticker } from '../resources/stickers.ts'
import { createUser } from '../resources/users.ts'
import type { ChannelState, GuildState, MemberState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import type { ChaosKind } from './chaos-kinds.ts'

interface Place {
  world: World
  guild: GuildState
  channel: ChannelState
  /** Somebody who is no bot. */
  member: MemberState
  random: Random
}

const people = 'people' as const

/** Something that goes on in a random guild of the bot's, told by Discord in its order. */
function somewhere(act: (place: Place) => void): ChaosKind['play'] {
  return ({ world }, random) => {
    const guilds = [...world.guilds.values()].filter((guild) => world.botIsIn(guild) && !guild.unavailable)
    if (guilds.length === 0) return null
    const guild = random.pick(guilds)
    const open = [...guild.channels.values()].filter(
      (channel) => channel.type === 0 && channel.overwrites.length === 0,
    )
    const members = [...guild.members.values()].filter((member) => !world.user(member.userId).bot)
    if (open.length > 0 && members.length > 0)
      act({ world, guild, channel: random.pick(open), member: random.pick(members), random })
    return null
  }
}

/** What real bots meet daily. */
export const peopleChaos = {
  'member-add-again': {
    group: people,
    play: somewhere(({ world, guild, member }) => announceMemberAdd(world, guild, member)),
  },
  'member-flags': {
    group: people,
    play: somewhere(({ world, guild, member, random }) =>
      setMemberFlags(world, guild, member, member.flags ^ (1 << random.pick([1, 3, 7]))),
    ),
  },
  boost: { group: people, play: somewhere(({ world, guild, member }) => boostGuild(world, guild, member)) },
  'guild-tag': {
    group: people,
    play: somewhere(({ world, guild, member, random }) =>
      wearGuildTag(world, member.userId, random.chance(0.7) ? { guildId: guild.id, tag: 'MOSS' } : null),
    ),
  },
  poll: {
    group: people,
    play: somewhere(({ world, channel, member }) => {
      const poll = buildPoll(world, {
        question: 'Tea or coffee?',
        answers: [{ text: 'Tea' }, { text: 'Coffee' }],
      })
      const message = createMessage(world, channel, member.userId, { poll })
      votePoll(world, channel, message, { userId: member.userId, answerId: 1, remove: false })
      endPoll(world, channel, message)
    }),
  },
  sticker: {
    group: people,
    play: somewhere(({ world, guild, channel, member }) => {
      const actor = { userId: guild.ownerId }
      const sticker = createSticker(world, guild, { name: 'Wave', tags: '👋' }, actor)
      createMessage(world, channel, member.userId, { stickers: [sticker] })
      deleteSticker(world, guild, sticker, actor)
    }),
  },
  'scheduled-event': {
    group: people,
    play: somewhere(({ world, guild, member }) => {
      const actor = { userId: guild.ownerId }
      const startsAtMs = world.now() + 3_600_000
      const input = {
        name: 'Picnic',
        entityType: 3,
        location: 'the park',
        startsAtMs,
        endsAtMs: startsAtMs + 1,
      } as const
      const event = createScheduledEvent(world, guild, input, actor)
      followScheduledEvent(world, guild, event, member.userId, true)
      deleteScheduledEvent(world, guild, event, actor)
    }),
  },
  'other-bot': {
    group: people,
    play: somewhere(({ world, guild }) => {
      const actor = { userId: guild.ownerId }
      const bot = createUser(world, { username: 'passing-bot', bot: true })
      removeIntegration(world, guild, addIntegration(world, guild, bot.id, actor), actor)
    }),
  },
  entitlement: {
    group: people,
    play: somewhere(({ world, guild, member }) => {
      const owner = { userId: member.userId, guildId: guild.id }
      const entitlement = createEntitlement(world, { skuId: world.ids.next(), type: 8, ...owner })
      endEntitlement(world, entitlement, world.now())
      world.app.entitlements.delete(entitlement.id)
    }),
  },
  'incident-actions': {
    group: people,
    play: somewhere(({ world, guild }) => {
      setIncidentActions(world, guild, { invitesDisabledUntilMs: world.now() + 60_000 })
      setIncidentActions(world, guild, { invitesDisabledUntilMs: null })
    }),
  },
  'vanished-role': {
    group: people,
    play: somewhere(({ world, guild, channel }) => {
      const actor = { userId: guild.ownerId }
      const role = createRole(world, guild, { name: 'short-lived', permissions: '0' }, actor)
      const update = (input: ChannelInput) => updateChannel(world, guild, channel, input, actor)
      update({ overwrites: [...channel.overwrites, { id: role.id, type: 0, allow: '0', deny: '2048' }] })
      deleteRole(world, guild, role, actor, true)
      // Told once more while it still names the role that is no longer there.
      update({ topic: `without ${role.id}` })
      update({ overwrites: channel.overwrites.filter(({ id }) => id !== role.id) })
    }),
  },
  'link-previews': {
    group: people,
    play: ({ linkPreviews }, random) => {
      const before = linkPreviews.delayMs
      linkPreviews.delayMs = random.between(100, 1_500)
      const end = () => {
        linkPreviews.delayMs = before
      }
      return { forMs: random.between(10_000, 60_000), end }
    },
  },
  'clock-skew': {
    group: people,
    play: ({ world }, random) => {
      // Only ahead, and never back: ids that went back would not be Discord's.
      world.clockSkewMs = Math.max(world.clockSkewMs, random.between(0, 120_000))
      return null
    },
  },
  'interaction-again': {
    group: people,
    play: ({ interactions }) => {
      const { latest } = interactions
      if (latest) interactions.replay(latest.id, 'original').catch(() => null)
      return null
    },
  },
} satisfies Record<string, ChaosKind>
