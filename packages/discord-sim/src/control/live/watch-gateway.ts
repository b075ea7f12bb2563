import type { GatewayCounters } from '../../gateway/gateway-counters.ts'
import type { Timeline } from './timeline.ts'

/** Writes what happens to gateway sessions and their sockets into the timeline. */
export function watchGateway(counters: GatewayCounters, timeline: Timeline): void {
  counters.onStep((what, shard, code) => {
    timeline.add({ kind: 'gateway', what, shard, code })
  })
}
