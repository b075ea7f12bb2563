import { expect, test } from 'vitest'
import type { DiscordSim } from '../src/index.ts'
import { coreClient } from './foreign-clients/core-client.ts'
import { discordenoClient } from './foreign-clients/discordeno-client.ts'
import { erisClient } from './foreign-clients/eris-client.ts'
import type { ForeignClient } from './foreign-clients/foreign-client.ts'
import { oceanicClient } from './foreign-clients/oceanic-client.ts'
import { seyfertClient } from './foreign-clients/seyfert-client.ts'
import { firstGuild, startFast } from './sim-fixture.ts'

const libraries: [string, (sim: DiscordSim, token: string) => ForeignClient][] = [
  ['@discordjs/ws with @discordjs/core', coreClient],
  ['oceanic.js', oceanicClient],
  ['eris', erisClient],
  ['seyfert', seyfertClient],
  ['@discordeno/bot', discordenoClient],
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

test.each(libraries)(
  '%s, unmodified: hears a message and answers it over REST, loses its socket, resumes and misses nothing',
  async (_name, make) => {
    await using sim = await startFast({ guilds: 2, strict: true })
    const client = make(sim, (await sim.control.app()).token)
    try {
      const { channelId, ownerId } = await firstGuild(sim)
      const write = (content: string) => sim.control.sendMessage({ channelId, userId: ownerId, content })
      await client.ready()
      await write('is anybody there?')
      await expect.poll(() => client.heard).toEqual(['is anybody there?'])
      await client.send(channelId, `yes, I heard: ${client.heard[0]}`)
      const answer = await sim.control.waitForMessage({ channelId, authorId: sim.world.app.botId })
      expect(answer.content).toBe('yes, I heard: is anybody there?')

      await expect.poll(() => client.heard.length).toBe(2)
      expect(await sim.control.dropSockets({})).toEqual({ sockets: 1 })
      for (let index = 0; index < 5; index++) await write(`while it was gone ${index}`)
      await expect.poll(() => client.resumes(), { timeout: 15_000 }).toBe(1)
      await write('after')
      await expect
        .poll(() => client.heard.slice(2))
        .toEqual([...Array.from({ length: 5 }, (_, index) => `while it was gone ${index}`), 'after'])
      expect((await sim.control.report({})).gateway).toMatchObject({ identifies: 1, resumes: 1 })
    } finally {
      await client.close()
    }
  },
  30_000,
)
