import type { GuildId } from '@guildmesh/contracts'
import type { GuildRow } from '@guildmesh/guild-store'
import { z } from 'zod'
import type { CallResult, FeatureRegistry } from '@guildmesh/bot'
import { callNonce, entryWithKey } from './call-nonce.ts'
import type { CallOutcome, DiscordRest, RestRequest } from './discord-rest.ts'
import { mayBeMessage, ReadMessage } from './message-likeness.ts'

type Call = GuildRow<'outbox'>

/** What a look at Discord shows of a call whose outcome is unknown. */
export type CallLook =
  | { readonly kind: 'done'; readonly body: unknown }
  | { readonly kind: 'not-done' }
  /** Discord could not be asked now. */
  | { readonly kind: 'unreadable'; readonly retryAfterMs: number; readonly message: string }
  /** Nothing tells: a person must judge, rather than have it done twice. */
  | { readonly kind: 'cannot-tell'; readonly message: string }

/** Finds out by a read whether Discord did a call. */
export interface ConfirmationPort {
  look(guildId: GuildId, call: Call, signal: AbortSignal): Promise<CallLook>
}

const pageSize = 100
/** Pages of a channel's history that are read at the most. */
const mostPages = 5
/** How far Discord's clock may lag ours, milliseconds. */
const clockSkewMs = 60_000
const discordEpochMs = 1_420_070_400_000

const Messages = z.array(ReadMessage)
const AuditLog = z.object({
  audit_log_entries: z.array(
    z.object({ id: z.string(), target_id: z.string().nullable(), reason: z.string().optional() }),
  ),
})

/** Reads the channel, the audit log or whatever the feature named, with the bot's token. */
export class RestConfirmation implements ConfirmationPort {
  readonly #rest: DiscordRest
  readonly #registry: FeatureRegistry
  readonly #applicationId: string

  constructor(rest: DiscordRest, registry: FeatureRegistry, applicationId: string) {
    this.#rest = rest
    this.#registry = registry
    this.#applicationId = applicationId
  }

  look(guildId: GuildId, call: Call, signal: AbortSignal): Promise<CallLook> {
    switch (call.repeat) {
      case 'nonce':
        return this.#amongMessages(call, signal)
      case 'lane':
        return this.#inAuditLog(guildId, call, signal)
      case 'read-back':
        return this.#readBack(call, signal)
      case 'idempotent':
        return Promise.resolve({ kind: 'not-done' })
      default:
        return call.repeat satisfies never
    }
  }

  /** Back to when the call was first sent, page by page. */
  async #amongMessages(call: Call, signal: AbortSignal): Promise<CallLook> {
    if (!/^\/channels\/\d+\/messages$/.test(call.route)) return unclear('it is no message to a channel')
    const wanted = call.body ?? {}
    let before: string | null = null
    for (let page = 0; page < mostPages; page++) {
      const query = { limit: String(pageSize), ...(before === null ? {} : { before }) }
      const read = await this.#read({ route: slashed(call.route), query }, signal)
      if (read.kind !== 'answer') return read
      if (!read.result.ok) return unclear(`the channel cannot be read: ${read.result.message}`)
      const messages = Messages.safeParse(read.result.body).data
      if (!messages) return oddAnswer
      const own = messages.filter(({ author }) => author.id === this.#applicationId)
      const recent = own.filter(({ id }) => sentSince(id, call))
      const found = recent.find((message) => mayBeMessage(message, wanted))
      if (found) return { kind: 'done', body: found }
      const oldest = messages.at(-1)
      if (!oldest || messages.length < pageSize || !sentSince(oldest.id, call)) return { kind: 'not-done' }
      before = oldest.id
    }
    return unclear('too much was written in the channel since')
  }

  async #inAuditLog(guildId: GuildId, call: Call, signal: AbortSignal): Promise<CallLook> {
    const read = await this.#read(
      {
        route: `/guilds/${guildId}/audit-logs`,
        query: { limit: String(pageSize), user_id: this.#applicationId },
      },
      signal,
    )
    if (read.kind !== 'answer') return read
    if (!read.result.ok) return unclear(`the audit log cannot be read: ${read.result.message}`)
    const entries = AuditLog.safeParse(read.result.body).data?.audit_log_entries
    if (!entries) return oddAnswer
    const found = entryWithKey(entries, callNonce(guildId, call.sourceKey, call.ordinal))
    if (found) return { kind: 'done', body: { id: found.target_id } }
    const oldest = entries.at(-1)
    const beyond = oldest !== undefined && entries.length === pageSize && sentSince(oldest.id, call)
    return beyond ? unclear('too much was done in the guild since') : { kind: 'not-done' }
  }

  async #readBack(call: Call, signal: AbortSignal): Promise<CallLook> {
    const rule = call.readBack && this.#registry.readBackRule(call.feature, call.readBack.step)
    if (!call.readBack || !rule) return unclear('nothing says how to find out')
    const read = await this.#read({ route: slashed(call.readBack.route) }, signal)
    if (read.kind !== 'answer') return read
    return rule.judge(read.result, { context: call.context, body: call.body })
  }

  async #read(
    request: Pick<RestRequest, 'route' | 'query'>,
    signal: AbortSignal,
  ): Promise<{ kind: 'answer'; result: CallResult } | Extract<CallLook, { kind: 'unreadable' }>> {
    const outcome: CallOutcome = await this.#rest.call({ method: 'GET', ...request }, signal)
    switch (outcome.kind) {
      case 'made':
        return { kind: 'answer', result: { ok: true, body: outcome.body } }
      case 'refused': {
        const { status, code, message } = outcome
        return { kind: 'answer', result: { ok: false, status, code, message } }
      }
      case 'deferred':
        return { kind: 'unreadable', retryAfterMs: outcome.retryAfterMs, message: outcome.message }
      case 'unknown':
        return { kind: 'unreadable', retryAfterMs: 0, message: outcome.message }
      default:
        return outcome satisfies never
    }
  }
}

const oddAnswer: CallLook = {
  kind: 'unreadable',
  retryAfterMs: 0,
  message: 'Discord answered the read with something else than documented',
}

function unclear(message: string): CallLook {
  return { kind: 'cannot-tell', message }
}

function slashed(route: string): `/${string}` {
  return `/${route.replace(/^\/+/, '')}`
}

/** Whether a snowflake was made after the call was first sent, as far as two clocks can tell. */
function sentSince(id: string, call: Call): boolean {
  const madeAt = Number(BigInt(id) >> 22n) + discordEpochMs
  return call.sentAt === null || madeAt >= call.sentAt - clockSkewMs
}
