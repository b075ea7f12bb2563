import { z } from 'zod'
import { VirtualClock } from '../../clock.ts'
import type { GatewayServer } from '../../gateway/gateway-server.ts'
import type { ResumeListener } from '../../gateway/resume-listener.ts'
import type { InteractionService } from '../../interactions/interaction-service.ts'
import { fillGuild } from '../../resources/large-guild.ts'
import type { RestFaults } from '../../rest/rest-faults.ts'
import { SimError } from '../../discord-error.ts'
import { isSnowflake } from '../../snowflake.ts'
import type { World } from '../../state/world.ts'
import { operation, query } from '../operation.ts'

const id = z.string().refine(isSnowflake, 'must be a snowflake')

const restFaultSchema = z.object({
  method: z.string().optional(),
  path: z.string().refine(isRegularExpression, 'must be a regular expression').optional(),
  status: z.number().int().min(200).max(599).optional(),
  afterEffect: z.boolean().optional(),
  body: z.enum(['json', 'html', 'empty']).optional(),
  scope: z.enum(['user', 'global', 'shared']).optional(),
  retryAfterMs: z.number().positive().optional(),
  code: z.number().int().optional(),
  bare: z.boolean().optional(),
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

/** What goes wrong on purpose besides the gateway's sockets. */
export function faultOperations(
  world: World,
  gateway: GatewayServer,
  resumeListener: ResumeListener,
  restFaults: RestFaults,
  interactions: InteractionService,
) {
  return {
    setRestFaults: operation(z.object({ faults: z.array(restFaultSchema) }), (input) => {
      restFaults.set(input.faults)
      return { faults: input.faults.length }
    }),
    /** Discord's clock runs ahead of this machine's (or behind it): ids, timestamps, Date headers, signatures. */
    setClockSkew: operation(z.object({ ms: z.number().int() }), (input) => {
      world.clockSkewMs = input.ms
      return { now: world.now() }
    }),
    /** Sends an earlier interaction once more; tells how an endpoint answered, null for the gateway. */
    replayInteraction: operation(
      z.object({ interactionId: id, signature: z.enum(['original', 'fresh']).default('original') }),
      async (input) => ({ answer: await interactions.replay(input.interactionId, input.signature) }),
    ),
    /** Fills a guild within Discord's limits until its GUILD_CREATE has so many bytes, for sessions to come. */
    fillGuild: operation(
      z.object({ guildId: id, bytes: z.number().int().positive().max(12_000_000) }),
      (input) => ({ bytes: fillGuild(world, world.guild(input.guildId), input.bytes) }),
    ),
    /** Ends every fault; tells how many REST requests were hit by each kind since the start. */
    clearFaults: query(async () => {
      restFaults.set([])
      gateway.setFaults((faults) => faults.clear())
      world.clockSkewMs = 0
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
