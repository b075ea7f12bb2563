import { EventEmitter, on } from 'node:events'
import {
  type Call,
  type Failure,
  type GuildChange,
  GuildId,
  MeshError,
  type PortalPort,
  UserId,
} from '@guildmesh/contracts'
import { sampleActivity } from './sample-activity.ts'
import { SampleConsole } from './sample-console.ts'
import { closedGuild, type SampleGuild, sampleGuilds, saltboxTheatre } from './sample-guilds.ts'

/** Somebody who can sign in. */
export interface SampleUser {
  readonly userId: UserId
  readonly name: string
  readonly operator: boolean
}

export const wren: SampleUser = { userId: UserId.parse('600000000000000001'), name: 'wren', operator: false }
export const ida: SampleUser = {
  userId: UserId.parse('600000000000000002'),
  name: 'Ida (operator)',
  operator: true,
}

const meshGuilds = 64

/** A mesh in memory, as the edge shows it to the portal. */
export class SampleMesh {
  readonly port: PortalPort
  readonly now: () => number
  readonly #changes = new EventEmitter()
  readonly #failures = new Map<string, Failure>()
  readonly #calls = new Map<string, number>()
  readonly #console: SampleConsole
  /** Messages written since the start, beside the made-up ones. */
  #written = 0

  constructor(options: { readonly now?: () => number } = {}) {
    this.now = options.now ?? Date.now
    const known = sampleGuilds.filter((guild) => guild.state !== 'absent').map(({ guildId }) => guildId)
    const others = Array.from({ length: meshGuilds - known.length }, (_, index) => sampleId(index))
    this.#console = new SampleConsole({
      now: this.now,
      guilds: [...known, ...others],
      withData: known,
      enter: (procedure) => this.#enter(procedure),
    })
    this.port = this.#createPort()
  }

  /** Every call of this procedure fails like this, until `heal`. */
  break(procedure: string, failure: Failure): void {
    this.#failures.set(procedure, failure)
  }

  heal(procedure: string): void {
    this.#failures.delete(procedure)
  }

  /** How often a procedure was called. */
  calls(procedure: string): number {
    return this.#calls.get(procedure) ?? 0
  }

  /** A gateway commits messages of a guild; whoever watches it is told. */
  write(guildId: GuildId, messages: number): void {
    this.#written += messages
    this.#changes.emit(guildId, { guildId, cursor: { generation: 1, seq: this.#written }, at: this.now() })
  }

  get watchers(): number {
    return this.#changes.eventNames().filter((name) => name !== 'error').length
  }

  #enter(procedure: string): void {
    this.#calls.set(procedure, this.calls(procedure) + 1)
    const failure = this.#failures.get(procedure)
    if (failure) throw new MeshError(failure)
  }

  #guild(guildId: GuildId): SampleGuild {
    const guild = sampleGuilds.find((each) => each.guildId === guildId)
    if (!guild) throw new MeshError({ kind: 'NotAssigned', guildId })
    return guild
  }

  #createPort(): PortalPort {
    return {
      session: {
        me: async (call) => {
          this.#enter('session.me')
          const user = userOf(call)
          return {
            user: {
              userId: user.userId,
              name: user.name,
              avatar: null,
              avatarUrl: '/icons/600000000000000001.svg',
            },
            operator: user.operator,
            expiresAt: this.now() + 86_400_000,
          }
        },
        logout: async () => ({ done: true }),
      },
      guilds: {
        list: async () => {
          this.#enter('guilds.list')
          return {
            guilds: sampleGuilds.map((guild) => ({
              guildId: guild.guildId,
              name: guild.name,
              iconUrl: guild.hasIcon ? `/icons/${guild.guildId}.svg` : null,
              role: guild.role,
              state: guild.state,
              memberCount: guild.state === 'absent' ? null : guild.memberCount,
              setUp: guild.settings !== null,
              inviteUrl: guild.mayInvite
                ? `https://discord.com/oauth2/authorize?guild_id=${guild.guildId}`
                : null,
            })),
          }
        },
      },
      guild: {
        admit: async (guildId) => {
          if (guildId === closedGuild.guildId) {
            throw new MeshError({
              kind: 'Forbidden',
              reason: 'the dashboard of a server is for its moderators and admins',
            })
          }
          return { guildId, role: this.#guild(guildId).role }
        },
        overview: async (viewer) => {
          this.#enter('guild.overview')
          const guild = this.#guild(viewer.guildId)
          if (guild.state === 'unreachable') throw unreachable()
          if (guild === saltboxTheatre) throw new MeshError({ kind: 'NotAssigned', guildId: viewer.guildId })
          const { gatewayId, epoch } = this.#console.assignment(viewer.guildId)
          return {
            guildId: guild.guildId,
            name: guild.name,
            iconUrl: guild.hasIcon ? `/icons/${guild.guildId}.svg` : null,
            memberCount: guild.memberCount,
            channelCount: 23,
            roleCount: 14,
            present: true,
            gatewayId,
            epoch,
            settings: guild.settings,
            names: { ...guild.names },
            hidden: [...guild.hidden],
            cursor: { generation: 1, seq: 1 },
            lastEventAt: this.now() - 4000,
            eventLagMs: 2.6,
            viewerRole: viewer.role,
          }
        },
        activity: async (viewer, window) => {
          this.#enter('guild.activity')
          const guild = this.#guild(viewer.guildId)
          if (guild.state === 'unreachable') throw unreachable()
          const activity = sampleActivity(guild.temper, window, this.now())
          const last = activity.buckets.at(-1)
          if (last) last.messages += this.#written
          activity.totals.messages += this.#written
          return activity
        },
        changes: (viewer, call) => this.#watch(viewer.guildId, call.signal),
      },
      admin: this.#console.port,
    }
  }

  async *#watch(guildId: GuildId, signal: AbortSignal): AsyncGenerator<GuildChange> {
    this.#enter('guild.changes')
    try {
      for await (const [change] of on(this.#changes, guildId, { signal })) yield change as GuildChange
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

/** Who makes a call, by the id that the caller's session names. */
function userOf(call: Call): SampleUser {
  const { caller } = call
  const userId = caller.kind === 'user' || caller.kind === 'operator' ? caller.userId : null
  const user = [wren, ida].find((each) => each.userId === userId)
  if (!user) throw new MeshError({ kind: 'Unauthenticated', reason: 'missing' })
  return user
}

function unreachable(): MeshError {
  return new MeshError({ kind: 'Unavailable', service: 'gateway-2', retryAfterMs: 500 })
}

function sampleId(index: number): GuildId {
  return GuildId.parse(String(830_000_000_000_000_000n + BigInt(index * 4_194_304)))
}
