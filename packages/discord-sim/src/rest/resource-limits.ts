import type { SimClock } from '../clock.ts'
import { RateLimited } from './rate-limited.ts'

/** What is limited per resource, beside the bucket of the route. */
export type ResourceLimit =
  | 'channelName'
  | 'channelTopic'
  | 'oldEdits'
  | 'webhookMessages'
  | 'channelWrites'
  | 'guildWrites'
  | 'emojiWrites'
  | 'commandCreates'
  | 'nonMemberBans'

export interface ResourceRule {
  limit: number
  windowMs: number
}

interface Described extends ResourceRule {
  scope: 'user' | 'shared'
  code?: number
  message?: string
}

const minuteMs = 60_000
const dayMs = 86_400_000

/**
 * Discord publishes none of these numbers; those with a source were seen by others, the rest are plausible. Codes and
 * texts: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
 */
const resourceRules: Record<ResourceLimit, Described> = {
  // https://github.com/discord/discord-api-docs/issues/1900 and /issues/2190: two renames in ten minutes, two topics too
  channelName: { limit: 2, windowMs: 10 * minuteMs, scope: 'user' },
  channelTopic: { limit: 2, windowMs: 10 * minuteMs, scope: 'user' },
  // https://github.com/discord-userdoccers/discord-userdoccers/pull/551
  oldEdits: {
    limit: 3,
    windowMs: 6_000,
    scope: 'shared',
    code: 30_046,
    message: 'Maximum number of edits to messages older than 1 hour reached. Try again later.',
  },
  // https://github.com/discord/discord-api-docs/issues/4043: 30 a minute of all webhooks of a channel
  webhookMessages: { limit: 30, windowMs: minuteMs, scope: 'shared' },
  // https://github.com/discord/discord-api-docs/pull/8290
  channelWrites: {
    limit: 20,
    windowMs: 1_000,
    scope: 'shared',
    code: 20_028,
    message: 'The write action you are performing on the channel has hit the write rate limit.',
  },
  guildWrites: {
    limit: 40,
    windowMs: 1_000,
    scope: 'shared',
    code: 20_029,
    message: 'The write action you are performing on the server has hit the write rate limit.',
  },
  // https://docs.discord.com/developers/topics/rate-limits: emojis are limited per guild, beside their headers
  emojiWrites: { limit: 50, windowMs: 60 * minuteMs, scope: 'shared' },
  // https://github.com/discordjs/discord.js/issues/10458: a 429 with this code
  commandCreates: {
    limit: 200,
    windowMs: dayMs,
    scope: 'user',
    code: 30_034,
    message: 'Max number of daily application command creates has been reached (200)',
  },
  // https://github.com/discord/discord-api-docs/issues/5002 and /pull/4048: a rate limit of about 2,000 that all
  // applications of a guild share
  nonMemberBans: {
    limit: 2_000,
    windowMs: dayMs,
    scope: 'shared',
    code: 30_035,
    message: 'Maximum number of bans for non-guild members have been exceeded',
  },
}

interface Window {
  used: number
  endsAt: number
}

const sweepAfter = 10_000

/** Limits of channels and guilds that no header announces: reaching one is a 429 with requests remaining. */
export class ResourceLimits {
  readonly #clock: SimClock
  readonly #enforced: boolean
  readonly #rules: Record<ResourceLimit, Described>
  readonly #windows = new Map<string, Window>()

  constructor(
    clock: SimClock,
    options: { enforced: boolean; rules?: Partial<Record<ResourceLimit, ResourceRule>> | undefined },
  ) {
    this.#clock = clock
    this.#enforced = options.enforced
    this.#rules = { ...resourceRules }
    for (const [name, rule] of Object.entries(options.rules ?? {})) {
      const kind = name as ResourceLimit
      this.#rules[kind] = { ...resourceRules[kind], ...rule }
    }
  }

  /** Counts `count` uses of a resource. Throws the 429 and counts none of them if they are too many. */
  take(kind: ResourceLimit, resource: string, count = 1): void {
    if (!this.#enforced || count === 0) return
    const rule = this.#rules[kind]
    const now = this.#clock.now()
    const key = `${kind}:${resource}`
    const present = this.#windows.get(key)
    const window = present && present.endsAt > now ? present : { used: 0, endsAt: now + rule.windowMs }
    if (window.used + count > rule.limit) {
      const { scope, code, message } = rule
      throw new RateLimited({ scope, waitMs: window.endsAt - now, code, message })
    }
    window.used += count
    this.#windows.set(key, window)
    if (this.#windows.size > sweepAfter) this.#sweep(now)
  }

  #sweep(now: number): void {
    for (const [key, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(key)
  }
}
