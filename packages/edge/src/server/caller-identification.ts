import { type Caller, MeshError, type Session, type UserId } from '@guildmesh/contracts'
import type { FastifyRequest } from 'fastify'
import type { OperatorTokens } from '../admin/operator-tokens.ts'
import { isFromPortal } from '../sessions/same-origin.ts'
import type { SessionCache } from '../sessions/session-cache.ts'
import type { SessionCookies } from '../sessions/session-cookies.ts'

export interface CallerIdentificationOptions {
  readonly sessions: SessionCache
  readonly operatorTokens: OperatorTokens
  readonly cookies: SessionCookies
  readonly operators: ReadonlySet<UserId>
  readonly portalOrigin: string
}

/** The form of a session token. Anything else was not issued by an edge: the config API is not asked about it. */
const sessionToken = /^[\w-]{43}$/
const anonymous: Caller = { kind: 'anonymous' }

/**
 * Who makes a request: an operator's program by its bearer token, or a person by the session cookie. A caller is
 * made anew for each request, and the session behind it is known by `sessionOf`.
 */
export class CallerIdentification {
  readonly #options: CallerIdentificationOptions
  readonly #sessions = new WeakMap<Caller, Session>()

  constructor(options: CallerIdentificationOptions) {
    this.#options = options
  }

  /**
   * @throws MeshError Unauthenticated for a bearer token that is not valid, Forbidden if a cookie comes with a
   * request of another site, Unavailable if the config API cannot be asked about a token never seen here
   */
  async identify(request: FastifyRequest): Promise<Caller> {
    const { authorization } = request.headers
    // A token decides alone if there is one: browsers add cookies by themselves, but never a token.
    if (authorization !== undefined) return this.#byToken(authorization)
    const token = request.cookies[this.#options.cookies.session]
    if (token === undefined || !sessionToken.test(token)) return anonymous
    if (changesSomething(request.method) && !isFromPortal(request.headers, this.#options.portalOrigin)) {
      throw new MeshError({
        kind: 'Forbidden',
        reason: `changes must come from the portal's own pages at ${this.#options.portalOrigin}`,
      })
    }
    const session = await this.#options.sessions.find(token)
    return session ? this.#bySession(session) : anonymous
  }

  /**
   * The session of a signed-in caller.
   * @throws MeshError Unauthenticated for a caller without one
   */
  sessionOf(caller: Caller): Session {
    const session = this.#sessions.get(caller)
    if (!session) throw new MeshError({ kind: 'Unauthenticated', reason: 'missing' })
    return session
  }

  /**
   * Checks again, during something that lasts, that a caller is still signed in.
   * @throws MeshError Unauthenticated
   */
  async requireLive(caller: Caller): Promise<void> {
    const isLive = await this.#options.sessions.isLive(this.sessionOf(caller))
    if (!isLive) throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
  }

  #bySession(session: Session): Caller {
    const { userId } = session.user
    const caller: Caller = this.#options.operators.has(userId)
      ? { kind: 'operator', actor: `user:${userId}`, userId }
      : { kind: 'user', userId, sessionId: session.sessionId }
    this.#sessions.set(caller, session)
    return caller
  }

  async #byToken(authorization: string): Promise<Caller> {
    const bearer = /^Bearer ([\w.~+/=-]{16,200})$/i.exec(authorization)?.[1]
    if (bearer === undefined) throw new MeshError({ kind: 'Unauthenticated', reason: 'malformed' })
    const token = await this.#options.operatorTokens.find(bearer)
    if (!token) throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
    return { kind: 'operator', actor: `operator-token:${token.name}`, userId: null }
  }
}

function changesSomething(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}
