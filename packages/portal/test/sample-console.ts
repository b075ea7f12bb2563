import {
  type AdminPort,
  type Assignment,
  type Call,
  type Gateway,
  type GatewayId,
  type GuildId,
  gatewayIdOf,
  MeshError,
  type Move,
} from '@guildmesh/contracts'

const gatewayCount = 3

/** What operators see and change: gateways and assignments in memory. */
export class SampleConsole {
  readonly port: AdminPort
  readonly #now: () => number
  readonly #gateways: Gateway[]
  readonly #assignments: Assignment[]
  readonly #withData: ReadonlySet<GuildId>
  readonly #moves: Move[] = []
  readonly #audit: Awaited<ReturnType<AdminPort['audit']>>['entries'] = []

  constructor(options: {
    readonly now: () => number
    readonly guilds: readonly GuildId[]
    /** Guilds that cannot be reassigned by hand. */
    readonly withData: readonly GuildId[]
    /** Called with the name of each procedure before it is answered. */
    readonly enter: (procedure: string) => void
  }) {
    this.#now = options.now
    this.#withData = new Set(options.withData)
    const start = this.#now()
    this.#gateways = Array.from({ length: gatewayCount }, (_, ordinal) => ({
      gatewayId: gatewayIdOf(ordinal),
      incarnation: { registration: ordinal + 1, restart: 0 },
      address: `ws://gateway-${ordinal}.gateway-internal:3000`,
      region: 'eu-north',
      version: '0.1.0',
      status: 'active',
      capacity: 50,
      guildCount: 0,
      lastHeartbeatAt: start - 2000,
    }))
    this.#assignments = options.guilds.map((guildId, index) => ({
      guildId,
      gatewayId: gatewayIdOf(index % gatewayCount),
      epoch: 1 + (index % 4),
      assignedAt: start - index * 3_700_000,
    }))
    this.port = this.#createPort(options.enter)
  }

  /** @throws MeshError NotAssigned */
  assignment(guildId: GuildId): Assignment {
    const assignment = this.#assignments.find((each) => each.guildId === guildId)
    if (!assignment) throw new MeshError({ kind: 'NotAssigned', guildId })
    return assignment
  }

  #gateway(gatewayId: GatewayId): Gateway {
    const gateway = this.#gateways.find((each) => each.gatewayId === gatewayId)
    if (!gateway) throw new MeshError({ kind: 'NotFound', what: 'gateway', id: gatewayId })
    const guildCount = this.#assignments.filter((each) => each.gatewayId === gatewayId).length
    return { ...gateway, guildCount, lastHeartbeatAt: this.#now() - 2000 }
  }

  #listGateways(): Gateway[] {
    return this.#gateways.map(({ gatewayId }) => this.#gateway(gatewayId))
  }

  #setStatus(gatewayId: GatewayId, status: Gateway['status']): Gateway {
    const gateway = this.#gateways.find((each) => each.gatewayId === gatewayId)
    if (gateway) gateway.status = status
    return this.#gateway(gatewayId)
  }

  #record(call: Call, action: string, subject: string, reason: string): void {
    const entryId = String(this.#audit.length + 1)
    this.#audit.unshift({
      actor: actorOf(call),
      action,
      subject,
      reason,
      at: this.#now(),
      entryId,
      hash: entryId.padStart(8, '7').padEnd(64, '3'),
    })
  }

  #createPort(enter: (procedure: string) => void): AdminPort {
    return {
      status: async () => {
        enter('admin.status')
        const gateways = this.#listGateways()
        const counts = gateways.map(({ guildCount }) => guildCount)
        return {
          gateways,
          guilds: { assigned: this.#assignments.length, unreachable: 0 },
          shards: { count: 4, held: 4 },
          openMoves: 0,
          imbalance: Math.max(...counts) / (this.#assignments.length / gateways.length),
          version: '0.1.0',
        }
      },
      gateways: async () => ({ gateways: this.#listGateways() }),
      cordon: async ({ gatewayId, reason }, call) => {
        enter('admin.cordon')
        this.#record(call, 'gateway.cordon', gatewayId, reason)
        return this.#setStatus(gatewayId, 'cordoned')
      },
      uncordon: async ({ gatewayId, reason }, call) => {
        this.#record(call, 'gateway.uncordon', gatewayId, reason)
        return this.#setStatus(gatewayId, 'active')
      },
      guilds: async ({ gatewayId, after, limit }) => {
        const all = this.#assignments
          .filter((each) => gatewayId === undefined || each.gatewayId === gatewayId)
          .toSorted((a, b) => (a.guildId < b.guildId ? -1 : 1))
        const rest = all.filter((each) => after === undefined || each.guildId > after)
        const page = rest.slice(0, Math.min(limit, 40))
        return {
          assignments: page.map((each, index) => ({
            ...each,
            lastSeenAt: index % 9 === 8 ? null : this.#now() - index * 41_000,
          })),
          next: rest.length > page.length ? (page.at(-1)?.guildId ?? null) : null,
          total: all.length,
        }
      },
      locate: async ({ guildId }) => {
        const assignment = this.assignment(guildId)
        const gateway = this.#gateway(assignment.gatewayId)
        return { ...assignment, address: gateway.address, status: gateway.status }
      },
      reassign: async (input, call) => {
        const assignment = this.assignment(input.guildId)
        if (this.#withData.has(input.guildId)) {
          throw new MeshError({
            kind: 'GuildHasData',
            guildId: input.guildId,
            tables: { message_stats: 18_211 },
          })
        }
        this.#record(call, 'guild.reassign', input.guildId, input.reason)
        const move: Move = {
          moveId: '3f0f9a52-5a3c-4c1e-9f0b-2f6f1c9b7d10',
          guildId: input.guildId,
          source: assignment.gatewayId,
          target: input.target,
          fromEpoch: assignment.epoch,
          state: 'done',
          reason: input.reason,
          requestedBy: actorOf(call),
          failure: null,
          startedAt: this.#now() - 180,
          endedAt: this.#now(),
        }
        this.#moves.unshift(move)
        assignment.gatewayId = input.target
        assignment.epoch += 1
        return move
      },
      moves: async () => ({ moves: this.#moves }),
      shards: async () => ({
        shardCount: 4,
        shards: [0, 1, 2, 3].map((shardId) => ({
          shardId,
          holder: gatewayIdOf(shardId % gatewayCount),
          epoch: 2 + shardId,
          generation: 1 + shardId,
          seq: 41_000 + shardId * 911,
          renewedAt: this.#now() - 1500,
          parked: shardId === 2 ? { lanes: 3, events: 1204 } : { lanes: 0, events: 0 },
        })),
      }),
      gapLedger: async () => ({
        losses: [
          {
            lossId: 1,
            shardId: 2,
            guildId: null,
            gatewayId: gatewayIdOf(2),
            after: { generation: 2, seq: 40_120 },
            generationAfter: 3,
            detectedAt: this.#now() - 9_000_000,
            reason: 'invalid-session' as const,
            recovered: [
              'guild, channels, roles and member count as they are now',
              'new messages and their reactions',
            ],
            unrecoverable: ['typing and presence', 'messages sent and deleted meanwhile'],
            guilds: 61,
            undelivered: 0,
          },
        ],
      }),
      audit: async () => ({ entries: this.#audit }),
      createToken: notForBrowsers,
      tokens: notForBrowsers,
      revokeToken: notForBrowsers,
    }
  }
}

async function notForBrowsers(): Promise<never> {
  throw new MeshError({ kind: 'Forbidden', reason: 'operator tokens are made by the command line' })
}

function actorOf(call: Call): string {
  return call.caller.kind === 'operator' ? call.caller.actor : 'unknown'
}
