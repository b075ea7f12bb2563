import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/*
 * The hash chain of a guild, which the simulator keeps over what it sent and a bot over what it applied:
 *
 *   payloadHash(d)  = sha256(canonicalJson(d))                                       (lower-case hex)
 *   head(0)         = sha256("discord-sim/chain/1\n" + guildId)
 *   head(n)         = sha256(head(n-1) + "\n" + eventName + "\n" + payloadHash(d_n))
 *
 * over the guild's dispatches for which `isChainedEvent(eventName)` holds, in the order of the stream.
 * `d` is the dispatch's payload as parsed from the socket, unchanged.
 */

/**
 * Dispatches that belong to a session rather than to the guild's history, and so are not chained:
 * snapshots (sent again by every IDENTIFY), answers to requests of one session, interactions (which
 * come over HTTP or the gateway, as the application is configured), and entitlements (which name a guild
 * and come on shard 0 alone).
 */
const unchained = new Set([
  'READY',
  'RESUMED',
  'GUILD_CREATE',
  'GUILD_DELETE',
  'GUILD_MEMBERS_CHUNK',
  'CHANNEL_INFO',
  'SOUNDBOARD_SOUNDS',
  'RATE_LIMITED',
  'INTERACTION_CREATE',
  'ENTITLEMENT_CREATE',
  'ENTITLEMENT_UPDATE',
  'ENTITLEMENT_DELETE',
])

export function isChainedEvent(eventName: string): boolean {
  return !unchained.has(eventName)
}

/** SHA-256 of the payload's canonical JSON, in hex. */
export function payloadHash(payload: unknown): string {
  return hash('sha256', canonicalJson(payload))
}

/** The chain's value before any event of the guild. */
export function chainStart(guildId: string): string {
  return hash('sha256', `discord-sim/chain/1\n${guildId}`)
}

/** The chain's next value. `payloadHashHex` comes from `payloadHash`. */
export function extendChain(head: string, eventName: string, payloadHashHex: string): string {
  return hash('sha256', `${head}\n${eventName}\n${payloadHashHex}`)
}
