import type { ReadBack, RowChange } from '@guildmesh/guild-store'

/**
 * How it is found out whether a call was done when its answer never came. Never made twice in effect, whichever it is:
 * - `nonce`: a new message, `POST /channels/:id/messages`; the worker adds the nonce.
 * - `idempotent`: doing it twice is the same as once, as with most PUT, PATCH and DELETE.
 * - `lane`: it leaves an entry in the audit log (creating channels, roles, threads, webhooks, a kick); the worker adds
 *   a key to the reason. If it was confirmed that way, the body of the result is only `{ id }`.
 * - `read-back`: a GET shows it; `readBack` names it, and the step of the feature that judges the answer.
 */
type Repeat =
  | { readonly repeat: 'nonce' | 'idempotent' | 'lane' }
  | { readonly repeat: 'read-back'; readonly readBack: ReadBack }

/** A Discord call to make after the commit, with the bot's token. */
export type OutboxCall = Repeat & {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Route below the API version, such as `/channels/123/messages`. */
  readonly route: `/${string}`
  readonly body?: Readonly<Record<string, unknown>>
  /** For Discord's audit log. */
  readonly reason?: string
  /** Still made when Discord is about to block the bot for too many refused calls. Default false. */
  readonly essential?: boolean
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
