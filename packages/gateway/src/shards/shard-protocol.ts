import { backoffMs } from '@guildmesh/runtime'
import { z } from 'zod'
import { afterClose, keepSessionCode } from './close-code.ts'
import { type DiscordFrame, discordOp } from './discord-frame.ts'
import { afterFailedResume, newLadder } from './resume-ladder.ts'
import {
  type KnownSession,
  type ShardAction,
  type ShardContext,
  type ShardInput,
  type LeaveCause,
  type SessionEndReason,
  type ShardState,
  type ShardStep,
  type ShardTimer,
  shardTimings,
} from './shard-state.ts'

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
      return state.phase.name === 'awaiting-permit'
        ? { state, actions: [{ do: 'request-permit', afterMs: input.retryAfterMs }] }
        : { state, actions: [] }
    case 'frame':
      return hear(state, input.frame, context)
    case 'closed':
      return closed(state, input.code, context)
    case 'due':
      return due(state, input.timer, context)
    case 'read-again':
      return { state: { ...state, beat: state.beat && { ...state.beat, unanswered: false } }, actions: [] }
    case 'stop':
      return {
        state: { ...state, phase: { name: 'stopped' }, beat: null },
        actions: [{ do: 'close', code: keepSessionCode, reason: 'handed over' }],
      }
    default:
      return input satisfies never
  }
}

function start(state: ShardState, session: (KnownSession & { seq: number }) | null): ShardStep {
  if (!session)
    return {
      state: { ...state, phase: { name: 'awaiting-permit' } },
      actions: [{ do: 'request-permit', afterMs: 0 }],
    }
  const { seq, ...known } = session
  return dial({ ...state, session: known, received: seq }, 0)
}

function withPermit(
  state: ShardState,
  permit: { generation: number; waitMs: number },
  context: ShardContext,
): ShardStep {
  if (state.phase.name !== 'awaiting-permit') return { state, actions: [] }
  const held = { generation: permit.generation, notBeforeMs: context.nowMs + permit.waitMs }
  return dial({ ...state, permit: held }, Math.max(0, permit.waitMs - shardTimings.identifyLeadMs))
}

/** Opens a socket after a while: to the resume host if a session is known, else to the main host. */
function dial(state: ShardState, afterMs: number): ShardStep {
  const host = state.session && state.session.resumeUrl !== '' ? state.ladder.host : 'main'
  return {
    state: {
      ...state,
      phase: { name: 'connecting', step: 'dialling' },
      beat: null,
      attempts: state.attempts + 1,
    },
    actions: [
      { do: 'connect', host, afterMs },
      { do: 'set-timer', timer: 'patience', afterMs: afterMs + shardTimings.helloMs },
    ],
  }
}

function hear(state: ShardState, frame: DiscordFrame, context: ShardContext): ShardStep {
  switch (frame.op) {
    case 'hello':
      return greet(state, frame.heartbeatIntervalMs, context)
    case 'dispatch':
      return dispatch(state, frame, context)
    case 'heartbeat-ack':
      return {
        state: {
          ...state,
          lastAckAtMs: context.nowMs,
          beat: state.beat && { ...state.beat, unanswered: false },
        },
        actions: [],
      }
    case 'heartbeat-wanted':
      return { state, actions: [heartbeat(state, context)] }
    case 'reconnect':
      return reconnect(state, { kind: 'reconnect-requested' }, 0, context)
    case 'invalid-session': {
      const waitMs = shardTimings.invalidSession.minMs + context.random * shardTimings.invalidSession.spreadMs
      return frame.resumable && state.session
        ? reconnect(state, { kind: 'session-not-valid-yet' }, waitMs, context)
        : loseSession(state, 'invalid-session', { kind: 'invalid-session' }, waitMs, context)
    }
    case 'unknown':
      return {
        state,
        actions: [{ do: 'report', report: { event: 'odd-frame', detail: `op ${frame.code}` } }],
      }
    default:
      return frame satisfies never
  }
}

/** HELLO: start the heartbeat, then RESUME, or IDENTIFY when the permit allows. */
function greet(state: ShardState, intervalMs: number, context: ShardContext): ShardStep {
  if (state.phase.name !== 'connecting') return { state, actions: [] }
  const opened: ShardState = {
    ...state,
    phase: { name: 'connecting', step: 'opened' },
    beat: { intervalMs, unanswered: false },
    lastAckAtMs: context.nowMs,
  }
  const firstBeat: ShardAction = { do: 'set-timer', timer: 'beat', afterMs: intervalMs * context.random }
  if (state.session) {
    return {
      state: { ...opened, phase: { name: 'connecting', step: 'asked' } },
      actions: [
        firstBeat,
        { do: 'set-timer', timer: 'patience', afterMs: shardTimings.startMs },
        {
          do: 'report',
          report: {
            event: 'resume',
            detail: `from seq ${context.resumeSeq} at the ${state.ladder.host} host`,
          },
        },
        {
          do: 'send',
          payload: {
            op: discordOp.resume,
            d: { token: context.token, session_id: state.session.sessionId, seq: context.resumeSeq },
          },
        },
      ],
    }
  }
  const waitMs = Math.max(0, (state.permit?.notBeforeMs ?? 0) - context.nowMs)
  return {
    state: opened,
    actions: [
      firstBeat,
      { do: 'set-timer', timer: 'identify', afterMs: waitMs },
      { do: 'set-timer', timer: 'patience', afterMs: waitMs + shardTimings.startMs },
    ],
  }
}

const Ready = z.object({
  session_id: z.string().min(1),
  resume_gateway_url: z.string().default(''),
  guilds: z.array(z.object({ id: z.string() })).optional(),
})

function dispatch(
  state: ShardState,
  frame: Extract<DiscordFrame, { op: 'dispatch' }>,
  context: ShardContext,
): ShardStep {
  if (state.phase.name !== 'connecting' && state.phase.name !== 'live') return { state, actions: [] }
  if (frame.type === 'READY' && !state.session) return ready(state, frame, context)
  if (!state.session) {
    return {
      state,
      actions: [{ do: 'report', report: { event: 'odd-frame', detail: `${frame.type} before READY` } }],
    }
  }
  const actions: ShardAction[] = []
  let next: ShardState = { ...state, lastDispatchAtMs: context.nowMs }
  if (frame.seq > state.received) {
    next = { ...next, received: frame.seq }
    const { type, seq, data } = frame
    actions.push({ do: 'dispatch', generation: state.session.generation, seq, type, data })
  } else {
    actions.push({ do: 'report', report: { event: 'duplicate', detail: frame.type } })
  }
  if (frame.type === 'RESUMED') {
    next = { ...next, ...live, liveSinceMs: context.nowMs }
    actions.push({ do: 'report', report: { event: 'live', detail: 'resumed' } })
  }
  return { state: next, actions }
}

const live = { phase: { name: 'live' }, ladder: newLadder } as const

function ready(
  state: ShardState,
  frame: Extract<DiscordFrame, { op: 'dispatch' }>,
  context: ShardContext,
): ShardStep {
  const parsed = Ready.safeParse(frame.data)
  if (!parsed.success || !state.permit) {
    return reconnect(state, { kind: 'unusable-ready' }, 0, context)
  }
  const session: KnownSession = {
    generation: state.permit.generation,
    sessionId: parsed.data.session_id,
    resumeUrl: parsed.data.resume_gateway_url,
  }
  return {
    state: {
      ...state,
      ...live,
      liveSinceMs: context.nowMs,
      session,
      permit: null,
      received: frame.seq,
      lastDispatchAtMs: context.nowMs,
    },
    actions: [
      {
        do: 'session',
        session,
        seq: frame.seq,
        guildIds: parsed.data.guilds?.map(({ id }) => id) ?? null,
      },
      { do: 'report', report: { event: 'live', detail: 'new session' } },
    ],
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

function identify(state: ShardState, context: ShardContext): ShardStep {
  if (state.phase.name !== 'connecting' || state.phase.step !== 'opened' || !state.permit)
    return { state, actions: [] }
  return {
    state: { ...state, phase: { name: 'connecting', step: 'asked' }, identifies: state.identifies + 1 },
    actions: [
      { do: 'set-timer', timer: 'patience', afterMs: shardTimings.startMs },
      { do: 'report', report: { event: 'identify', detail: `generation ${state.permit.generation}` } },
      {
        do: 'send',
        payload: {
          op: discordOp.identify,
          d: {
            token: context.token,
            intents: context.intents,
            shard: context.shard,
            properties: { os: 'linux', browser: 'guildmesh', device: 'guildmesh' },
          },
        },
      },
    ],
  }
}

/** A heartbeat without answer before the next one is due means a dead socket, whatever TCP says. */
function beat(state: ShardState, context: ShardContext): ShardStep {
  if (!state.beat) return { state, actions: [] }
  if (state.beat.unanswered && !context.paused) {
    return reconnect(state, { kind: 'heartbeat-unanswered' }, 0, context)
  }
  return {
    state: { ...state, beat: { ...state.beat, unanswered: true } },
    actions: [heartbeat(state, context), { do: 'set-timer', timer: 'beat', afterMs: state.beat.intervalMs }],
  }
}

function heartbeat(state: ShardState, context: ShardContext): ShardAction {
  return {
    do: 'send',
    payload: { op: discordOp.heartbeat, d: state.session ? context.resumeSeq : null },
  }
}

function runOutOfPatience(state: ShardState, context: ShardContext): ShardStep {
  if (state.phase.name !== 'connecting') return { state, actions: [] }
  const { step } = state.phase
  // "In the event of a service outage where you stay connected … the Gateway will eventually respond and issue a
  // session": the IDENTIFY is spent, and another would only spend one more. A dead socket shows by its heartbeats.
  // Source: https://docs.discord.com/developers/events/gateway#heartbeat-interval
  if (step === 'asked' && !state.session) return { state, actions: [] }
  const sinceLastWordMs = context.nowMs - (state.lastDispatchAtMs ?? 0)
  if (step === 'asked' && sinceLastWordMs < shardTimings.startMs) {
    // A long replay is under way.
    return {
      state,
      actions: [{ do: 'set-timer', timer: 'patience', afterMs: shardTimings.startMs - sinceLastWordMs }],
    }
  }
  return failAttempt(state, { kind: step === 'dialling' ? 'no-hello' : 'no-start' }, context)
}

function closed(state: ShardState, code: number, context: ShardContext): ShardStep {
  const meaning = afterClose(code)
  const cause = { kind: 'socket-closed', code } as const
  switch (meaning.next) {
    case 'never':
      return {
        state: { ...state, phase: { name: 'refused', message: meaning.message }, beat: null },
        actions: [{ do: 'refused', message: meaning.message }],
      }
    case 'new-session':
      // Before RESUME went out, the code is about the socket and says nothing of our session.
      if (state.phase.name === 'connecting' && state.phase.step !== 'asked') {
        return failAttempt(state, cause, context)
      }
      return loseSession(state, 'session-closed', cause, 0, context)
    case 'resume':
      if (state.phase.name === 'live') return reconnect(state, cause, 0, context)
      if (state.phase.name === 'connecting') return failAttempt(state, cause, context)
      return { state, actions: [] }
    default:
      return meaning satisfies never
  }
}

/** Attempts are counted anew once a connection has stayed live for a while: a loop of short ones is not well. */
function settled(state: ShardState, context: ShardContext): ShardState {
  if (state.liveSinceMs === null) return state
  const isStable = context.nowMs - state.liveSinceMs >= shardTimings.stableMs
  return { ...state, liveSinceMs: null, ...(isStable ? { attempts: 0, identifies: 0 } : {}) }
}

/** Leaves the socket and comes back for the same session: at once, unless that was needed again and again. */
function reconnect(state: ShardState, cause: LeaveCause, waitMs: number, context: ShardContext): ShardStep {
  if (state.phase.name !== 'live') return failAttempt(state, cause, context, waitMs)
  const left = settled(state, context)
  const pauseMs = backoffMs(shardTimings.backoff, left.attempts - 1, context.random)
  return leaveThen(dial(left, Math.max(waitMs, pauseMs)), cause)
}

/** An attempt that did not become live: climb the ladder, or keep the unused permit for the next attempt. */
function failAttempt(state: ShardState, cause: LeaveCause, context: ShardContext, atLeastMs = 0): ShardStep {
  if (state.phase.name !== 'connecting') return { state, actions: [] }
  const { step } = state.phase
  const waitMs = Math.max(atLeastMs, backoffMs(shardTimings.backoff, state.attempts, context.random))
  if (state.session) {
    const ladderStep = afterFailedResume(state.ladder, step !== 'dialling', context.nowMs)
    if (ladderStep.next === 'new-session') return loseSession(state, 'resume-failed', cause, waitMs, context)
    return leaveThen(dial({ ...state, ladder: ladderStep.ladder }, waitMs), cause)
  }
  // An IDENTIFY that went out has spent its permit, whether or not READY came.
  if (step === 'asked') return loseSession(state, 'identify-failed', cause, waitMs, context)
  return leaveThen(dial(state, waitMs), cause)
}

/** The session, or the permit for a new one, is gone: ask for a permit. */
function loseSession(
  before: ShardState,
  reason: SessionEndReason | 'identify-failed',
  cause: LeaveCause,
  atLeastMs: number,
  context: ShardContext,
): ShardStep {
  const state = settled(before, context)
  // An IDENTIFY that failed, or whose session ended at once, must not be repeated at full speed.
  const pauseMs = backoffMs(shardTimings.identifyBackoff, state.identifies, context.random)
  const waitMs = Math.max(atLeastMs, pauseMs)
  const next: ShardState = {
    ...state,
    phase: { name: 'awaiting-permit' },
    session: null,
    received: 0,
    permit: null,
    ladder: newLadder,
    beat: null,
  }
  return {
    state: next,
    actions: [
      { do: 'close', code: keepSessionCode, reason: 'session ended' },
      ...(state.session && reason !== 'identify-failed'
        ? [{ do: 'session-ended', session: state.session, received: state.received, reason } as const]
        : []),
      { do: 'report', report: { event: 'session-lost', reason, cause } },
      { do: 'request-permit', afterMs: waitMs },
    ],
  }
}

function leaveThen(step: ShardStep, cause: LeaveCause): ShardStep {
  return {
    state: step.state,
    actions: [
      { do: 'close', code: keepSessionCode, reason: 'reconnecting' },
      { do: 'report', report: { event: 'reconnect', cause } },
      ...step.actions,
    ],
  }
}
