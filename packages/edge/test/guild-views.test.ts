import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { Browser, type SseEvent } from './browser.ts'
import { ada, guildA, guildB, startTestEdge, type TestEdge, patience } from './test-edge.ts'

const administrator = '8'
const newGuild = GuildId.parse('900000000000000060')
const Cards = z.object({ guilds: z.array(z.looseObject({ guildId: z.string(), state: z.string() })) })

let edge: TestEdge
let browser: Browser
beforeAll(async () => {
  edge = await startTestEdge()
  browser = new Browser(edge)
  await browser.login(ada)
})
beforeEach(() => {
  edge.discord.guildAnswers.length = 0
})
afterAll(async () => {
  await edge[Symbol.asyncDispose]()
})

function inDiscord(id: string, name: string, more: object = {}) {
  return { id, name, icon: null, owner: false, permissions: '0', ...more }
}

describe('the servers of a person', () => {
  test('are those with the bot, as their owners tell, and those that the person could add it to', async () => {
    edge.discord.guildsOf.set(ada, [
      inDiscord(guildA, 'Alpha', { icon: 'abc', owner: true }),
      inDiscord(guildB, 'Beta'),
      inDiscord('900000000000000061', 'Could add', { permissions: administrator }),
      inDiscord('900000000000000062', 'Plain member elsewhere'),
    ])
    const { data } = await browser.query('guilds.list')
    expect(Cards.parse(data).guilds).toEqual([
      {
        guildId: guildA,
        name: 'Alpha',
        iconUrl: `https://cdn.discordapp.com/icons/${guildA}/abc.png?size=128`,
        role: 'owner',
        state: 'ready',
        memberCount: 2,
        setUp: false,
        inviteUrl: null,
      },
      expect.objectContaining({ guildId: guildB, role: 'member', state: 'ready' }),
      expect.objectContaining({
        guildId: '900000000000000061',
        role: 'admin',
        state: 'absent',
        inviteUrl: expect.stringContaining('guild_id=900000000000000061'),
      }),
    ])
  })

  test('show one whose gateway does not answer as unreachable, and the others as ever', async () => {
    await using other = await startTestEdge({ beside: edge })
    const away = { kind: 'Unavailable', service: 'gateway-1', retryAfterMs: 0 } as const
    edge.gateway(1).refusals.push(...Array.from({ length: 20 }, () => away))
    const { data } = await browser.at(other).query('guilds.list')
    edge.gateway(1).refusals.length = 0
    expect(Cards.parse(data).guilds.map(({ guildId, state }) => [guildId, state])).toEqual([
      [guildA, 'ready'],
      [guildB, 'unreachable'],
      ['900000000000000061', 'absent'],
    ])
  })

  test('are asked of Discord once for a page that is opened again, and shown from before while Discord refuses', async () => {
    let skippedMs = 0
    const clock = { now: () => Date.now(), monotonicMs: () => performance.now() + skippedMs }
    await using other = await startTestEdge({ beside: edge, overrides: { clock } })
    const there = browser.at(other)
    const asked = () => edge.discord.requests.filter((path) => path.endsWith('/guilds')).length
    const before = asked()
    await Promise.all([there.query('guilds.list'), there.query('guilds.list'), there.query('guilds.list')])
    await there.query('guilds.list')
    expect(asked()).toBe(before + 1)
    skippedMs = 31_000
    edge.discord.guildAnswers.push({ status: 429, headers: { 'retry-after': '7.5' } })
    expect(await there.query('guilds.list')).toMatchObject({ status: 200 })
    // Discord said when it wants to be asked again; until then it is not.
    expect(await there.query('guilds.list')).toMatchObject({ status: 200 })
    expect(asked()).toBe(before + 2)
    skippedMs += 8000
    edge.discord.guildAnswers.push({ status: 502 })
    expect(await there.query('guilds.list')).toMatchObject({ status: 200 })
    expect(asked()).toBe(before + 3)
  })

  test('that Discord refuses to tell and never told are a failure with a time to come back', async () => {
    await using other = await startTestEdge({ beside: edge })
    edge.discord.guildAnswers.push({ status: 429, headers: { 'retry-after': '3' } })
    expect(await browser.at(other).query('guilds.list')).toMatchObject({
      status: 429,
      failure: { kind: 'RateLimited', retryAfterMs: 3000 },
    })
  })
})

describe('a guild whose owner does not answer', () => {
  test('is unavailable to its own people, and to others as if it did not exist', async () => {
    await using other = await startTestEdge({ beside: edge })
    const away = { kind: 'Internal', errorId: 'x' } as const
    for (const [guildId, gateway, kind] of [
      [guildA, 0, 'Internal'],
      [GuildId.parse('900000000000000063'), 2, 'Forbidden'],
    ] as const) {
      edge.config.assign(guildId, gatewayIdOf(gateway))
      edge.gateway(gateway).refusals.push(away)
      const { failure } = await browser.at(other).query('guild.overview', { guildId })
      expect(failure?.kind).toBe(kind)
    }
    // Put back: gateway-0 knows guild A under its first epoch.
    const guild = edge.gateway(0).guilds.get(guildA)
    if (guild) guild.epoch = edge.config.assignments.get(guildA)?.epoch ?? 0
  })
})

describe('live changes', () => {
  test('come from the owner, and from its successor when the guild has moved', async () => {
    const members = new Map(edge.gateway(0).guilds.get(guildA)?.members)
    const first = edge.config.assign(newGuild, gatewayIdOf(0))
    edge.gateway(0).guilds.set(newGuild, { epoch: first.epoch, name: 'live', members })
    const stop = new AbortController()
    const events = changesOf(newGuild, stop.signal)
    expect(await events.next()).toMatchObject({ value: { guildId: newGuild } })
    edge.gateway(0).commit(newGuild)
    expect(await events.next()).toMatchObject({ value: { guildId: newGuild } })

    const moved = edge.config.assign(newGuild, gatewayIdOf(1))
    edge.gateway(0).guilds.delete(newGuild)
    edge.gateway(1).guilds.set(newGuild, { epoch: moved.epoch, name: 'live', members })
    expect(await events.next()).toMatchObject({ value: { guildId: newGuild } })
    await vi.waitFor(() => expect(edge.gateway(0).listenersOf(newGuild)).toBe(0), patience)
    edge.gateway(1).commit(newGuild)
    expect(await events.next()).toMatchObject({ value: { guildId: newGuild } })

    // An owner that restarts ends its subscriptions without a word.
    edge.gateway(1).hangUp(newGuild)
    expect(await events.next()).toMatchObject({ value: { guildId: newGuild } })

    stop.abort()
    await vi.waitFor(() => expect(edge.gateway(1).listenersOf(newGuild)).toBe(0), patience)
  })

  test('end for who has lost the role or the session meanwhile', async () => {
    let skippedMs = 0
    const clock = { now: () => Date.now(), monotonicMs: () => performance.now() + skippedMs }
    await using other = await startTestEdge({ beside: edge, overrides: { clock } })
    const owner = edge.config.assignments.get(newGuild)?.gatewayId === 'gateway-1' ? 1 : 0
    const members = edge.gateway(owner).guilds.get(newGuild)?.members
    const member = members?.get(ada)
    const there = new Browser(other)
    await there.login(ada)
    for (const lose of [
      async () => {
        if (member) members?.set(ada, { ...member, isOwner: false })
      },
      async () => {
        if (member) members?.set(ada, member)
        skippedMs += 60_000
        await there.mutate('session.logout')
      },
    ]) {
      if (member) members?.set(ada, member)
      skippedMs += 60_000
      const stop = new AbortController()
      const events = there.subscribe('guild.changes', { guildId: newGuild }, stop.signal)
      expect(await firstData(events)).toContain(newGuild)
      await lose()
      skippedMs += 31_000
      edge.gateway(owner).commit(newGuild)
      expect(await firstData(events)).toMatch(/Forbidden|Unauthenticated/)
      stop.abort()
    }
  })
})

/** The changes that a browser is told of. */
async function* changesOf(guildId: GuildId, signal: AbortSignal): AsyncGenerator<unknown, void> {
  try {
    for await (const { event, data } of browser.subscribe('guild.changes', { guildId }, signal)) {
      if (event === '' && data !== '') yield JSON.parse(data)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function firstData(events: AsyncGenerator<SseEvent, void>): Promise<string> {
  for (;;) {
    const next = await events.next()
    if (next.done) return 'ended'
    const { event, data } = next.value
    if (event !== 'connected' && event !== 'ping' && data !== '') return data
  }
}
