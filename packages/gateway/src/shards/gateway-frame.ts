import { isRecord } from '@guildmesh/runtime'

/** Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-opcodes */
export const gatewayOp = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const

/** What Discord's gateway can say, as far as a connection acts on it. */
export type GatewayFrame =
  | { readonly op: 'dispatch'; readonly type: string; readonly seq: number; readonly data: unknown }
  | { readonly op: 'hello'; readonly heartbeatIntervalMs: number }
  | { readonly op: 'heartbeat-wanted' }
  | { readonly op: 'heartbeat-ack' }
  | { readonly op: 'reconnect' }
  | { readonly op: 'invalid-session'; readonly resumable: boolean }
  /** An op code of no concern, or one that Discord has added since. */
  | { readonly op: 'unknown'; readonly code: number }

/**
 * Reads one gateway message. Dispatches keep their `d` as it came.
 * @returns `null` where the text is not a gateway message
 * Source: https://discord.com/developers/docs/events/gateway-events#payload-structure
 */
export function parseGatewayFrame(text: string): GatewayFrame | null {
  let payload: unknown
  try {
    payload = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(payload) || typeof payload.op !== 'number') return null
  switch (payload.op) {
    case gatewayOp.dispatch:
      return typeof payload.t === 'string' && isSeq(payload.s)
        ? { op: 'dispatch', type: payload.t, seq: payload.s, data: payload.d }
        : null
    case gatewayOp.hello:
      return isRecord(payload.d) && isInterval(payload.d.heartbeat_interval)
        ? { op: 'hello', heartbeatIntervalMs: payload.d.heartbeat_interval }
        : null
    case gatewayOp.heartbeat:
      return { op: 'heartbeat-wanted' }
    case gatewayOp.heartbeatAck:
      return { op: 'heartbeat-ack' }
    case gatewayOp.reconnect:
      return { op: 'reconnect' }
    case gatewayOp.invalidSession:
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
