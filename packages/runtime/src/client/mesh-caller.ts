import { randomUUID } from 'node:crypto'
import {
  describeProcedures,
  type Envelope,
  type Failure,
  IdempotencyKey,
  MeshError,
  type ProcedureDescription,
  wireVersion,
} from '@guildmesh/contracts'
import type { AnyRouter } from '@trpc/server'
import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  handleAll,
} from 'cockatiel'
import { setTimeout as delay } from 'node:timers/promises'
import type { CallContext } from './call-options.ts'
import { startCallSpan } from './call-span.ts'
import type { MeshClientOptions } from './connection.ts'
import { RetryBudget } from './retry-budget.ts'
import { decideRetry } from './retry-decision.ts'
import { abortable } from './socket-transport.ts'
import { type MeshTransport, TransportLost } from './transport.ts'

/** So many lost or unanswered calls in a row open the circuit; after the pause one call tries again. */
const lossesBeforeOpen = 5
const openPauseMs = 500

export interface MeshCall {
  readonly type: 'query' | 'mutation'
  readonly path: string
  readonly input: unknown
  readonly signal: AbortSignal | undefined
  readonly context: CallContext
}

/** One call under way. */
interface Progress {
  readonly call: MeshCall
  readonly procedure: ProcedureDescription
  readonly traceparent: string
  readonly deadlineAt: number
  readonly budgetMs: number
  /** Whether any attempt has left this process. */
  sent: boolean
}

/** Makes calls to one target: token, budget, trace, deadline, retries, circuit breaker, parsed answers. */
export class MeshCaller {
  readonly #options: MeshClientOptions & { readonly audience: string }
  readonly #transport: MeshTransport
  readonly #procedures: ReadonlyMap<string, ProcedureDescription>
  readonly #retryBudget = new RetryBudget()
  readonly #breaker: CircuitBreakerPolicy
  readonly #metrics: ReturnType<typeof clientMetrics>

  constructor(
    options: MeshClientOptions & { router: AnyRouter; audience: string; transport: MeshTransport },
  ) {
    this.#options = options
    this.#transport = options.transport
    this.#procedures = describeProcedures(options.router)
    this.#metrics = clientMetrics(options.metrics)
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: openPauseMs,
      breaker: new ConsecutiveBreaker(lossesBeforeOpen),
    })
    this.#breaker.onBreak(() => {
      options.logger.warn(
        { event: 'circuit-opened', target: options.audience },
        'circuit opened: calls fail at once until the target answers again',
      )
      this.#metrics.circuitOpen.set({ target: options.audience }, 1)
    })
    this.#breaker.onReset(() => this.#metrics.circuitOpen.set({ target: options.audience }, 0))
  }

  procedure(path: string): ProcedureDescription {
    const procedure = this.#procedures.get(path)
    if (!procedure) throw new MeshError({ kind: 'NotFound', what: 'procedure', id: path })
    return procedure
  }

  /**
   * The parsed answer.
   * @throws MeshError
   * @throws the reason of the caller's signal, if that ends the call
   */
  async call(call: MeshCall): Promise<unknown> {
    const procedure = this.procedure(call.path)
    const target = this.#options.audience
    const span = startCallSpan(call.path, target, call.context.traceparent)
    const startedAt = performance.now()
    let outcome = 'ok'
    try {
      return await this.#callWithDeadline(call, procedure, span.traceparent)
    } catch (error) {
      outcome = error instanceof MeshError ? error.failure.kind : 'Aborted'
      throw error
    } finally {
      span.end(outcome === 'ok' ? null : outcome)
      const seconds = (performance.now() - startedAt) / 1000
      this.#metrics.duration.observe({ method: call.path, target, outcome }, seconds)
    }
  }

  /** What travels beside the input. A token is fetched for every attempt, so that none is used past its time. */
  async envelope(traceparent: string | null, remainingMs: number | null): Promise<Envelope> {
    return {
      v: wireVersion,
      token: await this.#options.self.token(this.#options.audience),
      ...(remainingMs === null ? {} : { budgetMs: Math.max(0, remainingMs) }),
      ...(traceparent === null ? {} : { trace: traceparent }),
    }
  }

  async #callWithDeadline(
    call: MeshCall,
    procedure: ProcedureDescription,
    traceparent: string,
  ): Promise<unknown> {
    const now = performance.now()
    const ownDeadlineAt = now + (procedure.meta.deadlineMs ?? Number.POSITIVE_INFINITY)
    const deadlineAt = Math.min(ownDeadlineAt, call.context.deadlineAt ?? Number.POSITIVE_INFINITY)
    const progress: Progress = {
      call,
      procedure,
      traceparent,
      deadlineAt,
      budgetMs: deadlineAt - now,
      sent: false,
    }
    const end = new AbortController()
    const onCallerGone = () => end.abort(call.signal?.reason)
    if (call.signal?.aborted) onCallerGone()
    call.signal?.addEventListener('abort', onCallerGone, { once: true })
    const timer = setTimeout(() => end.abort(this.#outOfTime(progress)), Math.max(0, progress.budgetMs))
    try {
      end.signal.throwIfAborted()
      return await abortable(this.#callWithRetries(progress, end.signal), end.signal)
    } finally {
      clearTimeout(timer)
      call.signal?.removeEventListener('abort', onCallerGone)
    }
  }

  async #callWithRetries(progress: Progress, signal: AbortSignal): Promise<unknown> {
    this.#retryBudget.earn()
    for (let attempt = 1; ; attempt++) {
      try {
        const data = await this.#attempt(progress, signal)
        return this.#parse(progress.procedure, progress.call.path, data)
      } catch (error) {
        signal.throwIfAborted()
        const { idempotent } = progress.procedure.meta
        const decision = decideRetry({
          outcome: outcomeOf(error),
          sent: progress.sent,
          idempotent,
          attempt,
          remainingMs: progress.deadlineAt - performance.now(),
          retryAfterMs: retryAfterOf(error),
          random: Math.random(),
        })
        const lost = error instanceof TransportLost
        if (!decision.retry || !this.#retryBudget.spend()) {
          throw lost ? this.#lostFailure(progress, error) : error
        }
        this.#metrics.retries.inc({ target: this.#options.audience })
        await delay(decision.waitMs, undefined, { signal })
      }
    }
  }

  /** One attempt. A lost or unanswered one counts towards opening the circuit; any answer, even a failure, resets it. */
  async #attempt(progress: Progress, signal: AbortSignal): Promise<unknown> {
    const { call, traceparent, deadlineAt } = progress
    const mesh = await this.envelope(traceparent, deadlineAt - performance.now())
    try {
      const answered = await this.#breaker.execute(async () => {
        try {
          const data = await this.#transport.call(
            {
              type: call.type,
              path: call.path,
              input: { mesh, input: call.input },
              onSent: () => {
                progress.sent = true
              },
            },
            signal,
          )
          return { data }
        } catch (error) {
          if (error instanceof TransportLost || isSilence(error, signal, progress)) throw error
          return { error }
        }
      })
      if ('error' in answered) throw answered.error
      return answered.data
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw this.#unavailable(openPauseMs, error)
      throw error
    }
  }

  #parse(procedure: ProcedureDescription, path: string, data: unknown): unknown {
    const parsed = procedure.output.safeParse(data)
    if (parsed.success) return parsed.data
    const errorId = randomUUID()
    this.#options.logger.error(
      {
        event: 'answer-unreadable',
        errorId,
        method: path,
        target: this.#options.audience,
        issues: parsed.error.issues.slice(0, 10),
      },
      'an answer does not match the contract',
    )
    throw new MeshError({ kind: 'Internal', errorId }, { cause: parsed.error })
  }

  /** The failure of a call whose connection was lost for good. */
  #lostFailure({ call, procedure, sent }: Progress, cause: unknown): MeshError {
    if (!sent || procedure.meta.idempotent) return this.#unavailable(openPauseMs, cause)
    return new MeshError({ kind: 'OutcomeUnknown', idempotencyKey: keyOf(call) }, { cause })
  }

  #outOfTime({ sent, budgetMs }: Progress): MeshError {
    return sent
      ? new MeshError({ kind: 'DeadlineExceeded', budgetMs })
      : this.#unavailable(openPauseMs, new Error('there was no connection before the deadline'))
  }

  #unavailable(retryAfterMs: number, cause: unknown): MeshError {
    return new MeshError({ kind: 'Unavailable', service: this.#options.audience, retryAfterMs }, { cause })
  }
}

function clientMetrics(metrics: MeshClientOptions['metrics']) {
  return {
    duration: metrics.histogram('rpc_client_duration_seconds', 'Time of a call with its retries', [
      'method',
      'target',
      'outcome',
    ]),
    retries: metrics.counter('rpc_client_retries_total', 'Calls that were tried again', ['target']),
    circuitOpen: metrics.gauge('rpc_client_circuit_open', '1 while calls to the target fail at once', [
      'target',
    ]),
  }
}

/** A call with less time than this may fail through no fault of the target. */
const tellingSilenceMs = 250

/** Whether the call ended because the target did not answer for a while. */
function isSilence(error: unknown, signal: AbortSignal, { budgetMs }: Progress): boolean {
  return (
    signal.aborted && error === signal.reason && error instanceof MeshError && budgetMs >= tellingSilenceMs
  )
}

function outcomeOf(error: unknown): 'lost' | 'unavailable' | 'other' {
  if (error instanceof TransportLost) return 'lost'
  if (!(error instanceof MeshError) || error.failure.kind !== 'Unavailable') return 'other'
  return error.cause instanceof BrokenCircuitError ? 'other' : 'unavailable'
}

function retryAfterOf(error: unknown): number {
  const failure: Failure | null = error instanceof MeshError ? error.failure : null
  return failure?.kind === 'Unavailable' ? failure.retryAfterMs : 0
}

/** The command's own key, or, if it has none, a name to search the logs for. */
function keyOf({ input, path }: MeshCall): string {
  const given =
    typeof input === 'object' && input !== null && 'idempotencyKey' in input && input.idempotencyKey
  const parsed = IdempotencyKey.safeParse(given)
  return parsed.success ? parsed.data : `${path}:${randomUUID()}`
}
