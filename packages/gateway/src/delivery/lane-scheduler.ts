import type { DeliverInput, DeliverReply, GatewayId, GuildId, LaneAck } from '@guildmesh/contracts'
import { describeFailure } from '@guildmesh/contracts'
import { backoffMs, type Timers } from '@guildmesh/runtime'
import { afterRefusal } from './after-refusal.ts'
import { DeliveryCall, type SentLane } from './delivery-call.ts'
import type { DeliveryPorts } from './delivery-ports.ts'
import type { EventMemory } from './event-memory.ts'
import { GatewayQueue } from './gateway-queue.ts'
import type { LaneLoss } from './held-event.ts'
import { countsAck, countsReply } from './judge-reply.ts'
import type { Lane, LaneState } from './lane.ts'
import type { Parking } from './parking.ts'
import type { Place } from './position-order.ts'

export interface LaneSchedulerOptions extends DeliveryPorts {
  readonly shard: Omit<DeliverInput, 'lanes'>
  readonly lanes: ReadonlyMap<GuildId, Lane>
  readonly parking: Pick<Parking, 'refill' | 'forget'>
  readonly memory: Pick<EventMemory, 'settle'>
  readonly onLoss: (guildId: GuildId, loss: LaneLoss) => void
  readonly timers: Timers
}

const laneBackoff = { firstMs: 25, maxMs: 2000, jitter: 'half' } as const

/**
 * Sends the lanes of one shard to their owners: in order per guild, batched across guilds per gateway. A guild without
 * owner, or one that refuses, waits by itself; a gateway that cannot be reached holds up its own guilds only.
 */
export class LaneScheduler {
  readonly #options: LaneSchedulerOptions
  readonly #queues = new Map<GatewayId, GatewayQueue>()
  #isClosed = false

  constructor(options: LaneSchedulerOptions) {
    this.#options = options
  }

  /** The lane got an event, or what kept it from sending is over. */
  wake(lane: Lane): void {
    if (lane.state.name === 'idle') this.#queue(lane)
  }

  /** The route of the lane's guild may have changed: a lane that waited goes on at once. */
  reroute(lane: Lane): void {
    const { state } = lane
    switch (state.name) {
      case 'awaiting-owner':
      case 'backing-off':
        if (this.#options.routes.routeOf(lane.guildId)) this.#goOn(lane, state)
        return
      case 'queued':
        if (state.gatewayId === this.#options.routes.routeOf(lane.guildId)?.gatewayId) return
        this.#queueOf(state.gatewayId).remove(lane)
        this.#queue(lane)
        return
      case 'fetching':
      case 'joining':
      case 'idle':
      case 'sending':
        return
      default:
        state satisfies never
    }
  }

  /** Sends nothing more, and takes no more answers. */
  close(): void {
    this.#isClosed = true
    for (const { state } of this.#options.lanes.values()) if (state.name === 'backing-off') state.cancel()
    for (const queue of this.#queues.values()) queue.close()
  }

  /** Puts the lane where its next events go: to its owner's queue, or to wait until there is an owner. */
  #queue(lane: Lane): void {
    lane.state = { name: 'idle' }
    if (this.#isClosed || !lane.events.hasMore) return
    const route = this.#options.routes.routeOf(lane.guildId)
    if (!route) {
      this.#awaitOwner(lane, this.#options.assign(lane.guildId))
      return
    }
    lane.state = { name: 'queued', gatewayId: route.gatewayId }
    this.#queueOf(route.gatewayId).add(lane)
  }

  #queueOf(gatewayId: GatewayId): GatewayQueue {
    let queue = this.#queues.get(gatewayId)
    if (!queue) {
      const { timers } = this.#options
      queue = new GatewayQueue({ gatewayId, timers, begin: (ready) => this.#begin(ready) })
      this.#queues.set(gatewayId, queue)
    }
    return queue
  }

  /** Begins a call with what the queue has; see `GatewayQueueOptions.begin`. */
  #begin(queue: GatewayQueue): Promise<boolean> | null {
    const call = new DeliveryCall(this.#options.clock.monotonicMs())
    for (const lane of queue.take()) {
      this.#addTo(call, lane, queue.gatewayId)
      if (call.isFull) break
    }
    return call.lanes.length === 0 ? null : this.#deliver(call, queue.gatewayId)
  }

  #addTo(call: DeliveryCall, lane: Lane, gatewayId: GatewayId): void {
    const route = this.#options.routes.routeOf(lane.guildId)
    if (route?.gatewayId !== gatewayId) this.#queue(lane)
    else if (!this.#bringIntoMemory(lane)) this.#backOff(lane)
    else lane.state = { name: call.add(lane, route) ? 'sending' : 'idle' }
  }

  /** Reads the lane's next events from the disk, if they lie there. @returns whether they are in memory now */
  #bringIntoMemory(lane: Lane): boolean {
    if (!lane.events.wantsRefill) return true
    const { log, parking, onLoss } = this.#options
    const { guildId } = lane
    try {
      const loss = parking.refill(lane)
      if (loss) onLoss(guildId, loss)
    } catch (error) {
      log.error(
        { event: 'parked-events-unreadable', guildId, err: error },
        'could not read parked events from the disk; retrying',
      )
      return false
    }
    return !lane.events.wantsRefill
  }

  /** @returns whether the gateway answered */
  async #deliver(call: DeliveryCall, gatewayId: GatewayId): Promise<boolean> {
    const { metrics, log, shard, send } = this.#options
    const input = { ...shard, lanes: call.lanes }
    metrics.sent(input)
    let reply: DeliverReply | null = null
    try {
      reply = await send(gatewayId, input)
    } catch (error) {
      metrics.failedCall(error)
      log.debug({ event: 'delivery-failed', gatewayId, err: error }, 'could not deliver events; retrying')
    }
    if (this.#isClosed) return true
    if (!reply || !this.#counts(reply, gatewayId)) {
      for (const { lane } of call.sent.values()) this.#queue(lane)
      return false
    }
    this.#settle(call, reply.acks)
    return true
  }

  #counts({ owner }: DeliverReply, gatewayId: GatewayId): boolean {
    const { metrics, log, routes } = this.#options
    if (countsReply(owner, gatewayId, routes.incarnationOf(gatewayId))) return true
    metrics.staleReply()
    log.warn(
      { event: 'stale-reply', sentTo: gatewayId, answeredBy: owner },
      'ignored the answer of a superseded owner',
    )
    return false
  }

  #settle({ sent }: DeliveryCall, acks: readonly LaneAck[]): void {
    const unanswered = new Map(sent)
    for (const ack of acks) {
      const one = unanswered.get(ack.guildId)
      if (!one) continue
      unanswered.delete(ack.guildId)
      if (ack.outcome === 'accepted') this.#accepted(one, ack)
      else this.#refused(one.lane, ack)
    }
    for (const { lane } of unanswered.values()) this.#backOff(lane)
  }

  #accepted({ lane, route }: SentLane, ack: Extract<LaneAck, { outcome: 'accepted' }>): void {
    const { metrics, routes, clock, memory, parking } = this.#options
    if (!countsAck(ack, route, routes.routeOf(ack.guildId))) {
      metrics.staleReply()
      this.#queue(lane)
      return
    }
    const { applied, durable, isProgress } = lane.events.acknowledge(ack.applied, ack.durable)
    metrics.applied(applied, clock.monotonicMs())
    if (ack.durable) {
      lane.progressAtMs = clock.monotonicMs()
      parking.forget(lane.guildId, ack.durable)
      if (durable.length > 0) memory.settle(durable)
    }
    if (!isProgress) {
      this.#backOff(lane)
      return
    }
    lane.failures = 0
    this.#queue(lane)
  }

  #refused(lane: Lane, { guildId, failure }: Extract<LaneAck, { outcome: 'refused' }>): void {
    const { log, metrics, shard, learn, refresh } = this.#options
    metrics.refused(shard.shardId, failure)
    log.debug({ event: 'lane-refused', guildId, failure }, describeFailure(failure))
    const verdict = afterRefusal(failure, lane.failures > 0)
    switch (verdict.do) {
      case 'rewind':
        this.#rewind(lane, verdict.cursor)
        if (verdict.next === 'back-off') this.#backOff(lane)
        else this.#retry(lane)
        return
      case 'reroute':
        learn(guildId, verdict.route)
        this.#backOff(lane)
        return
      case 'look-up': {
        const lookup = refresh(guildId)
        if (verdict.next === 'back-off') {
          lookup.catch(() => {})
          this.#backOff(lane)
        } else {
          lane.failures += 1
          this.#awaitOwner(lane, lookup)
        }
        return
      }
      case 'back-off':
        this.#backOff(lane, verdict.afterMs)
        return
      default:
        verdict satisfies never
    }
  }

  #rewind(lane: Lane, cursor: Place): void {
    const { memory, onLoss } = this.#options
    const { released, loss } = lane.events.rewind(cursor)
    if (released.length > 0) memory.settle(released)
    if (loss) onLoss(lane.guildId, loss)
  }

  #retry(lane: Lane): void {
    lane.failures += 1
    this.#queue(lane)
  }

  /** Lets the lane wait for a look-up; if that fails, for a while. */
  #awaitOwner(lane: Lane, lookup: Promise<void>): void {
    const waiting: LaneState = { name: 'awaiting-owner' }
    lane.state = waiting
    lookup.then(
      () => this.#goOn(lane, waiting),
      (error: unknown) => {
        const { guildId } = lane
        this.#options.log.warn(
          { event: 'owner-unknown', guildId, err: error },
          'could not find out who owns a guild; retrying',
        )
        if (lane.state === waiting) this.#backOff(lane)
      },
    )
  }

  #backOff(lane: Lane, atLeastMs: number | null = null): void {
    lane.state = { name: 'idle' }
    if (this.#isClosed) return
    lane.failures += 1
    const afterMs = Math.max(atLeastMs ?? 0, backoffMs(laneBackoff, lane.failures, Math.random()))
    const cancel = this.#options.timers.after(afterMs, () => this.#goOn(lane, waiting))
    const waiting: LaneState = { name: 'backing-off', cancel }
    lane.state = waiting
  }

  /** Ends the wait that the lane is in, unless it has ended already. */
  #goOn(lane: Lane, waiting: LaneState): void {
    if (lane.state !== waiting) return
    if (waiting.name === 'backing-off') waiting.cancel()
    this.#queue(lane)
  }
}
