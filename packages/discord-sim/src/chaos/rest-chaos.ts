import type { Random } from '../random.ts'
import type { RestFault } from '../rest/rest-faults.ts'
import type { ChaosKind } from './chaos-kinds.ts'

/** A fault that hits the next few requests, whichever they are. */
function nextRequests(fault: (random: Random) => RestFault): ChaosKind['play'] {
  return ({ restFaults }, random) => {
    restFaults.add({ ...fault(random), times: random.between(1, 3) })
    return null
  }
}

const rest = 'rest' as const

/** What may happen to requests. A single 401 or 403 is no verdict, a 5xx says nothing of what took effect. */
export const restChaos = {
  'server-error': {
    group: rest,
    play: nextRequests((random) => ({
      status: random.pick([500, 502, 503]),
      afterEffect: random.chance(0.5),
    })),
  },
  'lost-connection': {
    group: rest,
    play: nextRequests((random) => ({ cut: random.chance(0.5) ? 'before' : 'after' })),
  },
  'proxy-page': {
    group: rest,
    play: nextRequests((random) => ({
      status: random.pick([200, 403, 429, 502, 520]),
      body: random.chance(0.8) ? 'html' : 'empty',
      afterEffect: random.chance(0.3),
    })),
  },
  'proxy-block': { group: rest, play: nextRequests(() => ({ status: 403 })) },
  'single-401': {
    group: rest,
    play: ({ restFaults }) => {
      restFaults.add({ status: 401, times: 1 })
      return null
    },
  },
  'bare-429': { group: rest, play: nextRequests(() => ({ status: 429, bare: true })) },
  'long-429': {
    group: rest,
    play: nextRequests((random) => ({
      status: 429,
      scope: random.pick(['user', 'shared', 'global'] as const),
      retryAfterMs: random.between(500, 8_000),
    })),
  },
  'late-answer': { group: rest, play: nextRequests((random) => ({ latencyMs: random.between(200, 4_000) })) },
} satisfies Record<string, ChaosKind>
