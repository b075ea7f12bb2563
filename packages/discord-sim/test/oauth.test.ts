import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import { firstGuild, startFast } from './sim-fixture.ts'

const redirectUri = 'http://127.0.0.1:9/auth/callback'
const verifier = 'v'.repeat(64)
const challenge = createHash('sha256').update(verifier).digest('base64url')

type Sim = Awaited<ReturnType<typeof startFast>>

function authorizeUrl(sim: Sim, extra: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: sim.world.app.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'identify guilds',
    state: 's1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...extra,
  })
  return `${sim.urls.authorize}?${query.toString()}`
}

async function redirectOf(url: string, init: RequestInit = {}): Promise<URL> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  return new URL(response.headers.get('location') ?? 'about:blank')
}

async function token(
  sim: Sim,
  form: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const basic = Buffer.from(`${sim.world.app.id}:${sim.world.app.clientSecret}`).toString('base64')
  const response = await fetch(sim.urls.token, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams(form),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const exchange = (sim: Sim, code: string, extra: Record<string, string> = {}) =>
  token(sim, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...extra,
  })

async function me(sim: Sim, accessToken: unknown, path = '/users/@me'): Promise<Response> {
  return fetch(`${sim.urls.api}/v10${path}`, { headers: { authorization: `Bearer ${String(accessToken)}` } })
}

test('the page lets you choose who you are; allowing leads through PKCE to a bearer token', async () => {
  await using sim = await startFast({ guilds: 6, strict: true })
  const html = await (await fetch(authorizeUrl(sim))).text()
  expect(html).toContain('Demo Admin')
  expect(html).toContain('Know which servers you are in')
  const fields: [string, string][] = [...html.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
    (match) => [match[1] ?? '', match[2] ?? ''],
  )
  const form = new URLSearchParams([...fields, ['sim_user', sim.world.app.ownerId], ['decision', 'allow']])
  const target = await redirectOf(`${sim.urls.base}/oauth2/authorize`, { method: 'POST', body: form })
  expect(target.searchParams.get('state')).toBe('s1')
  const { status, body } = await exchange(sim, target.searchParams.get('code') ?? '')
  expect([status, body]).toMatchObject([
    200,
    { token_type: 'Bearer', expires_in: 604_800, scope: 'identify guilds' },
  ])

  expect(await (await me(sim, body.access_token)).json()).toMatchObject({
    id: sim.world.app.ownerId,
    username: 'demo',
  })
  const guilds = (await (await me(sim, body.access_token, '/users/@me/guilds')).json()) as {
    id: string
    permissions: string
  }[]
  const isAdmin = guilds.map((guild) => (BigInt(guild.permissions) & 8n) !== 0n)
  expect(isAdmin.filter(Boolean)).toHaveLength(4)
  expect(isAdmin.filter((admin) => !admin)).toHaveLength(1)
})

test('tests skip the page by a hint in the request or by the control API', async () => {
  await using sim = await startFast()
  const { ownerId } = await firstGuild(sim)
  expect(
    (await redirectOf(authorizeUrl(sim, { login_hint: 'demo' }))).searchParams.get('code'),
  ).not.toBeNull()
  expect((await redirectOf(authorizeUrl(sim, { sim_user: ownerId }))).searchParams.get('code')).not.toBeNull()
  await sim.control.autoApprove({ userId: ownerId })
  const target = await redirectOf(authorizeUrl(sim))
  const { body } = await exchange(sim, target.searchParams.get('code') ?? '')
  expect(await (await me(sim, body.access_token)).json()).toMatchObject({ id: ownerId })
})

test('denying, foreign redirects and unknown clients', async () => {
  await using sim = await startFast()
  await sim.control.setRedirectUris({ uris: [redirectUri] })
  const form = new URLSearchParams(new URL(authorizeUrl(sim, { decision: 'deny' })).search)
  const denied = await redirectOf(`${sim.urls.base}/oauth2/authorize`, { method: 'POST', body: form })
  expect(denied.searchParams.get('error')).toBe('access_denied')
  for (const extra of [{ redirect_uri: 'http://evil.example/' }, { client_id: '1' }]) {
    const response = await fetch(authorizeUrl(sim, { ...extra, login_hint: 'demo' }), { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
  }
})

test('a code works once, with its verifier, its redirect, in its time', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock })
  const code = async () =>
    (await redirectOf(authorizeUrl(sim, { login_hint: 'demo' }))).searchParams.get('code') ?? ''
  const once = await code()
  expect((await exchange(sim, once)).status).toBe(200)
  expect(await exchange(sim, once)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect((await exchange(sim, await code(), { code_verifier: 'wrong' })).status).toBe(400)
  expect((await exchange(sim, await code(), { redirect_uri: 'http://127.0.0.1:9/other' })).status).toBe(400)
  const old = await code()
  clock.advance(10 * 60_000)
  expect((await exchange(sim, old)).status).toBe(400)
})

test('tokens refresh once, expire, are revoked, and need the client', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock })
  const code = (await redirectOf(authorizeUrl(sim, { login_hint: 'demo' }))).searchParams.get('code') ?? ''
  const first = (await exchange(sim, code)).body
  const refresh = { grant_type: 'refresh_token', refresh_token: String(first.refresh_token) }
  const second = (await token(sim, refresh)).body
  expect((await me(sim, first.access_token)).status).toBe(401)
  expect((await me(sim, second.access_token)).status).toBe(200)
  expect((await token(sim, refresh)).status).toBe(400)
  clock.advance(7 * 86_400_000)
  expect((await me(sim, second.access_token)).status).toBe(401)

  const { accessToken } = await sim.control.grantToken({ userId: sim.world.app.ownerId })
  const client = { client_id: sim.world.app.id, client_secret: sim.world.app.clientSecret }
  const revoke = (body: Record<string, string>) =>
    fetch(`${sim.urls.token}/revoke`, { method: 'POST', body: new URLSearchParams(body) })
  expect((await revoke({ ...client, client_secret: 'x', token: accessToken })).status).toBe(401)
  expect((await revoke({ ...client, token: accessToken })).status).toBe(200)
  expect((await me(sim, accessToken)).status).toBe(401)
})

test('a scope that was not asked for opens nothing', async () => {
  await using sim = await startFast()
  const { accessToken } = await sim.control.grantToken({
    userId: sim.world.app.ownerId,
    scopes: ['identify'],
  })
  expect((await me(sim, accessToken)).status).toBe(200)
  expect((await me(sim, accessToken, '/users/@me/guilds')).status).toBe(403)
})

test('inviting the bot through the page adds it to the chosen guild', async () => {
  await using sim = await startFast()
  const guild = await sim.control.createGuild({ name: 'Newcomers', withBot: false })
  const extra = {
    scope: 'bot applications.commands',
    guild_id: guild.id,
    permissions: '8',
    login_hint: 'demo',
  }
  const target = await redirectOf(authorizeUrl(sim, extra))
  expect(target.searchParams.get('guild_id')).toBe(guild.id)
  expect((await sim.control.guild({ guildId: guild.id })).botPresent).toBe(true)
})

// "any active access or refresh tokens associated with that authorization will be revoked, regardless of the token":
// https://docs.discord.com/developers/topics/oauth2#authorization-code-grant-token-revocation-example
test.each(['accessToken', 'refreshToken'] as const)(
  'revoking one %s ends the tokens of all devices of that user, and nobody else’s',
  async (which) => {
    await using sim = await startFast()
    const { ownerId, memberId } = await firstGuild(sim)
    const grant = (userId: string) => sim.control.grantToken({ userId })
    const [phone, laptop, other] = [await grant(ownerId), await grant(ownerId), await grant(memberId)]
    const client = { client_id: sim.world.app.id, client_secret: sim.world.app.clientSecret }
    const revoke = (value: string) =>
      fetch(`${sim.urls.token}/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ ...client, token: value }),
      })
    expect((await revoke('unknown')).status).toBe(200)
    expect((await me(sim, laptop.accessToken)).status).toBe(200)
    expect((await revoke(phone[which])).status).toBe(200)
    for (const { accessToken, refreshToken } of [phone, laptop]) {
      expect((await me(sim, accessToken)).status).toBe(401)
      const refreshed = await token(sim, { grant_type: 'refresh_token', refresh_token: refreshToken })
      expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    }
    expect((await me(sim, other.accessToken)).status).toBe(200)
  },
)

// "will only accept a content type of application/x-www-form-urlencoded. JSON content is not permitted":
// https://docs.discord.com/developers/topics/oauth2#shared-resources
test('the token URLs take no JSON', async () => {
  await using sim = await startFast()
  const body = JSON.stringify({
    client_id: sim.world.app.id,
    client_secret: sim.world.app.clientSecret,
    grant_type: 'client_credentials',
  })
  const headers = { 'content-type': 'application/json' }
  for (const url of [sim.urls.token, `${sim.urls.token}/revoke`]) {
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(400)
  }
})
