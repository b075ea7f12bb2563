import { ChannelType, PermissionFlagsBits } from 'discord-api-types/v10'
import type { APIApplicationCommand, APIMessage } from 'discord-api-types/v10'
import { refuseCommand, registeredCommands } from '../../interactions/usable-commands.ts'
import { renderMessage } from '../../resources/message-payload.ts'
import { canView, channelPermissions } from '../../resources/permissions.ts'
import type { ChannelState, GuildState, MemberState, MessageState, UserState } from '../../state/entities.ts'
import type { World } from '../../state/world.ts'

/** Who looks, and where. What is left out, or cannot be seen, is chosen for them. */
export interface WantedPlace {
  userId: string
  guildId: string | null
  channelId: string | null
}

/** `guildId` is null among the direct messages; `channelId` is null if the person sees no channel there. */
export interface Place {
  guildId: string | null
  channelId: string | null
}

export interface ServerView {
  id: string
  name: string
  botIsHere: boolean
  unavailable: boolean
}

export interface ChannelView {
  id: string
  type: number
  name: string
  topic: string | null
  parentId: string | null
  lastMessageId: string | null
  canSend: boolean
  canManageMessages: boolean
  thread: { archived: boolean; locked: boolean; messageCount: number } | null
}

export interface RoleView {
  id: string
  name: string
  color: number
  position: number
  hoist: boolean
}

export interface PersonView {
  id: string
  username: string
  /** Nickname, display name or username. */
  name: string
  bot: boolean
  owner: boolean
  roleIds: string[]
}

/** A message with what depends on who looks. */
export type MessageView = APIMessage & {
  /** Ids of custom emojis and names of the others that this person reacted with. */
  myReactions: string[]
  /** Answers of its poll that this person voted for. */
  myVotes: number[]
  /** The command that it answers, as Discord's own client shows it; bots are not told. */
  usedCommand: string | null
}

/** Everything on the page of one person but the messages, in pieces that are sent again when they change. */
export interface ChatPieces {
  place: Place
  me: PersonView
  bot: { id: string; name: string; applicationId: string }
  servers: ServerView[]
  channels: ChannelView[]
  roles: RoleView[]
  people: PersonView[]
  commands: APIApplicationCommand[]
}

const shownPeople = 300
const textual: readonly number[] = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
]

/** What a person sees of their servers and of the place they look at. Throws for somebody unknown. */
export function viewChat(world: World, wanted: WantedPlace): ChatPieces {
  const user = world.user(wanted.userId)
  const place = choosePlace(world, wanted)
  const guild = place.guildId === null ? null : world.guild(place.guildId)
  const channel = place.channelId === null ? null : world.channel(place.channelId)
  const bot = world.user(world.app.botId)
  return {
    place,
    me: viewPerson(user, guild, guild?.members.get(user.id)),
    bot: { id: bot.id, name: bot.global_name ?? bot.username, applicationId: world.app.id },
    servers: serversOf(world, user.id).map((server) => ({
      id: server.id,
      name: server.name,
      botIsHere: world.botIsIn(server),
      unavailable: server.unavailable,
    })),
    channels: viewChannels(world, guild, user.id),
    roles: guild
      ? [...guild.roles.values()].map(({ id, name, color, position, hoist }) => ({
          id,
          name,
          color,
          position,
          hoist,
        }))
      : [],
    people: guild ? viewMembers(world, guild, user.id) : [viewPerson(user, null), viewPerson(bot, null)],
    commands: channel
      ? registeredCommands(world, channel.guildId).filter(
          (command) => refuseCommand(world, channel, user.id, command) === null,
        )
      : [],
  }
}

/** The newest messages of a channel as one person sees them, oldest first; ephemeral ones only if they are for them. */
export function viewMessages(
  world: World,
  channelId: string | null,
  userId: string,
  limit: number,
): { messages: MessageView[]; more: boolean } {
  const channel = channelId === null ? undefined : world.channels.get(channelId)
  const seen = [...(channel?.messages?.values() ?? [])].filter(
    (message) => message.ephemeralFor === null || message.ephemeralFor === userId,
  )
  const messages = seen.slice(-limit).map((message) => viewMessage(world, message, userId))
  return { messages, more: seen.length > limit }
}

function viewMessage(world: World, message: MessageState, userId: string): MessageView {
  const mine = (message.reactions ?? []).filter((reaction) => reaction.users.has(userId))
  return {
    ...renderMessage(world, message),
    myReactions: mine.map((reaction) => reaction.emojiId ?? reaction.emojiName),
    myVotes: (message.poll?.answers ?? []).flatMap((answer, index) =>
      answer.voters.has(userId) ? [index + 1] : [],
    ),
    usedCommand: message.interaction?.commandName ?? null,
  }
}

/** The wanted place if the person sees it, else the nearest one that they see. */
function choosePlace(world: World, wanted: WantedPlace): Place {
  const channel = wanted.channelId === null ? undefined : world.channels.get(wanted.channelId)
  if (channel && canView(world, channel, wanted.userId)) {
    return { guildId: channel.guildId, channelId: channel.id }
  }
  if (wanted.guildId === '@me') {
    return { guildId: null, channelId: directMessageOf(world, wanted.userId)?.id ?? null }
  }
  const servers = serversOf(world, wanted.userId)
  const guild =
    servers.find((server) => server.id === wanted.guildId) ??
    servers.find((server) => world.botIsIn(server)) ??
    servers[0]
  if (!guild) return { guildId: null, channelId: directMessageOf(world, wanted.userId)?.id ?? null }
  const visible = [...guild.channels.values()].filter(
    (candidate) => textual.includes(candidate.type) && canView(world, candidate, wanted.userId),
  )
  const first = visible.find((candidate) => candidate.id === guild.systemChannelId) ?? visible[0]
  return { guildId: guild.id, channelId: first?.id ?? null }
}

function serversOf(world: World, userId: string): GuildState[] {
  return [...world.guilds.values()].filter((guild) => guild.members.has(userId))
}

function directMessageOf(world: World, userId: string): ChannelState | undefined {
  for (const channel of world.channels.values()) {
    if (channel.guildId === null && channel.recipients[0] === userId) return channel
  }
  return undefined
}

function viewChannels(world: World, guild: GuildState | null, userId: string): ChannelView[] {
  if (!guild) {
    const direct = directMessageOf(world, userId)
    return direct ? [viewChannel(world, direct, userId)] : []
  }
  const visible = [...guild.channels.values()].filter(
    (channel) => channel.type !== ChannelType.GuildCategory && canView(world, channel, userId),
  )
  const parents = new Set(visible.map((channel) => channel.parentId))
  const categories = [...guild.channels.values()].filter(
    (channel) =>
      channel.type === ChannelType.GuildCategory &&
      (parents.has(channel.id) || canView(world, channel, userId)),
  )
  return [...categories, ...visible]
    .toSorted((one, other) => one.position - other.position || (BigInt(one.id) < BigInt(other.id) ? -1 : 1))
    .map((channel) => viewChannel(world, channel, userId))
}

function viewChannel(world: World, channel: ChannelState, userId: string): ChannelView {
  const guild = channel.guildId === null ? null : world.guild(channel.guildId)
  const bits = PermissionFlagsBits
  const sum = guild
    ? channelPermissions(guild, channel, world.member(guild, userId), world.now())
    : bits.SendMessages
  const sending = channel.thread ? bits.SendMessagesInThreads : bits.SendMessages
  return {
    id: channel.id,
    type: channel.type,
    name: guild ? channel.name : (world.user(world.app.botId).global_name ?? world.app.name),
    topic: channel.topic,
    parentId: channel.parentId,
    lastMessageId: channel.lastMessageId,
    canSend: (sum & sending) !== 0n && !channel.thread?.locked,
    canManageMessages: (sum & bits.ManageMessages) !== 0n && guild !== null,
    thread: channel.thread
      ? {
          archived: channel.thread.archived,
          locked: channel.thread.locked,
          messageCount: channel.thread.messageCount,
        }
      : null,
  }
}

/** The person who looks, the bots, then the others by rank and name. */
function viewMembers(world: World, guild: GuildState, userId: string): PersonView[] {
  const rank = (member: MemberState) =>
    member.userId === guild.ownerId
      ? Number.MAX_SAFE_INTEGER
      : Math.max(0, ...member.roles.map((id) => guild.roles.get(id)?.position ?? 0))
  const people = [...guild.members.values()].flatMap((member) => {
    const user = world.users.get(member.userId)
    return user ? [{ view: viewPerson(user, guild, member), rank: rank(member) }] : []
  })
  const first = (view: PersonView) => (view.id === userId ? 2 : view.bot ? 1 : 0)
  return people
    .toSorted(
      (one, other) =>
        first(other.view) - first(one.view) ||
        other.rank - one.rank ||
        one.view.name.localeCompare(other.view.name),
    )
    .slice(0, shownPeople)
    .map(({ view }) => view)
}

function viewPerson(user: UserState, guild: GuildState | null, member?: MemberState): PersonView {
  return {
    id: user.id,
    username: user.username,
    name: member?.nick ?? user.global_name ?? user.username,
    bot: user.bot === true,
    owner: guild?.ownerId === user.id,
    roleIds: member?.roles ?? [],
  }
}
