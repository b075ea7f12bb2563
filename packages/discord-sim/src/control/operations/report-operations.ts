import { z } from 'zod'
import type { Oracle } from '../../oracle/oracle.ts'
import type { RestJournal } from '../../rest/rest-journal.ts'
import type { World } from '../../state/world.ts'
import { operation, query } from '../operation.ts'

/** The addresses that a bot and its web services need. */
export interface SimUrls {
  base: string
  api: string
  gateway: string
  resumeGateway: string
  authorize: string
  token: string
  /** The page on which people use the simulated Discord. */
  chat: string
}

const botGuildSchema = z.object({
  count: z.number().int().nonnegative(),
  head: z.string(),
  /** Events in the order in which the bot applied them; without it only count and head are compared. */
  events: z
    .array(z.object({ event: z.string(), payloadHash: z.string(), appliedAt: z.number().optional() }))
    .optional(),
  /** The bot's count and head before the first of `events`; left out where they are all of them. */
  since: z.object({ count: z.number().int().nonnegative(), head: z.string() }).optional(),
})

/** Credentials of the application, and the oracle's view. */
export function reportOperations(
  world: World,
  oracle: Oracle,
  journal: RestJournal,
  urls: SimUrls,
  startedSeed: string,
) {
  return {
    /** All that a launcher hands to the bot's services. Secrets of a simulated bot are no secrets. */
    app: query(() => ({
      id: world.app.id,
      name: world.app.name,
      token: world.app.token,
      clientId: world.app.id,
      clientSecret: world.app.clientSecret,
      publicKey: world.app.publicKey,
      botId: world.app.botId,
      interactionsUrl: world.app.interactionsEndpointUrl,
      /** Administrator in several guilds, plain member in one more. */
      demoUser: { id: world.app.ownerId, username: world.user(world.app.ownerId).username },
      seed: startedSeed,
      urls,
    })),
    /** Judges the bot by what it reports of itself; without `guilds`, tells what the simulator saw. */
    report: operation(
      z.object({
        guilds: z.record(z.string(), botGuildSchema).optional(),
        /** Nonces that must each have made a message. */
        expectedNonces: z.array(z.string()).optional(),
        /** An event applied later than this after it was sent is late. */
        lateAfterMs: z.number().positive().default(5_000),
      }),
      (input) => oracle.report(input),
    ),
    /** The events of one guild as they were sent, as far back as they are known one by one. */
    sentEvents: operation(z.object({ guildId: z.string() }), (input) => oracle.sentEvents(input.guildId)),
    /** Forgets the ledger, nonces, interactions and counts, for the next measurement. */
    resetReport: query(() => {
      oracle.reset()
      return { reset: true }
    }),
    /** The latest REST requests and everything that strict mode would complain of. */
    journal: operation(z.object({ limit: z.number().int().positive().default(100) }), (input) => ({
      requests: journal.recent(input.limit),
      counts: journal.counts(),
      violations: journal.violations,
    })),
  }
}
