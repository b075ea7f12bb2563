import {
  type Call,
  type HandleInteractionInput,
  type InteractionAnswer,
  type InteractionId,
  type InteractionPort,
  MeshError,
} from '@guildmesh/contracts'
import { type GuildWriter, insert, isStoreFault } from '@guildmesh/guild-store'
import type { APIInteractionResponse } from 'discord-api-types/v10'
import type { z } from 'zod'
import {
  ephemeral,
  type FeatureRegistry,
  findInteractionRule,
  GuildInteraction,
  type HandlerContext,
  type InteractionRule,
  noChoices,
  type WriteEffects,
} from '@guildmesh/bot'
import type { Clock, Counter, LogPort, MetricsPort } from '@guildmesh/runtime'
import type { MountedInteractions } from './mounted-interactions.ts'
import type { GroupCommit } from '../commit/group-commit.ts'
import type { HandlerBudget } from '../commit/handler-budget.ts'

/** As long as Discord lets an interaction's token live: after that nobody can repeat it. */
const answersKeptMs = 15 * 60_000

export interface InteractionHandlerOptions {
  readonly commits: GroupCommit
  readonly registry: FeatureRegistry
  readonly applicationId: string
  readonly clock: Clock
  readonly budget: HandlerBudget
  readonly writeEffects: WriteEffects
  /** Who gets what no feature claims. */
  readonly mounted?: MountedInteractions | undefined
  readonly log: LogPort
  readonly metrics: MetricsPort
}

/** Handles each interaction once: its answer is stored with its effects, and given again when it is repeated. */
export class InteractionHandler implements InteractionPort {
  readonly #options: InteractionHandlerOptions
  readonly #handled: Counter

  constructor(options: InteractionHandlerOptions) {
    this.#options = options
    this.#handled = options.metrics.counter(
      'interactions_handled_total',
      'Interactions answered, by what became of them',
      ['feature', 'outcome'],
    )
  }

  async handle(input: z.output<typeof HandleInteractionInput>, call: Call): Promise<InteractionAnswer> {
    if (!input.guild) return answer(withoutGuild(input.payload))
    const interaction = parseInteraction(input)
    call.signal.throwIfAborted()
    const { guildId, epoch } = input.guild
    const { commits, mounted } = this.#options
    const handled = await commits.run({
      guildId,
      epoch,
      run: (writer) => this.#handleOnce(writer, interaction),
    })
    if (handled !== 'unclaimed') return handled
    if (!mounted) throw new Error('an interaction was left to mounted modules, and there are none')
    const given = await mounted.handle(interaction, input.payload, call.remainingMs() ?? Infinity)
    try {
      return await commits.run({
        guildId,
        epoch,
        run: (writer) => this.#store(writer, interaction.id, given),
      })
    } finally {
      mounted.sent(interaction.id)
    }
  }

  #handleOnce(writer: GuildWriter, interaction: GuildInteraction): InteractionAnswer | 'unclaimed' {
    const stored = writer.reader.get('interactions', { interactionId: interaction.id })
    if (stored) return storedAnswer(stored.answer)
    const { registry, mounted } = this.#options
    const rule = findInteractionRule(registry, interaction)
    if (rule.kind === 'unclaimed' && mounted?.takes(interaction)) return 'unclaimed'
    return this.#store(writer, interaction.id, answer(this.#answerNow(writer, interaction, rule)))
  }

  /** Keeps an answer for its repetition; gives the one that was kept first. */
  #store(writer: GuildWriter, interactionId: InteractionId, given: InteractionAnswer): InteractionAnswer {
    const stored = writer.reader.get('interactions', { interactionId })
    if (stored) return storedAnswer(stored.answer)
    const { response, delivered } = given
    const expiresAt = this.#options.clock.now() + answersKeptMs
    const kept = { ...response, ...(delivered ? { delivered } : {}) }
    writer.apply([insert('interactions', { interactionId, answer: kept, expiresAt })])
    return given
  }

  #answerNow(
    writer: GuildWriter,
    interaction: GuildInteraction,
    rule: InteractionRule,
  ): APIInteractionResponse {
    switch (rule.kind) {
      case 'unclaimed':
        this.#handled.inc({ feature: 'none', outcome: 'unknown' })
        return rule.response
      case 'forbidden':
        this.#handled.inc({ feature: rule.feature, outcome: 'forbidden' })
        return rule.response
      case 'claimed':
        return this.#handleNow(writer, interaction, rule)
      default:
        return rule satisfies never
    }
  }

  #handleNow(
    writer: GuildWriter,
    interaction: GuildInteraction,
    { feature, handle }: Extract<InteractionRule, { kind: 'claimed' }>,
  ): APIInteractionResponse {
    const { applicationId, budget, clock, writeEffects, log } = this.#options
    const context: HandlerContext = {
      guild: writer.reader,
      now: clock.now(),
      applicationId,
      sourceKey: `interaction:${interaction.id}`,
    }
    try {
      const reply = writer.savepoint(() => {
        const result = budget.measure(feature, 'interaction', () => handle(context))
        writeEffects(writer, { feature, sourceKey: context.sourceKey, now: context.now }, result)
        return result.reply
      })
      this.#handled.inc({ feature, outcome: 'done' })
      return reply
    } catch (error) {
      if (isStoreFault(error)) throw error
      this.#handled.inc({ feature, outcome: 'failed' })
      log.error(
        {
          event: 'interaction-failed',
          err: error,
          guildId: writer.guildId,
          interactionId: interaction.id,
          feature,
        },
        'an interaction failed',
      )
      return ephemeral(
        `Something went wrong on our side, and nothing was changed. Please try again; the operators find it under ${interaction.id}.`,
      )
    }
  }
}

function parseInteraction(input: z.output<typeof HandleInteractionInput>): GuildInteraction {
  const parsed = GuildInteraction.safeParse(input.payload)
  if (!parsed.success) {
    throw new MeshError({
      kind: 'InvalidInput',
      issues: parsed.error.issues.slice(0, 20).map((issue) => ({
        path: ['payload', ...issue.path.map(String)].join('.'),
        message: issue.message,
      })),
    })
  }
  // I16: what the edge routed by is what is handled.
  if (parsed.data.id !== input.interactionId || parsed.data.guild_id !== input.guild?.guildId) {
    throw new MeshError({
      kind: 'InvalidInput',
      issues: [{ path: 'payload', message: 'is of another interaction or guild than the call names' }],
    })
  }
  return parsed.data
}

function withoutGuild(payload: Readonly<Record<string, unknown>>): APIInteractionResponse {
  return payload['type'] === 4
    ? noChoices()
    : ephemeral('This works only in servers that the bot is a member of.')
}

function answer(response: APIInteractionResponse): InteractionAnswer {
  return { response: responseOf({ ...response }) }
}

function storedAnswer(stored: Readonly<Record<string, unknown>>): InteractionAnswer {
  const response = responseOf(stored)
  return stored['delivered'] === true ? { response, delivered: true } : { response }
}

function responseOf(stored: Readonly<Record<string, unknown>>): InteractionAnswer['response'] {
  const { type, data } = stored
  if (typeof type !== 'number') throw new TypeError('a stored interaction answer without a type')
  return typeof data === 'object' && data !== null ? { type, data: { ...data } } : { type }
}
