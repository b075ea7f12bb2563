import { Agent } from 'node:https'
import { connect } from 'node:net'
import { Client as CoreClient, GatewayDispatchEvents, GatewayIntentBits } from '@discordjs/core'
import { REST } from '@discordjs/rest'
import { WebSocketManager } from '@discordjs/ws'
import Eris from 'eris'
import { Client as OceanicClient } from 'oceanic.js'
import { expect, test } from 'vitest'
import type { DiscordSim } from '../src/index.ts'
import { firstGuild, startFast } from './sim-fixture.ts'

/** What a test needs of any client library. */
interface ForeignClient {
  /** Guild ids that the library knows once it is ready. */
  ready(): Promise<string[]>
  /** Contents of the messages it heard, in order. */
  readonly heard: string[]
  send(channelId: string, content: string): Promise<unknown>
  registerPing(): Promise<unknown>
  /** How often it resumed. */
  readonly resumes: () => number
  close(): unknown
}

/** @discordjs/ws with @discordjs/core, addressed by their public options. */
function coreClient(sim: DiscordSim, token: string): ForeignClient {
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

/** oceanic.js takes a base URL for REST and finds the gateway through it. */
function oceanicClient(sim: DiscordSim, token: string): ForeignClient {
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

/** Eris speaks only HTTPS; its public `rest.agent` option decides where the connection goes. */
function erisClient(sim: DiscordSim, token: string): ForeignClient {
  const { hostname, port } = new URL(sim.urls.base)
  class PlainAgent extends Agent {
    override createConnection() {
      return connect(Number(port), hostname)
    }
  }
  const client = Eris(`Bot ${token}`, {
    intents: ['guilds', 'guildMessages', 'messageContent'],
    maxShards: 1,
    restMode: true,
    rest: { agent: new PlainAgent(), domain: hostname },
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

const libraries: [string, (sim: DiscordSim, token: string) => ForeignClient][] = [
  ['@discordjs/ws with @discordjs/core', coreClient],
  ['oceanic.js', oceanicClient],
  ['eris', erisClient],
]

test.each(libraries)(
  '%s, unmodified: ready, events, a message, a command, RESUME after op 7',
  async (_name, make) => {
    await using sim = await startFast({ guilds: 4, strict: true })
    const client = make(sim, (await sim.control.app()).token)
    try {
      const guilds = await sim.control.guilds()
      expect((await client.ready()).toSorted()).toEqual(guilds.map((guild) => guild.id).toSorted())

      const { channelId, ownerId } = await firstGuild(sim)
      const write = (content: string) => sim.control.sendMessage({ channelId, userId: ownerId, content })
      await write('one')
      await expect.poll(() => client.heard).toEqual(['one'])
      await client.send(channelId, 'from the bot')
      await sim.control.waitForMessage({ channelId, authorId: sim.world.app.botId, contains: 'from the bot' })

      await client.registerPing()
      const view = await sim.control.runCommand({ userId: ownerId, channelId, command: 'ping' })
      expect(view).toMatchObject({ status: 'message', message: { content: 'pong' } })

      await expect.poll(() => client.heard.length).toBe(3)
      await sim.control.askToReconnect({})
      for (let index = 0; index < 10; index++) await write(`during ${index}`)
      await expect.poll(() => client.resumes(), { timeout: 10_000 }).toBe(1)
      await write('after')
      await expect
        .poll(() => client.heard.slice(3))
        .toEqual([...Array.from({ length: 10 }, (_, index) => `during ${index}`), 'after'])
      expect((await sim.control.report({})).gateway).toMatchObject({ identifies: 1, resumes: 1 })
    } finally {
      await client.close()
    }
  },
  20_000,
)
