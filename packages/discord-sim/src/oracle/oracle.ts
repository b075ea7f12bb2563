import type { GatewayCounters } from '../gateway/gateway-counters.ts'
import type { InteractionEndpoint } from '../interactions/interaction-endpoint.ts'
import type { InteractionService } from '../interactions/interaction-service.ts'
import type { InteractionFaults } from '../interactions/interaction-tally.ts'
import type { NonceLedger } from '../rest/nonce-ledger.ts'
import type { RateLimiter } from '../rest/rate-limiter.ts'
import type { RestJournal } from '../rest/rest-journal.ts'
import type { EventLedger } from './event-ledger.ts'
import type { SentEvent } from './guild-ledger.ts'
import { judgeGuild } from './judge-guild.ts'
import type { BotGuildReport, GuildVerdict } from './judge-guild.ts'
import type { DoubledAuditEntry, EffectWatch } from './rest-effects.ts'

export interface ReportInput {
  guilds?: Record<string, BotGuildReport> | undefined
  expectedNonces?: string[] | undefined
  lateAfterMs: number
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
    /** Of the nonces asked for; one that is too old to be known counts as missing. */
    missingNonces: string[]
    /** Nonces that are too old to be known. */
    forgottenNonces: number
    doubledEffects: DoubledAuditEntry[]
    rateLimited: { user: number; global: number; shared: number; blocked: number }
    invalidRequests: number
  }
  interactions: InteractionFaults & {
    total: number
    answered: number
    endpoint: { url: string | null; failedProbes: number; unsetBecause: string | null }
  }
  gateway: {
    identifies: number
    identifiesRefused: number
    resumes: number
    resumesRefused: number
    dispatched: number
    slowReaders: number
    identifiesByShard: Record<string, number>
    resumesByShard: Record<string, number>
    closes: Record<string, number>
    endedSessions: GatewayCounters['endedSessions']
  }
  violations: string[]
}

export interface OracleParts {
  ledger: EventLedger
  effects: EffectWatch
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
    this.#parts.effects.clear()
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
    const { nonces, effects, journal, limiter } = this.#parts
    return {
      requests: journal.counts(),
      statuses: Object.fromEntries(journal.statuses),
      doubledNonces: nonces.doubled(),
      deduplicated: nonces.deduplicated,
      missingNonces: nonces.missing(expectedNonces),
      forgottenNonces: nonces.forgotten,
      doubledEffects: effects.doubled,
      rateLimited: { ...limiter.refusals },
      invalidRequests: limiter.invalidRequests,
    }
  }

  #interactionFaults(): OracleReport['interactions'] {
    const { interactions, endpoint } = this.#parts
    const { total, answered, faults } = interactions.tally()
    return {
      total,
      answered,
      ...faults,
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
      slowReaders: counters.slowReaders,
      identifiesByShard: Object.fromEntries(counters.identifiesByShard),
      resumesByShard: Object.fromEntries(counters.resumesByShard),
      closes: Object.fromEntries(counters.closes),
      endedSessions: counters.endedSessions,
    }
  }
}
