import type { Caller } from './caller.ts'

/** What a port's method learns of the call it answers, beside the input. */
export interface Call {
  readonly caller: Caller
  /** Aborted when the caller goes away or the deadline passes. */
  readonly signal: AbortSignal
  /** Milliseconds left of the caller's budget, by this process's monotonic clock; `null` for a subscription. */
  remainingMs(): number | null
  /** W3C trace context of the call, handed on to the next hop. `null` if the caller sent none. */
  readonly traceparent: string | null
}
