import { createHash } from 'node:crypto'
import type { GuildId } from '@guildmesh/contracts'

/**
 * The nonce of a message: the same for every attempt at the same call, so that Discord (with `enforce_nonce`) answers
 * a repetition with the message it already made. Discord takes up to 25 characters.
 */
export function callNonce(guildId: GuildId, sourceKey: string, ordinal: number): string {
  return createHash('sha256').update(`${guildId}|${sourceKey}|${ordinal}`).digest('base64url').slice(0, 22)
}
