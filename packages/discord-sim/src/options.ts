import type { SimClock } from './clock.ts'

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
  /** What a session can replay. Default: 50,000 dispatches, 180 s. */
  replay?: { size?: number; ageMs?: number; trimOnHeartbeat?: boolean }
  identify?: { total?: number; windowMs?: number; maxConcurrency?: number; perKeyMs?: number }
  heartbeatIntervalMs?: number
  rateLimits?: { enforced?: boolean; globalPerSecond?: number; invalidPerTenMinutes?: number }
  /** Privileged intents the application may use. Default: all. */
  privilegedIntents?: { members?: boolean; presences?: boolean; messageContent?: boolean }
  /** Set unchecked at the start; use the control API to have it verified. */
  interactionsUrl?: string
  /** How often the endpoint is probed with a bad signature; 0 never. Default 60 s. */
  probeEveryMs?: number
  /** Older messages of a channel are forgotten. Default 5,000. */
  messagesPerChannel?: number
  log?: (line: string) => void
}
