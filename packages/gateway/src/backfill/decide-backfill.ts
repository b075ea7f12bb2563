import { isHiddenChannel } from '@guildmesh/bot'
import type { GuildRow } from '@guildmesh/guild-store'

type StoredChannel = Pick<GuildRow<'documentChannels'>, 'channelId' | 'lastMessageId'>

/** A channel or thread as GUILD_CREATE shows it; only those with messages have the second field. */
export interface SeenChannel {
  readonly id: string
  readonly last_message_id?: string | null | undefined
  readonly flags?: number | undefined
}

/** Messages of a channel that were sent while no session told of them: ids in (after, through]. */
export interface MissedMessages {
  readonly channelId: string
  readonly after: string
  readonly through: string
}

/**
 * Which channels moved on without us, by what the guild document knew of them before. A channel of which no message
 * was known (new, a thread that was opened again) is read from the latest message known of the whole guild: everything
 * of the gap is later than that.
 */
export function decideBackfill(
  stored: readonly StoredChannel[],
  seen: readonly SeenChannel[],
): MissedMessages[] {
  const known = new Map(stored.map(({ channelId, lastMessageId }) => [channelId, lastMessageId]))
  const latest = latestKnown(stored)
  return seen.flatMap((channel) => {
    const { id, last_message_id: through } = channel
    const after = known.get(id) ?? latest
    return through && !isHiddenChannel(channel) && isLater(through, after)
      ? [{ channelId: id, after, through }]
      : []
  })
}

/** The latest message known of the guild; '0' if none is. */
export function latestKnown(stored: readonly StoredChannel[]): string {
  return stored.reduce<string>((most, { lastMessageId }) => laterId(most, lastMessageId ?? '0'), '0')
}

/** Snowflakes rise with time; they do not fit a JavaScript number. */
export function isLater(id: string, than: string): boolean {
  return BigInt(id) > BigInt(than)
}

export function laterId(a: string, b: string): string {
  return isLater(b, a) ? b : a
}
