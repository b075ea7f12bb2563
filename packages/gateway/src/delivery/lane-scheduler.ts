import type {
  DeliverInput,
  DeliverReply,
  GatewayId,
  GuildId,
  LaneAck,
  LaneEvent,
  Position,
} from '@guildmesh/contracts'
import { describeFailure } from '@guildmesh/contracts'
import { backoffMs, type Clock, type LogPort } from '@guildmesh/runtime'
import { afterRefusal } from './after-refusal.ts'
import type { DeliveryMetrics } from './delivery-metrics.ts'
import { countsAck, countsReply, type Route, type RoutesPort } from './judge-reply.ts'
import type { HeldEvent, Lane, LaneGap } from './lane.ts'

/** What a scheduler uses of the rest of the gateway. */
export interface DeliveryPorts {
  readonly routes: RoutesPort
  /** Sends lanes to a gateway, this one or another. */
  readonly send: (gatewayId: GatewayId, input: DeliverInput) => Promise<DeliverReply>
  /** Sees to it that the guild has an owner that `routes` knows. */
  readonly assign: (guildId: GuildId) => Promise<void>
  /** Reads the guild's owner anew. */
  readonly refresh: (guildId: GuildId) => Promise<void>
  /** Takes over what a refusal said of the owner; lower epochs are ignored. */
  readonly learn: (guildId: GuildId, route: Route) => void
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: DeliveryMetrics
}

export interface LaneSchedulerOptions extends DeliveryPorts {
  readonly shard: Omit<DeliverInput, 'lanes'>
  /** The owner has made everything of the lane up to a position durable; `events`: those of it that were in memory. */
  readonly onDurable: (lane: Lane, through: Position, events: readonly HeldEvent[]) => void
  /** Reads the next events of a parked lane. @throws where the disk fails */
  readonly refill: (lane: Lane) => void
  readonly onGap: (guildId: GuildId, gap: LaneGap) => void
}

const deliveryLimits = {
  /** Lanes, events and payload size of one call. A single larger event still goes, alone. */
  lanes: 512,
  events: 2048,
  laneEvents: 256,
  size: 1024 * 1024,
  /** Calls under way to one gateway. */
  calls: 4,
  laneBackoff: { firstMs: 25, maxMs: 2000, jitter: 'half' },
  gatewayBackoff: { firstMs: 50, maxMs: 1000, jitter: 'half' },
} as const

interface LaneEntry {
  readonly lane: Lane
  /** `queued` at a destination; `waiting` for a route or for time. */
  state: 'idle' | 'queued' | 'under-way' | 'waiting'
  timer: NodeJS.Timeout | undefined
  failures: number
}

interface Destination {
  readonly gatewayId: GatewayId
  readonly ready: Set<LaneEntry>
  calls: number
  failures: number
  timer: NodeJS.Timeout | undefined
  soon: NodeJS.Immediate | undefined
}

interface Batch {
  readonly input: DeliverInput
  readonly sent: ReadonlyMap<
    GuildId,
    { readonly entry: LaneEntry; readonly route: Route; readonly count: number }
  >
}

/**
 * Sends the lanes of one shard to their owners: in order per guild, batched across guilds per gateway. A guild without
 * owner, or one that refuses, waits by itself; a gateway that cannot be reached holds up its own guilds only.
 */
export class LaneScheduler {
  readonly #options: LaneSchedulerOptions
  readonly #entries = new Map<GuildId, LaneEntry>()
  readonly #waiting = new Set<LaneEntry>()
  readonly #destinations = new Map<GatewayId, Destination>()
  #closed = false

  constructor(options: LaneSchedulerOptions) {
    this.#options = options
  }

  get waitingCount(): number {
    return this.#waiting.size
  }

  /** To be called when the lane got an event. */
  wake(lane: Lane): void {
    let entry = this.#entries.get(lane.guildId)
    if (!entry) {
      entry = { lane, state: 'idle', timer: undefined, failures: 0 }
      this.#entries.set(lane.guildId, entry)
    }
    if (entry.state === 'idle') this.#queue(entry)
  }

  /** To be called when the route of a guild, or (`null`) of any, has changed: lanes that waited go on at once. */
  reroute(guildId: GuildId | null): void {
    if (guildId === null) for (const entry of this.#entries.values()) this.#rerouteLane(entry)
    else {
      const entry = this.#entries.get(guildId)
      if (entry) this.#rerouteLane(entry)
    }
  }

  #rerouteLane(entry: LaneEntry): void {
    const route = this.#options.routes.routeOf(entry.lane.guildId)
    if (entry.state === 'waiting') {
      if (route) this.#proceed(entry)
      return
    }
    if (entry.state !== 'queued') return
    for (const destination of this.#destinations.values()) {
      if (destination.gatewayId === route?.gatewayId || !destination.ready.delete(entry)) continue
      entry.state = 'idle'
      this.#queue(entry)
      return
    }
  }

  close(): void {
    this.#closed = true
    for (const entry of this.#entries.values()) clearTimeout(entry.timer)
    for (const { timer, soon } of this.#destinations.values()) {
      clearTimeout(timer)
      clearImmediate(soon)
    }
  }

  #queue(entry: LaneEntry): void {
    if (this.#closed || !entry.lane.sendable) return
    const route = this.#options.routes.routeOf(entry.lane.guildId)
    if (!route) {
      this.#waitFor(entry, this.#options.assign(entry.lane.guildId))
      return
    }
    entry.state = 'queued'
    const destination = this.#destination(route.gatewayId)
    destination.ready.add(entry)
    this.#pumpSoon(destination)
  }

  /** Lets the lane wait for a look-up; where that fails, for a while. */
  #waitFor(entry: LaneEntry, lookup: Promise<void>): void {
    entry.state = 'waiting'
    this.#waiting.add(entry)
    lookup.then(
      () => this.#proceed(entry),
      (error: unknown) => {
        this.#options.log.warn(
          { guildId: entry.lane.guildId, err: error },
          'the owner of a guild could not be found out',
        )
        this.#waitAWhile(entry, null)
      },
    )
  }

  #waitAWhile(entry: LaneEntry, afterMs: number | null): void {
    entry.state = 'waiting'
    entry.failures += 1
    this.#waiting.add(entry)
    clearTimeout(entry.timer)
    if (this.#closed) return
    const delayMs = Math.max(
      afterMs ?? 0,
      backoffMs(deliveryLimits.laneBackoff, entry.failures, Math.random()),
    )
    entry.timer = setTimeout(() => this.#proceed(entry), delayMs)
  }

  #proceed(entry: LaneEntry): void {
    if (entry.state !== 'waiting') return
    clearTimeout(entry.timer)
    this.#waiting.delete(entry)
    entry.state = 'idle'
    this.#queue(entry)
  }

  #destination(gatewayId: GatewayId): Destination {
    let destination = this.#destinations.get(gatewayId)
    if (!destination) {
      destination = { gatewayId, ready: new Set(), calls: 0, failures: 0, timer: undefined, soon: undefined }
      this.#destinations.set(gatewayId, destination)
    }
    return destination
  }

  /** After the current turn of the event loop, so that what arrived together leaves together. */
  #pumpSoon(destination: Destination): void {
    if (this.#closed || destination.timer) return
    destination.soon ??= setImmediate(() => {
      destination.soon = undefined
      this.#pump(destination)
    })
  }

  #pump(destination: Destination): void {
    while (!this.#closed && !destination.timer && destination.calls < deliveryLimits.calls) {
      const batch = this.#nextBatch(destination)
      if (!batch) return
      void this.#deliver(destination, batch)
    }
  }

  #nextBatch(destination: Destination): Batch | null {
    const { clock, routes, shard } = this.#options
    const lanes: DeliverInput['lanes'] = []
    const sent = new Map<GuildId, { entry: LaneEntry; route: Route; count: number }>()
    const nowMs = clock.monotonicMs()
    let events = deliveryLimits.events
    let size: number = deliveryLimits.size
    for (const entry of destination.ready) {
      if (lanes.length >= deliveryLimits.lanes || events <= 0 || size <= 0) break
      destination.ready.delete(entry)
      const { guildId } = entry.lane
      const route = routes.routeOf(guildId)
      if (route?.gatewayId !== destination.gatewayId) {
        entry.state = 'idle'
        this.#queue(entry)
        continue
      }
      if (!this.#refilled(entry)) continue
      const taken = entry.lane.take({ events: Math.min(events, deliveryLimits.laneEvents), size })
      if (taken.length === 0) {
        entry.state = 'idle'
        continue
      }
      entry.state = 'under-way'
      events -= taken.length
      for (const event of taken) size -= event.size
      sent.set(guildId, { entry, route, count: taken.length })
      lanes.push({
        guildId,
        epoch: route.epoch,
        events: taken.map((event) => laneEvent(event, nowMs)),
      })
    }
    return lanes.length === 0 ? null : { input: { ...shard, lanes }, sent }
  }

  /** @returns whether the lane's next events are in memory; if the disk does not give them, the lane waits */
  #refilled(entry: LaneEntry): boolean {
    if (!entry.lane.wantsRefill) return true
    const { log, refill } = this.#options
    try {
      refill(entry.lane)
      if (!entry.lane.wantsRefill) return true
    } catch (error) {
      log.error({ guildId: entry.lane.guildId, err: error }, 'parked events could not be read from the disk')
    }
    this.#waitAWhile(entry, null)
    return false
  }

  async #deliver(destination: Destination, batch: Batch): Promise<void> {
    const { metrics, log, routes, send } = this.#options
    destination.calls += 1
    metrics.sent(batch.input)
    let reply: DeliverReply | null = null
    try {
      reply = await send(destination.gatewayId, batch.input)
      if (!countsReply(reply.owner, destination.gatewayId, routes.incarnationOf(destination.gatewayId))) {
        log.warn(
          { sentTo: destination.gatewayId, answeredBy: reply.owner },
          'ignored the answer of a succeeded owner',
        )
        metrics.staleReply()
        reply = null
      }
    } catch (error) {
      metrics.failedCall(error)
      log.debug({ gatewayId: destination.gatewayId, err: error }, 'events could not be delivered')
    }
    destination.calls -= 1
    for (const { entry } of batch.sent.values()) {
      entry.lane.returned()
      entry.state = 'idle'
    }
    if (this.#closed) return
    if (reply) {
      destination.failures = 0
      this.#take(batch, reply.acks)
    } else {
      this.#holdOff(destination)
      for (const { entry } of batch.sent.values()) this.#queue(entry)
    }
    this.#pump(destination)
  }

  #take(batch: Batch, acks: readonly LaneAck[]): void {
    const unanswered = new Map(batch.sent)
    for (const ack of acks) {
      const sent = unanswered.get(ack.guildId)
      if (!sent) continue
      unanswered.delete(ack.guildId)
      if (ack.outcome === 'accepted') this.#accepted(sent, ack)
      else this.#refused(sent.entry, ack)
    }
    for (const { entry } of unanswered.values()) this.#waitAWhile(entry, null)
  }

  #accepted(
    { entry, route }: { entry: LaneEntry; route: Route },
    ack: Extract<LaneAck, { outcome: 'accepted' }>,
  ): void {
    const { metrics, routes, clock, onDurable } = this.#options
    if (!countsAck(ack, route, routes.routeOf(ack.guildId))) {
      metrics.staleReply()
      this.#queue(entry)
      return
    }
    const { applied, durable, isProgress } = entry.lane.acknowledge(ack.applied, ack.durable)
    metrics.applied(applied, clock.monotonicMs())
    if (ack.durable) onDurable(entry.lane, ack.durable, durable)
    if (!isProgress) {
      this.#waitAWhile(entry, null)
      return
    }
    entry.failures = 0
    this.#queue(entry)
  }

  #refused(entry: LaneEntry, { guildId, failure }: Extract<LaneAck, { outcome: 'refused' }>): void {
    const { log, metrics, onGap, learn, refresh } = this.#options
    metrics.refused(failure)
    log.debug({ guildId, failure }, describeFailure(failure))
    const next = afterRefusal(failure)
    switch (next.do) {
      case 'rewind': {
        const gap = entry.lane.rewind(next.cursor)
        if (gap) onGap(guildId, gap)
        // The first rewind is the ordinary way after a failover; a second one in a row must not spin.
        if (entry.failures > 0) this.#waitAWhile(entry, null)
        else {
          entry.failures += 1
          this.#queue(entry)
        }
        return
      }
      case 'reroute':
        learn(guildId, { gatewayId: next.gatewayId, epoch: next.epoch })
        this.#waitAWhile(entry, null)
        return
      case 'refresh': {
        const refreshed = refresh(guildId)
        if (entry.failures > 0) {
          // Already looked up once: the owner itself is behind. A change of the route ends the wait.
          refreshed.catch(() => {})
          this.#waitAWhile(entry, null)
        } else {
          entry.failures += 1
          this.#waitFor(entry, refreshed)
        }
        return
      }
      case 'wait':
        this.#waitAWhile(entry, next.afterMs)
        return
      default:
        next satisfies never
    }
  }

  #holdOff(destination: Destination): void {
    destination.failures += 1
    const delayMs = backoffMs(deliveryLimits.gatewayBackoff, destination.failures, Math.random())
    clearTimeout(destination.timer)
    destination.timer = setTimeout(() => {
      destination.timer = undefined
      this.#pump(destination)
    }, delayMs)
  }
}

/** As it goes over the wire. */
function laneEvent(
  { position, previous, gap, type, data, receivedAtMs }: HeldEvent,
  nowMs: number,
): LaneEvent {
  const event = { position, previous, type, data, heldMs: Math.max(0, nowMs - receivedAtMs) }
  return gap ? { ...event, gap } : event
}
