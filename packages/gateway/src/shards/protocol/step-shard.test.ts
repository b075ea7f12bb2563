import { expect, test } from 'vitest'
import { afterClose } from './close-code.ts'
import { type DiscordFrame, discordOp } from './discord-frame.ts'
import { ladderLimits } from './resume-ladder.ts'
import { stepShard } from './step-shard.ts'
import {
  idleShard,
  type ShardAction,
  type ShardContext,
  type ShardInput,
  type ShardState,
  shardTimings,
} from './shard-state.ts'

const session = { generation: 7, sessionId: 's7', resumeUrl: 'wss://resume.example', seq: 40 }
const hello: ShardInput = { type: 'frame', frame: { op: 'hello', heartbeatIntervalMs: 40_000 } }
const frame = (value: DiscordFrame): ShardInput => ({ type: 'frame', frame: value })
const dispatch = (type: string, seq: number, data: unknown = {}) =>
  frame({ op: 'dispatch', type, seq, data, size: 10 })
const ready = (seq = 1) => dispatch('READY', seq, { session_id: 's8', resume_gateway_url: 'wss://r.example' })
const permit: ShardInput = { type: 'permit', generation: 8, waitMs: 0 }

/** Runs inputs through the protocol and keeps what it wanted done. */
class Run {
  state: ShardState = idleShard
  actions: readonly ShardAction[] = []
  context: ShardContext = {
    nowMs: 1000,
    random: 0.5,
    resumeSeq: 38,
    paused: false,
    token: 'token',
    shard: [2, 3],
    intents: 513,
  }

  feed(...inputs: ShardInput[]): this {
    for (const input of inputs) {
      const step = stepShard(this.state, input, this.context)
      this.state = step.state
      this.actions = step.actions
    }
    return this
  }

  at(nowMs: number): this {
    this.context = { ...this.context, nowMs }
    return this
  }

  with(changes: Partial<ShardContext>): this {
    this.context = { ...this.context, ...changes }
    return this
  }

  did<K extends ShardAction['do']>(kind: K): Extract<ShardAction, { do: K }>[] {
    return this.actions.filter((action): action is Extract<ShardAction, { do: K }> => action.do === kind)
  }

  get sent() {
    return this.did('send').map(({ payload }) => payload)
  }
}

const resumed = () => new Run().feed({ type: 'start', session }, hello, dispatch('RESUMED', 41))
const identified = () =>
  new Run().feed({ type: 'start', session: null }, permit, hello, due('identify'), ready())
const due = (timer: 'identify' | 'beat' | 'patience'): ShardInput => ({ type: 'due', timer })

test('without a session, IDENTIFY goes out only with a permit, and its generation names the session', () => {
  const run = new Run().feed({ type: 'start', session: null })
  expect(run.did('request-permit')).toHaveLength(1)
  expect(run.did('connect')).toHaveLength(0)
  run.feed(permit)
  expect(run.did('connect')).toEqual([{ do: 'connect', host: 'main', afterMs: 0 }])
  run.feed(hello)
  expect(run.sent).toEqual([])
  run.feed(due('identify'))
  expect(run.sent).toEqual([
    expect.objectContaining({
      op: discordOp.identify,
      d: expect.objectContaining({ shard: [2, 3], intents: 513, token: 'token' }),
    }),
  ])
  run.feed(ready())
  expect(run.did('session')).toEqual([
    {
      do: 'session',
      session: { generation: 8, sessionId: 's8', resumeUrl: 'wss://r.example' },
      seq: 1,
      guildIds: null,
    },
  ])
  expect(run.state.phase.name).toBe('live')
})

test("a permit's moment is waited for, with the socket open shortly before it", () => {
  const run = new Run().feed(
    { type: 'start', session: null },
    { type: 'permit', generation: 8, waitMs: 11_000 },
  )
  expect(run.did('connect')).toMatchObject([{ afterMs: 11_000 - shardTimings.identifyLeadMs }])
  run.at(10_500).feed(hello)
  expect(run.did('set-timer')).toContainEqual({ do: 'set-timer', timer: 'identify', afterMs: 1500 })
})

test('a permit that no IDENTIFY has used serves the next attempt; one that was used does not', () => {
  const run = new Run().feed({ type: 'start', session: null }, permit, { type: 'closed', code: 1006 })
  expect(run.did('request-permit')).toHaveLength(0)
  expect(run.state.permit?.generation).toBe(8)
  run.feed(hello, due('identify'), { type: 'closed', code: 1006 })
  expect(run.did('request-permit')).toHaveLength(1)
  expect(run.state.permit).toBeNull()
})

test('RESUME and heartbeats carry the checkpoint, not the received seq', () => {
  const run = new Run().feed({ type: 'start', session }, hello)
  expect(run.sent).toEqual([{ op: discordOp.resume, d: { token: 'token', session_id: 's7', seq: 38 } }])
  run.feed(dispatch('RESUMED', 41), due('beat'))
  expect(run.sent).toEqual([{ op: discordOp.heartbeat, d: 38 }])
})

test('what is replayed again after a RESUME is dropped, so that each position is given out once (I3)', () => {
  const run = new Run().feed({ type: 'start', session }, hello)
  const given: number[] = []
  for (const seq of [39, 40, 41, 41, 42]) {
    run.feed(dispatch('MESSAGE_CREATE', seq))
    given.push(...run.did('dispatch').map((action) => action.dispatch.seq))
  }
  expect(given).toEqual([41, 42])
})

test('the first heartbeat is jittered, later ones keep the interval', () => {
  const run = new Run().with({ random: 0.25 }).feed({ type: 'start', session }, hello)
  expect(run.did('set-timer')).toContainEqual({ do: 'set-timer', timer: 'beat', afterMs: 10_000 })
  run.feed(due('beat'))
  expect(run.did('set-timer')).toContainEqual({ do: 'set-timer', timer: 'beat', afterMs: 40_000 })
})

test('a heartbeat without answer means a dead socket: left with a code that keeps the session, then RESUME', () => {
  const run = resumed().feed(due('beat'), due('beat'))
  expect(run.did('close')).toMatchObject([{ code: 4200 }])
  expect(run.did('connect')).toMatchObject([{ host: 'resume' }])
  expect(run.state.session?.sessionId).toBe('s7')
})

test('an answered heartbeat does not; neither does a missing answer while reading is paused', () => {
  const answered = resumed().feed(due('beat'), frame({ op: 'heartbeat-ack' }), due('beat'))
  expect(answered.did('close')).toEqual([])
  const paused = resumed().with({ paused: true }).feed(due('beat'), due('beat'))
  expect(paused.did('close')).toEqual([])
  paused.with({ paused: false }).feed({ type: 'read-again' }, due('beat'))
  expect(paused.did('close')).toEqual([])
})

test('Discord may ask for a heartbeat at any time', () => {
  expect(resumed().feed(frame({ op: 'heartbeat-wanted' })).sent).toEqual([{ op: discordOp.heartbeat, d: 38 }])
})

test('op 7 is answered with RESUME at once', () => {
  const run = resumed().feed(frame({ op: 'reconnect' }))
  expect(run.did('close')).toMatchObject([{ code: 4200 }])
  expect(run.did('connect')).toEqual([{ do: 'connect', host: 'resume', afterMs: 0 }])
})

test('op 9 true resumes after a pause; op 9 false ends the session and asks for a permit after a pause', () => {
  const kept = resumed().feed(frame({ op: 'invalid-session', resumable: true }))
  expect(kept.did('connect')).toMatchObject([{ host: 'resume', afterMs: 3000 }])
  const lost = resumed().feed(frame({ op: 'invalid-session', resumable: false }))
  expect(lost.did('session-ended')).toHaveLength(1)
  expect(lost.did('request-permit')).toEqual([{ do: 'request-permit', afterMs: 3000 }])
  expect(lost.state.session).toBeNull()
})

test.each([4007, 4009])('close code %i ends the session', (code) => {
  const run = resumed().feed({ type: 'closed', code })
  expect(run.did('session-ended')).toHaveLength(1)
  expect(run.did('request-permit')).toHaveLength(1)
})

test('close code 4009 on a socket that has not asked for the session yet does not end it', () => {
  const run = new Run().feed({ type: 'start', session }, { type: 'closed', code: 4009 })
  expect(run.state.session?.sessionId).toBe('s7')
  expect(run.did('connect')).toHaveLength(1)
})

test.each([1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4008, 4999])(
  'close code %i is tried with RESUME',
  (code) => {
    const run = resumed().feed({ type: 'closed', code })
    expect(run.did('connect')).toMatchObject([{ host: 'resume' }])
    expect(run.did('request-permit')).toEqual([])
  },
)

test.each([4004, 4010, 4011, 4012, 4013, 4014])(
  'close code %i is never followed by another attempt',
  (code) => {
    const run = resumed().feed({ type: 'closed', code })
    expect(run.did('refused')).toHaveLength(1)
    run.feed(hello, due('beat'), due('patience'), due('identify'), permit, { type: 'closed', code: 1006 })
    expect(run.actions).toEqual([])
    expect(run.state.phase.name).toBe('refused')
  },
)

function message(code: number): string {
  const meaning = afterClose(code)
  return meaning.next === 'never' ? meaning.message : ''
}

test('what a refusal says names the setting to change', () => {
  expect(message(4004)).toContain('DISCORD_TOKEN')
  expect(message(4011)).toContain('SHARD_COUNT')
  expect(message(4014)).toMatch(/Privileged Gateway Intents.*Server Members Intent.*Message Content Intent/)
})

/** Lets attempts fail in one way and tells which hosts were tried before a new session was asked for. */
function hostsTried(fail: readonly ShardInput[], attempts: number, stepMs = 100): string[] {
  const run = new Run().feed({ type: 'start', session })
  const hosts = run.did('connect').map(({ host }) => host as string)
  for (let n = 1; n <= attempts; n++) {
    run.at(1000 + n * stepMs).feed(...fail)
    hosts.push(...run.did('connect').map(({ host }) => host))
    if (run.did('request-permit').length > 0) hosts.push('new session')
  }
  return hosts
}

test('a resume host that fails is left for the main host, and RESUME is tried there before IDENTIFY', () => {
  const refuse = [hello, { type: 'closed', code: 1006 } as const]
  const { failures } = ladderLimits
  expect(hostsTried(refuse, 2 * failures)).toEqual([
    ...Array.from({ length: failures }, () => 'resume'),
    ...Array.from({ length: failures }, () => 'main'),
    'new session',
  ])
})

test('a resume host that hangs is left after ten seconds, whatever the number of attempts', () => {
  expect(hostsTried([due('patience')], 2, 10_000)).toEqual(['resume', 'resume', 'main'])
})

test('while no host answers, the session is kept for as long as that lasts', () => {
  expect(hostsTried([{ type: 'closed', code: 1006 }], 50)).not.toContain('new session')
})

test('attempts that fail are spread out, and the first one after a good connection is not', () => {
  const run = resumed()
  const waits: number[] = []
  for (let n = 0; n < 8; n++) {
    run.feed({ type: 'closed', code: 1006 })
    waits.push(...run.did('connect').map(({ afterMs }) => afterMs))
  }
  expect(waits[0]).toBe(0)
  expect(waits).toEqual(waits.toSorted((a, b) => a - b))
  expect(waits.at(-1)).toBeLessThanOrEqual(shardTimings.backoff.maxMs)
})

test('a long replay is waited for as long as it goes on', () => {
  const run = new Run().feed({ type: 'start', session }, hello)
  run.at(19_000).feed(dispatch('MESSAGE_CREATE', 41))
  run.at(21_500).feed(due('patience'))
  expect(run.did('close')).toEqual([])
  run.at(39_500).feed(due('patience'))
  expect(run.did('close')).toHaveLength(1)
})

// Source: https://docs.discord.com/developers/events/gateway#heartbeat-interval
test('while heartbeats are answered, READY is waited for without end: another IDENTIFY would only be spent (I14)', () => {
  const run = new Run().feed({ type: 'start', session: null }, permit, hello, due('identify'))
  for (let minute = 1; minute <= 240; minute++) {
    run.at(minute * 60_000)
    for (const input of [due('patience'), due('beat'), frame({ op: 'heartbeat-ack' })]) {
      run.feed(input)
      expect([...run.did('close'), ...run.did('request-permit')]).toEqual([])
    }
  }
  run.feed(ready())
  expect(run.did('session')).toHaveLength(1)
})

test('a socket that is dead while READY is waited for shows by its heartbeats', () => {
  const run = new Run().feed({ type: 'start', session: null }, permit, hello, due('identify'))
  run.feed(due('beat'), due('beat'))
  expect(run.did('close')).toHaveLength(1)
  expect(run.did('request-permit')).toHaveLength(1)
})

test('sockets that close right after RESUMED are opened again slower and slower, until one stays', () => {
  const run = resumed()
  const waits: number[] = []
  const loseAndResume = () => {
    run.feed({ type: 'closed', code: 4000 })
    waits.push(...run.did('connect').map(({ afterMs }) => afterMs))
    run.feed(hello, dispatch('RESUMED', 42))
  }
  for (let n = 0; n < 10; n++) loseAndResume()
  expect(waits[0]).toBe(0)
  expect(waits).toEqual(waits.toSorted((a, b) => a - b))
  expect(waits.at(-1)).toBeGreaterThan(shardTimings.backoff.maxMs / 2)
  run.at(run.context.nowMs + shardTimings.stableMs)
  loseAndResume()
  expect(waits.at(-1)).toBe(0)
})

test('sessions that end right after READY leave most of the day’s IDENTIFYs unspent (I14)', () => {
  const run = new Run().feed({ type: 'start', session: null })
  let identifies = 0
  let nowMs = 0
  while (nowMs < 86_400_000) {
    run.at(nowMs).feed(permit, hello, due('identify'), ready())
    identifies += 1
    run.feed({ type: 'closed', code: 4009 })
    nowMs += run.did('request-permit')[0]?.afterMs ?? 0
  }
  // A thousand a day for all shards: three that are ill do not spend them.
  expect(identifies * 3).toBeLessThan(1_000)
})

test('a hand-over leaves the socket with the session alive and does nothing afterwards', () => {
  const run = identified().feed({ type: 'stop' })
  expect(run.actions).toEqual([{ do: 'close', code: 4200, reason: 'handed over' }])
  run.feed(dispatch('MESSAGE_CREATE', 2), { type: 'closed', code: 1006 }, due('beat'))
  expect(run.actions).toEqual([])
})

test('no permit yet: asked for again when it may be there', () => {
  const run = new Run().feed({ type: 'start', session: null }, { type: 'no-permit', retryAfterMs: 900 })
  expect(run.actions).toEqual([{ do: 'request-permit', afterMs: 900 }])
})

test('IDENTIFYs that keep failing come ever more slowly: the day has a thousand of them (I14)', () => {
  const run = new Run().with({ random: 0.99 }).feed({ type: 'start', session: null })
  const waits: number[] = []
  for (let n = 0; n < 8; n++) {
    run.feed(permit, hello, due('identify'), frame({ op: 'invalid-session', resumable: false }))
    waits.push(...run.did('request-permit').map(({ afterMs }) => afterMs))
  }
  expect(waits.at(-1)).toBeGreaterThan(14_000)
})
