import { z } from 'zod'
import type { GatewayHub } from '../../gateway/gateway-hub.ts'
import type { GatewayServer } from '../../gateway/gateway-server.ts'
import type { ResumeListener } from '../../gateway/resume-listener.ts'
import type { RestContext } from '../../rest/rest-context.ts'
import { operation, query } from '../operation.ts'

const shardFilter = { shardId: z.number().int().optional(), shardCount: z.number().int().optional() }
const closeCode = z.number().int().min(1000).max(4999)
const times = z.number().int().nonnegative()

/** What goes wrong on purpose with the gateway. Each says how many sockets it hit, where it hits sockets. */
export function gatewayFaultOperations(
  context: RestContext,
  gateway: GatewayServer,
  hub: GatewayHub,
  resumeListener: ResumeListener,
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
    closeSockets: operation(z.object({ ...shardFilter, code: closeCode }), (input) => {
      const hit = gateway.connections(input)
      for (const connection of hit) connection.closeWith(input.code)
      return { sockets: hit.length }
    }),
    /** op 7; with `thenClose` the server closes a few seconds later a client that stays. */
    askToReconnect: operation(
      z.object({ ...shardFilter, thenClose: z.boolean().default(false) }),
      (input) => ({
        sockets: gateway.askToReconnect(input, input.thenClose),
      }),
    ),
    /** op 7 in the place of HELLO for the next sockets; the server closes them a few seconds later. */
    reconnectInsteadOfHello: operation(z.object({ times }), (input) => {
      gateway.setFaults((faults) => {
        faults.reconnectsInsteadOfHello = input.times
      })
      return input
    }),
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
      const { shardId, shardCount } = input
      gateway.setFaults((faults) => {
        faults.silent = input.on ? { shardId, shardCount } : null
      })
      return { silent: input.on }
    }),
    /**
     * An outage of the part that starts sessions: IDENTIFYs are taken and counted, heartbeats are answered,
     * READY comes only with `on: false`. With `resumes` replays and RESUMED are withheld as well.
     */
    withholdReady: operation(
      z.object({ ...shardFilter, on: z.boolean(), resumes: z.boolean().default(false) }),
      (input) => {
        const { shardId, shardCount, resumes } = input
        gateway.setFaults((faults) => {
          faults.withheld = input.on ? { shardId, shardCount, resumes } : null
        })
        return { withheld: input.on }
      },
    ),
    slowSockets: operation(z.object({ delayMs: z.number().int().nonnegative() }), (input) => {
      gateway.setFaults((faults) => {
        faults.delayMs = input.delayMs
      })
      return { delayMs: input.delayMs }
    }),
    /** A client that leaves more than this of its stream unread is dropped from now on. */
    setBacklogLimit: operation(z.object({ bytes: z.number().int().positive() }), (input) => {
      gateway.backlogBytes = input.bytes
      return input
    }),
    /** What becomes of a client that misses its heartbeats: it may resume, or must start anew (4009). */
    setMissedHeartbeats: operation(z.object({ outcome: z.enum(['resume', 'start-anew']) }), (input) => {
      gateway.missedHeartbeats = input.outcome
      return input
    }),
    refuseIdentifies: operation(z.object({ times }), (input) => {
      gateway.setFaults((faults) => {
        faults.refuseIdentifies = input.times
      })
      return input
    }),
    refuseResumes: operation(z.object({ times }), (input) => {
      gateway.setFaults((faults) => {
        faults.refuseResumes = input.times
      })
      return input
    }),
    /**
     * The next replays end after so many events (or before RESUMED where there are fewer): the socket is
     * lost, op 9 comes, which ends the session unless it is the resumable one, or op 7.
     */
    breakReplays: operation(
      z.object({
        how: z.enum(['drop', 'invalid-session', 'resumable-invalid-session', 'reconnect']),
        afterEvents: z.number().int().nonnegative().default(0),
        times: times.default(1),
      }),
      (input) => {
        gateway.setFaults((faults) => {
          faults.brokenReplay = { how: input.how, afterEvents: input.afterEvents, left: input.times }
        })
        return input
      },
    ),
    /** The next sockets are closed as soon as they have got READY or RESUMED; without a code, they are cut. */
    closeAfter: operation(
      z.object({ event: z.enum(['READY', 'RESUMED']), code: closeCode.optional(), times: times.default(1) }),
      (input) => {
        gateway.setFaults((faults) => {
          faults.closings[input.event] = { code: input.code ?? null, left: input.times }
        })
        return input
      },
    ),
    /** Takes the resume listener down (its sockets are cut) or up again, on the same port. */
    setResumeHost: operation(z.object({ up: z.boolean() }), async (input) => {
      await (input.up ? resumeListener.start() : resumeListener.stop())
      return { up: resumeListener.up }
    }),
    /** Another client of the same token takes so many of the day's IDENTIFYs. */
    useSessionStarts: operation(z.object({ times: z.number().int().positive() }), (input) => {
      context.identifyBudget.spendElsewhere(input.times)
      return context.identifyBudget.describe()
    }),
    /** The `shards` of `GET /gateway/bot` from now on. */
    setRecommendedShards: operation(z.object({ shards: z.number().int().positive() }), (input) => {
      context.recommendedShards = input.shards
      return input
    }),
  }
}
