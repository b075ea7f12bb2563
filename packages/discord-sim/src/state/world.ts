import type { SimClock } from '../clock.ts'
import { Random } from '../random.ts'
import { SnowflakeMint } from '../snowflake.ts'
import type {
  ApplicationState,
  ChannelState,
  GuildState,
  InviteState,
  MemberState,
  UserState,
  WebhookState,
} from './entities.ts'
import { AuditLogs } from './audit-logs.ts'
import type { AuditLimits } from './audit-logs.ts'
import { EventBus } from './event-bus.ts'
import { MessageRetention } from './message-retention.ts'
import type { MessageLimits } from './message-retention.ts'
import { SimError, unknownResource } from '../discord-error.ts'

/** Who makes a change, and why: ends in the audit log. */
export interface Actor {
  userId: string
  reason?: string | null
}

/** When entries of the audit log come: Discord promises no moment. */
export interface AuditTiming {
  /** An entry and its event come up to so long after the deed. */
  lagMs: number
  /** Whether the entry's event comes before the deed's own, after it, or now this and now that. */
  order: 'after' | 'before' | 'either'
}

/** Everything that exists in the simulated Discord. Changed only by the functions of `resources/`. */
export class World {
  readonly clock: SimClock
  readonly ids: SnowflakeMint
  readonly bus: EventBus
  readonly random: Random
  readonly app: ApplicationState
  /** How far Discord's clock is ahead of this machine's, milliseconds. */
  clockSkewMs: number
  readonly users = new Map<string, UserState>()
  readonly guilds = new Map<string, GuildState>()
  /** All channels of all guilds and all direct messages, by id. */
  readonly channels = new Map<string, ChannelState>()
  readonly webhooks = new Map<string, WebhookState>()
  readonly invites = new Map<string, InviteState>()
  readonly messages: MessageRetention
  readonly auditLogs: AuditLogs
  readonly auditTiming: AuditTiming = { lagMs: 0, order: 'after' }
  /** Draws the moments of audit entries, so that a run can be repeated. */
  readonly auditRandom: Random

  constructor(options: {
    clock: SimClock
    seed: string | number
    app: ApplicationState
    clockSkewMs: number
    messages: MessageLimits
    auditEntries: AuditLimits
  }) {
    this.clock = options.clock
    this.random = new Random(`world:${options.seed}`)
    this.auditRandom = new Random(`audit:${options.seed}`)
    this.clockSkewMs = options.clockSkewMs
    this.ids = new SnowflakeMint(() => this.now())
    this.bus = new EventBus(() => this.clock.now())
    this.app = options.app
    this.messages = new MessageRetention(this.channels, options.messages)
    this.auditLogs = new AuditLogs(this.guilds, options.auditEntries)
  }

  /** The time that Discord writes on what it makes, in ids too. What only measures durations reads `clock`. */
  now(): number {
    return this.clock.now() + this.clockSkewMs
  }

  /** Sets when audit entries come from now on. */
  timeAuditLog(timing: Partial<AuditTiming>): void {
    Object.assign(this.auditTiming, timing)
    this.bus.held = this.auditTiming.order !== 'after'
  }

  guild(id: string): GuildState {
    const guild = this.guilds.get(id)
    if (!guild) throw unknownResource('guild')
    return guild
  }

  channel(id: string): ChannelState {
    const channel = this.channels.get(id)
    if (!channel) throw unknownResource('channel')
    return channel
  }

  user(id: string): UserState {
    const user = this.users.get(id)
    if (!user) throw unknownResource('user')
    return user
  }

  member(guild: GuildState, userId: string): MemberState {
    const member = guild.members.get(userId)
    if (!member) throw unknownResource('member')
    return member
  }

  /** The guild of a channel that is known to be in one. */
  guildOf(channel: ChannelState): GuildState {
    if (channel.guildId === null) throw new SimError(`channel ${channel.id} is a direct message`)
    return this.guild(channel.guildId)
  }

  /** True when the bot is a member, which is when it hears of the guild at all. */
  botIsIn(guild: GuildState): boolean {
    return guild.members.has(this.app.botId)
  }
}
