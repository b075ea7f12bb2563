import type { LaneEvent } from '@guildmesh/contracts'
import { type GuildWriter, insert, isStoreFault } from '@guildmesh/guild-store'
import type { Effects } from '../features/effects.ts'
import type { FeatureRegistry } from '../features/feature-registry.ts'
import type { HandlerContext } from '../features/feature.ts'
import { documentRules } from '../guild-document/document-rules.ts'
import { mountedFeature } from '../mounted/mounted-feature.ts'
import type { Clock } from './clock.ts'
import type { HandlerBudget } from './handler-budget.ts'
import type { OwnerLog } from './owner-log.ts'
import type { WriteEffects } from './write-effects.ts'

/** Under this name the guild document's own failures appear in `dead_events`. */
const documentFeature = 'guild-document'
/** A handler is synchronous and sees the same rows again, so more attempts would only cost time. */
const attemptsPerHandler = 2

export interface EventApplierOptions {
  readonly registry: FeatureRegistry
  readonly applicationId: string
  readonly clock: Clock
  readonly budget: HandlerBudget
  readonly writeEffects: WriteEffects
  readonly log: OwnerLog
  readonly onDead: (feature: string, type: string) => void
  /** What mounted modules are to hear of an event once it is committed. */
  readonly inbox?: ((event: LaneEvent, context: HandlerContext) => Effects) | undefined
  /** Called with each event last, in its transaction; what it throws undoes the event. */
  readonly record: (writer: GuildWriter, event: LaneEvent) => void
}

/** One feature's handling of one event. */
interface Part {
  readonly feature: string
  readonly handle: () => Effects
}

/** Applies one event inside the guild's transaction: the guild document first, then each feature by itself. */
export class EventApplier {
  readonly #options: EventApplierOptions

  constructor(options: EventApplierOptions) {
    this.#options = options
  }

  /**
   * A feature that throws loses its own effects of this event only: they are undone, a `dead_events` row says so, and
   * the event goes on to the next feature and the cursor past it.
   */
  apply(writer: GuildWriter, event: LaneEvent): void {
    const { applicationId, clock, record } = this.#options
    const context: HandlerContext = {
      guild: writer.reader,
      now: clock.now(),
      applicationId,
      sourceKey: `event:${event.position.generation}:${event.position.seq}`,
    }
    const parts = this.#partsOf(event, context)
    if (!this.#allAtOnce(writer, event, context, parts)) {
      for (const part of parts) this.#attempt(writer, event, part, context)
    }
    record(writer, event)
  }

  /** Who takes the event, in order. */
  #partsOf(event: LaneEvent, context: HandlerContext): Part[] {
    const { registry, inbox } = this.#options
    const { type, data, gap } = event
    const hole = gap && { after: gap.after, type }
    const ruled = ({ feature, rule }: ReturnType<FeatureRegistry['eventRules']>[number]): Part => ({
      feature,
      handle: () => rule.handle(data, context),
    })
    const documentRule = documentRules.get(type)
    return [
      ...(hole
        ? registry.holeRules.map(({ feature, rule }) => ({ feature, handle: () => rule(hole, context) }))
        : []),
      ...registry.rulesBefore(type).map(ruled),
      // Before the document: what a GUILD_CREATE means follows from what was known of the guild before.
      ...(inbox ? [{ feature: mountedFeature, handle: () => inbox(event, context) }] : []),
      ...(documentRule
        ? [{ feature: documentFeature, handle: () => documentRule.handle(data, context) }]
        : []),
      ...registry.eventRules(type).map(ruled),
    ]
  }

  /**
   * The ordinary case, under one savepoint instead of one for each part. @returns false, with everything undone, where a
   * part failed: then each goes by itself
   */
  #allAtOnce(
    writer: GuildWriter,
    event: LaneEvent,
    context: HandlerContext,
    parts: readonly Part[],
  ): boolean {
    try {
      writer.savepoint(() => {
        for (const part of parts) this.#run(writer, event, part, context)
      })
      return true
    } catch (error) {
      if (isStoreFault(error)) throw error
      return false
    }
  }

  #run(writer: GuildWriter, event: LaneEvent, { feature, handle }: Part, context: HandlerContext): void {
    const { budget, writeEffects } = this.#options
    const effects = budget.measure(feature, event.type, handle)
    writeEffects(writer, { feature, sourceKey: context.sourceKey, now: context.now }, effects)
  }

  #attempt(writer: GuildWriter, event: LaneEvent, part: Part, context: HandlerContext): void {
    const { log, onDead } = this.#options
    const { feature } = part
    for (let attempt = 1; ; attempt++) {
      try {
        writer.savepoint(() => this.#run(writer, event, part, context))
        return
      } catch (error) {
        if (isStoreFault(error)) throw error
        if (attempt < attemptsPerHandler) continue
        writer.apply([
          insert('deadEvents', {
            ...event.position,
            feature,
            type: event.type,
            payload: event.data,
            error: String(error),
            attempts: attempt,
            diedAt: context.now,
          }),
        ])
        onDead(feature, event.type)
        log.error(
          { err: error, guildId: writer.guildId, position: event.position, type: event.type, feature },
          'a handler failed on an event; it is kept as a dead event and the guild goes on',
        )
        return
      }
    }
  }
}
