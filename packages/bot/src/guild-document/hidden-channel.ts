import { ChannelFlags } from 'discord-api-types/v10'

/**
 * Whether Discord hides a channel from the bot: it may not view it, and is told no more of it than id, type, position
 * and parent. The flag decides, since a channel may really be called what hidden ones are called.
 * Source: https://docs.discord.com/developers/resources/channel#channel-object-obfuscated-channels
 *
 * @param channel Discord's channel object, as the gateway brought it or as its row keeps it
 */
export function isHiddenChannel(channel: { readonly flags?: unknown }): boolean {
  const { flags } = channel
  return typeof flags === 'number' && (flags & ChannelFlags.ChannelObfuscated) !== 0
}
