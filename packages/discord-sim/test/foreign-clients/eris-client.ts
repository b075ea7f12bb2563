import Eris from 'eris'
import type { DiscordSim } from '../../src/index.ts'
import type { ForeignClient } from './foreign-client.ts'
import { PlainAgent } from './plain-agent.ts'

/** Eris speaks only HTTPS; its public `rest.agent` option decides where the connection goes. */
export function erisClient(sim: DiscordSim, token: string): ForeignClient {
  const client = Eris(`Bot ${token}`, {
    intents: ['guilds', 'guildMessages', 'messageContent'],
    maxShards: 1,
    restMode: true,
    rest: { agent: new PlainAgent(sim.urls.base), domain: new URL(sim.urls.base).hostname },
  })
  const heard: string[] = []
  let resumes = 0
  client.on('messageCreate', (message) => void heard.push(message.content))
  client.on('shardResume', () => void (resumes += 1))
  client.on('error', () => undefined)
  client.on('interactionCreate', (interaction) => {
    if ('createMessage' in interaction) void interaction.createMessage('pong')
  })
  return {
    heard,
    resumes: () => resumes,
    ready: async () => {
      const ready = new Promise<void>((resolve) => client.once('ready', resolve))
      await client.connect()
      await ready
      return [...client.guilds.keys()].map(String)
    },
    send: (channelId, content) => client.createMessage(channelId, content),
    registerPing: () => client.bulkEditCommands([{ type: 1, name: 'ping', description: 'Answers' }]),
    close: () => client.disconnect({ reconnect: false }),
  }
}
