import { z } from 'zod'
import type { KnownSession } from '../../delivery/session-progress.ts'
import { reconnect } from './leave-socket.ts'
import { newLadder } from './resume-ladder.ts'
import type { DiscordFrame } from './discord-frame.ts'
import type { ShardAction, ShardContext, ShardState, ShardStep } from './shard-state.ts'

type DispatchFrame = Extract<DiscordFrame, { op: 'dispatch' }>

const live = { phase: { name: 'live' }, ladder: newLadder } as const

/** An event came. Each position is given out once, in order: what Discord replays again is dropped. */
export function receiveDispatch(state: ShardState, frame: DispatchFrame, context: ShardContext): ShardStep {
  if (state.phase.name !== 'connecting' && state.phase.name !== 'live') return { state, actions: [] }
  const { session } = state
  const { type, seq, data, size } = frame
  if (!session) {
    if (type === 'READY') return ready(state, frame, context)
    return {
      state,
      actions: [{ do: 'report', report: { event: 'odd-frame', detail: `${type} before READY` } }],
    }
  }
  const actions: ShardAction[] = []
  let next: ShardState = { ...state, lastDispatchAtMs: context.nowMs }
  if (seq > state.received) {
    next = { ...next, received: seq }
    actions.push({ do: 'dispatch', dispatch: { generation: session.generation, seq, type, data, size } })
  } else {
    actions.push({ do: 'report', report: { event: 'duplicate', detail: type } })
  }
  if (type === 'RESUMED') {
    next = { ...next, ...live, liveSinceMs: context.nowMs }
    actions.push({ do: 'report', report: { event: 'live', detail: 'resumed' } })
  }
  return { state: next, actions }
}

const Ready = z.object({
  session_id: z.string().min(1),
  resume_gateway_url: z.string().default(''),
  guilds: z.array(z.object({ id: z.string() })).optional(),
})

/** Source: https://discord.com/developers/docs/events/gateway-events#ready */
function ready(state: ShardState, { seq, data }: DispatchFrame, context: ShardContext): ShardStep {
  const { nowMs } = context
  const parsed = Ready.safeParse(data)
  if (!parsed.success || !state.permit) return reconnect(state, { kind: 'unusable-ready' }, context)
  const { session_id, resume_gateway_url, guilds } = parsed.data
  const session: KnownSession = {
    generation: state.permit.generation,
    sessionId: session_id,
    resumeUrl: resume_gateway_url,
  }
  return {
    state: {
      ...state,
      ...live,
      liveSinceMs: nowMs,
      session,
      permit: null,
      received: seq,
      lastDispatchAtMs: nowMs,
    },
    actions: [
      { do: 'session', session, seq, guildIds: guilds?.map(({ id }) => id) ?? null },
      { do: 'report', report: { event: 'live', detail: 'new session' } },
    ],
  }
}
