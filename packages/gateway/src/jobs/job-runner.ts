import type { GuildId } from '@guildmesh/contracts'
import { type GuildStore, type GuildWriter, isStoreFault, remove, update } from '@guildmesh/guild-store'
import type { FeatureRegistry, WriteEffects } from '@guildmesh/bot'
import {
  type Clock,
  constantBackoff,
  type Counter,
  type LogPort,
  type MetricsPort,
  Worker,
} from '@guildmesh/runtime'
import type { GroupCommit } from '../commit/group-commit.ts'
import type { HandlerBudget } from '../commit/handler-budget.ts'
import { decideAfterJobFailure } from './decide-after-job-failure.ts'

export interface JobRunnerOptions {
  readonly store: GuildStore
  readonly commits: GroupCommit
  readonly registry: FeatureRegistry
  readonly writeEffects: WriteEffects
  readonly applicationId: string
  readonly mayServe: () => boolean
  readonly clock: Clock
  readonly budget: HandlerBudget
  readonly log: LogPort
  readonly metrics: MetricsPort
}

/** Jobs taken in one round; more follow at once. */
const jobsPerRound = 64
/** Longest pause: jobs that come with a guild (a move, a restore) are found by then. Milliseconds. */
const longestPauseMs = 1000
/** Shortest pause after a round: neither a refused guild nor a job that schedules itself makes a tight loop. Milliseconds. */
const shortestPauseMs = 100

/** Runs scheduled jobs of the served guilds when they are due, each as a command in its guild's transaction. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #runs: Counter
  readonly #rounds: Worker
  #isRunning = false

  constructor(options: JobRunnerOptions) {
    this.#options = options
    this.#runs = options.metrics.counter('jobs_run_total', 'Scheduled jobs run, by what became of them', [
      'feature',
      'outcome',
    ])
    this.#rounds = new Worker({
      work: () => this.#round(),
      backoff: constantBackoff(longestPauseMs),
      onFailure: (error) =>
        options.log.error({ event: 'jobs-failed', err: error }, 'jobs could not be run; trying again'),
    })
  }

  start(signal: AbortSignal): void {
    void this.#rounds.run(signal)
  }

  /** Says that a job was written. */
  wake(): void {
    this.#rounds.wake(this.#isRunning ? shortestPauseMs : 0)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rounds.stop()
  }

  async #round(): Promise<number> {
    this.#isRunning = true
    try {
      await this.#runDue()
    } finally {
      this.#isRunning = false
    }
    const { store, clock } = this.#options
    const next = store.index.nextJobAt()
    return next === null
      ? longestPauseMs
      : Math.min(longestPauseMs, Math.max(shortestPauseMs, next - clock.now()))
  }

  async #runDue(): Promise<void> {
    const { store, clock, commits, log, mayServe } = this.#options
    if (!mayServe()) return
    const due = store.index.dueJobs(clock.now(), jobsPerRound)
    const works = due.map(({ guildId, jobId }) => ({
      guildId,
      epoch: null,
      run: (writer: GuildWriter) => this.#runOne(writer, guildId, jobId),
    }))
    if (works.length === 0) return
    const outcomes = await commits.runAll(works, works.length)
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.kind === 'refused') {
        log.warn(
          { event: 'job-refused', ...due[index], failure: outcome.failure.kind },
          'a job could not run here now',
        )
      }
    }
  }

  #runOne(writer: GuildWriter, guildId: GuildId, jobId: string): void {
    const { registry, writeEffects, budget, applicationId, clock, log } = this.#options
    const now = clock.now()
    const job = writer.reader.get('jobs', { jobId, state: 'waiting' })
    if (!job || job.dueAt > now) return
    const { feature, name } = job
    const sourceKey = `job:${jobId}:${job.createdAt}:${job.dueAt}`
    try {
      writer.savepoint(() => {
        const rule = registry.jobRule(feature, name)
        if (!rule) throw new Error(`no feature has a job ${feature}/${name}`)
        // Taken away first: the handler may schedule the same job again.
        writer.apply([remove('jobs', { jobId })])
        const context = { guild: writer.reader, now, applicationId, sourceKey }
        const effects = budget.measure(feature, `job ${name}`, () => rule.handle(job.payload, context))
        writeEffects(writer, { feature, sourceKey, now }, effects)
      })
      this.#runs.inc({ feature, outcome: 'done' })
    } catch (error) {
      if (isStoreFault(error)) throw error
      const after = decideAfterJobFailure(job.attempts + 1, now)
      writer.apply([
        update('jobs', { jobId }, { ...after, attempts: job.attempts + 1, error: String(error) }),
      ])
      this.#runs.inc({ feature, outcome: after.state === 'dead' ? 'dead' : 'failed' })
      log.error({ event: 'job-failed', err: error, guildId, jobId, state: after.state }, 'a job failed')
    }
  }
}
