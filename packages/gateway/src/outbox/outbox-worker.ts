import { type GuildId, MeshError } from '@guildmesh/contracts'
import { type GuildRow, type GuildStore, isStoreFault, remove, update } from '@guildmesh/guild-store'
import type { FeatureRegistry } from '../features/feature-registry.ts'
import type { CallResult } from '../features/feature.ts'
import type { Clock } from '../owner/clock.ts'
import type { GroupCommit } from '../owner/group-commit.ts'
import type { HandlerBudget } from '../owner/handler-budget.ts'
import type { OwnerLog } from '../owner/owner-log.ts'
import type { Counter, MetricsPort } from '../owner/owner-metrics.ts'
import type { WriteEffects } from '../owner/write-effects.ts'
import { callNonce } from './call-nonce.ts'
import { type AfterCall, decideAfterCall } from './decide-after-call.ts'
import type { CallOutcome, DiscordRest } from './discord-rest.ts'

type Call = GuildRow<'outbox'>

/** Finds out whether Discord did a call whose outcome is unknown, by a read or by what came back in the lane. */
export interface ConfirmationPort {
  confirm(guildId: GuildId, call: Call): Promise<CallOutcome>
}

/** Nothing can tell: the call becomes a dead letter for a person to judge, rather than be made twice. */
export const cannotConfirm: ConfirmationPort = {
  confirm: async () => ({ kind: 'unknown', status: null, message: 'whether it was done is not known' }),
}

export interface OutboxWorkerOptions {
  readonly store: GuildStore
  readonly commits: GroupCommit
  readonly rest: DiscordRest
  readonly confirmation: ConfirmationPort
  readonly registry: FeatureRegistry
  readonly writeEffects: WriteEffects
  readonly applicationId: string
  readonly mayServe: () => boolean
  readonly clock: Clock
  readonly budget: HandlerBudget
  readonly log: OwnerLog
  readonly metrics: MetricsPort
  /** A random number of [0, 1). */
  readonly random: () => number
}

/** How soon to look again when the lease does not let this gateway call, milliseconds. */
const unservedWaitMs = 500
/** How long running calls may take to end when the worker stops, milliseconds. */
const stopGraceMs = 3000

/**
 * Makes the calls of the outbox: in order within a guild, guilds side by side, so that slow calls of one delay no
 * other. Each state of a call is committed before the next thing is done, so a crash leaves either a call that was not
 * begun, or one `in_flight` whose outcome is unknown.
 */
export class OutboxWorker implements AsyncDisposable {
  readonly #options: OutboxWorkerOptions
  readonly #running = new Map<GuildId, Promise<void>>()
  readonly #again = new Set<GuildId>()
  readonly #timers = new Map<GuildId, NodeJS.Timeout>()
  readonly #calls = new AbortController()
  readonly #attempts: Counter
  #open = false

  constructor(options: OutboxWorkerOptions) {
    this.#options = options
    this.#attempts = options.metrics.counter(
      'outbox_attempts_total',
      'Attempts at outbox calls, by what became of them',
      ['feature', 'outcome'],
    )
  }

  /** Begins with what an earlier life left over. */
  start(signal: AbortSignal): void {
    this.#open = !signal.aborted
    signal.addEventListener('abort', () => this.#close(), { once: true })
    for (const guildId of this.#options.store.index.guildsWithCalls()) this.wake(guildId)
  }

  /** Says that the guild has calls. They are looked up after this turn of the event loop. */
  wake(guildId: GuildId): void {
    if (!this.#open) return
    if (this.#running.has(guildId)) {
      this.#again.add(guildId)
      return
    }
    clearTimeout(this.#timers.get(guildId))
    this.#timers.delete(guildId)
    this.#running.set(guildId, this.#run(guildId))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
    const grace = setTimeout(() => this.#calls.abort(), stopGraceMs)
    await Promise.allSettled(this.#running.values())
    clearTimeout(grace)
  }

  #close(): void {
    this.#open = false
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  async #run(guildId: GuildId): Promise<void> {
    await new Promise(setImmediate)
    let waitMs: number | null = null
    try {
      do {
        this.#again.delete(guildId)
        waitMs = await this.#drain(guildId)
      } while (this.#open && this.#again.has(guildId))
    } catch (error) {
      // Moved away or fenced: the next owner makes the calls, or we do when we are woken again.
      if (!(error instanceof MeshError))
        this.#options.log.error({ err: error, guildId }, 'the outbox of a guild stopped')
      waitMs = error instanceof MeshError && error.failure.kind === 'NotOwner' ? null : unservedWaitMs
    } finally {
      this.#running.delete(guildId)
    }
    if (waitMs !== null && this.#open) {
      this.#timers.set(
        guildId,
        setTimeout(() => this.wake(guildId), waitMs),
      )
    }
  }

  /** Makes the guild's calls until none is left (`null`) or the next must wait (milliseconds). */
  async #drain(guildId: GuildId): Promise<number | null> {
    const { clock, mayServe } = this.#options
    while (this.#open) {
      const call = this.#next(guildId)
      if (!call) return null
      const now = clock.now()
      if (call.dueAt > now) return call.dueAt - now
      if (!mayServe()) return unservedWaitMs
      await this.#make(guildId, call)
    }
    return null
  }

  #next(guildId: GuildId): Call | null {
    const found = this.#options.store.read(guildId, null, ({ rows }) => {
      const live = (state: 'pending' | 'in_flight') =>
        rows.list('outbox', { state }, { orderBy: 'callSeq', limit: 1 })
      return [...live('in_flight'), ...live('pending')].toSorted((a, b) => a.callSeq - b.callSeq)[0] ?? null
    })
    return found.kind === 'done' ? found.value : null
  }

  async #make(guildId: GuildId, waiting: Call): Promise<void> {
    const { clock, random, commits, rest, mayServe } = this.#options
    const { callSeq } = waiting
    // Left in flight by an earlier life: it may have been done.
    const outcomeUnknown = waiting.state === 'in_flight' && waiting.repeat === 'confirm'
    const call: Call = { ...waiting, state: 'in_flight', attempts: waiting.attempts + 1 }
    if (!outcomeUnknown) {
      await commits.run({
        guildId,
        epoch: null,
        run: (writer) =>
          writer.apply([update('outbox', { callSeq }, { state: 'in_flight', attempts: call.attempts })]),
      })
      // R1: the call itself counts, not only the transactions around it.
      if (!mayServe()) throw new MeshError({ kind: 'GuildFenced', guildId, retryAfterMs: unservedWaitMs })
    }
    const outcome: CallOutcome = outcomeUnknown
      ? { kind: 'unknown', status: null, message: 'the gateway ended while the call was in flight' }
      : await rest.call(requestOf(guildId, call), this.#calls.signal)
    if (this.#calls.signal.aborted) return
    const after = decideAfterCall(call, outcome, clock.now(), random())
    await this.#settle(
      guildId,
      call,
      after.kind === 'confirm' ? await this.#confirmed(guildId, call, after.error) : after,
    )
  }

  async #confirmed(
    guildId: GuildId,
    call: Call,
    error: string,
  ): Promise<Exclude<AfterCall, { kind: 'confirm' }>> {
    const { confirmation, clock, random } = this.#options
    const outcome = await confirmation.confirm(guildId, call)
    const after = decideAfterCall({ ...call, repeat: 'confirm' }, outcome, clock.now(), random())
    if (after.kind !== 'confirm') return after
    const result: CallResult = { ok: false, status: null, code: null, message: error }
    return { kind: 'exhausted', result, error: `outcome unknown: ${error}` }
  }

  async #settle(guildId: GuildId, call: Call, after: Exclude<AfterCall, { kind: 'confirm' }>): Promise<void> {
    const { commits, log } = this.#options
    this.#attempts.inc({ feature: call.feature, outcome: outcomeLabel(after) })
    const { callSeq } = call
    if (after.kind === 'retry') {
      const { dueAt, error } = after
      await commits.run({
        guildId,
        epoch: null,
        run: (writer) => writer.apply([update('outbox', { callSeq }, { state: 'pending', dueAt, error })]),
      })
      return
    }
    const dead = await commits.run({
      guildId,
      epoch: null,
      run: (writer) => this.#handleResult(writer, call, after.result),
    })
    if (dead !== null) {
      log.error(
        { guildId, feature: call.feature, route: call.route, error: dead },
        'an outbox call is a dead letter',
      )
    }
  }

  /** Ends the call in one transaction with what its result causes; gives why it is a dead letter instead. */
  #handleResult(writer: Parameters<WriteEffects>[0], call: Call, result: CallResult): string | null {
    const { registry, writeEffects, budget, applicationId, clock } = this.#options
    const { callSeq, feature, onResult } = call
    const rule = onResult === null ? null : registry.resultRule(feature, onResult)
    const sourceKey = `result:${call.sourceKey}:${call.ordinal}`
    const bury = (error: string) => {
      writer.apply([update('outbox', { callSeq }, { state: 'dead', error })])
      return error
    }
    if (!rule) {
      if (!result.ok) return bury(result.message)
      if (onResult !== null) return bury(`no feature handles the step ${feature}/${onResult}`)
      writer.apply([remove('outbox', { callSeq })])
      return null
    }
    const now = clock.now()
    try {
      writer.savepoint(() => {
        writer.apply([remove('outbox', { callSeq })])
        const context = { guild: writer.reader, now, applicationId, sourceKey }
        const effects = budget.measure(feature, `result ${onResult}`, () =>
          rule.handle(result, { context: call.context }, context),
        )
        writeEffects(writer, { feature, sourceKey, now }, effects)
      })
      return null
    } catch (error) {
      if (isStoreFault(error)) throw error
      return bury(`the step ${onResult} failed: ${String(error)}`)
    }
  }
}

function outcomeLabel(after: Exclude<AfterCall, { kind: 'confirm' }>): string {
  if (after.kind !== 'settled') return after.kind
  return after.result.ok ? 'made' : 'refused'
}

function requestOf(guildId: GuildId, call: Call) {
  const nonce = callNonce(guildId, call.sourceKey, call.ordinal)
  const body = call.repeat === 'nonce' ? { ...call.body, nonce, enforce_nonce: true } : call.body
  const route: `/${string}` = `/${call.route.replace(/^\/+/, '')}`
  return { method: call.method, route, body, reason: call.reason ?? undefined }
}
