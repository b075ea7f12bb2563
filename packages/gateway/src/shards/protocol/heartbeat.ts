import { reconnect } from './leave-socket.ts'
import { discordOp } from './discord-frame.ts'
import type { ShardAction, ShardContext, ShardState, ShardStep } from './shard-state.ts'

/** A heartbeat is due. One without answer before the next is due means a dead socket, whatever TCP says. */
export function beat(state: ShardState, context: ShardContext): ShardStep {
  if (!state.beat) return { state, actions: [] }
  if (state.beat.unanswered && !context.paused) {
    return reconnect(state, { kind: 'heartbeat-unanswered' }, context)
  }
  return {
    state: { ...state, beat: { ...state.beat, unanswered: true } },
    actions: [heartbeat(state, context), { do: 'set-timer', timer: 'beat', afterMs: state.beat.intervalMs }],
  }
}

/** Discord answered a heartbeat. */
export function heartbeatAnswered(state: ShardState, { nowMs }: ShardContext): ShardStep {
  return { state: { ...forgive(state), lastAckAtMs: nowMs }, actions: [] }
}

/** Whatever heartbeat is unanswered says nothing. */
export function forgive(state: ShardState): ShardState {
  return { ...state, beat: state.beat && { ...state.beat, unanswered: false } }
}

export function heartbeat(state: ShardState, { resumeSeq }: ShardContext): ShardAction {
  return { do: 'send', payload: { op: discordOp.heartbeat, d: state.session ? resumeSeq : null } }
}
