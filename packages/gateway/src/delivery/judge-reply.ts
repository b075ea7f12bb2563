import {
  compareIncarnations,
  type DeliverReply,
  type GatewayId,
  type Incarnation,
  type LaneAck,
} from '@guildmesh/contracts'
import type { Route } from './routes-port.ts'

/** Whether the whole reply counts: that of another gateway, or of an incarnation that was superseded, does not. */
export function countsReply(
  owner: DeliverReply['owner'],
  sentTo: GatewayId,
  knownIncarnation: Incarnation | null,
): boolean {
  if (owner.gatewayId !== sentTo) return false
  return knownIncarnation === null || compareIncarnations(owner.incarnation, knownIncarnation) >= 0
}

/**
 * Whether one lane's acknowledgement counts: it must be for no lower epoch than the events were sent at, and the guild
 * must not have got another owner meanwhile. An ignored one costs a repetition, which the owner skips.
 */
export function countsAck(
  ack: Extract<LaneAck, { outcome: 'accepted' }>,
  sent: Route,
  now: Route | null,
): boolean {
  if (ack.epoch < sent.epoch) return false
  return now === null || (now.gatewayId === sent.gatewayId && ack.epoch >= now.epoch)
}
