import { GatewayOpcodes } from 'discord-api-types/v10'
import type { GatewayConnection } from './gateway-connection.ts'
import type { ReplayBreak } from './gateway-faults.ts'
import type { GatewayHub } from './gateway-hub.ts'
import type { GatewaySession } from './gateway-session.ts'
import type { NextTurn } from './pumps.ts'

/** Keeps a long replay from filling memory when the client reads slowly. */
const replayBacklogBytes = 4_000_000
const eventsPerTurn = 2_000

/**
 * What the session missed, in order, then RESUMED; only then does the socket follow the stream. A fault
 * may end it before: after `afterEvents` events, or before RESUMED where there are fewer.
 */
export class Replay {
  readonly #hub: GatewayHub
  readonly #connection: GatewayConnection
  readonly #session: GatewaySession
  readonly #broken: { how: ReplayBreak; afterEvents: number } | null
  #seq: number
  #sent = 0

  constructor(
    hub: GatewayHub,
    connection: GatewayConnection,
    session: GatewaySession,
    resumedFrom: number,
    broken: { how: ReplayBreak; afterEvents: number } | null,
  ) {
    this.#hub = hub
    this.#connection = connection
    this.#session = session
    this.#seq = resumedFrom
    this.#broken = broken
    connection.reserve(session)
  }

  /** One slice; `done` is called once the socket is attached. */
  turn(nowMs: number, done: () => void): NextTurn {
    if (this.#connection.session !== this.#session) return 'none'
    if (this.#connection.backlog >= replayBacklogBytes) return 'later'
    const missed = this.#session.ring.after(this.#seq, nowMs)
    if (!missed) {
      this.#end('invalid-session')
      return 'none'
    }
    const left = this.#broken ? this.#broken.afterEvents - this.#sent : Number.POSITIVE_INFINITY
    const slice = missed.slice(0, Math.min(eventsPerTurn, left))
    for (const entry of slice) {
      this.#connection.writeDispatch(entry)
      this.#seq = entry.seq
      this.#sent += 1
    }
    const isAll = slice.length === missed.length
    if (this.#broken && (isAll || slice.length === left)) {
      this.#end(this.#broken.how)
      return 'none'
    }
    if (!isAll) return 'at-once'
    this.#connection.attach(this.#session)
    done()
    return 'none'
  }

  #end(how: ReplayBreak): void {
    const connection = this.#connection
    switch (how) {
      case 'drop':
        return connection.drop()
      case 'reconnect':
        connection.ask(GatewayOpcodes.Reconnect, null)
        return connection.closeSoon()
      case 'invalid-session':
      case 'resumable-invalid-session': {
        const isResumable = how === 'resumable-invalid-session'
        connection.abandonSession()
        connection.ask(GatewayOpcodes.InvalidSession, isResumable)
        if (!isResumable) this.#hub.end(this.#session)
        return
      }
      default:
        return how satisfies never
    }
  }
}
