import { DefaultRestOptions } from '@discordjs/rest'
import { allFeatures, effectWriter, type Feature, FeatureRegistry } from '@guildmesh/bot'
import { measuredBackfill } from '../backfill/measured-backfill.ts'
import { GroupCommit } from '../commit/group-commit.ts'
import { HandlerBudget } from '../commit/handler-budget.ts'
import { WorkSignals } from '../commit/work-signals.ts'
import { ChangeFeed } from '../guild-data/change-feed.ts'
import { GuildData } from '../guild-data/guild-data.ts'
import { GuildOwnership } from '../guild-data/guild-ownership.ts'
import { MemberLookup } from '../guild-data/member-lookup.ts'
import { InteractionHandler } from '../interactions/interaction-handler.ts'
import { ExpirySweep } from '../jobs/expiry-sweep.ts'
import { JobRunner } from '../jobs/job-runner.ts'
import { RestConfirmation } from '../outbox/confirmation.ts'
import { DeadLetters } from '../outbox/dead-letters.ts'
import { type DiscordRest, discordRest } from '../outbox/discord-rest.ts'
import { laneConfirmation } from '../outbox/lane-confirmation.ts'
import { outboxFigures } from '../outbox/outbox-figures.ts'
import { OutboxWorker } from '../outbox/outbox-worker.ts'
import { RestBudget } from '../outbox/rest-budget.ts'
import { wholeLimits } from '../outbox/rest-lease.ts'
import { EventApplier } from '../owner/event-applier.ts'
import { durableWhenApplied, EventDelivery } from '../owner/event-delivery.ts'
import { OwnedGuilds } from '../owner/owned-guilds.ts'
import { callProbe } from '../probe/call-probe.ts'
import { ChainReport, recordEvent } from '../probe/event-probe.ts'
import type { Owner, OwnerOptions } from './owner.ts'

/** What tests put in the place of the real thing. */
export interface OwnerOverrides {
  readonly features?: readonly Feature[]
  readonly discord?: DiscordRest
}

/** Builds the owner's half of a gateway over its store, from the commit up to what answers calls. */
export function createOwner(options: OwnerOptions, overrides: OwnerOverrides = {}): Owner {
  const { store, clock, log, metrics, applicationId, self } = options
  const { gatewayId } = self
  const signals = new WorkSignals()
  const guilds = new OwnedGuilds({ store, mayServe: options.mayServe, clock, log })
  const mayServe = () => guilds.mayServe()
  const commits = new GroupCommit({ store, gatewayId, mayServe, clock, log, metrics })

  const features = overrides.features ?? allFeatures
  const registry = new FeatureRegistry([
    laneConfirmation(signals),
    ...features,
    ...(options.eventProbe ? [callProbe] : []),
    measuredBackfill(features, metrics),
  ])
  const writeEffects = effectWriter(signals)
  const budget = new HandlerBudget(clock, log, metrics)
  const handling = { registry, applicationId, writeEffects, clock, budget, log, metrics }

  const restBudget = options.restBudget ?? new RestBudget({ quotas: wholeLimits, clock, log, metrics })
  const rest = overrides.discord ?? discordRest({ ...options.rest, budget: restBudget })
  const outbox = new OutboxWorker({
    ...handling,
    store,
    commits,
    rest,
    confirmation: new RestConfirmation(rest, registry, applicationId),
    restBudget,
    mayServe,
    random: () => Math.random(),
  })
  signals.onCalls((guildId) => outbox.wake(guildId))
  const jobs = new JobRunner({ ...handling, store, commits, mayServe })
  signals.onJobs(() => jobs.wake())
  const sweep = new ExpirySweep({ store, commits, clock, log })

  const mounted = options.mount?.({
    gatewayId,
    store,
    commits,
    mayServe,
    commands: registry.definitions,
    makeRequest: restBudget.guard(DefaultRestOptions.makeRequest),
  })
  const events = new EventDelivery({
    self,
    commits,
    applier: new EventApplier({
      ...handling,
      inbox: mounted?.record,
      record: options.eventProbe ? recordEvent : () => {},
    }),
    durable: durableWhenApplied,
    clock,
    metrics,
  })
  const feed = new ChangeFeed()
  commits.onCommit((guildIds) => feed.touch(guildIds))
  if (mounted) commits.onCommit((guildIds) => mounted.committed(guildIds))

  guilds.onReconciled((steps) => {
    const served = steps.filter(({ kind }) => kind !== 'quarantine' && kind !== 'release')
    for (const { guildId } of served) outbox.wake(guildId)
    // Followers of what was released learn that it is served elsewhere now.
    feed.touch(steps.map(({ guildId }) => guildId))
    if (steps.length > 0) jobs.wake()
    mounted?.owns(guilds.served())
  })

  const running = new AbortController()
  return {
    reconcile: (assignments) => guilds.reconcile(assignments),
    deliver: (input) => events.deliver(input),
    port: {
      guild: new GuildData({
        store,
        gatewayId,
        mayServe,
        feed,
        members: new MemberLookup(rest, commits),
        clock,
      }),
      interactions: new InteractionHandler({ ...handling, commits, mounted: mounted?.interactions }),
      ownership: new GuildOwnership(store, gatewayId, clock),
      probe: new ChainReport({ store, gatewayId, mayServe, probing: options.eventProbe }),
    },
    start(signal) {
      const whileRunning = AbortSignal.any([signal, running.signal])
      outbox.start(whileRunning)
      jobs.start(whileRunning)
      sweep.start(whileRunning)
      mounted?.start(whileRunning)
      void outboxFigures({ store, clock, log, metrics }).run(whileRunning)
    },
    deadLetters: new DeadLetters({
      gatewayId,
      store,
      commits,
      clock,
      wake: (guildId) => outbox.wake(guildId),
    }),
    commands: [...registry.definitions, ...(mounted?.commands ?? [])],
    async [Symbol.asyncDispose]() {
      running.abort()
      await mounted?.[Symbol.asyncDispose]()
      await Promise.all([outbox[Symbol.asyncDispose](), jobs[Symbol.asyncDispose]()])
    },
  }
}
