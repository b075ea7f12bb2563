export type RateLimitScope = 'user' | 'global' | 'shared'

/** A limit that a request has hit, whichever: the answer is a 429. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited'
  readonly scope: RateLimitScope
  readonly waitMs: number
  /** Discord's code, of the limits that have one. */
  readonly code: number | undefined

  constructor(input: {
    scope: RateLimitScope
    waitMs: number
    code?: number | undefined
    message?: string | undefined
  }) {
    super(input.message ?? texts[input.scope])
    this.scope = input.scope
    this.waitMs = input.waitMs
    this.code = input.code
  }
}

/** The texts of the three examples in https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit */
const texts: Record<RateLimitScope, string> = {
  user: 'You are being rate limited.',
  global: 'You are being rate limited.',
  shared: 'The resource is being rate limited.',
}
