import { createHash, randomUUID } from 'node:crypto'
import {
  type Assignment,
  type AuditRow,
  type ConfigPort,
  type Gateway,
  type GatewayId,
  type GuildId,
  MeshError,
  type Move,
  type OperatorToken,
  type Session,
  type WatchEvent,
} from '@guildmesh/contracts'
import type { z } from 'zod'

/**
 * A config API in memory, behind the real router: assignments with their watch, sessions, operator tokens, audit.
 * Tests look into it, and may switch it off.
 */
export class FakeConfig {
  readonly assignments = new Map<GuildId, Assignment>()
  readonly gateways = new Map<GatewayId, Gateway>()
  readonly sessions = new Map<string, { session: Session; revoked: boolean }>()
  readonly operatorTokens = new Map<string, OperatorToken>()
  readonly audit: z.infer<typeof AuditRow>[] = []
  readonly moves: Move[] = []
  /** Names of the methods called, in order. */
  readonly calls: string[] = []
  /** While set, every call is answered as if PostgreSQL were away. */
  isAway = false
  /** Where `ensure` puts a guild that has no owner; `null`: there is no gateway. */
  placeOn: GatewayId | null = null
  readonly #watchers = new Set<(event: WatchEvent) => void>()
  #revision = 0

  assign(guildId: GuildId, gatewayId: GatewayId, options: { tell?: boolean } = {}): Assignment {
    const epoch = (this.assignments.get(guildId)?.epoch ?? 0) + 1
    const assignment = { guildId, gatewayId, epoch, assignedAt: Date.now() }
    this.assignments.set(guildId, assignment)
    if (options.tell ?? true) this.tell({ type: 'assignment', cursor: this.#next(), assignment })
    return assignment
  }

  tell(event: WatchEvent): void {
    for (const watcher of this.#watchers) watcher(event)
  }

  #next(): string {
    return `1:${++this.#revision}`
  }

  #called(name: string): void {
    this.calls.push(name)
    if (this.isAway) throw new MeshError({ kind: 'Unavailable', service: 'config', retryAfterMs: 0 })
  }

  #record(actor: string, action: string, subject: string, reason: string | null): void {
    const hash = createHash('sha256').update(`${this.audit.length}`).digest('hex')
    this.audit.push({ actor, action, subject, reason, at: Date.now(), entryId: randomUUID(), hash })
  }

  #gateway(gatewayId: GatewayId): Gateway {
    const gateway = this.gateways.get(gatewayId)
    if (!gateway) throw new MeshError({ kind: 'NotFound', what: 'gateway', id: gatewayId })
    return gateway
  }

  readonly port: ConfigPort = {
    gateways: {
      register: notUsed,
      heartbeat: notUsed,
      list: async () => {
        this.#called('gateways.list')
        return { gateways: [...this.gateways.values()] }
      },
      cordon: async ({ gatewayId, reason, actor = 'nobody' }) => {
        this.#called('gateways.cordon')
        this.#record(actor, 'gateway.cordon', gatewayId, reason)
        const cordoned = { ...this.#gateway(gatewayId), status: 'cordoned' as const }
        this.gateways.set(gatewayId, cordoned)
        return cordoned
      },
      uncordon: async ({ gatewayId, reason, actor = 'nobody' }) => {
        this.#called('gateways.uncordon')
        this.#record(actor, 'gateway.uncordon', gatewayId, reason)
        const active = { ...this.#gateway(gatewayId), status: 'active' as const }
        this.gateways.set(gatewayId, active)
        return active
      },
    },
    assignments: {
      lookup: async ({ guildId }) => {
        this.#called('assignments.lookup')
        const assignment = this.assignments.get(guildId)
        if (!assignment) throw new MeshError({ kind: 'NotAssigned', guildId })
        return assignment
      },
      ensure: async ({ guildId }) => {
        this.#called('assignments.ensure')
        const known = this.assignments.get(guildId)
        if (known) return known
        if (!this.placeOn) throw new MeshError({ kind: 'NoGatewayAvailable', retryAfterMs: 1000 })
        return this.assign(guildId, this.placeOn)
      },
      list: async ({ limit }) => {
        this.#called('assignments.list')
        const all = [...this.assignments.values()].map((one) => Object.assign({ lastSeenAt: null }, one))
        return { assignments: all.slice(0, limit), next: null, total: all.length }
      },
      watch: (_input, call) => this.#watch(call.signal),
    },
    shards: {
      lease: {
        acquire: notUsed,
        leave: notUsed,
        renew: notUsed,
        release: notUsed,
        list: async () => {
          this.#called('shards.lease.list')
          return { shardCount: 3, shards: [] }
        },
      },
      checkpoint: { store: notUsed },
      identify: { permit: notUsed, reserve: notUsed },
      gapLedger: {
        record: notUsed,
        list: async () => {
          this.#called('shards.gapLedger.list')
          return { losses: [] }
        },
      },
    },
    moves: {
      start: async ({ guildId, target, reason, actor = 'nobody' }) => {
        this.#called('moves.start')
        const from = this.assignments.get(guildId)
        if (!from) throw new MeshError({ kind: 'NotAssigned', guildId })
        this.#record(actor, 'guild.reassign', guildId, reason)
        const move: Move = {
          moveId: randomUUID(),
          guildId,
          source: from.gatewayId,
          target,
          fromEpoch: from.epoch,
          state: 'done',
          reason,
          requestedBy: actor,
          failure: null,
          startedAt: Date.now(),
          endedAt: Date.now(),
        }
        this.moves.push(move)
        this.assign(guildId, target)
        return move
      },
      get: notUsed,
      list: async () => {
        this.#called('moves.list')
        return { moves: this.moves }
      },
    },
    services: {
      enrol: notUsed,
      keys: notUsed,
    },
    sessions: {
      create: async ({ tokenHash, user, sealedTokens, lifetimeMs }) => {
        this.#called('sessions.create')
        const now = Date.now()
        const session: Session = {
          sessionId: randomUUID(),
          user,
          sealedTokens,
          createdAt: now,
          expiresAt: now + lifetimeMs,
        }
        this.sessions.set(tokenHash, { session, revoked: false })
        return session
      },
      find: async ({ tokenHash }) => {
        this.#called('sessions.find')
        const found = this.sessions.get(tokenHash)
        if (!found || found.revoked) throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
        return found.session
      },
      reseal: async ({ sessionId, sealedTokens }) => {
        this.#called('sessions.reseal')
        for (const [hash, entry] of this.sessions) {
          if (entry.session.sessionId !== sessionId) continue
          this.sessions.set(hash, { ...entry, session: { ...entry.session, sealedTokens } })
        }
        return { done: true }
      },
      revoke: async ({ sessionId }) => {
        this.#called('sessions.revoke')
        for (const entry of this.sessions.values()) {
          if (entry.session.sessionId === sessionId) entry.revoked = true
        }
        return { done: true }
      },
    },
    operators: {
      create: async ({ name, tokenHash, createdBy }) => {
        this.#called('operators.create')
        const token: OperatorToken = {
          tokenId: randomUUID(),
          name,
          createdBy,
          createdAt: Date.now(),
          lastUsedAt: null,
          revokedAt: null,
        }
        this.operatorTokens.set(tokenHash, token)
        return token
      },
      list: async () => {
        this.#called('operators.list')
        return { tokens: [...this.operatorTokens.values()] }
      },
      revoke: async ({ tokenId, actor = 'nobody' }) => {
        this.#called('operators.revoke')
        const [hash, token] =
          [...this.operatorTokens].find(([, { tokenId: id }]) => id === tokenId) ?? fail('no such token')
        const revoked = { ...token, revokedAt: Date.now() }
        this.operatorTokens.set(hash, revoked)
        this.#record(actor, 'operator-token.revoke', tokenId, null)
        return revoked
      },
      verify: async ({ tokenHash }) => {
        this.#called('operators.verify')
        const token = this.operatorTokens.get(tokenHash)
        if (!token || token.revokedAt !== null) {
          throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
        }
        return token
      },
    },
    audit: {
      append: notUsed,
      list: async () => {
        this.#called('audit.list')
        return { entries: this.audit }
      },
    },
  }

  async *#watch(signal: AbortSignal): AsyncGenerator<WatchEvent, void> {
    this.#called('assignments.watch')
    const events: WatchEvent[] = []
    let wake = Promise.withResolvers<void>()
    const watcher = (event: WatchEvent) => {
      events.push(event)
      wake.resolve()
    }
    this.#watchers.add(watcher)
    signal.addEventListener('abort', () => wake.resolve(), { once: true })
    yield {
      type: 'snapshot',
      cursor: this.#next(),
      assignments: [...this.assignments.values()],
      gateways: [...this.gateways.values()],
      first: true,
      complete: true,
    }
    try {
      while (!signal.aborted) {
        yield* events.splice(0)
        await wake.promise
        wake = Promise.withResolvers<void>()
      }
    } finally {
      this.#watchers.delete(watcher)
    }
  }
}

async function notUsed(): Promise<never> {
  throw new Error('the edge does not call this')
}

function fail(why: string): never {
  throw new Error(why)
}
