import { ChannelType, OverwriteType, PermissionFlagsBits as Bits } from 'discord-api-types/v10'
import { Random } from '../random.ts'
import { buildChannel } from '../resources/channels.ts'
import type { ChannelInput } from '../resources/channels.ts'
import { buildGuild, registerGuild } from '../resources/guilds.ts'
import { buildMember } from '../resources/members.ts'
import { buildRole } from '../resources/roles.ts'
import { buildUser } from '../resources/users.ts'
import { snowflakeAt } from '../snowflake.ts'
import type { GuildState, UserState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { firstNames, guildPlaces, guildTopics, lastNames, nicknames } from './names.ts'

export interface SeedOptions {
  seed: string | number
  guilds: number
  membersPerGuild: number
}

/** What a moderation bot asks for when it is invited. */
export const botPermissions =
  Bits.ViewChannel |
  Bits.SendMessages |
  Bits.SendMessagesInThreads |
  Bits.ReadMessageHistory |
  Bits.EmbedLinks |
  Bits.AttachFiles |
  Bits.AddReactions |
  Bits.ManageMessages |
  Bits.PinMessages |
  Bits.ManageChannels |
  Bits.ManageRoles |
  Bits.ManageThreads |
  Bits.CreatePublicThreads |
  Bits.CreatePrivateThreads |
  Bits.KickMembers |
  Bits.BanMembers |
  Bits.ModerateMembers |
  Bits.ManageNicknames |
  Bits.ChangeNickname |
  Bits.ManageGuild |
  Bits.ManageWebhooks |
  Bits.CreateGuildExpressions |
  Bits.ManageGuildExpressions |
  Bits.ViewAuditLog |
  Bits.CreateInstantInvite |
  Bits.UseExternalEmojis

const moderatorPermissions =
  Bits.KickMembers |
  Bits.BanMembers |
  Bits.ManageMessages |
  Bits.ModerateMembers |
  Bits.ManageThreads |
  Bits.ViewAuditLog

/** Seeded guilds start here and are some days apart, so that their ids spread over all shards. */
const firstGuildMs = Date.UTC(2019, 0, 7, 9)
const guildSpacingMs = 7_919_003

/** Fills the world from the seed: people, guilds, channels, roles, the bot in each, the demo user in some. */
export function seedGuilds(world: World, options: SeedOptions): void {
  const random = new Random(`guilds:${options.seed}`)
  const people = seedPeople(world, random, options)
  const demoAdminOf = Math.max(1, Math.min(5, Math.ceil(options.guilds * 0.6)))
  for (let index = 0; index < options.guilds; index++) {
    const demo = index < demoAdminOf ? 'admin' : index === demoAdminOf ? 'member' : 'absent'
    seedGuild(world, random, index, people, options.membersPerGuild, demo)
  }
}

/** A shared crowd: most people are in several guilds, as on Discord. */
function seedPeople(world: World, random: Random, options: SeedOptions): UserState[] {
  const count = Math.min(20_000, Math.max(40, options.guilds * 6))
  return Array.from({ length: count }, (_, index) => {
    const first = random.pick(firstNames)
    const last = random.pick(lastNames)
    const username = `${random.pick(nicknames)}.${first.toLowerCase()}${index}`
    const user = buildUser(
      snowflakeAt(Date.UTC(2016, 5, 1) + index * 3_571_117 + random.below(3_000_000), index & 0xfff),
      {
        username,
        globalName: random.chance(0.6) ? `${first} ${last}` : first,
      },
    )
    world.users.set(user.id, user)
    return user
  })
}

function guildName(random: Random, index: number): string {
  const place = guildPlaces[index % guildPlaces.length] ?? 'Harbor'
  const topic =
    guildTopics[(index * 7 + Math.floor(index / guildPlaces.length)) % guildTopics.length] ?? 'Club'
  const round = Math.floor(index / (guildPlaces.length * guildTopics.length))
  return round === 0
    ? `${place} ${topic}`
    : `${place} ${topic} ${round + 1}${random.chance(0.1) ? ' (reloaded)' : ''}`
}

function seedGuild(
  world: World,
  random: Random,
  index: number,
  people: readonly UserState[],
  memberCount: number,
  demo: 'admin' | 'member' | 'absent',
): GuildState {
  const createdMs = firstGuildMs + index * guildSpacingMs + random.below(guildSpacingMs / 2)
  let serial = 0
  const nextId = () => snowflakeAt(createdMs + 1 + serial, serial++ & 0xfff)
  const owner = random.pick(people)
  const guild = buildGuild(snowflakeAt(createdMs, index & 0xfff), guildName(random, index), owner.id)

  const regulars = buildRole(nextId(), 1, { name: 'Regulars', color: 0x3498db })
  const moderators = buildRole(nextId(), 2, {
    name: 'Moderators',
    color: 0x2ecc71,
    hoist: true,
    mentionable: true,
    permissions: moderatorPermissions.toString(),
  })
  const bot = buildRole(nextId(), 3, {
    name: world.app.name,
    permissions: botPermissions.toString(),
    managedByBot: world.app.botId,
  })
  const admins = buildRole(nextId(), 4, {
    name: 'Admins',
    color: 0xe74c3c,
    hoist: true,
    permissions: Bits.Administrator.toString(),
  })
  for (const role of [regulars, moderators, bot, admins]) guild.roles.set(role.id, role)

  const join = (userId: string, roles: string[]) => {
    guild.members.set(userId, buildMember(userId, createdMs + 60_000 + random.below(80_000_000_000), roles))
  }
  join(owner.id, [admins.id])
  join(world.app.botId, [bot.id])
  for (
    let count = 0;
    guild.members.size < Math.min(memberCount, people.length) && count < memberCount * 3;
    count++
  ) {
    const person = random.pick(people)
    if (guild.members.has(person.id)) continue
    const rank = guild.members.size
    join(
      person.id,
      rank === 2 ? [admins.id] : rank < 6 ? [moderators.id] : random.chance(0.3) ? [regulars.id] : [],
    )
  }
  if (demo !== 'absent') join(world.app.ownerId, demo === 'admin' ? [admins.id] : [])
  seedChannels(guild, nextId, moderators.id, world.app.botId)
  registerGuild(world, guild)
  return guild
}

function seedChannels(guild: GuildState, nextId: () => string, moderatorsId: string, botId: string): void {
  let position = 0
  const add = (input: ChannelInput) => {
    const channel = buildChannel(nextId(), guild.id, { ...input, position: position++ })
    guild.channels.set(channel.id, channel)
    return channel
  }
  const hidden = [
    { id: guild.id, type: OverwriteType.Role, allow: '0', deny: Bits.ViewChannel.toString() },
    { id: moderatorsId, type: OverwriteType.Role, allow: Bits.ViewChannel.toString(), deny: '0' },
    { id: botId, type: OverwriteType.Member, allow: Bits.ViewChannel.toString(), deny: '0' },
  ]
  const information = add({ type: ChannelType.GuildCategory, name: 'Information' })
  const rules = add({
    name: 'rules',
    parentId: information.id,
    topic: 'Be kind. No spam. Ask before posting links.',
    overwrites: [{ id: guild.id, type: OverwriteType.Role, allow: '0', deny: Bits.SendMessages.toString() }],
  })
  add({ type: ChannelType.GuildAnnouncement, name: 'announcements', parentId: information.id })
  const community = add({ type: ChannelType.GuildCategory, name: 'Community' })
  const general = add({ name: 'general', parentId: community.id, topic: 'Everything and nothing' })
  add({ name: 'introductions', parentId: community.id })
  add({ name: 'show-and-tell', parentId: community.id })
  add({ name: 'off-topic', parentId: community.id })
  add({ type: ChannelType.GuildVoice, name: 'Lounge', parentId: community.id })
  const staff = add({ type: ChannelType.GuildCategory, name: 'Staff', overwrites: hidden })
  add({ name: 'staff-room', parentId: staff.id, overwrites: hidden })
  // Hidden from the bot too: it sees neither the category nor the channel in it.
  const secret = [{ id: guild.id, type: OverwriteType.Role, allow: '0', deny: Bits.ViewChannel.toString() }]
  const council = add({ type: ChannelType.GuildCategory, name: 'Council', overwrites: secret })
  add({
    name: 'council',
    parentId: council.id,
    topic: 'Budget and bans, for owners and admins',
    overwrites: secret,
  })
  guild.systemChannelId = general.id
  guild.rulesChannelId = rules.id
}
