import type { ChaosOptions } from './chaos/chaos.ts'
import type { SimClock } from './clock.ts'
import type { ResourceLimit, ResourceRule } from './rest/resource-limits.ts'
import type { AuditTiming } from './state/world.ts'

/** How a simulator is set up. Every limit has Discord's value unless said otherwise. */
export interface DiscordSimOptions {
  /** 0 (default) lets the system choose. */
  port?: number
  host?: string
  /** The host that clients are told to connect to, where it is not the one listened on. */
  publicHost?: string
  /** Port of the listener behind `resume_gateway_url`; 0 (default) lets the system choose. */
  resumePort?: number
  /** The same seed gives the same ids, names, keys and traffic. Default 1. */
  seed?: string | number
  /** Seeded guilds, each with the bot in it. Default 3. */
  guilds?: number
  /** People per seeded guild. Default 24. */
  membersPerGuild?: number
  /** Events a second of the load generator from the start; 0 (default) starts none. */
  rate?: number
  /** Unknown routes and errors inside the simulator make disposal fail. */
  strict?: boolean
  /** The application's id, where it must be a known one. */
  appId?: string
  /** The `shards` of GET /gateway/bot. Default 3, so that shard holder and guild owner can differ. */
  shards?: number
  clock?: SimClock
  /** How far Discord's clock is ahead of this machine's (ids, timestamps, Date headers), milliseconds. Default 0. */
  clockSkewMs?: number
  /** What a session can replay. Default: 50,000 dispatches, 180 s. */
  replay?: { size?: number; ageMs?: number; trimOnHeartbeat?: boolean }
  identify?: { total?: number; windowMs?: number; maxConcurrency?: number; perKeyMs?: number }
  heartbeatIntervalMs?: number
  /** What becomes of a client that misses its heartbeats; Discord documents both. Default `resume`. */
  missedHeartbeats?: 'resume' | 'start-anew'
  /** A client that leaves more of the stream unread is dropped, bytes. Default 64 MB. */
  backlogBytes?: number
  rateLimits?: {
    enforced?: boolean
    globalPerSecond?: number
    invalidPerTenMinutes?: number
    /** Limits of channels and guilds beside the buckets of routes. */
    resources?: Partial<Record<ResourceLimit, ResourceRule>>
  }
  /** When audit entries come. Default: at once, after the events of what was done. */
  auditLog?: Partial<AuditTiming>
  /** Privileged intents the application may use. Default: all. */
  privilegedIntents?: { members?: boolean; presences?: boolean; messageContent?: boolean }
  /** Set unchecked at the start; use the control API to have it verified. */
  interactionsUrl?: string
  /** How often the endpoint is probed with a bad signature; 0 never. Default 60 s. */
  probeEveryMs?: number
  /** How much of the past is kept, so that memory stays level however long it runs. */
  retention?: RetentionOptions
  /** Everything that Discord may do, at random from a seed, from the start. Left out: nothing unasked. */
  chaos?: ChaosOptions
  /** Links are unfurled so long after their message, by a MESSAGE_UPDATE. Left out: never. */
  linkPreviews?: { delayMs: number }
  /** Whether the bot user's id is the application's, or its own as with old applications. Default `same`. */
  botUser?: 'same' | 'own'
  log?: (line: string) => void
}

/** Numbers of what is kept; the oldest is forgotten first. */
export interface RetentionOptions {
  /** Events over all guilds that the oracle knows one by one; of older ones, count and chain. */
  events?: number
  /** Messages a channel. */
  messagesPerChannel?: number
  /** Messages in all; the fullest channels give first. */
  messages?: number
  /** Audit log entries a guild. */
  auditEntriesPerGuild?: number
  /** Audit log entries in all. */
  auditEntries?: number
  /** Nonces of the bot's messages. */
  nonces?: number
  /** Interactions that can still be looked at; of older ones, figures and faults. */
  interactions?: number
}

export const defaultRetention: Required<RetentionOptions> = {
  events: 200_000,
  messagesPerChannel: 5_000,
  messages: 150_000,
  auditEntriesPerGuild: 2_000,
  auditEntries: 100_000,
  nonces: 100_000,
  interactions: 20_000,
}
