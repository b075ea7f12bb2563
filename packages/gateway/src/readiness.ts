import type { ReadinessCheck, ReadinessState } from '@guildmesh/runtime'
import type { HeldShardView } from './shards/held-shard.ts'

/** What the gateway's readiness is judged by. Ages in milliseconds. */
export interface GatewayCondition {
  readonly registered: boolean
  readonly mayServe: boolean
  readonly leaseAgeMs: number | null
  readonly databaseAnswers: () => boolean
  /** Why no shard can be held yet; `null` once the holder runs. */
  readonly discordProblem: string | null
  readonly shards: readonly HeldShardView[]
  readonly nowMs: number
}

/** Lease, database and Discord session, each in words for an operator. */
export function readinessChecks(condition: () => GatewayCondition): ReadinessCheck[] {
  return [
    { name: 'lease', check: () => leaseState(condition()) },
    { name: 'database', check: () => databaseState(condition()) },
    { name: 'discord', check: () => discordState(condition()) },
  ]
}

function leaseState({ registered, mayServe, leaseAgeMs }: GatewayCondition): ReadinessState {
  if (!registered) return { ok: false, detail: 'not registered at the config API yet' }
  const age = leaseAgeMs === null ? 'never renewed' : `renewed ${Math.round(leaseAgeMs)} ms ago`
  return { ok: mayServe, detail: mayServe ? age : `${age}; nothing is served until it is renewed` }
}

function databaseState({ databaseAnswers }: GatewayCondition): ReadinessState {
  return databaseAnswers() ? { ok: true, detail: 'answers' } : { ok: false, detail: 'not open yet' }
}

/** A socket is alive by its last heartbeat answer, never by what a client calls ready. */
function discordState({ discordProblem, shards, nowMs }: GatewayCondition): ReadinessState {
  if (discordProblem !== null) return { ok: false, detail: discordProblem }
  const states = shards.map((shard) => ({ alive: isAlive(shard, nowMs), text: describe(shard, nowMs) }))
  return {
    ok: states.every(({ alive }) => alive),
    detail: states.length === 0 ? 'holds no shard' : states.map(({ text }) => text).join('; '),
  }
}

function isAlive({ phase, lastAckAtMs, beatIntervalMs, paused }: HeldShardView, nowMs: number): boolean {
  if (phase !== 'live' || lastAckAtMs === null || beatIntervalMs === null) return false
  return paused || nowMs - lastAckAtMs < 2 * beatIntervalMs
}

function describe(shard: HeldShardView, nowMs: number): string {
  if (shard.refusal !== null) return `shard ${shard.shardId}: ${shard.refusal}`
  const age = (atMs: number | null) =>
    atMs === null ? 'never' : `${Math.round((nowMs - atMs) / 1000)} s ago`
  const paused = shard.paused ? ', reading paused' : ''
  return `shard ${shard.shardId} ${shard.phase} (heartbeat answered ${age(shard.lastAckAtMs)}, last event ${age(shard.lastDispatchAtMs)}${paused})`
}
