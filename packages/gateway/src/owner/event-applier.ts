import type { LaneEvent } from '@guildmesh/contracts'
import { type GuildWriter, insert, isStoreFault } from '@guildmesh/guild-store'
import {
  type Effects,
  type EventPart,
  eventParts,
  type FeatureRegistry,
  type HandlerContext,
  type WriteEffects,
} from '@guildmesh/bot'
import type { Clock, Counter, LogPort, MetricsPort } from '@guildmesh/runtime'
import type { HandlerBudget } from '../commit/handler-budget.ts'

/** A handler is synchronous and sees the same rows again, so more attempts would only cost time. */
const attemptsPerHandler = 2

export interface EventApplierOptions {
  readonly registry: FeatureRegistry
  readonly applicationId: string
  readonly clock: Clock
  readonly budget: HandlerBudget
  readonly writeEffects: WriteEffects
  readonly log: LogPort
  readonly metrics: MetricsPort
  /** What mounted modules are to hear of an event once it is committed. */
  readonly inbox?: ((event: LaneEvent, context: HandlerContext) => Effects) | undefined
  /** Called with each event last, in its transaction; what it throws undoes the event. */
  readonly record: (writer: GuildWriter, event: LaneEvent) => void
}

/** Applies one event inside the guild's transaction: the guild document first, then each feature by itself. */
export class EventApplier {
  readonly #options: EventApplierOptions
  readonly #dead: Counter

  constructor(options: EventApplierOptions) {
    this.#options = options
    this.#dead = options.metrics.counter('dead_letters_total', 'Events that a handler could not handle', [
      'feature',
      'type',
    ])
  }

  /**
   * A feature that throws loses its own effects of this event only: they are undone, a `event_dead_letters` row says so, and
   * the event goes on to the next feature and the cursor past it.
   */
  apply(writer: GuildWriter, event: LaneEvent): void {
    const { registry, applicationId, clock, inbox, record } = this.#options
    const context: HandlerContext = {
      guild: writer.reader,
      now: clock.now(),
      applicationId,
      sourceKey: `event:${event.position.generation}:${event.position.seq}`,
    }
    const parts = eventParts(registry, event, context, inbox)
    if (!this.#allAtOnce(writer, event, context, parts)) {
      for (const part of parts) this.#attempt(writer, event, part, context)
    }
    record(writer, event)
  }

  /**
   * The ordinary case, under one savepoint instead of one for each part. @returns false, with everything undone, if a
   * part failed: then each goes by itself
   */
  #allAtOnce(
    writer: GuildWriter,
    event: LaneEvent,
    context: HandlerContext,
    parts: readonly EventPart[],
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

  #run(writer: GuildWriter, event: LaneEvent, { feature, handle }: EventPart, context: HandlerContext): void {
    const { budget, writeEffects } = this.#options
    const effects = budget.measure(feature, event.type, handle)
    writeEffects(writer, { feature, sourceKey: context.sourceKey, now: context.now }, effects)
  }

  #attempt(writer: GuildWriter, event: LaneEvent, part: EventPart, context: HandlerContext): void {
    const { log } = this.#options
    const { feature } = part
    for (let attempt = 1; ; attempt++) {
      try {
        writer.savepoint(() => this.#run(writer, event, part, context))
        return
      } catch (error) {
        if (isStoreFault(error)) throw error
        if (attempt < attemptsPerHandler) continue
        writer.apply([
          insert('eventDeadLetters', {
            ...event.position,
            feature,
            type: event.type,
            payload: event.data,
            error: String(error),
            attempts: attempt,
            diedAt: context.now,
          }),
        ])
        this.#dead.inc({ feature, type: event.type })
        log.error(
          {
            event: 'event-handler-failed',
            err: error,
            guildId: writer.guildId,
            position: event.position,
            type: event.type,
            feature,
          },
          'a handler failed on an event; kept the event as a dead letter and went on with the guild',
        )
        return
      }
    }
  }
}
