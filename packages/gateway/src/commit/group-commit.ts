import { type Failure, type GatewayId, type GuildId, MeshError } from '@guildmesh/contracts'
import type { GuildStore, GuildWork, WorkOutcome } from '@guildmesh/guild-store'
import { randomUUID } from 'node:crypto'
import type { Clock, LogPort, MetricsPort } from '@guildmesh/runtime'
import { failureOfRefusal, fenceRetryMs } from './refusal-failure.ts'

/** What became of one piece of work after the commit. */
export type Committed<R> =
  | { readonly kind: 'done'; readonly value: R }
  | { readonly kind: 'refused'; readonly failure: Failure }

/** Works that were handed in together, and must come back together. */
interface Submission {
  readonly works: readonly GuildWork[]
  readonly weight: number
  settle(outcomes: readonly WorkOutcome[]): void
  refuse(failureOf: (guildId: GuildId) => Failure): void
}

export interface GroupCommitOptions {
  readonly store: GuildStore
  readonly gatewayId: GatewayId
  readonly mayServe: () => boolean
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: MetricsPort
}

/** As much work as one transaction takes before it lets the event loop go on. */
const heaviestGroup = 512

/**
 * The one way in which events and commands reach the store. What arrives while a commit runs shares the next
 * one: so a commit per event, with its wait for the disk, becomes one per turn of the event loop.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #waiting: Submission[] = []
  readonly #listeners = new Set<(guildIds: ReadonlySet<GuildId>) => void>()
  readonly #sizes
  readonly #durations
  #scheduled = false

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#sizes = options.metrics.histogram(
      'transaction_works',
      'Guild works committed together in one transaction',
      [],
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    )
    this.#durations = options.metrics.histogram(
      'transaction_duration_seconds',
      'Time of one transaction, its wait for the disk included',
    )
  }

  /** Calls the listener after each commit with the guilds it changed. */
  onCommit(listener: (guildIds: ReadonlySet<GuildId>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Does one piece of work; resolves when it is on the disk.
   *
   * @throws MeshError if the guild is not served here at that epoch, or the work failed (Internal; logged)
   */
  async run<R>(work: GuildWork<R>): Promise<R> {
    const [committed] = await this.runAll([work], 1)
    if (!committed) throw new Error('a transaction without an outcome')
    if (committed.kind === 'refused') throw new MeshError(committed.failure)
    return committed.value
  }

  /** Does several works of different guilds in one transaction; each succeeds or is refused by itself. */
  runAll<R>(works: readonly GuildWork<R>[], weight: number): Promise<Committed<R>[]> {
    const { promise, resolve } = Promise.withResolvers<Committed<R>[]>()
    const values = new Map<number, { readonly value: R }>()
    this.#waiting.push({
      weight,
      works: works.map((work, index) => ({
        guildId: work.guildId,
        epoch: work.epoch,
        run(writer) {
          const value = work.run(writer)
          values.set(index, { value })
          return value
        },
      })),
      settle: (outcomes) =>
        resolve(
          works.map((work, index) => {
            const outcome = outcomes[index]
            const done = values.get(index)
            if (outcome?.kind === 'done' && done) return { kind: 'done', value: done.value }
            return { kind: 'refused', failure: this.#failureOf(work, outcome) }
          }),
        ),
      refuse: (failureOf) =>
        resolve(works.map((work) => ({ kind: 'refused', failure: failureOf(work.guildId) }))),
    })
    this.#schedule()
    return promise
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#commitGroup(this.#takeGroup())
      if (this.#waiting.length > 0) this.#schedule()
    })
  }

  #takeGroup(): Submission[] {
    let weight = 0
    let size = 0
    for (const submission of this.#waiting) {
      if (size > 0 && weight + submission.weight > heaviestGroup) break
      weight += submission.weight
      size += 1
    }
    return this.#waiting.splice(0, size)
  }

  #commitGroup(group: readonly Submission[]): void {
    const { store, mayServe, clock, log } = this.#options
    // R1: asked here, beside the transaction, and again before anything of it is told to anybody.
    if (!mayServe()) return refuseUnserved(group)
    const works = group.flatMap((submission) => submission.works)
    const startedAt = clock.monotonicMs()
    let outcomes: WorkOutcome[]
    try {
      outcomes = store.transact(works)
    } catch (error) {
      log.error(
        { event: 'database-failed', err: error },
        'the database failed; nothing of the group was committed',
      )
      const service = this.#options.gatewayId
      for (const one of group) one.refuse(() => ({ kind: 'Unavailable', service, retryAfterMs: 500 }))
      return
    }
    this.#sizes.observe({}, works.length)
    this.#durations.observe({}, (clock.monotonicMs() - startedAt) / 1000)
    if (!mayServe()) return refuseUnserved(group)
    let next = 0
    for (const submission of group) {
      submission.settle(outcomes.slice(next, next + submission.works.length))
      next += submission.works.length
    }
    const changed = new Set(
      works.flatMap((work, index) => (outcomes[index]?.kind === 'done' ? [work.guildId] : [])),
    )
    for (const listener of this.#listeners) listener(changed)
  }

  #failureOf(work: GuildWork, outcome: WorkOutcome | undefined): Failure {
    const { gatewayId, log } = this.#options
    if (outcome?.kind === 'refused') {
      return failureOfRefusal(work.guildId, work.epoch, gatewayId, outcome.refusal)
    }
    if (outcome?.kind === 'failed' && outcome.error instanceof MeshError) return outcome.error.failure
    const errorId = randomUUID()
    log.error(
      {
        event: 'guild-work-failed',
        err: outcome?.kind === 'failed' ? outcome.error : undefined,
        guildId: work.guildId,
        errorId,
      },
      'work on a guild failed and was undone',
    )
    return { kind: 'Internal', errorId }
  }
}

/** This gateway's lease does not let it serve: somebody else may own its guilds by now. */
function refuseUnserved(group: readonly Submission[]): void {
  for (const one of group) {
    one.refuse((guildId) => ({ kind: 'GuildFenced', guildId, retryAfterMs: fenceRetryMs }))
  }
}
