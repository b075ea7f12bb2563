import { describeProcedures, portalRouter } from '@guildmesh/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Browser } from './browser.ts'
import {
  ada,
  bob,
  guildA,
  guildB,
  guildUnknown,
  mia,
  olga,
  startTestEdge,
  type TestEdge,
} from './test-edge.ts'

const now = 1_763_683_200_000
/** An input for every procedure that takes part in a guild's data, whatever else it asks for. */
const fields = {
  from: now - 86_400_000,
  to: now,
  interval: 'hour',
  gatewayId: 'gateway-0',
  target: 'gateway-1',
  reason: 'a test',
  idempotencyKey: 'isolation-test-1',
  name: 'a test',
  tokenId: '00000000-0000-4000-8000-000000000000',
}
const inputFor = (guildId: string) => ({ guildId, ...fields })

/** Every procedure whose input names a guild, read from the router itself: a new one is walked without being listed. */
const guildProcedures = [...describeProcedures(portalRouter)]
  .filter(([, { inputs }]) =>
    inputs.some((input) => input.safeParse(inputFor(guildA)).success && namesGuild(input)),
  )
  .map(([path, { type, meta }]) => ({ path, type, meta }))

function namesGuild(input: z.ZodType): boolean {
  return input instanceof z.ZodObject && 'guildId' in input.shape
}

let edge: TestEdge
const browsers = new Map<string, Browser>()
beforeAll(async () => {
  edge = await startTestEdge()
  for (const userId of [ada, bob, mia, olga]) {
    const browser = new Browser(edge)
    await browser.login(userId)
    browsers.set(userId, browser)
    edge.discord.guildsOf.set(userId, [])
  }
})
afterAll(async () => {
  await edge[Symbol.asyncDispose]()
})

function browserOf(userId: string): Browser {
  return browsers.get(userId) ?? new Browser(edge)
}

/** All that a person is shown by a procedure: the answer, or the first event. */
async function shown(
  userId: string,
  { path, type }: { path: string; type: string },
  input: object,
): Promise<string> {
  const browser = browserOf(userId)
  if (type === 'subscription') {
    const stop = new AbortController()
    try {
      for await (const { event, data } of browser.subscribe(path, input, stop.signal)) {
        if (data !== '' && event !== 'connected') return `${event} ${data}`
      }
    } finally {
      stop.abort()
    }
    return 'ended'
  }
  const answer = type === 'query' ? await browser.query(path, input) : await browser.mutate(path, input)
  return JSON.stringify(answer)
}

test('the walk finds the procedures that name a guild', () => {
  expect(guildProcedures.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      'guild.overview',
      'guild.activity',
      'guild.changes',
      'admin.locate',
      'admin.reassign',
    ]),
  )
})

test.each(guildProcedures.filter(({ meta }) => meta.callers.includes('guild')))(
  '$path shows a guild to its own moderators',
  async (procedure) => {
    for (const [userId, guildId, gateway] of [
      [ada, guildA, 0],
      [bob, guildB, 1],
    ] as const) {
      const before = edge.gateway(gateway).asked.length
      const text = await shown(userId, procedure, inputFor(guildId))
      expect(text).toContain(guildId)
      expect(text).not.toContain('Forbidden')
      expect(edge.gateway(gateway).asked.length).toBeGreaterThan(before)
    }
  },
)

describe.each(guildProcedures)('$path ($type)', (procedure) => {
  const guildOnly = procedure.meta.callers.includes('guild')

  test('never shows guild A on a request of somebody of B, nor the other way round (I16)', async () => {
    for (const [userId, foreign, gateway] of [
      [ada, guildB, 1],
      [bob, guildA, 0],
    ] as const) {
      const before = edge.gateway(gateway).methods.length
      const refused = await shown(userId, procedure, inputFor(foreign))
      expect(refused).toMatch(/Forbidden|FORBIDDEN/)
      expect(refused).not.toContain(foreign)
      expect(refused).not.toMatch(/Guild [AB]/)
      // The owner was asked who they are, and for nothing else.
      const asked = new Set(edge.gateway(gateway).methods.slice(before))
      expect([...asked].filter((method) => method !== 'guild.member')).toEqual([])
    }
  })

  test('answers the same for a guild that exists and for one that does not', async () => {
    const refusals = await Promise.all(
      [guildB, guildUnknown].map((guildId) => shown(ada, procedure, inputFor(guildId))),
    )
    expect(refusals[0]).toBe(refusals[1])
  })

  test('shows nothing to a plain member, to an operator without the role, or to nobody', async () => {
    for (const userId of guildOnly ? [mia, olga] : [mia]) {
      const text = await shown(userId, procedure, inputFor(guildA))
      expect(text).toMatch(/Forbidden|FORBIDDEN/)
    }
    expect(await shown('nobody', procedure, inputFor(guildA))).toMatch(/Unauthenticated|UNAUTHORIZED/)
  })

  test('takes no id that is not one', async () => {
    for (const guildId of [
      '1@169.254.169.254',
      `${guildA}\r\nX: y`,
      `${guildA}/../${guildB}`,
      `${guildA}' OR '1'='1`,
      'Infinity',
      '',
      null,
      { $ne: null },
      [guildA],
      Number(guildA),
    ]) {
      const text = await shown(ada, procedure, { ...inputFor(guildA), guildId })
      expect(text).toMatch(/InvalidInput|BAD_REQUEST|Forbidden|FORBIDDEN/)
      expect(text).not.toContain('Guild A')
    }
  })
})

test('an id beside the input (path, query, header, body, second input) changes nothing', async () => {
  const browser = browserOf(ada)
  const input = encodeURIComponent(JSON.stringify({ guildId: guildA }))
  const foreign = encodeURIComponent(JSON.stringify({ guildId: guildB }))
  for (const path of [
    `/api/trpc/guild.overview?guildId=${guildB}&input=${input}`,
    `/api/trpc/guild.overview?input=${input}&input=${foreign}`,
    `/api/trpc/guild.overview?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: { guildId: guildA }, 1: { guildId: guildB } }))}`,
    `/api/trpc/guild.overview,guild.overview?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: { guildId: guildA }, 1: { guildId: guildB } }))}`,
  ]) {
    const response = await browser.request(path, { headers: { 'x-guild-id': guildB } })
    expect(await response.text()).not.toContain('Guild B')
  }
})

test('an owner that answers about another guild is not believed', async () => {
  edge.gateway(0).overviewOf = guildB
  const { failure } = await browserOf(ada).query('guild.overview', { guildId: guildA })
  expect(failure).toMatchObject({ kind: 'Internal' })
  edge.gateway(0).overviewOf = null
})

test('roles are what the owner says, not what the person once was', async () => {
  let skippedMs = 0
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() + skippedMs }
  await using other = await startTestEdge({ beside: edge, overrides: { clock } })
  const members = edge.gateway(0).guilds.get(guildA)?.members
  const browser = new Browser(other)
  await browser.login(mia)
  const roleNow = async (change: object) => {
    const known = members?.get(mia)
    if (known) members?.set(mia, { ...known, ...change })
    skippedMs += 3001
    const { data, failure } = await browser.query('guild.overview', { guildId: guildA })
    return failure?.kind ?? z.object({ viewerRole: z.string() }).parse(data).viewerRole
  }
  expect(await roleNow({})).toBe('Forbidden')
  expect(await roleNow({ isModerator: true })).toBe('moderator')
  expect(await roleNow({ isModerator: false, permissions: `${1 << 13}` })).toBe('moderator')
  expect(await roleNow({ permissions: `${1 << 5}` })).toBe('admin')
  expect(await roleNow({ permissions: `${1 << 3}` })).toBe('admin')
  expect(await roleNow({ isOwner: true, permissions: '0' })).toBe('owner')
  expect(await roleNow({ inGuild: false })).toBe('Forbidden')
})
