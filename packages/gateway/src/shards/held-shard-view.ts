/** How a held shard is doing, for readiness and health. */
export interface HeldShardView {
  readonly shardId: number
  readonly phase: string
  /** Why Discord will not have us, and what to change; `null`: it will. */
  readonly refusal: string | null
  /** Highest seq received of the session; `null`: there is no session. */
  readonly seq: number | null
  /** Monotonic milliseconds; `null`: never. */
  readonly lastAckAtMs: number | null
  readonly lastDispatchAtMs: number | null
  readonly beatIntervalMs: number | null
  /** Whether reading from Discord is paused. */
  readonly paused: boolean
  /** Events in memory that are not yet durable at their owners. */
  readonly unacked: number
}
