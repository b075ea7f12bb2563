import { EmbedType, MessageFlags, PermissionFlagsBits } from 'discord-api-types/v10'
import type { APIEmbed } from 'discord-api-types/v10'
import type { SimTimer } from '../clock.ts'
import type { ChannelState, MessageState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { announceMessageUpdate } from './messages.ts'
import { channelPermissions } from './permissions.ts'

/** So many links of a message are shown. */
const mostPreviews = 5

/**
 * Unfurls links: some time after the message, a MESSAGE_UPDATE brings the embeds. It is no edit:
 * `edited_timestamp` stays what it was, but for its microseconds. Sources: "we send the MESSAGE_CREATE
 * event, then after we resolve the metadata for the embeds, a subsequent MESSAGE_UPDATE. We do not set
 * edited_timestamp" (Discord, quoted in https://github.com/Rapptz/discord.py/issues/273);
 * https://github.com/discord/discord-api-docs/issues/8281 for the precision.
 */
export class LinkPreviews {
  readonly #world: World
  readonly #stopListening: () => void
  readonly #timers = new Set<SimTimer>()
  /** How long after the message its embeds come, milliseconds; null switches previews off. */
  delayMs: number | null

  constructor(world: World, delayMs: number | null) {
    this.#world = world
    this.delayMs = delayMs
    this.#stopListening = world.bus.listen((event) => {
      if (event.name !== 'MESSAGE_CREATE' && event.name !== 'MESSAGE_UPDATE') return
      const { payload } = event
      if (this.delayMs === null || !('edited_timestamp' in payload)) return
      const { channel_id: channelId, id } = payload
      const channel = this.#world.channels.get(channelId)
      const message = channel?.messages?.get(id)
      if (channel && message && isToShow(world, channel, message)) this.#later(channel, message)
    })
  }

  dispose(): void {
    this.#stopListening()
    for (const timer of this.#timers) timer.cancel()
  }

  #later(channel: ChannelState, message: MessageState): void {
    const { content } = message
    const timer = this.#world.clock.after(this.delayMs ?? 0, () => {
      this.#timers.delete(timer)
      const isThere = channel.messages?.get(message.id) === message && message.content === content
      if (!isThere || !isToShow(this.#world, channel, message)) return
      message.embeds = linksOf(content).map(previewOf)
      announceMessageUpdate(this.#world, channel, message)
    })
    this.#timers.add(timer)
  }
}

function linksOf(content: string): string[] {
  // A link in angle brackets asks for no preview.
  const found = content.match(/(?<!<)https?:\/\/[^\s<>]+/g) ?? []
  return [...new Set(found)].slice(0, mostPreviews)
}

/** "Links sent by users with this permission will be auto-embedded": https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags */
function isToShow(world: World, channel: ChannelState, message: MessageState): boolean {
  if (message.ephemeralFor !== null || (message.flags & MessageFlags.SuppressEmbeds) !== 0) return false
  if (message.embeds.length > 0 || linksOf(message.content).length === 0) return false
  const guild = channel.guildId === null ? undefined : world.guilds.get(channel.guildId)
  const author = guild?.members.get(message.authorId)
  if (!guild || !author) return true
  return (channelPermissions(guild, channel, author, world.now()) & PermissionFlagsBits.EmbedLinks) !== 0n
}

function previewOf(url: string): APIEmbed {
  const { hostname, pathname } = new URL(url)
  return { type: EmbedType.Link, url, title: `${hostname}${pathname}`, provider: { name: hostname } }
}
