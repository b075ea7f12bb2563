import type { Position } from '@guildmesh/contracts'
import type { Place } from './position-order.ts'

/** An event as it was received, before its lane has it. */
export interface ReceivedEvent {
  readonly position: Position
  readonly type: string
  readonly data: unknown
  /** Size of the message it came in, UTF-16 units. */
  readonly size: number
  /** Monotonic time of receipt, milliseconds. */
  readonly receivedAtMs: number
}

/** An event that a lane holds until it is durable at the guild's owner. */
export interface HeldEvent extends ReceivedEvent {
  /** The lane's event before it, as an owner must have it; see `LaneEvent.previous`. */
  readonly previous: Place
  /** Events before it are lost, from the owner's cursor (`after`) on; see `LaneEvent.loss`. */
  readonly loss?: { readonly after: Place }
}

/** Data loss: events of a lane that its owner lacks and that the holder no longer has, between `after` and `before`. */
export interface LaneLoss {
  readonly after: Place
  readonly before: Position
}
