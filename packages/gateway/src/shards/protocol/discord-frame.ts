import { isRecord } from '@guildmesh/runtime'

/** Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-opcodes */
export const discordOp = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const

/** What Discord can say over a shard socket, as far as a connection acts on it. */
export type DiscordFrame =
  | {
      readonly op: 'dispatch'
      readonly type: string
      readonly seq: number
      readonly data: unknown
      /** Of the message it came in: UTF-16 units, near enough to bytes for limits. */
      readonly size: number
    }
  | { readonly op: 'hello'; readonly heartbeatIntervalMs: number }
  | { readonly op: 'heartbeat-wanted' }
  | { readonly op: 'heartbeat-ack' }
  | { readonly op: 'reconnect' }
  | { readonly op: 'invalid-session'; readonly resumable: boolean }
  /** An op code of no concern, or one that Discord has added since. */
  | { readonly op: 'unknown'; readonly code: number }

/**
 * Reads one message of a shard socket. Dispatches keep their `d` as it came.
 * @returns `null` if the text is no such message
 * Source: https://discord.com/developers/docs/events/gateway-events#payload-structure
 */
export function parseDiscordFrame(text: string): DiscordFrame | null {
  let payload: unknown
  try {
    payload = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(payload) || typeof payload.op !== 'number') return null
  switch (payload.op) {
    case discordOp.dispatch:
      return typeof payload.t === 'string' && isSeq(payload.s)
        ? { op: 'dispatch', type: payload.t, seq: payload.s, data: payload.d, size: text.length }
        : null
    case discordOp.hello:
      return isRecord(payload.d) && isInterval(payload.d.heartbeat_interval)
        ? { op: 'hello', heartbeatIntervalMs: payload.d.heartbeat_interval }
        : null
    case discordOp.heartbeat:
      return { op: 'heartbeat-wanted' }
    case discordOp.heartbeatAck:
      return { op: 'heartbeat-ack' }
    case discordOp.reconnect:
      return { op: 'reconnect' }
    case discordOp.invalidSession:
      return { op: 'invalid-session', resumable: payload.d === true }
    default:
      return { op: 'unknown', code: payload.op }
  }
}

function isSeq(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isInterval(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < 2 ** 31
}
