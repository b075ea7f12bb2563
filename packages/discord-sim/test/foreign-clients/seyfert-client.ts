import https from 'node:https'
import { ApiHandler, Client, GatewayIntentBits } from 'seyfert'
import type { BaseInteraction, Message } from 'seyfert'
import { expect } from 'vitest'
import type { DiscordSim } from '../../src/index.ts'
import type { ForeignClient } from './foreign-client.ts'
import { PlainAgent } from './plain-agent.ts'

/**
 * Seyfert takes the REST address as an option. Its socket always asks Node's global HTTPS agent for port 443 of the
 * gateway's host, so that agent decides where the connection goes.
 */
export function seyfertClient(sim: DiscordSim, token: string): ForeignClient {
  const usualAgent = https.globalAgent
  const plainAgent = new PlainAgent(sim.urls.base)
  https.globalAgent = plainAgent
  const intents =
    GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.MessageContent
  const heard: string[] = []
  let resumes = 0
  let isReady = false
  const client = new Client({
    shards: { start: 0, end: 1, total: 1 },
    getRC: () => ({ token, intents, debug: false, locations: { base: 'nowhere' } }),
    handlePayload: (_shard, packet) => {
      if (packet.t === 'RESUMED') resumes += 1
    },
  })
  client.setServices({ rest: new ApiHandler({ token, domain: sim.urls.base }) })
  client.events.set([
    { data: { name: 'botReady', once: true }, run: () => void (isReady = true) },
    {
      data: { name: 'messageCreate', once: false },
      run: (message: Message) => void heard.push(message.content),
    },
    {
      data: { name: 'interactionCreate', once: false },
      run: (interaction: BaseInteraction) => {
        if (interaction.isChatInput()) void interaction.write({ content: 'pong' })
      },
    },
  ])
  return {
    heard,
    resumes: () => resumes,
    ready: async () => {
      await client.start()
      // It waits 10 s before it connects again.
      for (const shard of client.gateway.values()) shard.options.reconnectTimeout = 100
      await expect.poll(() => isReady).toBe(true)
      const guilds = client.cache.guilds?.values() ?? []
      return guilds.map((guild) => guild.id)
    },
    send: (channelId, content) => client.messages.write(channelId, { content }),
    registerPing: () =>
      client.proxy
        .applications(sim.world.app.id)
        .commands.put({ body: [{ name: 'ping', description: 'Answers' }] }),
    close: async () => {
      client.gateway.disconnectAll()
      await client.close()
      https.globalAgent = usualAgent
      plainAgent.destroy()
    },
  }
}
