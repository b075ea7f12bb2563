import type { Call, SessionViewPort } from '@guildmesh/contracts'
import type { Logger } from '@guildmesh/runtime'
import type { CallerIdentification } from '../server/caller-identification.ts'
import type { SessionBook } from '../sessions/session-book.ts'
import type { SessionTokens } from '../sessions/session-tokens.ts'
import { avatarUrlOf } from './discord-images.ts'

export interface SessionViewOptions {
  readonly callers: CallerIdentification
  readonly book: SessionBook
  readonly tokens: SessionTokens
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
    const { callers, book, tokens, logger } = this.#options
    const session = callers.sessionOf(caller)
    await book.revoke(session.sessionId)
    logger.info({ event: 'logout', userId: session.user.userId }, 'somebody signed out')
    // Discord's tokens run out by themselves; the person does not wait for that.
    tokens.revoke(session).catch((error: unknown) => {
      logger.warn({ event: 'oauth-not-revoked', err: error }, 'Discord did not take the OAuth tokens back')
    })
    return { done: true as const }
  }
}
