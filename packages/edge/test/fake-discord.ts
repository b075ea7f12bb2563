import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeDiscordGuild {
  id: string
  name: string
  icon: string | null
  owner: boolean
  permissions: string
}

interface Grant {
  userId: string
  refreshToken: string
}

/** Discord's OAuth2 and the two routes of people's own data, over real HTTP: codes work once, PKCE is enforced. */
export class FakeDiscord implements AsyncDisposable {
  readonly guildsOf = new Map<string, FakeDiscordGuild[]>()
  /** Paths requested, in order. */
  readonly requests: string[] = []
  /** Answers for the next requests of guilds; each is used once. */
  readonly guildAnswers: { status: number; headers?: Record<string, string> }[] = []
  tokenStatus = 200
  expiresInSeconds = 604_800
  readonly #codes = new Map<string, { userId: string; challenge: string; redirectUri: string }>()
  readonly #grants = new Map<string, Grant>()
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(asError(error)))
  })

  static async start(): Promise<FakeDiscord> {
    const discord = new FakeDiscord()
    await new Promise<void>((resolve) => {
      discord.#server.listen(0, '127.0.0.1', resolve)
    })
    return discord
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  get liveTokens(): string[] {
    return [...this.#grants.keys()]
  }

  /** The person grants what the page at `location` asks for; returns the address to which Discord sends the browser. */
  consent(location: string, userId: string): string {
    const { searchParams } = new URL(location)
    const redirectUri = searchParams.get('redirect_uri') ?? ''
    if (searchParams.get('code_challenge_method') !== 'S256') throw new Error('PKCE is missing')
    const code = randomUUID()
    this.#codes.set(code, { userId, challenge: searchParams.get('code_challenge') ?? '', redirectUri })
    const target = new URL(redirectUri)
    target.searchParams.set('code', code)
    target.searchParams.set('state', searchParams.get('state') ?? '')
    return target.href
  }

  /** Every access token stops working; refresh tokens do not. */
  expireAccessTokens(): void {
    for (const [token, grant] of Array.from(this.#grants)) {
      this.#grants.delete(token)
      this.#grants.set(`expired ${token}`, grant)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://discord')
    this.requests.push(pathname)
    const form = new URLSearchParams(await textOf(request))
    switch (pathname) {
      case '/api/v10/oauth2/token':
        return this.#token(form, response)
      case '/api/v10/oauth2/token/revoke': {
        // As at Discord, all tokens of that person end with the one.
        const token = form.get('token')
        const named = [...this.#grants].find(([access, grant]) =>
          [access, grant.refreshToken].includes(token ?? ''),
        )
        for (const [access, grant] of this.#grants) {
          if (grant.userId === named?.[1].userId) this.#grants.delete(access)
        }
        return send(response, 200, {})
      }
      case '/api/v10/users/@me': {
        const grant = this.#grantOf(request)
        if (!grant) return send(response, 401, { message: '401: Unauthorized', code: 0 })
        return send(response, 200, {
          id: grant.userId,
          username: `user-${grant.userId.slice(-2)}`,
          global_name: null,
          avatar: null,
        })
      }
      case '/api/v10/users/@me/guilds': {
        const grant = this.#grantOf(request)
        if (!grant) return send(response, 401, { message: '401: Unauthorized', code: 0 })
        const special = this.guildAnswers.shift()
        if (special) return send(response, special.status, { message: 'no' }, special.headers)
        return send(response, 200, this.guildsOf.get(grant.userId) ?? [])
      }
      default:
        return send(response, 404, { message: '404: Not Found', code: 0 })
    }
  }

  #token(form: URLSearchParams, response: ServerResponse): void {
    if (this.tokenStatus !== 200) return send(response, this.tokenStatus, { error: 'server_error' })
    const userId = form.get('grant_type') === 'refresh_token' ? this.#refresh(form) : this.#redeem(form)
    if (userId === null) return send(response, 400, { error: 'invalid_grant' })
    const grant = { userId, refreshToken: randomUUID() }
    const accessToken = randomUUID()
    this.#grants.set(accessToken, grant)
    send(response, 200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: this.expiresInSeconds,
      refresh_token: grant.refreshToken,
      scope: 'identify guilds',
    })
  }

  #redeem(form: URLSearchParams): string | null {
    const code = this.#codes.get(form.get('code') ?? '')
    this.#codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (code?.challenge !== challenge || code.redirectUri !== form.get('redirect_uri')) return null
    return code.userId
  }

  #refresh(form: URLSearchParams): string | null {
    for (const [token, grant] of this.#grants) {
      if (grant.refreshToken !== form.get('refresh_token')) continue
      this.#grants.delete(token)
      return grant.userId
    }
    return null
  }

  #grantOf(request: IncomingMessage): Grant | null {
    return this.#grants.get((request.headers.authorization ?? '').replace('Bearer ', '')) ?? null
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
