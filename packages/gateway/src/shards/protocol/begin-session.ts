import type { ShardSession } from '@guildmesh/contracts'
import { dial } from './dial.ts'
import { discordOp } from './discord-frame.ts'
import {
  type ShardAction,
  type ShardContext,
  type ShardInput,
  type ShardState,
  type ShardStep,
  shardTimings,
} from './shard-state.ts'

/** The shard was leased: goes back to the session that the holder before left, or asks for a permit. */
export function start(state: ShardState, session: ShardSession | null): ShardStep {
  if (!session) {
    return {
      state: { ...state, phase: { name: 'awaiting-permit' } },
      actions: [{ do: 'request-permit', afterMs: 0 }],
    }
  }
  const { seq, ...known } = session
  return dial({ ...state, session: known, received: seq }, 0)
}

/** A permit came: the socket is opened shortly before its moment. */
export function withPermit(
  state: ShardState,
  { generation, waitMs }: Extract<ShardInput, { type: 'permit' }>,
  context: ShardContext,
): ShardStep {
  if (state.phase.name !== 'awaiting-permit') return { state, actions: [] }
  const permit = { generation, notBeforeMs: context.nowMs + waitMs }
  return dial({ ...state, permit }, Math.max(0, waitMs - shardTimings.identifyLeadMs))
}

export function withoutPermit(state: ShardState, retryAfterMs: number): ShardStep {
  return state.phase.name === 'awaiting-permit'
    ? { state, actions: [{ do: 'request-permit', afterMs: retryAfterMs }] }
    : { state, actions: [] }
}

/** HELLO: starts the heartbeat, then RESUMEs, or IDENTIFYs when the permit allows. */
export function greet(state: ShardState, intervalMs: number, context: ShardContext): ShardStep {
  if (state.phase.name !== 'connecting') return { state, actions: [] }
  const opened: ShardState = {
    ...state,
    phase: { name: 'connecting', step: 'opened' },
    beat: { intervalMs, unanswered: false },
    lastAckAtMs: context.nowMs,
  }
  const next = state.session ? resume(opened, state.session.sessionId, context) : awaitTurn(opened, context)
  const firstBeat: ShardAction = { do: 'set-timer', timer: 'beat', afterMs: intervalMs * context.random }
  return { state: next.state, actions: [firstBeat, ...next.actions] }
}

function resume(state: ShardState, sessionId: string, { resumeSeq, token }: ShardContext): ShardStep {
  return {
    state: { ...state, phase: { name: 'connecting', step: 'asked' } },
    actions: [
      { do: 'set-timer', timer: 'patience', afterMs: shardTimings.startMs },
      {
        do: 'report',
        report: { event: 'resume', detail: `from seq ${resumeSeq} at the ${state.ladder.host} host` },
      },
      { do: 'send', payload: { op: discordOp.resume, d: { token, session_id: sessionId, seq: resumeSeq } } },
    ],
  }
}

function awaitTurn(state: ShardState, { nowMs }: ShardContext): ShardStep {
  const waitMs = Math.max(0, (state.permit?.notBeforeMs ?? 0) - nowMs)
  return {
    state,
    actions: [
      { do: 'set-timer', timer: 'identify', afterMs: waitMs },
      { do: 'set-timer', timer: 'patience', afterMs: waitMs + shardTimings.startMs },
    ],
  }
}

/** The permit's moment has come. */
export function identify(state: ShardState, { token, intents, shard }: ShardContext): ShardStep {
  if (state.phase.name !== 'connecting' || state.phase.step !== 'opened' || !state.permit)
    return { state, actions: [] }
  const properties = { os: 'linux', browser: 'guildmesh', device: 'guildmesh' }
  return {
    state: { ...state, phase: { name: 'connecting', step: 'asked' }, identifies: state.identifies + 1 },
    actions: [
      { do: 'set-timer', timer: 'patience', afterMs: shardTimings.startMs },
      { do: 'report', report: { event: 'identify', detail: `generation ${state.permit.generation}` } },
      { do: 'send', payload: { op: discordOp.identify, d: { token, intents, shard, properties } } },
    ],
  }
}
