import { connect } from 'node:net'
import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { commandIn, guildA, guildB, startTestEdge, type TestEdge, patience } from './test-edge.ts'

let edge: TestEdge
beforeAll(async () => {
  edge = await startTestEdge()
})
afterEach(() => {
  edge.config.isAway = false
})
afterAll(async () => {
  await edge[Symbol.asyncDispose]()
})

const url = () => `${edge.origin}/webhooks/discord`
const answeredBy = (gateway: string) => ({ type: 4, data: { content: `answered by ${gateway}` } })

test('a signed interaction is answered, in the body, by the gateway that owns its guild', async () => {
  for (const [guildId, owner] of [
    [guildA, 'gateway-0'],
    [guildB, 'gateway-1'],
  ] as const) {
    const response = await edge.interaction(commandIn(guildId))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toEqual(answeredBy(owner))
  }
})

test('the owner is given the payload as it came, the interaction id, and what is left of 2.3 s', async () => {
  const payload = commandIn(guildA, {
    member: { user: { id: '700000000000000001' }, roles: [] },
    extra: [1, null],
  })
  const seen: unknown[] = []
  const gateway = edge.gateway(0)
  const before = gateway.answer
  gateway.answer = async (given, call) => {
    seen.push(given)
    expect(call.remainingMs()).toBeGreaterThan(0)
    expect(call.remainingMs()).toBeLessThanOrEqual(2300)
    return { response: { type: 5 } }
  }
  expect(await (await edge.interaction(payload)).json()).toEqual({ type: 5 })
  expect(seen).toEqual([payload])
  gateway.answer = before
})

test('what the owner has already told Discord through the callback route is not said again: an empty 202', async () => {
  const gateway = edge.gateway(0)
  const before = gateway.answer
  gateway.answer = async () => ({ response: { type: 4 }, delivered: true })
  const response = await edge.interaction(commandIn(guildA))
  expect(response.status).toBe(202)
  expect(await response.text()).toBe('')
  gateway.answer = before
})

test('PINGs are answered here; webhook events are taken', async () => {
  const ping = await edge.interaction({ type: 1, id: '1100000000000000001', application_id: '8', version: 1 })
  expect([ping.status, await ping.json()]).toEqual([200, { type: 1 }])
  const eventPing = await edge.interaction({ version: 1, application_id: '8', type: 0 })
  expect([eventPing.status, await eventPing.text()]).toEqual([204, ''])
  const event = await edge.interaction({
    version: 1,
    type: 1,
    event: { type: 'APPLICATION_AUTHORIZED', data: {} },
  })
  expect(event.status).toBe(204)
})

describe('what is not signed over exactly its bytes gets 401, and reaches no gateway', () => {
  const body = JSON.stringify(commandIn(guildA), null, 2)

  test.each([
    ['no signature', () => ({ 'x-signature-ed25519': '' }), 'malformed'],
    ['an odd number of hex digits', (s: string) => ({ 'x-signature-ed25519': s.slice(1) }), 'malformed'],
    ['another timestamp', () => ({ 'x-signature-timestamp': '1763683201' }), 'bad-signature'],
    ['no timestamp', () => ({ 'x-signature-timestamp': '' }), 'malformed'],
    [
      'a changed digit',
      (s: string) => ({ 'x-signature-ed25519': (s.startsWith('0') ? '1' : '0') + s.slice(1) }),
      'bad-signature',
    ],
  ])('%s', async (_name, change, reason) => {
    const asked = edge.gateway(0).asked.length
    const headers = edge.signed(body)
    const response = await fetch(url(), {
      method: 'POST',
      headers: { ...headers, ...change(headers['x-signature-ed25519'] ?? '') },
      body,
    })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ failure: { kind: 'Unauthenticated', reason } })
    expect(edge.gateway(0).asked.length).toBe(asked)
  })

  test('no signature headers at all', async () => {
    const response = await fetch(url(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ failure: { kind: 'Unauthenticated', reason: 'missing' } })
  })

  test('two signatures', async () => {
    const headers = new Headers(edge.signed(body))
    headers.append('x-signature-ed25519', headers.get('x-signature-ed25519') ?? '')
    expect((await fetch(url(), { method: 'POST', headers, body })).status).toBe(401)
  })

  test('the same JSON, serialised again (T9)', async () => {
    const again = JSON.stringify(JSON.parse(body))
    const response = await fetch(url(), { method: 'POST', headers: edge.signed(body), body: again })
    expect(response.status).toBe(401)
    const right = await fetch(url(), { method: 'POST', headers: edge.signed(again), body: again })
    expect(right.status).toBe(200)
  })

  test('whatever the content type says', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const headers = { ...edge.signed(body), 'content-type': type }
      expect((await fetch(url(), { method: 'POST', headers, body })).status).toBe(200)
      expect((await fetch(url(), { method: 'POST', headers, body: `${body} ` })).status).toBe(401)
    }
  })

  test('an empty body', async () => {
    expect((await fetch(url(), { method: 'POST' })).status).toBe(401)
  })
})

describe('signed requests that cannot be read get their typed failure', () => {
  test.each([
    ['not JSON', '{"type": 2,'],
    ['deep JSON', `{"type":2,"data":${'['.repeat(200_000)}`],
    ['a malformed snowflake', JSON.stringify(commandIn('1@169.254.169.254'))],
    ['a snowflake as a number', JSON.stringify(commandIn(guildA)).replace(/"id":"(\d+)"/, '"id":$1')],
  ])('%s', async (_name, body) => {
    const response = await fetch(url(), { method: 'POST', headers: edge.signed(body), body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ failure: { kind: 'InvalidInput' } })
  })

  test('64 MiB, told beforehand: refused without being read', async () => {
    const answer = await speak(edge, [
      'POST /webhooks/discord HTTP/1.1\r\nhost: edge\r\ncontent-length: 67108864\r\n\r\n',
    ])
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(answer).toContain('"kind":"PayloadTooLarge","limitBytes":524288')
    expect(answer.toLowerCase()).toContain('connection: close')
  })

  test('a body without end: refused at 512 KiB', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x1_0000)}\r\n`
    const answer = await speak(edge, [
      'POST /webhooks/discord HTTP/1.1\r\nhost: edge\r\ntransfer-encoding: chunked\r\n\r\n',
      ...Array.from({ length: 9 }, () => chunk),
    ])
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(answer).toContain('"limitBytes":524288')
  })

  test('a sender that stops half-way is cut off when the budget is spent', async () => {
    const answer = await speak(edge, [
      'POST /webhooks/discord HTTP/1.1\r\nhost: edge\r\ncontent-length: 100\r\n\r\n{"type":',
    ])
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(answer).toContain('"kind":"DeadlineExceeded"')
  })
})

describe('routing', () => {
  test('a guild that nobody owns yet is assigned, once, because the bot is in it', async () => {
    const guildId = GuildId.parse('900000000000000050')
    edge.gateway(2).guilds.set(guildId, { epoch: 1, name: 'new', members: new Map() })
    const before = count(edge.config.calls, 'assignments.ensure')
    expect(await (await edge.interaction(commandIn(guildId))).json()).toEqual(answeredBy('gateway-2'))
    expect(await (await edge.interaction(commandIn(guildId))).json()).toEqual(answeredBy('gateway-2'))
    expect(count(edge.config.calls, 'assignments.ensure') - before).toBe(1)
  })

  test('a guild without the bot, and direct messages, are assigned to nobody and always go to the same gateway', async () => {
    const before = edge.config.calls.length
    const foreign = commandIn('900000000000000051', {
      authorizing_integration_owners: { '1': '700000000000000001' },
    })
    const direct = commandIn('900000000000000051', {
      guild_id: undefined,
      authorizing_integration_owners: { '0': '0' },
    })
    const answers = new Set<string>()
    for (const payload of [foreign, direct, foreign, direct]) {
      answers.add(await (await edge.interaction(payload)).text())
    }
    expect(answers.size).toBe(1)
    expect([...answers][0]).toMatch(/answered by gateway-\d/)
    expect(edge.config.calls.length).toBe(before)
  })

  test('a guild that has moved is followed to its new owner', async () => {
    const guildId = GuildId.parse('900000000000000052')
    edge.config.assign(guildId, gatewayIdOf(0))
    const moved = edge.config.assign(guildId, gatewayIdOf(1), { tell: false })
    edge.gateway(1).guilds.set(guildId, { epoch: moved.epoch, name: 'moved', members: new Map() })
    edge
      .gateway(0)
      .refusals.push({ kind: 'GuildMoved', guildId, gatewayId: gatewayIdOf(1), epoch: moved.epoch })
    expect(await (await edge.interaction(commandIn(guildId))).json()).toEqual(answeredBy('gateway-1'))
    // The table has learnt it: the old owner is not asked again.
    const asked = edge.gateway(0).asked.length
    expect(await (await edge.interaction(commandIn(guildId))).json()).toEqual(answeredBy('gateway-1'))
    expect(edge.gateway(0).asked.length).toBe(asked)
  })

  test('if two gateways each name the other, nobody is called under an older epoch', async () => {
    const guildId = GuildId.parse('900000000000000053')
    edge.config.assign(guildId, gatewayIdOf(0))
    edge.config.assign(guildId, gatewayIdOf(0))
    const epochs: number[] = []
    for (const [here, there] of [
      [0, 1],
      [1, 0],
    ] as const) {
      for (let round = 0; round < 3; round++) {
        edge
          .gateway(here)
          .refusals.push({ kind: 'GuildMoved', guildId, gatewayId: gatewayIdOf(there), epoch: 1 })
      }
    }
    const response = await edge.interaction(commandIn(guildId))
    expect(response.status).toBe(200)
    for (const gateway of edge.gateways.values()) {
      for (const { guildId: asked, epoch } of gateway.asked)
        if (asked === guildId && epoch) epochs.push(epoch)
      gateway.refusals.length = 0
    }
    expect(epochs.length).toBeGreaterThan(0)
    expect(Math.min(...epochs)).toBe(2)
  })

  test('a guild that is fenced for a moment is waited for', async () => {
    edge
      .gateway(0)
      .refusals.push(
        { kind: 'GuildFenced', guildId: guildA, retryAfterMs: 30 },
        { kind: 'GuildFenced', guildId: guildA, retryAfterMs: 30 },
      )
    expect(await (await edge.interaction(commandIn(guildA))).json()).toEqual(answeredBy('gateway-0'))
  })
})

describe('when the owner cannot answer inside the budget, the person is asked to try again, in an answer that only they see', () => {
  const ephemeral = { type: 4, data: { flags: 64, content: expect.stringContaining('try again') } }

  test('an owner that hangs', async () => {
    const gateway = edge.gateway(0)
    const before = gateway.answer
    gateway.answer = () => new Promise(() => undefined)
    const response = await edge.interaction(commandIn(guildA))
    expect([response.status, await response.json()]).toEqual([200, ephemeral])
    gateway.answer = before
  })

  test('an owner that is fenced for longer', async () => {
    for (let index = 0; index < 10; index++) {
      edge.gateway(0).refusals.push({ kind: 'GuildFenced', guildId: guildA, retryAfterMs: 1200 })
    }
    const response = await edge.interaction(commandIn(guildA))
    expect([response.status, await response.json()]).toEqual([200, ephemeral])
    edge.gateway(0).refusals.length = 0
  })

  test('an autocomplete gets no choices instead: nothing else may answer one', async () => {
    edge.gateway(0).refusals.push({ kind: 'Internal', errorId: 'x' })
    const response = await edge.interaction(commandIn(guildA, { type: 4 }))
    expect(await response.json()).toEqual({ type: 8, data: { choices: [] } })
  })

  test('a new guild while there is no gateway for it', async () => {
    edge.config.placeOn = null
    const response = await edge.interaction(commandIn('900000000000000054'))
    expect([response.status, await response.json()]).toEqual([200, ephemeral])
    edge.config.placeOn = gatewayIdOf(2)
  })
})

test('who defers interactions is asked for the answer; what it cannot store is not promised', async () => {
  const asked: string[] = []
  await using deferring = await startTestEdge({
    beside: edge,
    overrides: {
      answerLater: {
        async answerLater({ interactionId }) {
          asked.push(interactionId)
          if (asked.length > 1) throw new Error('the outbox is away')
          return { type: 5, data: { flags: 64 } }
        },
      },
    },
  })
  const payload = commandIn(guildA)
  const failure = { kind: 'Internal', errorId: 'x' } as const
  edge.gateway(0).refusals.push(failure)
  expect(await (await deferring.interaction(payload)).json()).toEqual({ type: 5, data: { flags: 64 } })
  edge.gateway(0).refusals.push(failure)
  expect(await (await deferring.interaction(payload)).json()).toMatchObject({ type: 4, data: { flags: 64 } })
  expect(asked).toEqual([payload['id'], payload['id']])
})

describe('a control-plane outage (T6)', () => {
  test('known guilds go on being served, and moves are followed by what gateways say', async () => {
    edge.config.isAway = true
    expect(await (await edge.interaction(commandIn(guildA))).json()).toEqual(answeredBy('gateway-0'))
    const guildId = GuildId.parse('900000000000000055')
    edge.config.assign(guildId, gatewayIdOf(0))
    edge.gateway(1).guilds.set(guildId, { epoch: 2, name: 'moved', members: new Map() })
    edge.gateway(0).refusals.push({ kind: 'GuildMoved', guildId, gatewayId: gatewayIdOf(1), epoch: 2 })
    await vi.waitFor(async () => {
      expect(await (await edge.interaction(commandIn(guildId))).json()).toEqual(answeredBy('gateway-1'))
    }, patience)
  })
})

test('outcomes are counted, and requests timed', async () => {
  const metrics = await (await fetch(`http://127.0.0.1:${edge.app.opsPort}/metrics`)).text()
  for (const outcome of [
    'answered',
    'late',
    'ping',
    'event-ping',
    'signature-mismatch',
    'unreadable',
    'refused',
  ]) {
    expect(metrics).toMatch(
      new RegExp(`guildmesh_edge_webhook_requests_total\\{outcome="${outcome}"\\} [1-9]`),
    )
  }
  expect(metrics).toContain('guildmesh_edge_webhook_duration_seconds_bucket')
  expect(metrics).toMatch(/guildmesh_edge_owner_retries_total\{failure="GuildMoved"\} [1-9]/)
})

/** Sends bytes as they are and gives all that comes back until the edge hangs up. */
function speak({ origin }: TestEdge, parts: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      for (const part of parts) socket.write(part)
    })
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.on('close', () => resolve(answer))
    // The edge may hang up while we are still sending.
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
  })
}

function count(calls: readonly string[], name: string): number {
  return calls.filter((call) => call === name).length
}
