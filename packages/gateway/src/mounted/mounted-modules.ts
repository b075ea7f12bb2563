import { type GuildId, type InteractionAnswer, MeshError } from '@guildmesh/contracts'
import { DefaultRestOptions } from '@discordjs/rest'
import { type APIUser, InteractionType, Routes } from 'discord-api-types/v10'
import { Options } from 'discord.js'
import type { GuildInteraction } from '@guildmesh/bot'
import {
  type Clock,
  constantBackoff,
  isRecord,
  type LogPort,
  type MetricsPort,
  retry,
  Worker,
} from '@guildmesh/runtime'
import { intents } from '../shards/intents.ts'
import type { MakeRequest } from './discord-request.ts'
import { inboxEntry } from './inbox-entry.ts'
import { InboxFeed } from './inbox-feed.ts'
import { InteractionBroker } from './interaction-broker.ts'
import { ListenerWatch } from './listener-watch.ts'
import { answerGatewaySends } from './member-chunks.ts'
import { MountedClient } from './mounted-client.ts'
import { MountedGuilds } from './mounted-guilds.ts'
import { commandKey, type MountedModule, MountedModuleError, refuseTwins } from './mounted-module.ts'
import type { MountedInteractions } from '../interactions/mounted-interactions.ts'
import type { MountAt, MountedHost, MountedPart } from './mounted-part.ts'
import { Relay } from './relay.ts'
import { RelayStrategy } from './relay-strategy.ts'
import { requestWithinBudget } from './request-within-budget.ts'

export interface MountedModulesOptions {
  readonly modules: readonly MountedModule[]
  /** Discord's REST API, such as `https://discord.com/api`; the version is added. */
  readonly rest: { readonly baseUrl: string; readonly token: { reveal(): string } }
  readonly applicationId: string
  /** Longest time that one listener is waited for, milliseconds. */
  readonly listenerLimitMs: number
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: MetricsPort
}

const backoff = { firstMs: 500, maxMs: 30_000, jitter: 'half' } as const
const measureEveryMs = 5000

/**
 * Mounts modules on a client that this gateway feeds; resolves when each has added its listeners.
 * @throws MountedModuleError if one cannot be mounted
 */
export async function openMountedModules(options: MountedModulesOptions): Promise<MountAt> {
  const { modules, rest, log, metrics } = options
  const watch = new ListenerWatch({ limitMs: options.listenerLimitMs, log, metrics })
  const api = `${rest.baseUrl.replace(/\/+$/, '')}/v10`
  let makeRequest: MakeRequest = DefaultRestOptions.makeRequest
  const broker = new InteractionBroker({
    api,
    applicationId: options.applicationId,
    request: (url, init) => requestWithinBudget(makeRequest, url, init),
    dispatch: (payload) => strategy().dispatch('INTERACTION_CREATE', { ...payload }),
    limitMs: options.listenerLimitMs,
    log,
    metrics,
  })
  let built: RelayStrategy | null = null
  const strategy = (): RelayStrategy => {
    if (!built) throw new Error('the mounted client has not logged in yet')
    return built
  }
  const client = new MountedClient(
    {
      intents,
      partials: modules.flatMap((module) => module.partials),
      shards: [0],
      shardCount: 1,
      makeCache: Options.cacheWithLimits({
        ...Options.DefaultMakeCacheSettings,
        MessageManager: 50,
        GuildMemberManager: { maxSize: 200, keepOverLimit: (member) => member.id === member.client.user.id },
        PresenceManager: 0,
      }),
      rest: {
        api: rest.baseUrl.replace(/\/+$/, ''),
        version: '10',
        makeRequest: (url, init) => broker.request(url, init),
      },
      ws: {
        buildStrategy(manager) {
          const sends = answerGatewaySends({
            rest: client.rest,
            dispatch: (type, data) => strategy().dispatch(type, data),
            log,
          })
          built = new RelayStrategy(manager, sends)
          return built
        },
      },
    },
    watch,
  )
  for (const module of modules) await mountOne(module, client, watch, options.listenerLimitMs)
  return (host) => {
    refuseTwins([{ name: 'guildmesh', commands: host.commands }, ...modules])
    makeRequest = host.makeRequest
    return new MountedModules(options, host, client, strategy, broker)
  }
}

async function mountOne(
  module: MountedModule,
  client: MountedClient,
  watch: ListenerWatch,
  limitMs: number,
): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`mounting took longer than ${limitMs} ms`)), limitMs)
  try {
    await Promise.race([watch.runAs(module.name, async () => module.mount(client)), late.promise])
  } catch (error) {
    throw new MountedModuleError(module.name, String(error), error)
  } finally {
    clearTimeout(timer)
  }
}

class MountedModules implements MountedPart {
  readonly commands
  readonly interactions: MountedInteractions
  readonly record = inboxEntry
  readonly #options: MountedModulesOptions
  readonly #host: MountedHost
  readonly #client: MountedClient
  readonly #strategy: () => RelayStrategy
  readonly #broker: InteractionBroker
  readonly #feed: InboxFeed
  readonly #emitted
  /** Commands of the modules; `null` if one does not say which it has. */
  readonly #known: ReadonlySet<string> | null
  #guilds: MountedGuilds | null = null
  #ready = false
  #wanted: readonly GuildId[] = []
  #starting: Promise<void> | null = null

  constructor(
    options: MountedModulesOptions,
    host: MountedHost,
    client: MountedClient,
    strategy: () => RelayStrategy,
    broker: InteractionBroker,
  ) {
    const { modules, clock, log, metrics } = options
    this.#options = options
    this.#host = host
    this.#client = client
    this.#strategy = strategy
    this.#broker = broker
    this.commands = modules.flatMap((module) => module.commands ?? [])
    this.#known = modules.every((module) => module.commands)
      ? new Set(this.commands.map((command) => commandKey(command)))
      : null
    this.#emitted = metrics.counter('mounted_events_emitted_total', 'Events that mounted modules heard', [
      'type',
    ])
    this.#feed = new InboxFeed({
      ...host,
      clock,
      log,
      emit: (guildId, event) => {
        this.#emitted.inc({ type: event.type })
        try {
          return this.#guilds?.emit(guildId, event) ?? []
        } catch (error) {
          log.error(
            { event: 'mounted-event-unreadable', err: error, guildId, type: event.type },
            'discord.js could not read an event',
          )
          return []
        }
      },
    })
    this.interactions = {
      takes: (interaction) => this.#takes(interaction),
      handle: (interaction, payload, remainingMs) => this.#handle(interaction, payload, remainingMs),
      sent: (interactionId) => this.#broker.sent(interactionId),
    }
  }

  committed(guildIds: ReadonlySet<GuildId>): void {
    this.#feed.wake(guildIds)
  }

  owns(guildIds: readonly GuildId[]): void {
    this.#wanted = guildIds
    this.#guilds?.owns(guildIds)
    // A guild that a fence kept from being read may have waited.
    this.#feed.wake(guildIds)
  }

  start(signal: AbortSignal): void {
    if (signal.aborted) return
    this.#starting = this.#start(signal).catch((error: unknown) => {
      if (!signal.aborted)
        this.#options.log.error(
          { event: 'mounted-start-failed', err: error },
          'mounted modules could not be started',
        )
    })
    this.#measure(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ready = false
    this.#guilds?.stop()
    this.#feed.stop()
    this.#broker.stop()
    await this.#starting
    await this.#client.destroy()
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { rest, applicationId, modules, log } = this.#options
    await this.#client.login(rest.token.reveal())
    const user = await this.#identify(signal)
    if (!user || signal.aborted) return
    const relay = new Relay(this.#client, this.#strategy(), { user, applicationId })
    this.#guilds = new MountedGuilds(this.#host.store, relay, this.#feed, this.#wanted)
    await this.#guilds.begin()
    this.#ready = true
    log.info(
      {
        event: 'mounted-modules-running',
        modules: modules.map(({ name }) => name),
        guilds: this.#client.guilds.cache.size,
      },
      'mounted modules are running',
    )
  }

  /** Who the bot is, asked until Discord answers: the events wait in the inbox. */
  async #identify(signal: AbortSignal): Promise<APIUser | null> {
    const { log } = this.#options
    try {
      return await retry(
        async () =>
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Discord's documented answer
          (await this.#client.rest.get(Routes.user(), { signal })) as APIUser,
        {
          backoff,
          signal,
          onFailure: (error, failures) =>
            log.warn(
              { event: 'bot-user-unknown', err: error, failures },
              'Discord does not tell who the bot is; trying again',
            ),
        },
      )
    } catch (error) {
      if (signal.aborted) return null
      throw error
    }
  }

  #takes(interaction: GuildInteraction): boolean {
    if (this.#client.listenerCount('interactionCreate') === 0) return false
    if (isOnMessage(interaction)) return true
    return this.#known?.has(commandKey(interaction.data)) ?? true
  }

  async #handle(
    interaction: GuildInteraction,
    payload: Readonly<Record<string, unknown>>,
    remainingMs: number,
  ): Promise<InteractionAnswer> {
    if (!this.#ready) {
      throw new MeshError({ kind: 'Unavailable', service: this.#host.gatewayId, retryAfterMs: 200 })
    }
    return this.#broker.handle(
      {
        id: interaction.id,
        type: interaction.type,
        command: interaction.type === InteractionType.ApplicationCommand ? interaction.data.name : null,
        onMessage: isOnMessage(interaction) && isRecord(interaction.message),
      },
      payload,
      remainingMs,
    )
  }

  #measure(signal: AbortSignal): void {
    const depth = this.#options.metrics.gauge(
      'mounted_inbox_depth',
      'Events that listeners of mounted modules have not finished with',
    )
    const worker = new Worker({
      work: () => {
        depth.set({}, this.#host.store.inbox.depth())
        return measureEveryMs
      },
      backoff: constantBackoff(measureEveryMs),
      onFailure: (error) =>
        this.#options.log.error(
          { event: 'inbox-figures-failed', err: error },
          'the inbox of mounted modules could not be measured; trying again',
        ),
    })
    void worker.run(signal)
  }
}

/** Whether it comes from a component, or from a form that one opened: only these can be on a message. */
function isOnMessage(
  interaction: GuildInteraction,
): interaction is Extract<GuildInteraction, { message?: unknown }> {
  return (
    interaction.type === InteractionType.MessageComponent || interaction.type === InteractionType.ModalSubmit
  )
}
