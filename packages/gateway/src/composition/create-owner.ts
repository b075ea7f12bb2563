import { DefaultRestOptions } from '@discordjs/rest'
import type { GuildId } from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import { allFeatures, effectWriter, type Feature, FeatureRegistry } from '@guildmesh/bot'
import { measuredBackfill } from '../backfill/measured-backfill.ts'
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
import { callProbe } from '../probe/call-probe.ts'
import { wholeLimits } from '../outbox/rest-lease.ts'
import { ChainReport, recordEvent } from '../probe/event-probe.ts'
import { EventApplier } from '../owner/event-applier.ts'
import { durableWhenApplied, EventDelivery } from '../owner/event-delivery.ts'
import { GroupCommit } from '../commit/group-commit.ts'
import { HandlerBudget } from '../commit/handler-budget.ts'
import type { Owner, OwnerOptions } from './owner.ts'

/** What tests put in the place of the real thing. */
export interface OwnerOverrides {
  readonly features?: readonly Feature[]
  readonly discord?: DiscordRest
}

/** Builds the owner side of a gateway over its store. */
export function createOwner(options: OwnerOptions, overrides: OwnerOverrides = {}): Owner {
  const { store, clock, log, metrics, applicationId } = options
  const { gatewayId } = options.self
  const features = overrides.features ?? allFeatures
  const registry = new FeatureRegistry([
    laneConfirmation((guildId) => outbox.wake(guildId)),
    ...features,
    ...(options.eventProbe ? [callProbe] : []),
    measuredBackfill(features, metrics),
  ])
  const restBudget = options.restBudget ?? new RestBudget({ shares: wholeLimits, clock, log, metrics })
  const rest = overrides.discord ?? discordRest({ ...options.rest, budget: restBudget })
  const budget = new HandlerBudget(clock, log, metrics)
  const deadEvents = metrics.counter('events_dead_total', 'Events that a handler could not handle', [
    'feature',
    'type',
  ])

  // Rows of an earlier life say what we owned then; only the routing table says what we own now.
  let adopted = false
  const mayServe = () => adopted && options.mayServe()

  const commits = new GroupCommit({ store, gatewayId, mayServe, clock, log, metrics })
  const writeEffects = effectWriter({
    callsWritten: (guildId) => outbox.wake(guildId),
    jobsWritten: () => jobs.wake(),
  })
  const handling = { registry, applicationId, writeEffects, clock, budget, log, metrics }
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
  const jobs = new JobRunner({ ...handling, store, commits, mayServe })
  const sweep = new ExpirySweep(store, commits, clock)
  const mounted = options.mount?.({
    gatewayId,
    store,
    commits,
    mayServe,
    commands: registry.definitions,
    makeRequest: restBudget.guard(DefaultRestOptions.makeRequest),
  })
  const applier = new EventApplier({
    ...handling,
    inbox: mounted?.record,
    onDead: (feature, type) => deadEvents.inc({ feature, type }),
    record: options.eventProbe ? recordEvent : () => {},
  })
  const events = new EventDelivery({
    self: options.self,
    commits,
    applier,
    durable: durableWhenApplied,
    clock,
    metrics,
  })
  const feed = new ChangeFeed()
  commits.onCommit((guildIds) => feed.touch(guildIds))
  if (mounted) commits.onCommit((guildIds) => mounted.committed(guildIds))

  /** What was said once of each guild that may not be served here; the table repeats it with every change. */
  const quarantined = new Set<string>()
  const running = new AbortController()
  return {
    adopt(assignments) {
      const steps = store.ownership.adopt(assignments, clock.now())
      adopted = true
      for (const step of steps) {
        if (step.kind === 'quarantine') {
          const told = `${step.guildId}@${step.epoch}`
          if (quarantined.has(told)) continue
          quarantined.add(told)
          log.error(
            step,
            'a guild is assigned to us, but only a copy set aside by a move is here; not serving it',
          )
        } else if (step.kind !== 'release') {
          outbox.wake(step.guildId)
        }
      }
      // Followers of what was released learn that it is served elsewhere now.
      feed.touch(steps.map((step) => step.guildId))
      if (steps.length > 0) jobs.wake()
      mounted?.owns(servedGuilds(store))
    },
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
      events: { deliver: (input) => events.deliver(input) },
    },
    start(signal) {
      const life = AbortSignal.any([signal, running.signal])
      outbox.start(life)
      jobs.start(life)
      sweep.start(life)
      mounted?.start(life)
      outboxFigures({ store, clock, metrics, signal: life })
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

/** Guilds whose events are applied here; one that a move has frozen is still ours. */
function servedGuilds(store: GuildStore): GuildId[] {
  return store.ownership
    .list()
    .filter(({ role }) => role === 'active' || role === 'frozen')
    .map(({ guildId }) => guildId)
}
