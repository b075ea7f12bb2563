import type { Call, SessionViewPort } from '@guildmesh/contracts'
import type { Logger } from '@guildmesh/runtime'
import type { CallerIdentification } from '../server/caller-identification.ts'
import type { SessionCache } from '../sessions/session-cache.ts'
import { avatarUrlOf } from './discord-images.ts'

export interface SessionViewOptions {
  readonly callers: CallerIdentification
  readonly sessions: SessionCache
  readonly logger: Logger
}

/** Who is signed in, and signing out. */
export class SessionView implements SessionViewPort {
  readonly #options: SessionViewOptions

  constructor(options: SessionViewOptions) {
    this.#options = options
  }

  async me({ caller }: Call) {
    const { user, expiresAt } = this.#options.callers.sessionOf(caller)
    return {
      user: { ...user, avatarUrl: avatarUrlOf(user) },
      operator: caller.kind === 'operator',
      expiresAt,
    }
  }

  async logout({ caller }: Call) {
    const { callers, sessions, logger } = this.#options
    const session = callers.sessionOf(caller)
    // The session's tokens are erased with it and run out by themselves. They are not taken back at Discord, which
    // would end those of the person's other devices too:
    // https://discord.com/developers/docs/topics/oauth2#authorization-code-grant-token-revocation-example
    await sessions.revoke(session.sessionId)
    logger.info({ event: 'logout', userId: session.user.userId }, 'user signed out')
    return { done: true as const }
  }
}
