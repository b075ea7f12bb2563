import { startDiscordSim } from '@guildmesh/discord-sim'
import { expect, test } from 'vitest'
import { CommandsLimited } from './commands-deploy/deploy-commands.ts'
import { holderDiscordApi } from './discord-api.ts'

const named = (...names: string[]) => names.map((name) => ({ name, description: 'x' }))

// 30034 comes as a 429: https://github.com/discordjs/discord.js/issues/10458
test('the daily limit of commands is an error with its wait, not a request that hangs', async () => {
  await using sim = await startDiscordSim({
    guilds: 0,
    probeEveryMs: 0,
    rateLimits: { resources: { commandCreates: { limit: 1, windowMs: 86_400_000 } } },
  })
  const { token, id } = await sim.control.app()
  const { commands } = holderDiscordApi({
    baseUrl: sim.urls.api,
    token: { reveal: () => token },
    applicationId: id,
  })
  await commands.overwrite(named('one'))
  const refused = await commands.overwrite(named('one', 'two')).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(CommandsLimited)
  expect(refused).toMatchObject({ retryAfterMs: expect.closeTo(86_400_000, -5) })
})
