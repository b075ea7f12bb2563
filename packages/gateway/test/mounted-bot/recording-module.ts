/* oxlint-disable typescript/no-misused-promises -- listeners of discord.js are async as bots write them */
import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import { Metrics, systemClock } from '@guildmesh/runtime'
import { type Client, Events } from 'discord.js'
import type { MountAt } from '../../src/mounted/mounted-part.ts'
import { openMountedModules } from '../../src/mounted/mounted-modules.ts'
import type { TestOwner } from '../owner-side/test-owner.ts'

/** A bot that writes down what it hears, and takes as long over a message as the test wants. */
export class RecordingModule {
  /** `<event> <guild or message>`, in the order in which they were heard. */
  readonly heard: string[] = []
  /** What a listener of a message waits for; by default nothing. */
  whileHearing: (content: string) => Promise<void> | void = () => {}

  readonly mount = async (client: Client): Promise<void> => {
    const guildEvents = [
      Events.GuildCreate,
      Events.GuildDelete,
      Events.GuildAvailable,
      Events.GuildUnavailable,
    ] as const
    for (const event of guildEvents) {
      client.on(event, (guild) => void this.heard.push(`${event} ${guild.name}`))
    }
    client.on(Events.ClientReady, ({ guilds }) => void this.heard.push(`ready ${guilds.cache.size}`))
    client.on(Events.MessageCreate, async (message) => {
      this.heard.push(`message ${message.content}`)
      await this.whileHearing(message.content)
    })
  }

  messages(): string[] {
    return this.heard.flatMap((line) => (line.startsWith('message ') ? [line.slice(8)] : []))
  }
}

/** A Discord that only has to say who the bot is. */
export function quietDiscord(): Promise<DiscordSim> {
  return startDiscordSim({ guilds: 0, probeEveryMs: 0 })
}

/** Mounts a module at the owner that a `TestOwner` opens next. */
export async function mountRecording(
  sim: DiscordSim,
  module: RecordingModule,
  observers: { owner?: TestOwner; listenerLimitMs?: number; metrics?: Metrics } = {},
): Promise<MountAt> {
  const app = await sim.control.app()
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  return openMountedModules({
    modules: [{ name: 'recorder', mount: module.mount, commands: null, partials: [] }],
    rest: { baseUrl: app.urls.api, token: { reveal: () => app.token } },
    applicationId: app.id,
    listenerLimitMs: observers.listenerLimitMs ?? 60_000,
    clock: systemClock,
    log,
    metrics: observers.metrics ?? new Metrics({ processMetrics: false }),
  })
}
