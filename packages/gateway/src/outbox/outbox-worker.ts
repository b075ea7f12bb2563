import { type GuildId, MeshError } from '@guildmesh/contracts'
import { type GuildRow, type GuildStore, isStoreFault, remove, update } from '@guildmesh/guild-store'
import type { FeatureRegistry, WriteEffects } from '@guildmesh/bot'
import {
  type Clock,
  constantBackoff,
  type Counter,
  KeyedWorkers,
  type LogPort,
  type MetricsPort,
  type Pause,
} from '@guildmesh/runtime'
import type { GroupCommit } from '../commit/group-commit.ts'
import type { HandlerBudget } from '../commit/handler-budget.ts'
import { callNonce, reasonWithKey } from './call-nonce.ts'
import type { ConfirmationPort } from './confirmation.ts'
import { type AfterCall, decideAfterCall, decideAfterLook } from './decide-after-call.ts'
import { decideBeforeCall } from './decide-before-call.ts'
import type { DiscordRest, RestRequest } from './discord-rest.ts'
import { liveCalls, mostPassed, nextCall, type NextCall } from './next-call.ts'
import type { RestBudget } from './rest-budget.ts'

type Call = GuildRow<'outbox'>

export interface OutboxWorkerOptions {
  readonly store: GuildStore
  readonly commits: GroupCommit
  readonly rest: DiscordRest
  readonly confirmation: ConfirmationPort
  readonly restBudget: Pick<RestBudget, 'permits'>
  readonly registry: FeatureRegistry
  readonly writeEffects: WriteEffects
  readonly applicationId: string
  readonly mayServe: () => boolean
  readonly clock: Clock
  readonly budget: HandlerBudget
  readonly log: LogPort
  readonly metrics: MetricsPort
  /** A random number of [0, 1). */
  readonly random: () => number
}

/** How soon to look again when the lease does not let this gateway call, milliseconds. */
const unservedWaitMs = 500
/** How soon to look again when too many calls are being refused, milliseconds. */
const refusedWaitMs = 5000
/** How long running calls may take to end when the worker stops, milliseconds. */
const stopGraceMs = 3000

/**
 * Makes the calls of the outbox: in order within a guild (but for long limits, see `nextCall`), guilds side by side, so
 * that slow calls of one delay no other. Each state of a call is committed before the next thing is done, so a crash leaves either a call that was not
 * begun, or one whose outcome is unknown since `sentAt`. Such a call is made again only if that cannot do it twice:
 * see `decideBeforeCall`.
 */
export class OutboxWorker implements AsyncDisposable {
  readonly #options: OutboxWorkerOptions
  readonly #guilds: KeyedWorkers<GuildId>
  #ended: Promise<void> | null = null
  readonly #attempts: Counter
  readonly #confirmations: Counter
  #open = false

  constructor(options: OutboxWorkerOptions) {
    this.#options = options
    this.#guilds = new KeyedWorkers({
      work: (guildId, { signal }) => this.#makeCalls(guildId, signal),
      backoff: constantBackoff(unservedWaitMs),
      onFailure: (guildId, error) =>
        options.log.error(
          { event: 'outbox-failed', err: error, guildId },
          'the outbox of a guild failed; trying again',
        ),
    })
    this.#attempts = options.metrics.counter(
      'outbox_attempts_total',
      'Attempts at outbox calls, by what became of them',
      ['feature', 'outcome'],
    )
    this.#confirmations = options.metrics.counter(
      'outbox_confirmations_total',
      'Confirmations of calls whose outcome was unknown, by what they showed',
      ['feature', 'outcome'],
    )
  }

  /** Begins with what an earlier incarnation left over. */
  start(signal: AbortSignal): void {
    if (signal.aborted) return
    this.#open = true
    signal.addEventListener('abort', () => void this.#close(), { once: true })
    for (const guildId of this.#options.store.index.guildsWithCalls()) this.wake(guildId)
  }

  /** Says that the guild has calls. They are looked up after this turn of the event loop. */
  wake(guildId: GuildId): void {
    if (this.#open) this.#guilds.wake(guildId)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }

  /** Begins no further call, and lets those under way end. */
  #close(): Promise<void> {
    this.#open = false
    this.#ended ??= this.#guilds.drain(stopGraceMs)
    return this.#ended
  }

  async #makeCalls(guildId: GuildId, signal: AbortSignal): Promise<Pause> {
    try {
      return await this.#untilNextWaits(guildId, signal)
    } catch (error) {
      if (!(error instanceof MeshError)) throw error
      // Moved away or fenced: the next owner makes the calls, or we do when we are woken again.
      return error.failure.kind === 'NotOwner' ? null : unservedWaitMs
    }
  }

  /** Makes the guild's calls until none is left (`null`) or the next must wait (milliseconds). */
  async #untilNextWaits(guildId: GuildId, signal: AbortSignal): Promise<Pause> {
    const { clock, mayServe, restBudget } = this.#options
    while (this.#open) {
      const now = clock.now()
      const next = this.#next(guildId, now)
      if (next.kind === 'none') return null
      if (next.kind === 'wait') return next.until - now
      const { call } = next
      if (!mayServe()) return unservedWaitMs
      if (!restBudget.permits(call)) return refusedWaitMs
      const waitMs = await this.#advance(guildId, call, now, signal)
      if (waitMs !== null) return waitMs
    }
    return null
  }

  #next(guildId: GuildId, now: number): NextCall<Call> {
    const found = this.#options.store.read(guildId, null, ({ rows }): NextCall<Call> => {
      const first = nextCall(liveCalls(rows, 1), now)
      return first.kind === 'wait' ? nextCall(liveCalls(rows, mostPassed), now) : first
    })
    return found.kind === 'done' ? found.value : { kind: 'none' }
  }

  /** Takes the call one step on, or says how long it must wait (milliseconds). */
  async #advance(guildId: GuildId, call: Call, now: number, signal: AbortSignal): Promise<number | null> {
    const before = decideBeforeCall(call, now)
    switch (before.kind) {
      case 'settled':
        await this.#settle(guildId, call, { kind: 'settled', result: { ok: true, body: before.body } })
        return null
      case 'wait':
        return before.until - now
      case 'look':
        await this.#look(guildId, call, signal)
        return null
      case 'send':
        await this.#send(guildId, call, call.sentAt, signal)
        return null
      default:
        return before satisfies never
    }
  }

  /** @param doubtedSince when an earlier attempt began that may have done it */
  async #send(
    guildId: GuildId,
    waiting: Call,
    doubtedSince: number | null,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, random, commits, rest, mayServe } = this.#options
    const { callSeq } = waiting
    const attempts = waiting.attempts + 1
    const sentAt = doubtedSince ?? clock.now()
    await commits.run({
      guildId,
      epoch: null,
      run: (writer) =>
        writer.apply([update('outbox', { callSeq }, { state: 'in_flight', attempts, sentAt })]),
    })
    // R1: the call itself counts, not only the transactions around it.
    if (!mayServe()) throw new MeshError({ kind: 'GuildFenced', guildId, retryAfterMs: unservedWaitMs })
    const outcome = await rest.call(requestOf(guildId, waiting), signal)
    if (signal.aborted) return
    const tried = { ...waiting, attempts, sentAt, doubted: doubtedSince !== null }
    await this.#settle(guildId, tried, decideAfterCall(tried, outcome, clock.now(), random()))
  }

  async #look(guildId: GuildId, call: Call, signal: AbortSignal): Promise<void> {
    const { confirmation, clock, random } = this.#options
    const look = await confirmation.look(guildId, call, signal)
    if (signal.aborted) return
    this.#confirmations.inc({ feature: call.feature, outcome: look.kind })
    const tried = { ...call, attempts: call.attempts + 1, sentAt: call.sentAt ?? clock.now() }
    const after = decideAfterLook(tried, look, clock.now(), random())
    if (after.kind === 'send') await this.#send(guildId, call, null, signal)
    else await this.#settle(guildId, tried, after)
  }

  async #settle(guildId: GuildId, call: Call, after: AfterCall): Promise<void> {
    const { commits, log } = this.#options
    this.#attempts.inc({ feature: call.feature, outcome: outcomeLabel(after) })
    const { callSeq, attempts } = call
    if (after.kind === 'retry') {
      const { sentAt, error } = after
      await commits.run({
        guildId,
        epoch: null,
        run: (writer) => {
          // The lane may have told meanwhile what came of it; then there is nothing to wait for.
          const known = writer.reader.get('outbox', { callSeq }, ['knownResult', 'dueAt'])
          const dueAt = known?.knownResult ? known.dueAt : after.dueAt
          writer.apply([update('outbox', { callSeq }, { state: 'pending', attempts, dueAt, sentAt, error })])
        },
      })
      return
    }
    const dead = await commits.run({
      guildId,
      epoch: null,
      run: (writer) => this.#handleResult(writer, call, after),
    })
    if (dead !== null) {
      log.error(
        { event: 'call-dead', guildId, feature: call.feature, route: call.route, error: dead },
        'gave up on a Discord call; kept it as a dead letter',
      )
    }
  }

  /** Ends the call in one transaction with what its result causes; gives why it is a dead letter instead. */
  #handleResult(
    writer: Parameters<WriteEffects>[0],
    call: Call,
    after: Exclude<AfterCall, { kind: 'retry' }>,
  ): string | null {
    const { registry, writeEffects, budget, applicationId, clock } = this.#options
    const { callSeq, feature, onResult } = call
    const { result } = after
    const rule = onResult === null ? null : registry.resultRule(feature, onResult)
    const sourceKey = `result:${call.sourceKey}:${call.ordinal}`
    const bury = (error: string) => {
      // What Discord did is kept, so that a replay does not have it done again.
      const known = result.ok ? { knownResult: { body: result.body } } : {}
      const sentAt = after.kind === 'exhausted' ? call.sentAt : null
      writer.apply([update('outbox', { callSeq }, { state: 'dead', error, sentAt, ...known })])
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

function outcomeLabel(after: AfterCall): string {
  if (after.kind !== 'settled') return after.kind
  return after.result.ok ? 'made' : 'refused'
}

function requestOf(guildId: GuildId, call: Call): RestRequest {
  const key = callNonce(guildId, call.sourceKey, call.ordinal)
  const body = call.repeat === 'nonce' ? { ...call.body, nonce: key, enforce_nonce: true } : call.body
  const reason = call.repeat === 'lane' ? reasonWithKey(call.reason, key) : (call.reason ?? undefined)
  const route: `/${string}` = `/${call.route.replace(/^\/+/, '')}`
  return { method: call.method, route, body, reason }
}
