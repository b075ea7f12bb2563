import type { RepeatRule, RowChange } from '@guildmesh/guild-store'

/** A Discord call to make after the commit, with the bot's token. */
export interface OutboxCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Route below the API version, such as `/channels/123/messages`. */
  readonly route: `/${string}`
  readonly body?: Readonly<Record<string, unknown>>
  /** For Discord's audit log. */
  readonly reason?: string
  /** Why repeating it after an unknown outcome is harmless. `nonce` is for new messages; the worker adds the nonce. */
  readonly repeat: RepeatRule
  /** A step of the same feature that handles what came of it, with the context handed on to it. */
  readonly onResult?: { readonly step: string; readonly context?: unknown }
}

/** Work of the same feature that waits for its time. */
export interface ScheduledJob {
  /** Scheduling the same id again replaces the job. */
  readonly id: string
  readonly name: string
  readonly payload?: unknown
  readonly dueAt: number
}

/** What a handler wants done, as data: all of it is committed with the event, or none. */
export interface Effects {
  readonly rows?: readonly RowChange[]
  readonly calls?: readonly OutboxCall[]
  readonly jobs?: readonly ScheduledJob[]
}

export const noEffects: Effects = {}
