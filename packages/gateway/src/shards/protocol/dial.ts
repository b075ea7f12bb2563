import { type ShardState, type ShardStep, shardTimings } from './shard-state.ts'

/** Opens a socket after a while: to the resume host if a session is known, else to the main host. */
export function dial(state: ShardState, afterMs: number): ShardStep {
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
