import { ChannelType } from 'discord-api-types/v10'
import type { GatewayChannelCreateDispatchData } from 'discord-api-types/v10'
import type { ChannelState, GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { renderGuildChannel, renderObfuscatedChannel } from './channel-payload.ts'
import { canView } from './permissions.ts'
import { renderOwnThread } from './thread-payload.ts'

/** True where the bot sees the channel now. Channels are remembered as last told, threads are looked at. */
export function botSees(world: World, channel: ChannelState): boolean {
  const guild = channel.guildId === null ? undefined : world.guilds.get(channel.guildId)
  if (!guild || channel.thread) return canView(world, channel, world.app.botId)
  const told = guild.botSight.get(channel.id)
  if (told !== undefined) return told
  const sees = canView(world, channel, world.app.botId)
  guild.botSight.set(channel.id, sees)
  return sees
}

/**
 * A channel of a guild, no thread, as the gateway shows it to the bot: whole, or obfuscated where the bot
 * cannot view it.
 */
export function renderForBot(world: World, channel: ChannelState): GatewayChannelCreateDispatchData {
  return botSees(world, channel) ? renderGuildChannel(channel) : renderObfuscatedChannel(channel)
}

/** Active threads of the guild that the bot sees, each with the bot's membership where it has one. */
export function renderThreadsForBot(
  world: World,
  guild: GuildState,
  belongs: (thread: ChannelState) => boolean = () => true,
) {
  return [...guild.channels.values()]
    .filter((channel) => channel.thread && !channel.thread.archived && belongs(channel))
    .filter((channel) => canView(world, channel, world.app.botId))
    .map((channel) => renderOwnThread(channel, world.app.botId))
}

/** Announces a channel that was made or changed, as the bot sees it now, and what it sees besides since then. */
export function announceChannel(
  world: World,
  guild: GuildState,
  name: 'CHANNEL_CREATE' | 'CHANNEL_UPDATE',
  channel: ChannelState,
): void {
  const { changed, gained } = look(world, guild)
  world.bus.emit(name, guild, renderForBot(world, channel))
  tell(
    world,
    guild,
    changed.filter((other) => other !== channel),
    gained,
  )
}

/**
 * Looks again at what the bot sees, after anything that may have changed it, and tells it of every
 * difference: CHANNEL_UPDATE for each channel gained (whole) or lost (obfuscated), and THREAD_LIST_SYNC for
 * the channels gained. Source: Discord, Channel Resource, "Obfuscated Channels"; Threads, "Gaining Access to
 * Channels" and "Losing Access to Channels".
 */
export function refreshBotSight(world: World, guild: GuildState): void {
  const { changed, gained } = look(world, guild)
  tell(world, guild, changed, gained)
}

/** Remembers what the bot sees of the channels it was told of. A channel that is new to it is no difference. */
function look(world: World, guild: GuildState): { changed: ChannelState[]; gained: ChannelState[] } {
  const told = new Map(guild.botSight)
  guild.botSight.clear()
  const changed: ChannelState[] = []
  if (world.botIsIn(guild)) {
    for (const [channelId, saw] of told) {
      const channel = guild.channels.get(channelId)
      if (!channel) continue
      const sees = canView(world, channel, world.app.botId)
      guild.botSight.set(channelId, sees)
      if (sees !== saw) changed.push(channel)
    }
  }
  return { changed, gained: changed.filter((channel) => guild.botSight.get(channel.id)) }
}

function tell(world: World, guild: GuildState, changed: ChannelState[], gained: ChannelState[]): void {
  for (const channel of changed) world.bus.emit('CHANNEL_UPDATE', guild, renderForBot(world, channel))
  const parents = new Set(
    gained.filter((channel) => channel.type !== ChannelType.GuildCategory).map((channel) => channel.id),
  )
  if (parents.size === 0) return
  const threads = renderThreadsForBot(world, guild, (thread) => parents.has(thread.parentId ?? ''))
  world.bus.emit('THREAD_LIST_SYNC', guild, {
    guild_id: guild.id,
    channel_ids: [...parents],
    threads: threads.map(({ member: _member, ...thread }) => thread),
    members: threads.flatMap((thread) => thread.member ?? []),
  })
}
