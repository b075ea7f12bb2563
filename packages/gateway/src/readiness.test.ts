import { expect, test } from 'vitest'
import { discordReadiness, leaseReadiness, ReadinessBoard } from './readiness.ts'
import type { HeldShardView } from './shards/held-shard-view.ts'

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
const lease = { registered: true, mayServe: true, ageMs: 120 }
const discord = (views: readonly HeldShardView[], nowMs = 100_000) =>
  discordReadiness({ problem: null, views }, nowMs)

test('a gateway that is well says how old its lease, heartbeat and last event are', () => {
  expect(leaseReadiness(lease)).toEqual({ ok: true, detail: 'renewed 120 ms ago' })
  expect(discord([shard])).toEqual({
    ok: true,
    detail: 'shard 3 live (heartbeat answered 5 s ago, last event 1 s ago)',
  })
})

test('a gateway without shards is ready: others hold them', () => {
  expect(discord([])).toEqual({ ok: true, detail: 'holds no shard' })
})

test('a live session whose heartbeats are not answered is not alive', () => {
  expect(discord([shard], 200_000).ok).toBe(false)
  expect(discord([{ ...shard, paused: true }], 200_000).ok).toBe(true)
})

test('what Discord refused is told with the setting to change', () => {
  expect(discord([{ ...shard, phase: 'refused', refusal: 'switch on "Message Content Intent"' }])).toEqual({
    ok: false,
    detail: 'shard 3: switch on "Message Content Intent"',
  })
})

test('a shard that has had no connection yet waits its turn', () => {
  const waiting = { ...shard, phase: 'connecting', lastAckAtMs: null, lastDispatchAtMs: null }
  expect(discord([waiting])).toEqual({
    ok: false,
    detail: 'shard 3 waits its turn (one connection per 5 s)',
  })
})

test.each([
  ['the lease was never granted', leaseReadiness({ ...lease, registered: false })],
  ['the lease has run out', leaseReadiness({ ...lease, mayServe: false })],
  [
    'no shard can be held',
    discordReadiness({ problem: 'Discord does not accept the bot token', views: [] }, 0),
  ],
  ['a shard is connecting', discord([{ ...shard, phase: 'connecting' }])],
])('a gateway is not ready while %s', (_why, state) => {
  expect(state.ok).toBe(false)
})

test('a part that has not come up yet is not ready, and says so', async () => {
  const board = new ReadinessBoard()
  board.provide('lease', () => leaseReadiness(lease))
  const states = await Promise.all(board.checks.map(async (one) => [one.name, await one.check()]))
  expect(Object.fromEntries(states)).toEqual({
    lease: { ok: true, detail: 'renewed 120 ms ago' },
    database: { ok: false, detail: 'not open yet' },
    discord: { ok: false, detail: 'not started yet' },
  })
})
