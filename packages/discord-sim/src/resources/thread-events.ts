import type { ChannelState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { renderThread, renderThreadMember } from './thread-payload.ts'

/**
 * THREAD_UPDATE, and after it the bot's own THREAD_MEMBER_UPDATE where the thread was unarchived and the bot
 * is in it: it may not have the thread in memory. Source: Discord, Threads, "Unarchiving a Thread".
 */
export function announceThreadUpdate(world: World, channel: ChannelState, unarchived: boolean): void {
  const guild = world.guildOf(channel)
  world.bus.emit('THREAD_UPDATE', guild, renderThread(channel), { channelId: channel.id })
  const own = channel.thread?.members.get(world.app.botId)
  if (!unarchived || !own) return
  world.bus.emit(
    'THREAD_MEMBER_UPDATE',
    guild,
    { ...renderThreadMember(channel.id, own), guild_id: guild.id },
    { channelId: channel.id },
  )
}
