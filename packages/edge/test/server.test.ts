import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, PortInUseError } from '@guildmesh/runtime'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Browser } from './browser.ts'
import { ada, commandIn, guildA, startTestEdge, type TestEdge, patience } from './test-edge.ts'

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

let folder: string
let edge: TestEdge
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guildmesh-edge-'))
  const portal = join(folder, 'portal')
  await mkdir(join(portal, 'assets'), { recursive: true })
  await writeFile(join(folder, 'secret.txt'), 'the secret')
  await writeFile(join(portal, 'index.html'), '<!doctype html><title>portal</title>')
  await writeFile(join(portal, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(portal, '.env'), 'the secret')
  await writeFile(join(portal, 'assets', 'index-4f3a9b1c.js'), 'console.log(1)')
  edge = await startTestEdge({ env: { PORTAL_DIR: portal } })
})
afterAll(async () => {
  await edge[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(edge.origin + path, { headers, redirect: 'manual' })

describe('the portal', () => {
  test('is served at the root and at every address that only the page knows', async () => {
    for (const path of ['/', '/guild/900000000000000001/dashboard?lookback=7d', '/admin', '/some/where.v2']) {
      const response = await get(path, html)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('<title>portal</title>')
      expect(response.headers.get('cache-control')).toBe('no-cache')
    }
  })

  test('keeps hashed files for ever, and others never without asking', async () => {
    const script = await get('/assets/index-4f3a9b1c.js')
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(script.headers.get('content-type')).toContain('javascript')
    expect((await get('/favicon.svg')).headers.get('cache-control')).toBe('no-cache')
  })

  test('a file that is gone is not answered by the page: a script must not be HTML', async () => {
    for (const headers of [html, { accept: '*/*' }]) {
      const response = await get('/assets/index-00000000.js', headers)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ failure: { kind: 'NotFound' } })
    }
  })

  test('lets its pages load only what is its own, and be framed by nobody', async () => {
    const { headers } = await get('/', html)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain('https://cdn.discordapp.com')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('strict-transport-security')).toContain('max-age=')
    expect(headers.get('referrer-policy')).toBe('same-origin')
  })

  test('does not send browsers of a local portal to https', async () => {
    await using local = await startTestEdge({
      beside: edge,
      env: { PUBLIC_URL: 'http://127.0.0.1:3000', PORTAL_DIR: join(folder, 'portal') },
    })
    const { headers } = await fetch(local.origin, { headers: html })
    expect(headers.get('strict-transport-security')).toBeNull()
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests')
  })

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%252e%252e/secret.txt',
    '/....//secret.txt',
    '//secret.txt',
    '/%00/secret.txt',
    '/index.html%00.txt',
    '/.env',
    '/%2eenv',
    '/%',
    '/%ff',
  ])('%s leads out of its folder for nobody', async (path) => {
    const { status, body } = await rawGet(edge, path)
    expect(body).not.toContain('the secret')
    expect([200, 400, 403, 404]).toContain(status)
  })

  test('that was not built says what to do, and the APIs serve without it', async () => {
    await using bare = await startTestEdge({ beside: edge })
    const response = await fetch(bare.origin, { headers: html })
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('npm run build')
    expect((await bare.interaction(commandIn(guildA))).status).toBe(200)
  })
})

describe('what cannot be answered gets its typed failure', () => {
  test.each([
    ['GET', '/api/nothing'],
    ['GET', '/webhooks/discord'],
    ['POST', '/'],
    ['POST', '/nothing'],
    ['DELETE', '/guild/1'],
    ['GET', '/auth/nothing'],
  ])('%s %s', async (method, path) => {
    const response = await fetch(edge.origin + path, { method, headers: html })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({
      message: expect.any(String),
      failure: { kind: 'NotFound', what: 'page', id: path },
    })
  })

  test('an unknown procedure', async () => {
    expect(await new Browser(edge).query('guild.everything')).toMatchObject({
      status: 404,
      failure: { kind: 'NotFound', what: 'procedure' },
    })
  })

  test('a body over 512 KiB', async () => {
    const response = await fetch(`${edge.origin}/api/trpc/session.logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://portal.example' },
      body: JSON.stringify({ text: 'x'.repeat(600 * 1024) }),
    })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ failure: { kind: 'PayloadTooLarge', limitBytes: 524_288 } })
  })

  test.each([
    ['a body that is no JSON', '{"a":'],
    ['a very deep body', '['.repeat(300_000)],
    [
      'a body that pollutes prototypes',
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
    ],
  ])('%s', async (_name, body) => {
    const browser = new Browser(edge)
    await browser.login(ada)
    const response = await browser.request('/api/trpc/admin.cordon', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://portal.example' },
      body,
    })
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(await response.text()).not.toMatch(/at .*\.ts:\d+/)
    expect('admin' in {}).toBe(false)
  })

  test('an input that is no JSON', async () => {
    const browser = new Browser(edge)
    await browser.login(ada)
    const response = await browser.request('/api/trpc/guild.overview?input=%7B')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { data: { failure: { kind: 'InvalidInput' } } } })
  })
})

describe('limits', () => {
  test('whoever asks too often is told when to come back; health and interactions are not counted', async () => {
    await using busy = await startTestEdge({ beside: edge, env: { RATE_LIMIT_PER_MINUTE: '5' } })
    const browser = new Browser(busy)
    for (let count = 0; count < 5; count++) {
      expect((await browser.request('/api/trpc/session.me')).status).toBe(401)
    }
    const refused = await browser.request('/api/trpc/session.me')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ failure: { kind: 'RateLimited' } })
    for (let count = 0; count < 10; count++) {
      expect((await fetch(`${busy.origin}/healthcheck`)).status).toBe(200)
      expect((await busy.interaction(commandIn(guildA))).status).toBe(200)
    }
  })

  test('a new token for each request does not get around them', async () => {
    await using busy = await startTestEdge({ beside: edge, env: { RATE_LIMIT_PER_MINUTE: '2' } })
    const statuses: number[] = []
    for (let count = 0; count < 12; count++) {
      const headers = { authorization: `Bearer gmop_invented-token-number-${count}` }
      statuses.push(
        (await new Browser(busy).query('admin.status', undefined, headers).catch(() => null))?.status ?? 429,
      )
    }
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401))
    expect(statuses.slice(10)).toEqual([429, 429])
  })

  test('addresses behind a trusted proxy are told apart; an untrusted one cannot invent them', async () => {
    const limits = { RATE_LIMIT_PER_MINUTE: '2' }
    await using proxied = await startTestEdge({ beside: edge, env: { ...limits, TRUST_PROXY: '1' } })
    await using open = await startTestEdge({ beside: edge, env: limits })
    expect(await statusesOfFour(proxied.origin)).toEqual([401, 401, 401, 401])
    expect(await statusesOfFour(open.origin)).toEqual([401, 401, 429, 429])
  })
})

describe('the life-cycle of an edge', () => {
  test('a health check says that it serves', async () => {
    const response = await get('/healthcheck')
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', reason: null }])
    const ready = await fetch(`http://127.0.0.1:${edge.app.opsPort}/readyz?verbose`)
    expect([ready.status, await ready.text()]).toEqual([
      200,
      expect.stringContaining('[+] routing: revision'),
    ])
  })

  test('a browser that goes away is logged as no error of ours', async () => {
    const lines: string[] = []
    const destination = { write: (line: string) => lines.push(line) }
    const logger = createLogger({ service: 'edge', level: 'debug', destination })
    await using watched = await startTestEdge({ overrides: { logger } })
    const browser = new Browser(watched)
    await browser.login(ada)
    const reached = Promise.withResolvers<void>()
    watched.gateway(0).port.guild.overview = () => {
      reached.resolve()
      return new Promise(() => undefined)
    }
    const gone = new AbortController()
    const input = encodeURIComponent(JSON.stringify({ guildId: guildA }))
    const asked = browser.request(`/api/trpc/guild.overview?input=${input}`, { signal: gone.signal })
    await reached.promise
    gone.abort()
    await expect(asked).rejects.toThrow('aborted')
    await vi.waitFor(() => expect(lines.join('')).toContain('went away'), patience)
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })

  test('a port that is taken says what to change', async () => {
    const start = startTestEdge({ beside: edge, env: { PORT: String(edge.app.port) } })
    await expect(start).rejects.toThrow(PortInUseError)
    await expect(start).rejects.toThrow(/Set PORT to a free port/)
  })

  test('a draining edge finishes what is under way, and takes nothing new', async () => {
    await using ending = await startTestEdge({ beside: edge })
    const gateway = edge.gateway(0)
    const before = gateway.answer
    const reached = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    gateway.answer = async () => {
      reached.resolve()
      await release.promise
      return { response: { type: 5 } }
    }
    const underWay = ending.interaction(commandIn(guildA))
    await reached.promise
    const drained = ending.app.drain()
    await expect(fetch(`${ending.origin}/healthcheck`)).rejects.toThrow('fetch failed')
    expect(ending.app.whyNotReady()).toContain('shutting down')
    release.resolve()
    expect(await (await underWay).json()).toEqual({ type: 5 })
    await drained
    gateway.answer = before
  })

  test('an open event stream does not keep an edge from ending', async () => {
    const ending = await startTestEdge({ beside: edge })
    const browser = new Browser(ending)
    await browser.login(ada)
    const events = browser.subscribe('guild.changes', { guildId: guildA }, new AbortController().signal)
    await events.next()
    await ending.app.drain()
    await ending[Symbol.asyncDispose]()
    await expect(readAll(events)).rejects.toThrow('terminated')
  })
})

/** What four addresses are answered, if the edge believes in them. */
async function statusesOfFour(origin: string): Promise<number[]> {
  const all: number[] = []
  for (let host = 1; host <= 4; host++) {
    const headers = { 'x-forwarded-for': `203.0.113.${host}` }
    all.push((await fetch(`${origin}/api/trpc/session.me`, { headers })).status)
  }
  return all
}

async function readAll(events: AsyncIterable<unknown>): Promise<void> {
  const iterator = events[Symbol.asyncIterator]()
  let isOver = false
  while (!isOver) isOver = (await iterator.next()).done ?? false
}

/** A GET whose path goes out exactly as it is: `fetch` would tidy it first. */
function rawGet({ origin }: TestEdge, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: hostname, port, path, headers: html, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    request.on('error', reject)
    request.end()
  })
}
