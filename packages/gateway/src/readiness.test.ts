import { expect, test } from 'vitest'
import { type GatewayCondition, readinessChecks } from './readiness.ts'
import type { HeldShardView } from './shards/held-shard.ts'

const shard: HeldShardView = {
  shardId: 3,
  phase: 'live',
  refusal: null,
  seq: 10,
  lastAckAtMs: 95_000,
  lastDispatchAtMs: 99_000,
  beatIntervalMs: 40_000,
  paused: false,
  unacked: 0,
}
const well: GatewayCondition = {
  registered: true,
  mayServe: true,
  leaseAgeMs: 120,
  databaseAnswers: () => true,
  discordProblem: null,
  shards: [shard],
  nowMs: 100_000,
}

async function states(condition: Partial<GatewayCondition>) {
  const checks = readinessChecks(() => ({ ...well, ...condition }))
  return Object.fromEntries(
    await Promise.all(checks.map(async (entry) => [entry.name, await entry.check()] as const)),
  )
}

test('a gateway that is well says how old its lease, heartbeat and last event are', async () => {
  expect(await states({})).toEqual({
    lease: { ok: true, detail: 'renewed 120 ms ago' },
    database: { ok: true, detail: 'answers' },
    discord: { ok: true, detail: 'shard 3 live (heartbeat answered 5 s ago, last event 1 s ago)' },
  })
})

test('a gateway without shards is ready: others hold them', async () => {
  expect((await states({ shards: [] })).discord).toEqual({ ok: true, detail: 'holds no shard' })
})

test('a live session whose heartbeats are not answered is not alive', async () => {
  expect((await states({ nowMs: 200_000 })).discord?.ok).toBe(false)
  const paused = { ...shard, paused: true }
  expect((await states({ nowMs: 200_000, shards: [paused] })).discord?.ok).toBe(true)
})

test('what Discord refused is told with the setting to change', async () => {
  const refused = { ...shard, phase: 'refused', refusal: 'switch on "Message Content Intent"' }
  expect((await states({ shards: [refused] })).discord).toEqual({
    ok: false,
    detail: 'shard 3: switch on "Message Content Intent"',
  })
})

test.each([
  ['lease', { registered: false }],
  ['lease', { mayServe: false }],
  ['database', { databaseAnswers: () => false }],
  ['discord', { discordProblem: 'Discord does not accept the bot token' }],
  ['discord', { shards: [{ ...shard, phase: 'connecting' }] }],
])('not ready by its %s', async (name, condition) => {
  expect((await states(condition))[name]?.ok).toBe(false)
})
