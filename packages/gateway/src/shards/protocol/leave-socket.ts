import { backoffMs } from '@guildmesh/runtime'
import { afterClose, keepSessionCode } from './close-code.ts'
import { dial } from './dial.ts'
import { afterFailedResume, newLadder } from './resume-ladder.ts'
import {
  type LeaveCause,
  type SessionEndReason,
  type ShardAction,
  type ShardContext,
  type ShardState,
  type ShardStep,
  shardTimings,
} from './shard-state.ts'

/** The socket ended, or could not be opened. */
export function afterClosedSocket(state: ShardState, code: number, context: ShardContext): ShardStep {
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
      return endSession(state, 'session-closed', cause, context)
    case 'resume':
      return reconnect(state, cause, context)
    default:
      return meaning satisfies never
  }
}

/** op 9. Discord wants a pause before the next attempt. */
export function afterInvalidSession(
  state: ShardState,
  isResumable: boolean,
  context: ShardContext,
): ShardStep {
  const { minMs, spreadMs } = shardTimings.invalidSession
  const waitMs = minMs + context.random * spreadMs
  return isResumable && state.session
    ? reconnect(state, { kind: 'session-not-valid-yet' }, context, waitMs)
    : endSession(state, 'invalid-session', { kind: 'invalid-session' }, context, waitMs)
}

/** The connection takes too long to become live. */
export function runOutOfPatience(state: ShardState, context: ShardContext): ShardStep {
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

/** Leaves the socket and comes back for the same session: at once, unless that was needed again and again. */
export function reconnect(
  state: ShardState,
  cause: LeaveCause,
  context: ShardContext,
  waitMs = 0,
): ShardStep {
  if (state.phase.name !== 'live') return failAttempt(state, cause, context, waitMs)
  const left = settled(state, context)
  const pauseMs = backoffMs(shardTimings.backoff, left.attempts - 1, context.random)
  return leaveThen(dial(left, Math.max(waitMs, pauseMs)), cause)
}

/** An attempt that did not become live: climbs the ladder, or keeps the unused permit for the next attempt. */
function failAttempt(state: ShardState, cause: LeaveCause, context: ShardContext, atLeastMs = 0): ShardStep {
  if (state.phase.name !== 'connecting') return { state, actions: [] }
  const { step } = state.phase
  const waitMs = Math.max(atLeastMs, backoffMs(shardTimings.backoff, state.attempts, context.random))
  if (state.session) {
    const ladderStep = afterFailedResume(state.ladder, step !== 'dialling', context.nowMs)
    if (ladderStep.next === 'new-session') return endSession(state, 'resume-failed', cause, context, waitMs)
    return leaveThen(dial({ ...state, ladder: ladderStep.ladder }, waitMs), cause)
  }
  // An IDENTIFY that went out has spent its permit, whether or not READY came.
  if (step === 'asked') return failIdentify(state, cause, context, waitMs)
  return leaveThen(dial(state, waitMs), cause)
}

/** Discord will not resume the session, if there was one. */
function endSession(
  state: ShardState,
  reason: SessionEndReason,
  cause: LeaveCause,
  context: ShardContext,
  atLeastMs = 0,
): ShardStep {
  const { session, received } = state
  if (!session) return failIdentify(state, cause, context, atLeastMs)
  return askForPermit(state, context, atLeastMs, [
    { do: 'session-ended', session, received, reason },
    { do: 'report', report: { event: 'session-lost', reason, cause } },
  ])
}

/** No session began, and the permit is spent. */
function failIdentify(
  state: ShardState,
  cause: LeaveCause,
  context: ShardContext,
  atLeastMs: number,
): ShardStep {
  return askForPermit(state, context, atLeastMs, [
    { do: 'report', report: { event: 'identify-failed', cause } },
  ])
}

function askForPermit(
  before: ShardState,
  context: ShardContext,
  atLeastMs: number,
  tell: readonly ShardAction[],
): ShardStep {
  const state = settled(before, context)
  // An IDENTIFY that failed, or whose session ended at once, must not be repeated at full speed.
  const pauseMs = backoffMs(shardTimings.identifyBackoff, state.identifies, context.random)
  return {
    state: {
      ...state,
      phase: { name: 'awaiting-permit' },
      session: null,
      received: 0,
      permit: null,
      ladder: newLadder,
      beat: null,
    },
    actions: [
      { do: 'close', code: keepSessionCode, reason: 'session ended' },
      ...tell,
      { do: 'request-permit', afterMs: Math.max(atLeastMs, pauseMs) },
    ],
  }
}

/** Attempts are counted anew once a connection has stayed live for a while: a loop of short ones is not well. */
function settled(state: ShardState, { nowMs }: ShardContext): ShardState {
  if (state.liveSinceMs === null) return state
  const isStable = nowMs - state.liveSinceMs >= shardTimings.stableMs
  return { ...state, liveSinceMs: null, ...(isStable ? { attempts: 0, identifies: 0 } : {}) }
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
