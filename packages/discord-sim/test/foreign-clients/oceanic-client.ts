import { Client as OceanicClient } from 'oceanic.js'
import type { DiscordSim } from '../../src/index.ts'
import type { ForeignClient } from './foreign-client.ts'

/** oceanic.js takes a base URL for REST and finds the gateway through it. */
export function oceanicClient(sim: DiscordSim, token: string): ForeignClient {
  const client = new OceanicClient({
    auth: `Bot ${token}`,
    rest: { baseURL: `${sim.urls.api}/v10` },
    gateway: { intents: ['GUILDS', 'GUILD_MESSAGES', 'MESSAGE_CONTENT'], maxShards: 1 },
  })
  const heard: string[] = []
  let resumes = 0
  client.on('messageCreate', (message) => void heard.push(message.content))
  client.on('shardResume', () => void (resumes += 1))
  client.on('error', () => undefined)
  client.on('interactionCreate', (interaction) => {
    if (interaction.isCommandInteraction()) void interaction.createMessage({ content: 'pong' })
  })
  return {
    heard,
    resumes: () => resumes,
    ready: async () => {
      const ready = new Promise<void>((resolve) => client.once('ready', resolve))
      await client.connect()
      await ready
      return [...client.guilds.keys()]
    },
    send: (channelId, content) => client.rest.channels.createMessage(channelId, { content }),
    registerPing: () =>
      client.application.bulkEditGlobalCommands([{ type: 1, name: 'ping', description: 'Answers' }]),
    close: () => client.disconnect(false),
  }
}
