import type { ReadinessCheck, ReadinessState } from '@guildmesh/runtime'
import type { HeldShardView } from './shards/held-shard-view.ts'

/** What a gateway's readiness is judged by, and what is said of each part that has not come up yet. */
const beforeStart = {
  lease: 'not registered at the config API yet',
  database: 'not open yet',
  discord: 'not started yet',
}
type PartName = keyof typeof beforeStart

/**
 * The readiness of parts that come up one after the other. It is asked from the first moment, so that an operator sees
 * what a gateway that does not get ready is waiting for.
 */
export class ReadinessBoard {
  readonly #states = new Map<string, () => ReadinessState>()
  readonly checks: readonly ReadinessCheck[] = Object.entries(beforeStart).map(([name, detail]) => ({
    name,
    check: () => this.#states.get(name)?.() ?? { ok: false, detail },
  }))

  /** The part is there from now on, and says itself how it is. */
  provide(name: PartName, state: () => ReadinessState): void {
    this.#states.set(name, state)
  }
}

/** The gateway's lease, in words for an operator. `ageMs`: since the last renewal; `null` before the first. */
export function leaseReadiness(lease: {
  readonly registered: boolean
  readonly mayServe: boolean
  readonly ageMs: number | null
}): ReadinessState {
  const { registered, mayServe, ageMs } = lease
  if (!registered) return { ok: false, detail: beforeStart.lease }
  const age = ageMs === null ? 'never renewed' : `renewed ${Math.round(ageMs)} ms ago`
  return { ok: mayServe, detail: mayServe ? age : `${age}; nothing is served until it is renewed` }
}

/**
 * The Discord sessions, in words for an operator. A socket is alive by its last heartbeat answer, never by what a
 * client calls ready.
 * @param holder `problem`: why no shard can be held yet; `null` once the holder runs
 * @param nowMs monotonic milliseconds, as the shards' own times
 */
export function discordReadiness(
  holder: { readonly problem: string | null; readonly views: readonly HeldShardView[] },
  nowMs: number,
): ReadinessState {
  if (holder.problem !== null) return { ok: false, detail: holder.problem }
  const states = holder.views.map((shard) => ({
    alive: isAlive(shard, nowMs),
    text: describe(shard, nowMs),
  }))
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
  if (shard.lastAckAtMs === null && shard.lastDispatchAtMs === null) {
    return `shard ${shard.shardId} waits its turn (one connection per 5 s)`
  }
  const age = (atMs: number | null) =>
    atMs === null ? 'never' : `${Math.round((nowMs - atMs) / 1000)} s ago`
  const paused = shard.paused ? ', reading paused' : ''
  return `shard ${shard.shardId} ${shard.phase} (heartbeat answered ${age(shard.lastAckAtMs)}, last event ${age(shard.lastDispatchAtMs)}${paused})`
}
