import type { DataLossReason, ShardSession } from '@guildmesh/contracts'
import type { Dispatch } from '../../delivery/dispatch.ts'
import type { KnownSession } from '../../delivery/session-progress.ts'
import type { DiscordFrame } from './discord-frame.ts'
import { newLadder, type ResumeLadder } from './resume-ladder.ts'

/** The right to IDENTIFY once, not before a moment of the local monotonic clock. */
export interface HeldPermit {
  readonly generation: number
  readonly notBeforeMs: number
}

/**
 * - `idle`: not started;
 * - `awaiting-permit`: there is no session, and a permit to start one was asked for;
 * - `connecting`: a socket is due or opening; `opened` once Discord's HELLO came, `asked` once RESUME or IDENTIFY went out;
 * - `live`: READY or RESUMED came;
 * - `stopped`: left on purpose, the session lives on; `refused`: Discord will not have us until a setting changes.
 */
export type ShardPhase =
  | { readonly name: 'idle' | 'awaiting-permit' | 'live' | 'stopped' }
  | { readonly name: 'connecting'; readonly step: 'dialling' | 'opened' | 'asked' }
  | { readonly name: 'refused'; readonly message: string }

export interface ShardState {
  readonly phase: ShardPhase
  readonly session: KnownSession | null
  /** Highest seq of the session that was received. */
  readonly received: number
  readonly permit: HeldPermit | null
  readonly ladder: ResumeLadder
  /** Attempts since the connection last stayed live: spreads the next ones out. */
  readonly attempts: number
  /** IDENTIFYs since the connection last stayed live: spreads the next ones out much farther. */
  readonly identifies: number
  /** Since when the connection is live, if it is, monotonic milliseconds. */
  readonly liveSinceMs: number | null
  readonly beat: { readonly intervalMs: number; readonly unanswered: boolean } | null
  readonly lastAckAtMs: number | null
  readonly lastDispatchAtMs: number | null
}

export const idleShard: ShardState = {
  phase: { name: 'idle' },
  session: null,
  received: 0,
  permit: null,
  ladder: newLadder,
  attempts: 0,
  identifies: 0,
  liveSinceMs: null,
  beat: null,
  lastAckAtMs: null,
  lastDispatchAtMs: null,
}

export type ShardInput =
  | { readonly type: 'start'; readonly session: ShardSession | null }
  | { readonly type: 'permit'; readonly generation: number; readonly waitMs: number }
  | { readonly type: 'no-permit'; readonly retryAfterMs: number }
  | { readonly type: 'frame'; readonly frame: DiscordFrame }
  /** The socket ended or could not be opened (then the code is 1006). */
  | { readonly type: 'closed'; readonly code: number }
  | { readonly type: 'due'; readonly timer: ShardTimer }
  /** A pause of reading ended: answers to heartbeats may still wait after what was not read. */
  | { readonly type: 'read-again' }
  | { readonly type: 'stop' }

/** `identify`: the permit's moment; `beat`: a heartbeat; `patience`: the connection takes too long to become live. */
export type ShardTimer = 'identify' | 'beat' | 'patience'

export type ShardAction =
  | { readonly do: 'request-permit'; readonly afterMs: number }
  /** Opens a socket; the one before it is no longer listened to. */
  | { readonly do: 'connect'; readonly host: 'main' | 'resume'; readonly afterMs: number }
  | { readonly do: 'send'; readonly payload: { readonly op: number; readonly d: unknown } }
  | { readonly do: 'set-timer'; readonly timer: ShardTimer; readonly afterMs: number }
  | { readonly do: 'close'; readonly code: number; readonly reason: string }
  | { readonly do: 'dispatch'; readonly dispatch: Dispatch }
  /** Discord began a session with a READY at `seq`. `guildIds`: all guilds of the shard; `null` if READY told none. */
  | {
      readonly do: 'session'
      readonly session: KnownSession
      readonly seq: number
      readonly guildIds: readonly string[] | null
    }
  /** Discord will not resume the session any more. `received`: its highest seq that came. */
  | {
      readonly do: 'session-ended'
      readonly session: KnownSession
      readonly received: number
      readonly reason: SessionEndReason
    }
  | { readonly do: 'refused'; readonly message: string }
  | { readonly do: 'report'; readonly report: ShardReport }

/** Why a session that could be resumed is over. */
export type SessionEndReason = Extract<DataLossReason, 'invalid-session' | 'session-closed' | 'resume-failed'>

/** Why a socket is left, or an attempt to connect has failed. `describeReport` has the sentences. */
export type LeaveCause =
  | {
      readonly kind:
        | 'reconnect-requested'
        | 'session-not-valid-yet'
        | 'invalid-session'
        | 'unusable-ready'
        | 'heartbeat-unanswered'
        | 'no-hello'
        | 'no-start'
    }
  | { readonly kind: 'socket-closed'; readonly code: number }

/** What metrics count and the log tells of a connection. */
export type ShardReport =
  | {
      readonly event: 'identify' | 'resume' | 'live' | 'duplicate' | 'odd-frame'
      readonly detail: string
    }
  | { readonly event: 'reconnect'; readonly cause: LeaveCause }
  | { readonly event: 'session-lost'; readonly reason: SessionEndReason; readonly cause: LeaveCause }
  /** There was no session yet, and the permit is spent. */
  | { readonly event: 'identify-failed'; readonly cause: LeaveCause }

/** What a step may know beside state and input. */
export interface ShardContext {
  /** Monotonic, milliseconds. */
  readonly nowMs: number
  /** Uniform in [0, 1). */
  readonly random: number
  /**
   * The seq of the resume checkpoint. Heartbeats and RESUME carry this one, not the received one and not even the low
   * watermark: Discord may trim its replay buffer by it, and whoever resumes after a crash begins at the checkpoint.
   */
  readonly resumeSeq: number
  /** Reading is paused, so a missing heartbeat answer says nothing. */
  readonly paused: boolean
  readonly token: string
  readonly shard: readonly [id: number, count: number]
  readonly intents: number
}

export interface ShardStep {
  readonly state: ShardState
  readonly actions: readonly ShardAction[]
}

export const shardTimings = {
  /** From dialling to HELLO. */
  helloMs: 5000,
  /** From RESUME or IDENTIFY to the last word of Discord, while not yet live. */
  startMs: 20_000,
  /** The socket is opened this long before the permit's moment. */
  identifyLeadMs: 2000,
  backoff: { firstMs: 500, maxMs: 15_000, jitter: 'half' },
  /** The day has a thousand IDENTIFYs for all shards. */
  identifyBackoff: { firstMs: 500, maxMs: 600_000, jitter: 'half' },
  /** What ends sooner than this after READY or RESUMED has not stayed live. */
  stableMs: 10_000,
  /** Discord asks for a pause of 1 to 5 s after an invalid session. */
  invalidSession: { minMs: 1000, spreadMs: 4000 },
} as const
