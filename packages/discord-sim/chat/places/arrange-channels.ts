import { ChannelType } from 'discord-api-types/v10'
import type { ChannelView } from '../../src/control/live/chat-view.ts'

/** A channel with the threads that are open in it. */
export interface ArrangedChannel {
  channel: ChannelView
  threads: ChannelView[]
}

/** A category with its channels; `category` is null for those above all categories. */
export interface ChannelGroup {
  category: ChannelView | null
  channels: ArrangedChannel[]
}

/**
 * The channel list: groups in the order of their categories, voice below text, and under each channel its threads. An
 * archived thread is shown only while it is looked at.
 */
export function arrangeChannels(channels: readonly ChannelView[], openId: string | null): ChannelGroup[] {
  const threads = channels.filter(
    (channel) => channel.thread && (!channel.thread.archived || channel.id === openId),
  )
  const arrange = (parentId: string | null): ArrangedChannel[] =>
    channels
      .filter(
        (channel) =>
          channel.parentId === parentId && !channel.thread && channel.type !== ChannelType.GuildCategory,
      )
      .toSorted((one, other) => Number(isVoice(one)) - Number(isVoice(other)))
      .map((channel) => ({
        channel,
        threads: threads.filter((thread) => thread.parentId === channel.id),
      }))
  const categories = channels.filter((channel) => channel.type === ChannelType.GuildCategory)
  return [
    { category: null, channels: arrange(null) },
    ...categories.map((category) => ({ category, channels: arrange(category.id) })),
  ].filter((group) => group.category !== null || group.channels.length > 0)
}

function isVoice(channel: ChannelView): boolean {
  return channel.type === ChannelType.GuildVoice || channel.type === ChannelType.GuildStageVoice
}
