import { z } from 'zod'

/** What Discord says of its gateway to this bot. */
export interface DiscordGateway {
  /** WebSocket address, such as `wss://gateway.discord.gg`. */
  readonly url: string
  readonly recommendedShards: number
  /** How many shards may IDENTIFY in the same five seconds. */
  readonly maxConcurrency: number
}

const GatewayBot = z.object({
  url: z.string().regex(/^wss?:\/\//),
  shards: z.int().min(1),
  session_start_limit: z.object({ max_concurrency: z.int().min(1) }),
})

/**
 * Reads the answer of `GET /gateway/bot`.
 * Source: https://discord.com/developers/docs/events/gateway#get-gateway-bot
 * @throws ZodError if it is something else
 */
export function parseGatewayBot(body: unknown): DiscordGateway {
  const { url, shards, session_start_limit } = GatewayBot.parse(body)
  return { url, recommendedShards: shards, maxConcurrency: session_start_limit.max_concurrency }
}
