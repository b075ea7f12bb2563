import { createLogger, Metrics } from '@guildmesh/runtime'
import { expect, test } from 'vitest'
import { Browser } from './browser.ts'
import { ada, commandIn, guildA, guildB, startTestEdge } from './test-edge.ts'

test('no secret shows in logs, metrics, answers or cookies, whatever goes right or wrong (I17)', async () => {
  const lines: string[] = []
  const logger = createLogger({
    service: 'edge',
    level: 'trace',
    destination: { write: (line) => lines.push(line) },
  })
  const metrics = new Metrics({ processMetrics: false })
  const secrets = {
    DISCORD_CLIENT_SECRET: 'canary-client-secret-1a2b3c',
    SESSION_SECRET: 'canary-session-secret-4d5e6f-long-enough',
    MESH_JOIN_SECRET: 'canary-join-secret-7a8b9c-long-enough-too',
  }
  await using edge = await startTestEdge({ env: secrets, overrides: { logger, metrics } })
  const seen: string[] = []
  const watch = async (response: Promise<Response>) => {
    const answer = await response
    seen.push(JSON.stringify([...answer.headers]), await answer.text())
  }

  const browser = new Browser(edge)
  const callback = await browser.consent(ada)
  const code = new URL(callback, edge.origin).searchParams.get('code') ?? ''
  await watch(browser.request(callback))
  // A code that was used already, and Discord in trouble.
  const second = new Browser(edge)
  const refused = new URL(await second.consent(ada), edge.origin)
  refused.searchParams.set('code', code)
  await watch(second.request(refused.pathname + refused.search))
  edge.discord.tokenStatus = 500
  await watch(second.request(await second.consent(ada)))
  edge.discord.tokenStatus = 200

  const oauthTokens = edge.discord.liveTokens
  await browser.query('guilds.list')
  await browser.query('guild.overview', { guildId: guildB })
  const bearer = 'gmop_canary-operator-token-0d1e2f'
  await new Browser(edge).query('admin.status', undefined, { authorization: `Bearer ${bearer}` })
  edge.gateway(0).refusals.push({ kind: 'Internal', errorId: 'x' })
  await watch(edge.interaction(commandIn(guildA, { token: 'canary-interaction-token' })))
  edge.config.isAway = true
  await watch(edge.interaction(commandIn('900000000000000080', { token: 'canary-interaction-token' })))
  await new Browser(edge).query('admin.status', undefined, { authorization: `Bearer ${bearer}2` })

  const told = [...lines, ...seen, await metrics.registry.metrics()].join('\n')
  expect(lines.length).toBeGreaterThan(5)
  const sessionToken = browser.cookies.get('__Host-guildmesh-session') ?? ''
  const inLogs = [...lines, await metrics.registry.metrics()].join('\n')
  expect(sessionToken).toMatch(/^[\w-]{43}$/)
  expect(inLogs).not.toContain(sessionToken)
  for (const secret of [
    ...Object.values(secrets),
    ...oauthTokens,
    bearer,
    'canary-interaction-token',
    code,
  ]) {
    expect(told).not.toContain(secret)
  }
})
