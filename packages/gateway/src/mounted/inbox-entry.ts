import type { LaneEvent } from '@guildmesh/contracts'
import { type InboxKind, insert } from '@guildmesh/guild-store'
import type { Effects, HandlerContext } from '@guildmesh/bot'
import { isRecord } from '@guildmesh/runtime'

/** A guild that nobody knew before counts as joined if the bot came in at most this long before the event. */
const joinedLatelyMs = 10 * 60_000

/** What is known of a guild before a GUILD_CREATE of it is applied. */
export interface KnownGuild {
  /** There is a guild document. */
  readonly documented: boolean
  /** The bot left it, as far as its rows say. */
  readonly left: boolean
}

/**
 * What an event means to mounted modules. Bots greet on `guildCreate` and wipe data on `guildDelete`, so neither may
 * come of a new session, an outage, or a guild that changes gateways.
 */
export function inboxKind(
  { type, data }: Pick<LaneEvent, 'type' | 'data'>,
  known: KnownGuild,
  sentAt: number,
): InboxKind {
  const payload = isRecord(data) ? data : {}
  switch (type) {
    case 'GUILD_DELETE':
      return payload['unavailable'] === true ? 'dispatch' : 'leave'
    case 'GUILD_CREATE': {
      if (known.left) return 'join'
      if (known.documented) return 'available'
      const joinedAt = Date.parse(String(payload['joined_at']))
      return sentAt - joinedAt <= joinedLatelyMs ? 'join' : 'available'
    }
    default:
      return 'dispatch'
  }
}

/** Puts an event into the inbox, in the transaction that applies it and before anything else of it. */
export function inboxEntry(event: LaneEvent, { guild, now }: HandlerContext): Effects {
  // Interactions come over HTTP. One that came this way would be answered twice when its event is repeated.
  if (event.type === 'INTERACTION_CREATE') return {}
  const known = event.type === 'GUILD_CREATE' ? knownGuild(guild) : { documented: true, left: false }
  return {
    rows: [
      insert('mountedInbox', {
        ...event.position,
        kind: inboxKind(event, known, now - event.heldMs),
        type: event.type,
        payload: event.data ?? {},
      }),
    ],
  }
}

function knownGuild(guild: HandlerContext['guild']): KnownGuild {
  return {
    documented: guild.count('documentGuild') > 0,
    left: (guild.get('guilds', {}, ['leftAt'])?.leftAt ?? null) !== null,
  }
}
