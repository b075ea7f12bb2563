import { greet, identify, start, withoutPermit, withPermit } from './begin-session.ts'
import { keepSessionCode } from './close-code.ts'
import { beat, forgive, heartbeat, heartbeatAnswered } from './heartbeat.ts'
import { afterClosedSocket, afterInvalidSession, reconnect, runOutOfPatience } from './leave-socket.ts'
import { receiveDispatch } from './receive-dispatch.ts'
import type { DiscordFrame } from './discord-frame.ts'
import type { ShardContext, ShardInput, ShardState, ShardStep, ShardTimer } from './shard-state.ts'

/**
 * One step of the protocol of a shard connection: a pure function of its state and one input.
 * Source: https://discord.com/developers/docs/events/gateway
 */
export function stepShard(state: ShardState, input: ShardInput, context: ShardContext): ShardStep {
  if (state.phase.name === 'stopped' || state.phase.name === 'refused') return { state, actions: [] }
  switch (input.type) {
    case 'start':
      return start(state, input.session)
    case 'permit':
      return withPermit(state, input, context)
    case 'no-permit':
      return withoutPermit(state, input.retryAfterMs)
    case 'frame':
      return hear(state, input.frame, context)
    case 'closed':
      return afterClosedSocket(state, input.code, context)
    case 'due':
      return due(state, input.timer, context)
    case 'read-again':
      return { state: forgive(state), actions: [] }
    case 'stop':
      return {
        state: { ...state, phase: { name: 'stopped' }, beat: null },
        actions: [{ do: 'close', code: keepSessionCode, reason: 'handed over' }],
      }
    default:
      return input satisfies never
  }
}

function hear(state: ShardState, frame: DiscordFrame, context: ShardContext): ShardStep {
  switch (frame.op) {
    case 'hello':
      return greet(state, frame.heartbeatIntervalMs, context)
    case 'dispatch':
      return receiveDispatch(state, frame, context)
    case 'heartbeat-ack':
      return heartbeatAnswered(state, context)
    case 'heartbeat-wanted':
      return { state, actions: [heartbeat(state, context)] }
    case 'reconnect':
      return reconnect(state, { kind: 'reconnect-requested' }, context)
    case 'invalid-session':
      return afterInvalidSession(state, frame.resumable, context)
    case 'unknown':
      return {
        state,
        actions: [{ do: 'report', report: { event: 'odd-frame', detail: `op ${frame.code}` } }],
      }
    default:
      return frame satisfies never
  }
}

function due(state: ShardState, timer: ShardTimer, context: ShardContext): ShardStep {
  switch (timer) {
    case 'identify':
      return identify(state, context)
    case 'beat':
      return beat(state, context)
    case 'patience':
      return runOutOfPatience(state, context)
    default:
      return timer satisfies never
  }
}
