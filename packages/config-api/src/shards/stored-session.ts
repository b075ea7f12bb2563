import type { ShardSession } from '@guildmesh/contracts'

/** What a shard's row keeps of its Discord session. */
export interface StoredSession {
  readonly generation: number | null
  readonly sessionId: string | null
  readonly resumeUrl: string | null
  readonly seq: number | null
  /** Sessions up to this generation have ended. */
  readonly endedGeneration: number
}

/** The session to RESUME, or `null` if there is none. */
export function sessionOf({ generation, sessionId, resumeUrl, seq }: StoredSession): ShardSession | null {
  if (generation === null || sessionId === null || resumeUrl === null || seq === null) return null
  return { generation, sessionId, resumeUrl, seq }
}

/**
 * What is kept after the holder reported its session (`null`: it has ended). Reports may arrive late and out of
 * order: the seq of a session never falls, and an ended session never comes back.
 */
export function nextSession(stored: StoredSession, reported: ShardSession | null): StoredSession {
  if (reported === null) {
    const endedGeneration = Math.max(stored.endedGeneration, stored.generation ?? 0)
    return { generation: null, sessionId: null, resumeUrl: null, seq: null, endedGeneration }
  }
  const generation = stored.generation ?? 0
  if (reported.generation <= stored.endedGeneration || reported.generation < generation) return stored
  const seq = reported.generation === generation ? Math.max(reported.seq, stored.seq ?? 0) : reported.seq
  return { ...reported, seq, endedGeneration: stored.endedGeneration }
}
