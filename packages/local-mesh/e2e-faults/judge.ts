import type { BotGuildReport, OracleReport } from '@guildmesh/discord-sim'
import type { GatewayChains } from './chain-reader.ts'

/** All that is known when the traffic has ended and what was under way has settled. */
export interface Findings {
  /** The oracle's report on `claims(reports)`. */
  readonly oracle: OracleReport
  readonly reports: readonly GatewayChains[]
  /** The gateway that owns each guild, by the config API. */
  readonly owners: ReadonlyMap<string, string>
  /**
   * Messages of people that exist at Discord: sent and not deleted. Of those that Discord's own doings bring, not all are
   * of people.
   */
  readonly messages: { readonly atLeast: number; readonly atMost: number }
  /** Messages in each gateway's database, by guild; `distinct` over all of them. */
  readonly stored: {
    readonly rows: readonly { gatewayId: string; guildId: string; messages: number }[]
    readonly distinct: number
  }
  /** Events that no handler could handle. */
  readonly deadLetters: number
  readonly shards: number
}

export interface Verdict {
  readonly sent: number
  readonly missing: number
  readonly duplicated: number
  readonly outOfOrder: number
  /** Everything that is not as it must be, in words; empty if all is well. */
  readonly problems: readonly string[]
}

/** What the bot as a whole says of each guild. Of a guild that several gateways claim, the longest chain. */
export function claims(reports: readonly GatewayChains[]): Record<string, BotGuildReport> {
  const claimed: Record<string, BotGuildReport> = {}
  for (const { guildId, events, head } of reports.flatMap(({ chains }) => chains)) {
    if (events > (claimed[guildId]?.count ?? 0)) claimed[guildId] = { count: events, head }
  }
  return claimed
}

/** Judges a campaign by the oracle's hash chains and by the databases, each on its own. */
export function judge(findings: Findings): Verdict {
  const { oracle } = findings
  return {
    sent: oracle.sent,
    missing: oracle.missing,
    duplicated: oracle.duplicated,
    outOfOrder: oracle.outOfOrder,
    problems: [
      ...problemsOfChains(findings),
      ...problemsOfOwnership(findings),
      ...problemsOfRows(findings),
      ...problemsOfSessions(findings),
    ],
  }
}

function problemsOfChains({ oracle, reports }: Findings): string[] {
  const problems = oracle.differing.map(
    ({ guildId, sent, applied, sentHead, appliedHead }) =>
      `guild ${guildId}: ${sent} events were sent and ${applied} applied, chain ${short(appliedHead)} instead of ${short(sentHead)}`,
  )
  for (const { gatewayId, probing } of reports) {
    if (!probing) problems.push(`${gatewayId} keeps no chains: EVENT_PROBE is not set there`)
  }
  if (oracle.sent === 0) problems.push('nothing was sent, so nothing is proved')
  return problems
}

/** I8: a guild is served by exactly one gateway, the one that it is assigned to. */
function problemsOfOwnership({ reports, owners, stored }: Findings): string[] {
  const chained = reports.flatMap(({ gatewayId, chains }) =>
    chains.map(({ guildId }) => ({ gatewayId: String(gatewayId), guildId: String(guildId), what: 'serves' })),
  )
  const rows = stored.rows.map((row) => ({ ...row, what: `has ${row.messages} messages of` }))
  return [...chained, ...rows].flatMap(({ gatewayId, guildId, what }) => {
    const owner = owners.get(guildId) ?? 'nobody'
    return owner === gatewayId ? [] : [`${gatewayId} ${what} guild ${guildId}, which ${owner} owns`]
  })
}

/** The figures of the feature that counts messages: they show the row changes, where the chains show the events. */
function problemsOfRows({ messages, stored, deadLetters }: Findings): string[] {
  const problems: string[] = []
  const rows = stored.rows.reduce((sum, row) => sum + row.messages, 0)
  if (stored.distinct < messages.atLeast || stored.distinct > messages.atMost) {
    const exist =
      messages.atLeast === messages.atMost ? messages.atLeast : `${messages.atLeast} to ${messages.atMost}`
    problems.push(`${exist} messages exist at Discord, ${stored.distinct} in the databases`)
  }
  if (rows !== stored.distinct) problems.push(`${rows - stored.distinct} messages are in two databases`)
  if (deadLetters > 0) problems.push(`${deadLetters} events are dead letters`)
  return problems
}

/** I14, and more: whatever happened, each shard's first session was resumed. */
function problemsOfSessions({ oracle, shards }: Findings): string[] {
  const { identifiesByShard, endedSessions, identifiesRefused } = oracle.gateway
  const problems: string[] = []
  for (let shardId = 0; shardId < shards; shardId++) {
    const identifies = identifiesByShard[`${shardId}/${shards}`] ?? 0
    if (identifies !== 1) problems.push(`shard ${shardId} took ${identifies} IDENTIFYs instead of 1`)
  }
  if (identifiesRefused > 0) problems.push(`Discord refused ${identifiesRefused} IDENTIFYs`)
  if (endedSessions.length > 0) problems.push(`${endedSessions.length} sessions were lost`)
  for (const violation of oracle.violations) problems.push(`a rule of Discord was broken: ${violation}`)
  return problems
}

function short(head: string | null): string {
  return head?.slice(0, 12) ?? 'none'
}
