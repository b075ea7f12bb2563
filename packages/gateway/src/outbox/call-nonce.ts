import { createHash } from 'node:crypto'
import type { GuildId } from '@guildmesh/contracts'

/**
 * The key of a call: the same for every attempt at it, so that Discord (with `enforce_nonce`) answers a repetition of
 * a message with the one it already made, and other calls are known by it in the audit log. Discord takes nonces of
 * up to 25 characters.
 */
export function callNonce(guildId: GuildId, sourceKey: string, ordinal: number): string {
  return createHash('sha256').update(`${guildId}|${sourceKey}|${ordinal}`).digest('base64url').slice(0, 22)
}

/** Discord cuts longer reasons off. */
const longestReason = 512

/** A reason for the audit log by which the call can be found there. */
export function reasonWithKey(reason: string | null, key: string): string {
  const suffix = `(ref ${key})`
  return reason ? `${reason.slice(0, longestReason - suffix.length - 1)} ${suffix}` : suffix
}

/** The audit log entry that the call with this key left. */
export function entryWithKey<Entry extends { readonly reason?: string | undefined }>(
  entries: readonly Entry[],
  key: string,
): Entry | undefined {
  return entries.find((entry) => entry.reason?.endsWith(`(ref ${key})`))
}
