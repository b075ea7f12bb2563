import type { GatewayCounters } from '../gateway/gateway-counters.ts'
import type { InteractionEndpoint } from '../interactions/interaction-endpoint.ts'
import type { InteractionService } from '../interactions/interaction-service.ts'
import type { NonceLedger } from '../rest/nonce-ledger.ts'
import type { RateLimiter } from '../rest/rate-limiter.ts'
import type { RestJournal } from '../rest/rest-journal.ts'
import type { World } from '../state/world.ts'
import type { EventLedger } from './event-ledger.ts'
import type { SentEvent } from './guild-ledger.ts'
import { judgeGuild } from './judge-guild.ts'
import type { BotGuildReport, GuildVerdict } from './judge-guild.ts'
import { findDoubledEffects } from './rest-effects.ts'
import type { DoubledAuditEntry } from './rest-effects.ts'

export interface ReportInput {
  guilds?: Record<string, BotGuildReport> | undefined
  expectedNonces?: string[] | undefined
  lateAfterMs: number
}

export interface InteractionFault {
  interactionId: string
  name: string
  problem: string
}

export interface OracleReport {
  /** Nothing is missing, doubled, out of order or late, and no rule was broken. */
  clean: boolean
  sent: number
  applied: number
  missing: number
  duplicated: number
  foreign: number
  outOfOrder: number
  late: number
  /** Guilds whose chains differ; all guilds where the bot reported nothing are left out. */
  differing: GuildVerdict[]
  guilds: Record<string, { sent: number; head: string }>
  rest: {
    requests: Record<string, number>
    statuses: Record<string, number>
    doubledNonces: { channelId: string; nonce: string; messageIds: string[] }[]
    deduplicated: number
    missingNonces: string[]
    doubledEffects: DoubledAuditEntry[]
    rateLimited: { user: number; global: number; shared: number; blocked: number }
    invalidRequests: number
  }
  interactions: {
    total: number
    answered: number
    failed: InteractionFault[]
    doublyAnswered: InteractionFault[]
    lateAnswers: InteractionFault[]
    invalid: InteractionFault[]
    endpoint: { url: string | null; failedProbes: number; unsetBecause: string | null }
  }
  gateway: {
    identifies: number
    identifiesRefused: number
    resumes: number
    resumesRefused: number
    dispatched: number
    identifiesByShard: Record<string, number>
    resumesByShard: Record<string, number>
    closes: Record<string, number>
    endedSessions: GatewayCounters['endedSessions']
  }
  violations: string[]
}

export interface OracleParts {
  world: World
  ledger: EventLedger
  nonces: NonceLedger
  journal: RestJournal
  limiter: RateLimiter
  interactions: InteractionService
  endpoint: InteractionEndpoint
  counters: GatewayCounters
}

/** Compares what Discord did with what the bot says and did. */
export class Oracle {
  readonly #parts: OracleParts

  constructor(parts: OracleParts) {
    this.#parts = parts
  }

  sentEvents(guildId: string): SentEvent[] {
    return this.#parts.ledger.events(guildId)
  }

  reset(): void {
    this.#parts.ledger.clear()
    this.#parts.nonces.clear()
    this.#parts.interactions.clear()
    this.#parts.journal.clear()
  }

  report(input: ReportInput): OracleReport {
    const { ledger, journal } = this.#parts
    const verdicts = input.guilds ? this.#judge(input.guilds, input.lateAfterMs) : []
    const total = (pick: (verdict: GuildVerdict) => number) =>
      verdicts.reduce((sum, verdict) => sum + pick(verdict), 0)
    const rest = this.#restEffects(input.expectedNonces ?? [])
    const interactions = this.#interactionFaults()
    const differing = verdicts.filter((verdict) => !verdict.same || verdict.late > 0)
    return {
      clean:
        differing.length === 0 &&
        rest.doubledNonces.length + rest.missingNonces.length + rest.doubledEffects.length === 0 &&
        interactions.failed.length + interactions.doublyAnswered.length === 0 &&
        interactions.lateAnswers.length + interactions.invalid.length === 0,
      sent: ledger.guildIds().reduce((sum, guildId) => sum + ledger.count(guildId), 0),
      applied: total((verdict) => verdict.applied),
      missing: total((verdict) => verdict.missing),
      duplicated: total((verdict) => verdict.duplicated),
      foreign: total((verdict) => verdict.foreign),
      outOfOrder: total((verdict) => verdict.outOfOrder),
      late: total((verdict) => verdict.late),
      differing,
      guilds: Object.fromEntries(
        ledger
          .guildIds()
          .map((guildId) => [guildId, { sent: ledger.count(guildId), head: ledger.head(guildId) }]),
      ),
      rest,
      interactions,
      gateway: this.#gatewayUse(),
      violations: journal.violations,
    }
  }

  #judge(guilds: Record<string, BotGuildReport>, lateAfterMs: number): GuildVerdict[] {
    const { ledger } = this.#parts
    const ids = new Set([...Object.keys(guilds), ...ledger.guildIds()])
    return [...ids].map((guildId) => judgeGuild(ledger, guildId, guilds[guildId], lateAfterMs))
  }

  #restEffects(expectedNonces: string[]): OracleReport['rest'] {
    const { world, nonces, journal, limiter } = this.#parts
    const all = nonces.all()
    const seen = new Set(all.map((record) => record.nonce))
    return {
      requests: journal.counts(),
      statuses: Object.fromEntries(journal.statuses),
      doubledNonces: all
        .filter((record) => record.messageIds.length > 1)
        .map(({ channelId, nonce, messageIds }) => ({ channelId, nonce, messageIds })),
      deduplicated: all.reduce((sum, record) => sum + record.deduplicated, 0),
      missingNonces: expectedNonces.filter((nonce) => !seen.has(nonce)),
      doubledEffects: findDoubledEffects(world),
      rateLimited: { ...limiter.refusals },
      invalidRequests: limiter.invalidRequests,
    }
  }

  #interactionFaults(): OracleReport['interactions'] {
    const { interactions, endpoint } = this.#parts
    const { records } = interactions
    const faults = (problemOf: (record: (typeof records)[number]) => string | null): InteractionFault[] =>
      records.flatMap((record) => {
        const problem = problemOf(record)
        return problem === null ? [] : [{ interactionId: record.id, name: record.name, problem }]
      })
    return {
      total: records.length,
      answered: records.filter((record) => record.answeredAt !== null).length,
      failed: faults((record) => record.failure),
      doublyAnswered: faults((record) =>
        record.extraAnswers > 0 ? `${record.extraAnswers} further answers` : null,
      ),
      lateAnswers: faults((record) => (record.lateAnswers > 0 ? 'answered after 3 s' : null)),
      invalid: faults((record) => record.invalidAnswers[0] ?? null),
      endpoint: {
        url: endpoint.url,
        failedProbes: endpoint.probes.failed,
        unsetBecause: endpoint.probes.unsetBecause,
      },
    }
  }

  #gatewayUse(): OracleReport['gateway'] {
    const { counters } = this.#parts
    return {
      identifies: counters.identifies,
      identifiesRefused: counters.identifiesRefused,
      resumes: counters.resumes,
      resumesRefused: counters.resumesRefused,
      dispatched: counters.dispatched,
      identifiesByShard: Object.fromEntries(counters.identifiesByShard),
      resumesByShard: Object.fromEntries(counters.resumesByShard),
      closes: Object.fromEntries(counters.closes),
      endedSessions: counters.endedSessions,
    }
  }
}
