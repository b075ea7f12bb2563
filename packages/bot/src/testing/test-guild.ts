import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuildId, InteractionId } from '@guildmesh/contracts'
import {
  type GuildReader,
  type GuildRow,
  type GuildStore,
  type GuildWriter,
  openGuildStore,
  remove,
} from '@guildmesh/guild-store'
import {
  ApplicationCommandType,
  type APIInteractionResponse,
  ComponentType,
  InteractionType,
  MessageFlags,
  PermissionFlagsBits,
} from 'discord-api-types/v10'
import { eventParts } from '../dispatch/event-parts.ts'
import { findInteractionRule } from '../dispatch/interaction-rule.ts'
import { effectWriter } from '../dispatch/write-effects.ts'
import type { Effects } from '../kit/effects.ts'
import { FeatureRegistry } from '../kit/feature-registry.ts'
import type { CallResult, Feature, HandlerContext } from '../kit/feature.ts'
import { GuildInteraction } from '../kit/interaction.ts'
import { botId, user } from './payloads.ts'

export const testGuildId = GuildId.parse('100000000000000001')

/** Who uses a command, button or menu: by default user 1, an administrator without roles. */
export interface ActingMember {
  /** Number of the user, as in `userId(n)`. */
  readonly user?: number
  readonly roles?: readonly string[]
  /** Permission bits in the channel. */
  readonly permissions?: bigint
}

/**
 * One guild on a real SQLite file with features over it: feeds them payloads and commands, each in a transaction, and
 * shows rows, calls and replies. There is no gateway: nothing is sent to Discord, and time stands until a test moves it.
 */
export class TestGuild implements Disposable {
  readonly guildId = testGuildId
  readonly #folder = mkdtempSync(join(tmpdir(), 'guildmesh-bot-'))
  readonly #registry: FeatureRegistry
  readonly #writeEffects = effectWriter({ callsWritten() {}, jobsWritten() {} })
  #store: GuildStore
  #inputs = 0
  /** Wall time that handlers see, epoch milliseconds. */
  now = Date.UTC(2026, 0, 2)

  /** @throws Error if two features claim the same name */
  constructor(features: readonly Feature[] = []) {
    this.#registry = new FeatureRegistry(features)
    this.#store = this.#open()
  }

  /** Ends the store and opens it again, as after a crash of the process. */
  restart(): void {
    this.#store[Symbol.dispose]()
    this.#store = this.#open()
  }

  /**
   * Applies events in order, each in a transaction of its own: the guild document first, then every feature.
   *
   * @param events dispatch name and payload, such as `['MESSAGE_CREATE', message(1)]`
   * @throws what a handler threw; the event then left nothing behind
   */
  deliver(...events: readonly (readonly [type: string, data: unknown])[]): void {
    for (const [type, data] of events) {
      const sourceKey = this.#nextKey('event')
      this.#transact((writer) => {
        const context = this.#context(writer, sourceKey)
        for (const { feature, handle } of eventParts(this.#registry, { type, data }, context)) {
          this.#write(writer, feature, context, handle())
        }
      })
    }
  }

  /** Uses a slash command without options, or with these, and gives the answer. @throws as `interact` */
  command(name: string, options: readonly object[] = [], by: ActingMember = {}): APIInteractionResponse {
    return this.interact(
      {
        type: InteractionType.ApplicationCommand,
        data: { id: '1', name, type: ApplicationCommandType.ChatInput, options },
      },
      by,
    )
  }

  /** Presses a button, or chooses these values of a select menu, and gives the answer. @throws as `interact` */
  component(customId: string, values: readonly string[] = [], by: ActingMember = {}): APIInteractionResponse {
    const data = {
      custom_id: customId,
      component_type: values.length > 0 ? ComponentType.RoleSelect : ComponentType.Button,
      values,
    }
    return this.interact(
      { type: InteractionType.MessageComponent, message: { id: '1', flags: MessageFlags.Ephemeral }, data },
      by,
    )
  }

  /**
   * Hands in an interaction of any kind, as Discord would sign it: `type` and `data` are given, the rest is filled in.
   *
   * @throws ZodError if the payload is none that a guild can send
   * @throws what the handler threw; the interaction then left nothing behind
   */
  interact(payload: Readonly<Record<string, unknown>>, by: ActingMember = {}): APIInteractionResponse {
    this.#inputs += 1
    const id = InteractionId.parse(String(700000000000000000n + BigInt(this.#inputs)))
    const interaction = GuildInteraction.parse({
      id,
      guild_id: this.guildId,
      app_permissions: '0',
      member: {
        user: user(by.user ?? 1),
        roles: by.roles ?? [],
        permissions: String(by.permissions ?? PermissionFlagsBits.Administrator),
      },
      ...payload,
    })
    const rule = findInteractionRule(this.#registry, interaction)
    if (rule.kind !== 'claimed') return rule.response
    return this.#transact((writer) => {
      const context = this.#context(writer, `interaction:${id}`)
      const reply = rule.handle(context)
      this.#write(writer, rule.feature, context, reply)
      return reply.reply
    })
  }

  /** Calls to Discord that wait in the outbox, in the order in which they would be made. */
  get calls(): readonly GuildRow<'outbox'>[] {
    return this.rows((rows) => rows.list('outbox', {}, { orderBy: 'callSeq' }))
  }

  /** Jobs that wait for their time, by id. */
  get jobs(): readonly GuildRow<'jobs'>[] {
    return this.rows((rows) => rows.list('jobs', {}, { orderBy: 'jobId' }))
  }

  /** Takes the first waiting call out of the outbox and hands its feature this result, as if Discord had answered. */
  answerCall(result: CallResult): void {
    const [call] = this.calls
    if (!call) throw new Error('no call waits in the outbox')
    this.#transact((writer) => {
      writer.apply([remove('outbox', { callSeq: call.callSeq })])
      if (call.onResult === null) return
      const rule = this.#registry.resultRule(call.feature, call.onResult)
      if (!rule) throw new Error(`no feature has a step ${call.feature}/${call.onResult}`)
      const context = this.#context(writer, `result:${call.sourceKey}:${call.ordinal}`)
      this.#write(writer, call.feature, context, rule.handle(result, { context: call.context }, context))
    })
  }

  /** Moves time forward to the next waiting job and runs it. */
  runNextJob(): void {
    const [job] = this.rows((rows) => rows.list('jobs', { state: 'waiting' }, { orderBy: 'dueAt', limit: 1 }))
    if (!job) throw new Error('no job waits')
    this.now = Math.max(this.now, job.dueAt)
    this.#transact((writer) => {
      const rule = this.#registry.jobRule(job.feature, job.name)
      if (!rule) throw new Error(`no feature has a job ${job.feature}/${job.name}`)
      writer.apply([remove('jobs', { jobId: job.jobId })])
      const context = this.#context(writer, `job:${job.jobId}:${job.createdAt}:${job.dueAt}`)
      this.#write(writer, job.feature, context, rule.handle(job.payload, context))
    })
  }

  /** Looks at the guild's committed rows. */
  rows<R>(look: (rows: GuildReader) => R): R {
    const outcome = this.#store.read(this.guildId, null, ({ rows }) => look(rows))
    if (outcome.kind === 'done') return outcome.value
    throw new Error('the guild cannot be read', { cause: outcome })
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #open(): GuildStore {
    const store = openGuildStore({ path: join(this.#folder, 'guilds.sqlite3') })
    store.ownership.reconcile([{ guildId: this.guildId, epoch: 1 }], this.now)
    return store
  }

  #transact<R>(run: (writer: GuildWriter) => R): R {
    const [outcome] = this.#store.transact([{ guildId: this.guildId, epoch: null, run }])
    if (outcome?.kind === 'done') return outcome.value
    if (outcome?.kind === 'failed') throw outcome.error
    throw new Error('the guild cannot be written', { cause: outcome })
  }

  #context(writer: GuildWriter, sourceKey: string): HandlerContext {
    return { guild: writer.reader, now: this.now, applicationId: botId, sourceKey }
  }

  #write(writer: GuildWriter, feature: string, context: HandlerContext, effects: Effects): void {
    this.#writeEffects(writer, { feature, sourceKey: context.sourceKey, now: context.now }, effects)
  }

  #nextKey(kind: string): string {
    this.#inputs += 1
    return `${kind}:1:${this.#inputs}`
  }
}
