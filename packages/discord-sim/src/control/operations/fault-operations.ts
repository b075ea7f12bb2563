import { z } from 'zod'
import { VirtualClock } from '../../clock.ts'
import type { GatewayHub } from '../../gateway/gateway-hub.ts'
import type { GatewayServer } from '../../gateway/gateway-server.ts'
import type { ResumeListener } from '../../gateway/resume-listener.ts'
import type { RestFaults } from '../../rest/rest-faults.ts'
import { SimError } from '../../discord-error.ts'
import type { World } from '../../state/world.ts'
import { operation, query } from '../operation.ts'

const shardFilter = { shardId: z.number().int().optional(), shardCount: z.number().int().optional() }

const restFaultSchema = z.object({
  method: z.string().optional(),
  path: z.string().refine(isRegularExpression, 'must be a regular expression').optional(),
  status: z.number().int().min(400).max(599).optional(),
  scope: z.enum(['user', 'global', 'shared']).optional(),
  retryAfterMs: z.number().positive().optional(),
  latencyMs: z.number().nonnegative().optional(),
  cut: z.enum(['before', 'after']).optional(),
  probability: z.number().min(0).max(1).optional(),
  times: z.number().int().positive().optional(),
})

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

/** What goes wrong on purpose. Each says how many sockets it hit, where it hits sockets. */
export function faultOperations(
  world: World,
  gateway: GatewayServer,
  hub: GatewayHub,
  resumeListener: ResumeListener,
  restFaults: RestFaults,
) {
  return {
    sessions: query(() =>
      [...hub.sessions].map((session) => ({
        id: session.id,
        shardId: session.shardId,
        shardCount: session.shardCount,
        intents: session.intents,
        seq: session.seq,
        acknowledgedSeq: session.acknowledgedSeq,
        replayable: session.ring.length,
        connected: session.sink !== null,
        pendingGuilds: session.pendingGuilds.size,
      })),
    ),
    /** Cuts TCP connections without a close frame; sessions stay resumable. */
    dropSockets: operation(z.object(shardFilter), (input) => {
      const hit = gateway.connections(input)
      for (const connection of hit) connection.drop()
      return { sockets: hit.length }
    }),
    closeSockets: operation(
      z.object({ ...shardFilter, code: z.number().int().min(1000).max(4999) }),
      (input) => {
        const hit = gateway.connections(input)
        for (const connection of hit) connection.closeWith(input.code)
        return { sockets: hit.length }
      },
    ),
    /** op 7. */
    askToReconnect: operation(z.object(shardFilter), (input) => ({ sockets: gateway.askToReconnect(input) })),
    /** op 1: the client must send a heartbeat at once. */
    requestHeartbeat: operation(z.object(shardFilter), (input) => ({
      sockets: gateway.requestHeartbeat(input),
    })),
    /** op 9; with `resumable: false` the session is over. */
    invalidateSessions: operation(
      z.object({ ...shardFilter, resumable: z.boolean().default(false) }),
      (input) => ({
        sockets: gateway.invalidateSessions(input, input.resumable),
      }),
    ),
    /** Nothing is sent any more (no events, no heartbeat ACKs); with `on: false` what was held goes out. */
    silence: operation(z.object({ ...shardFilter, on: z.boolean() }), (input) => {
      gateway.setFaults({
        silent: input.on ? { shardId: input.shardId, shardCount: input.shardCount } : null,
      })
      return { silent: input.on }
    }),
    slowSockets: operation(z.object({ delayMs: z.number().int().nonnegative() }), (input) => {
      gateway.setFaults({ delayMs: input.delayMs })
      return { delayMs: input.delayMs }
    }),
    /** What becomes of a client that misses its heartbeats: it may resume, or must start anew (4009). */
    setMissedHeartbeats: operation(z.object({ outcome: z.enum(['resume', 'start-anew']) }), (input) => {
      gateway.missedHeartbeats = input.outcome
      return input
    }),
    refuseIdentifies: operation(z.object({ times: z.number().int().nonnegative() }), (input) => {
      gateway.setFaults({ refuseIdentifies: input.times })
      return input
    }),
    refuseResumes: operation(z.object({ times: z.number().int().nonnegative() }), (input) => {
      gateway.setFaults({ refuseResumes: input.times })
      return input
    }),
    /** Takes the resume listener down (its sockets are cut) or up again, on the same port. */
    setResumeHost: operation(z.object({ up: z.boolean() }), async (input) => {
      await (input.up ? resumeListener.start() : resumeListener.stop())
      return { up: resumeListener.up }
    }),
    setRestFaults: operation(z.object({ faults: z.array(restFaultSchema) }), (input) => {
      restFaults.set(input.faults)
      return { faults: input.faults.length }
    }),
    /** Ends every fault; tells how many REST requests were hit by each kind since the start. */
    clearFaults: query(async () => {
      restFaults.set([])
      gateway.setFaults({ silent: null, delayMs: 0, refuseIdentifies: 0, refuseResumes: 0 })
      await resumeListener.start()
      return { cleared: true, restFaultsPlayed: restFaults.played }
    }),
    /** Moves the virtual clock; fails on the real one. */
    advanceClock: operation(z.object({ ms: z.number().positive() }), (input) => {
      if (!(world.clock instanceof VirtualClock)) throw new SimError('this simulator runs on the real clock')
      world.clock.advance(input.ms)
      return { now: world.clock.now() }
    }),
  }
}
