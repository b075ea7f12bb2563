import { Client as CoreClient, GatewayDispatchEvents, GatewayIntentBits } from '@discordjs/core'
import { REST } from '@discordjs/rest'
import { WebSocketManager } from '@discordjs/ws'
import { expect } from 'vitest'
import type { DiscordSim } from '../../src/index.ts'
import type { ForeignClient } from './foreign-client.ts'

/** @discordjs/ws with @discordjs/core, addressed by their public options. */
export function coreClient(sim: DiscordSim, token: string): ForeignClient {
  const rest = new REST({ api: sim.urls.api }).setToken(token)
  const intents =
    GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.MessageContent
  const gateway = new WebSocketManager({ token, intents, shardCount: 1, rest })
  const client = new CoreClient({ rest, gateway })
  const heard: string[] = []
  let resumes = 0
  client.on(GatewayDispatchEvents.MessageCreate, ({ data }) => void heard.push(data.content))
  client.on(GatewayDispatchEvents.Resumed, () => void (resumes += 1))
  client.on(GatewayDispatchEvents.InteractionCreate, ({ data, api }) => {
    void api.interactions.reply(data.id, data.token, { content: 'pong' })
  })
  return {
    heard,
    resumes: () => resumes,
    ready: async () => {
      const guilds: string[] = []
      const expected = new Promise<number>((resolve) =>
        client.once(GatewayDispatchEvents.Ready, ({ data }) => resolve(data.guilds.length)),
      )
      client.on(GatewayDispatchEvents.GuildCreate, ({ data }) => void guilds.push(data.id))
      await gateway.connect()
      const count = await expected
      await expect.poll(() => guilds.length).toBe(count)
      return guilds
    },
    send: (channelId, content) => client.api.channels.createMessage(channelId, { content }),
    registerPing: () =>
      client.api.applicationCommands.bulkOverwriteGlobalCommands(sim.world.app.id, [
        { name: 'ping', description: 'Answers' },
      ]),
    close: () => gateway.destroy(),
  }
}
