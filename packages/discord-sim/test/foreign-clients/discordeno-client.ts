import { createBot, Intents } from '@discordeno/bot'
import { expect } from 'vitest'
import type { DiscordSim } from '../../src/index.ts'
import type { ForeignClient } from './foreign-client.ts'

/** Discordeno takes the REST address as that of a proxy, which then wants the token from the bot. */
export function discordenoClient(sim: DiscordSim, token: string): ForeignClient {
  const guilds: string[] = []
  const heard: string[] = []
  let resumes = 0
  let expected: number | null = null
  const quiet = () => undefined
  const bot = createBot({
    token,
    intents: Intents.Guilds | Intents.GuildMessages | Intents.MessageContent,
    rest: { token, proxy: { baseUrl: sim.urls.api, authorization: `Bot ${token}` } },
    gateway: { token, totalShards: 1, lastShardId: 0, spawnShardDelay: 0 },
    loggerFactory: () => ({ debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet }),
    desiredProperties: {
      guild: { id: true },
      message: { content: true },
      interaction: { id: true, token: true, type: true },
    },
    events: {
      ready: (payload) => void (expected = payload.guilds.length),
      guildCreate: (guild) => void guilds.push(String(guild.id)),
      messageCreate: (message) => void heard.push(message.content),
      raw: (packet) => void (packet.t === 'RESUMED' && (resumes += 1)),
      interactionCreate: (interaction) => {
        void bot.helpers.sendInteractionResponse(interaction.id, interaction.token, {
          type: 4,
          data: { content: 'pong' },
        })
      },
    },
  })
  return {
    heard,
    resumes: () => resumes,
    ready: async () => {
      await bot.start()
      await expect.poll(() => expected !== null && guilds.length === expected).toBe(true)
      return guilds
    },
    send: (channelId, content) => bot.helpers.sendMessage(channelId, { content }),
    registerPing: () =>
      bot.helpers.upsertGlobalApplicationCommands([{ name: 'ping', description: 'Answers' }]),
    close: () => bot.shutdown(),
  }
}
