import type { CookieSerializeOptions } from '@fastify/cookie'

/** Names and attributes of the edge's two cookies. */
export interface SessionCookies {
  readonly session: string
  readonly login: string
  readonly options: CookieSerializeOptions
}

/**
 * `__Host-` cookies can be set by no other host and over no plain connection. On plain http a browser may refuse
 * `Secure` cookies (Safari does, on localhost too), so a portal at `http://localhost` has unprefixed ones. Lax, not
 * Strict: the return from Discord is a cross-site navigation that must bring the login cookie along.
 */
export function sessionCookies(publicUrl: URL): SessionCookies {
  const secure = publicUrl.protocol === 'https:'
  const prefix = secure ? '__Host-' : ''
  return {
    session: `${prefix}guildmesh-session`,
    login: `${prefix}guildmesh-login`,
    options: { path: '/', httpOnly: true, secure, sameSite: 'lax' },
  }
}
