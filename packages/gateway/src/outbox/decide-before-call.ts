import type { GuildRow, RepeatRule } from '@guildmesh/guild-store'

/** What to do with the next call of a guild's outbox. */
export type BeforeCall =
  | { readonly kind: 'send' }
  /** It is known to have been done, although its answer never came. */
  | { readonly kind: 'settled'; readonly body: unknown }
  /** It may have been done: find out first. */
  | { readonly kind: 'look' }
  /** It may still be running at Discord's end, so a read would come too early. */
  | { readonly kind: 'wait'; readonly until: number }

/** What a call is judged by. */
export type CallDoubt = Pick<GuildRow<'outbox'>, 'repeat' | 'sentAt' | 'knownResult'>

/**
 * How long a second message with the same nonce is sure to be answered with the first. Discord says "the past few
 * minutes": https://docs.discord.com/developers/resources/message#create-message
 */
const nonceWindowMs = 120_000
/** A request whose connection broke has run its course at Discord's end by then. */
export const settleMs = 5000

/** Decides by what is known of earlier attempts. Never says `send` if that could do a thing twice. */
export function decideBeforeCall(call: CallDoubt, now: number): BeforeCall {
  if (call.knownResult) return { kind: 'settled', body: call.knownResult.body }
  if (call.sentAt === null) return { kind: 'send' }
  if (mayRepeat(call.repeat, call.sentAt, now)) return { kind: 'send' }
  const until = call.sentAt + settleMs
  return now < until ? { kind: 'wait', until } : { kind: 'look' }
}

function mayRepeat(repeat: RepeatRule, sentAt: number, now: number): boolean {
  switch (repeat) {
    case 'idempotent':
      return true
    case 'nonce':
      return now - sentAt < nonceWindowMs
    case 'read-back':
    case 'lane':
      return false
    default:
      return repeat satisfies never
  }
}
