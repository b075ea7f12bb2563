import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Browser } from './browser.ts'
import { ada, bob, guildA, startTestEdge, type TestEdge } from './test-edge.ts'

const sessionCookie = '__Host-guildmesh-session'
const loginCookie = '__Host-guildmesh-login'

let edge: TestEdge
beforeAll(async () => {
  edge = await startTestEdge()
})
afterEach(() => {
  edge.config.isAway = false
  edge.discord.tokenStatus = 200
})
afterAll(async () => {
  await edge[Symbol.asyncDispose]()
})

describe('signing in', () => {
  test('sends the browser to Discord with state, PKCE and the exact redirect, and back to where it wanted to go', async () => {
    const browser = new Browser(edge)
    const begun = await browser.beginLogin('/guild/1/dashboard?a=b')
    expect(begun.status).toBe(302)
    const location = new URL(begun.headers.get('location') ?? '')
    expect(location.origin + location.pathname).toBe(`${edge.discord.origin}/oauth2/authorize`)
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      client_id: '800000000000000001',
      response_type: 'code',
      scope: 'identify guilds',
      redirect_uri: 'https://portal.example/auth/callback',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
    })
    const back = new URL(edge.discord.consent(location.href, ada))
    const finished = await browser.request(back.pathname + back.search)
    expect([finished.status, finished.headers.get('location')]).toEqual([302, '/guild/1/dashboard?a=b'])
    expect(await browser.query('session.me')).toMatchObject({
      status: 200,
      data: {
        user: { userId: ada, avatarUrl: expect.stringContaining('cdn.discordapp.com') },
        operator: false,
      },
    })
  })

  test('gives a __Host- cookie that no script reads and no other site sends', async () => {
    const response = await new Browser(edge).login(ada)
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith(`${sessionCookie}=`)) ?? ''
    expect(cookie).toMatch(/; Path=\/(;|$)/)
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; Secure/)
    expect(cookie).toMatch(/; SameSite=Lax/)
    expect(cookie).not.toMatch(/Domain=/i)
    expect(cookie).toMatch(/^[^=]+=[\w-]{43};/)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('on plain http at localhost, gives cookies that every browser accepts there', async () => {
    await using local = await startTestEdge({ beside: edge, env: { PUBLIC_URL: 'http://localhost:3000' } })
    const browser = new Browser(local, 'http://localhost:3000')
    await browser.login(ada)
    expect([...browser.cookies.keys()]).toEqual(['guildmesh-session'])
    expect(await browser.query('session.me')).toMatchObject({ status: 200 })
  })

  test('moves to the portal’s own address first: cookies of another name of this machine would be lost', async () => {
    const browser = new Browser(edge)
    const first = await browser.request('/auth/login?to=/guild/1')
    expect(first.headers.get('location')).toBe('https://portal.example/auth/login?to=%2Fguild%2F1&here=1')
    expect(first.headers.getSetCookie()).toEqual([])
    // A proxy that hides the address must not make a loop of it.
    const second = await browser.request('/auth/login?to=/guild/1&here=1')
    expect(second.headers.get('location')).toContain('/oauth2/authorize?')
  })

  test('stores the hash of the token and sealed OAuth tokens: neither secret is in the database', async () => {
    const browser = new Browser(edge)
    await browser.login(ada)
    const stored = JSON.stringify([...edge.config.sessions])
    expect(stored).not.toContain(browser.cookies.get(sessionCookie))
    for (const token of edge.discord.liveTokens) expect(stored).not.toContain(token)
  })

  test('can begin on one edge and end on another', async () => {
    await using other = await startTestEdge({ beside: edge })
    const browser = new Browser(edge)
    const callback = await browser.consent(ada, '/guild/1')
    const there = browser.at(other)
    const finished = await there.request(callback)
    expect([finished.status, finished.headers.get('location')]).toEqual([302, '/guild/1'])
    const back = there.at(edge)
    expect(await back.query('session.me')).toMatchObject({ status: 200, data: { user: { userId: ada } } })
  })

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/auth/login',
    'javascript:alert(1)',
  ])('does not lead to %s afterwards', async (to) => {
    const finished = await new Browser(edge).login(ada, to)
    expect([finished.status, finished.headers.get('location')]).toEqual([302, '/'])
  })
})

describe('a login that is not this browser’s own', () => {
  test('a state is good for one login', async () => {
    const browser = new Browser(edge)
    const callback = await browser.consent(ada)
    const kept = browser.cookies.get(loginCookie) ?? ''
    expect((await browser.request(callback)).status).toBe(302)
    expect(browser.cookies.has(loginCookie)).toBe(false)
    const thief = new Browser(edge)
    thief.cookies.set(loginCookie, kept)
    const again = await thief.request(callback)
    expect(again.status).toBe(400)
    expect(thief.cookies.has(sessionCookie)).toBe(false)
  })

  test("an attacker's callback does not sign a victim in (login CSRF)", async () => {
    const callback = await new Browser(edge).consent(bob)
    const victim = new Browser(edge)
    expect((await victim.request(callback)).status).toBe(400)
    // Nor when the victim has begun a login of its own.
    await victim.consent(ada)
    expect((await victim.request(callback)).status).toBe(400)
    expect(victim.cookies.has(sessionCookie)).toBe(false)
  })

  test.each([
    ['no cookie', undefined],
    ['rubbish', 'rubbish'],
    ['a forged attempt', Buffer.from('{"state":"x"}').toString('base64url')],
  ])('%s', async (_name, cookie) => {
    const browser = new Browser(edge)
    const callback = await browser.consent(ada)
    browser.cookies.clear()
    if (cookie !== undefined) browser.cookies.set(loginCookie, cookie)
    const response = await browser.request(callback)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain('Sign in again')
  })

  test('a wrong or missing state, a doubled parameter, and a code of Discord for somebody else are refused', async () => {
    const other = new URL(`https://portal.example${await new Browser(edge).consent(bob)}`)
    const foreignCode = other.searchParams.get('code') ?? ''
    for (const change of [
      (query: URLSearchParams) => query.set('state', 'x'.repeat(43)),
      (query: URLSearchParams) => query.delete('state'),
      (query: URLSearchParams) => query.append('state', 'y'),
      (query: URLSearchParams) => query.set('code', foreignCode),
    ]) {
      const browser = new Browser(edge)
      const callback = new URL(`https://portal.example${await browser.consent(ada)}`)
      change(callback.searchParams)
      const response = await browser.request(callback.pathname + callback.search)
      expect([400, 502]).toContain(response.status)
      expect(browser.cookies.has(sessionCookie)).toBe(false)
    }
  })

  test('a person who says no at Discord is told so', async () => {
    const browser = new Browser(edge)
    const callback = new URL(`https://portal.example${await browser.consent(ada)}`)
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: '<script>alert(1)</script>',
      state: callback.searchParams.get('state') ?? '',
    })
    const response = await browser.request(`/auth/callback?${query.toString()}`)
    expect(response.status).toBe(403)
    expect(await response.text()).not.toContain('<script>')
  })

  test('Discord that fails, and a config API that is away, are told from each other', async () => {
    const browser = new Browser(edge)
    const first = await browser.consent(ada)
    edge.discord.tokenStatus = 500
    expect((await browser.request(first)).status).toBe(502)
    edge.discord.tokenStatus = 200
    const second = await browser.consent(ada)
    edge.config.isAway = true
    expect((await browser.request(second)).status).toBe(503)
  })
})

describe('sessions', () => {
  test('a token that a browser was given beforehand is never taken over (fixation), and the old one ends', async () => {
    const browser = new Browser(edge)
    await browser.login(ada)
    const first = browser.cookies.get(sessionCookie) ?? ''
    await browser.login(bob)
    const second = browser.cookies.get(sessionCookie) ?? ''
    expect(second).not.toBe(first)
    expect(await browser.query('session.me')).toMatchObject({ data: { user: { userId: bob } } })
    const fixated = new Browser(edge)
    fixated.cookies.set(sessionCookie, first)
    expect(await fixated.query('session.me')).toMatchObject({ status: 401 })

    const chosen = new Browser(edge)
    chosen.cookies.set(sessionCookie, 'A'.repeat(43))
    await chosen.login(ada)
    expect(chosen.cookies.get(sessionCookie)).not.toBe('A'.repeat(43))
  })

  test('who is not signed in is told so, whatever the cookie holds', async () => {
    for (const value of [undefined, '', 'x', 'A'.repeat(43), '%00', 'a'.repeat(5000)]) {
      const browser = new Browser(edge)
      if (value !== undefined) browser.cookies.set(sessionCookie, value)
      expect(await browser.query('session.me')).toMatchObject({
        status: 401,
        failure: { kind: 'Unauthenticated' },
      })
    }
  })

  test('signing out ends the session at once', async () => {
    const browser = new Browser(edge)
    await browser.login(ada)
    const token = browser.cookies.get(sessionCookie) ?? ''
    expect(await browser.mutate('session.logout')).toMatchObject({ status: 200 })
    expect(browser.cookies.has(sessionCookie)).toBe(false)
    browser.cookies.set(sessionCookie, token)
    expect(await browser.query('session.me')).toMatchObject({ status: 401 })
  })

  test('signing out on one device leaves the others signed in, here and at Discord', async () => {
    const [phone, laptop] = [new Browser(edge), new Browser(edge)]
    const grace = '200000000000000077'
    edge.discord.guildsOf.set(grace, [])
    await phone.login(grace)
    await laptop.login(grace)
    expect(await phone.mutate('session.logout')).toMatchObject({ status: 200 })
    expect(await laptop.query('session.me')).toMatchObject({ status: 200 })
    // The list is asked for with the person's own tokens.
    expect(await laptop.query('guilds.list')).toMatchObject({ status: 200, data: { guilds: [] } })
  })

  test('a session revoked elsewhere ends here once what is known of it is no longer fresh', async () => {
    let skippedMs = 0
    const clock = { now: () => Date.now(), monotonicMs: () => performance.now() + skippedMs }
    await using other = await startTestEdge({ beside: edge, overrides: { clock } })
    const browser = new Browser(edge)
    await browser.login(ada)
    const there = browser.at(other)
    expect(await there.query('session.me')).toMatchObject({ status: 200 })
    await browser.mutate('session.logout')
    skippedMs = 15_001
    expect(await there.query('session.me')).toMatchObject({ status: 401 })
  })

  test('an outage of the config API signs nobody out, and tells who it cannot judge to come back (T6)', async () => {
    let skippedMs = 0
    const clock = { now: () => Date.now(), monotonicMs: () => performance.now() + skippedMs }
    await using other = await startTestEdge({ beside: edge, overrides: { clock } })
    const browser = new Browser(edge)
    await browser.login(ada)
    const stranger = new Browser(edge)
    await stranger.login(ada)
    const there = browser.at(other)
    expect(await there.query('session.me')).toMatchObject({ status: 200 })
    edge.config.isAway = true
    skippedMs = 6 * 60_000
    expect(await there.query('session.me')).toMatchObject({ status: 200 })
    expect(await there.query('guild.overview', { guildId: guildA })).toMatchObject({ status: 200 })
    expect(await stranger.at(other).query('session.me')).toMatchObject({
      status: 503,
      failure: { kind: 'Unavailable' },
    })
  })

  test('a session ends at its time', async () => {
    let skippedMs = 0
    const clock = { now: () => Date.now() + skippedMs, monotonicMs: () => performance.now() }
    await using other = await startTestEdge({ beside: edge, overrides: { clock } })
    const browser = new Browser(other)
    await browser.login(ada)
    skippedMs = 168 * 3_600_000 + 30_000
    expect(await browser.query('session.me')).toMatchObject({ status: 200 })
    skippedMs += 60_000
    expect(await browser.query('session.me')).toMatchObject({ status: 401 })
  })
})

describe('mutations by cookie come from the portal’s own pages', () => {
  const portal = 'https://portal.example'
  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a site with our name in its own', { origin: 'https://portal.example.evil.example' }],
    ['a subdomain', { origin: 'https://x.portal.example' }],
    ['plain http', { origin: 'http://portal.example' }],
    ['another port', { origin: 'https://portal.example:444' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['nobody knows where', {}],
    ['a page that lies about its site', { origin: portal, 'sec-fetch-site': 'cross-site' }],
  ])('not from %s', async (_name, headers) => {
    const browser = new Browser(edge)
    await browser.login(ada)
    const answer = await browser.mutate('session.logout', {}, headers)
    expect(answer).toMatchObject({ status: 403, failure: { kind: 'Forbidden' } })
    expect(await browser.query('session.me')).toMatchObject({ status: 200 })
  })

  test('a mutation is no GET, and a simple form cannot make one', async () => {
    const browser = new Browser(edge)
    await browser.login(ada)
    expect((await browser.query('session.logout')).status).toBe(405)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const response = await browser.request('/api/trpc/session.logout', {
        method: 'POST',
        headers: { 'content-type': type, origin: 'https://evil.example' },
        body: '{}',
      })
      expect(response.status).toBeGreaterThanOrEqual(400)
    }
    expect(await browser.query('session.me')).toMatchObject({ status: 200 })
  })

  test('no route but tRPC takes a POST with a cookie', () => {
    const routes = readFileSync(new URL('../src/sessions/login-routes.ts', import.meta.url), 'utf8')
    expect(routes).not.toMatch(/fastify\.(post|put|patch|delete)/)
  })
})

describe('OAuth tokens that run out', () => {
  test('are renewed and stored for every edge', async () => {
    const browser = new Browser(edge)
    edge.discord.guildsOf.set(ada, [])
    edge.discord.expiresInSeconds = 1
    await browser.login(ada)
    edge.discord.expiresInSeconds = 604_800
    const before = edge.config.calls.filter((call) => call === 'sessions.reseal').length
    expect(await browser.query('guilds.list')).toMatchObject({ status: 200, data: { guilds: [] } })
    expect(edge.config.calls.filter((call) => call === 'sessions.reseal').length).toBe(before + 1)
    await using other = await startTestEdge({ beside: edge })
    expect(await browser.at(other).query('guilds.list')).toMatchObject({ status: 200 })
  })

  test('are renewed when Discord no longer takes them', async () => {
    await using other = await startTestEdge({ beside: edge })
    const browser = new Browser(other)
    await browser.login(ada)
    edge.discord.expireAccessTokens()
    expect(await browser.query('guilds.list')).toMatchObject({ status: 200 })
  })

  test('whose grant the person took back at Discord ask for a new login', async () => {
    await using other = await startTestEdge({ beside: edge })
    const browser = new Browser(other)
    await browser.login(ada)
    for (const token of edge.discord.liveTokens) {
      await fetch(`${edge.discord.origin}/api/v10/oauth2/token/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token }),
      })
    }
    expect(await browser.query('guilds.list')).toMatchObject({
      status: 401,
      failure: { kind: 'Unauthenticated' },
    })
  })
})
