import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { GatewayProcess } from '../../test/gateway-process.ts'
import { TestMesh } from '../../test/mesh.ts'

const echoBot = fileURLToPath(new URL('../../test/mounted-bot/echo-bot.ts', import.meta.url))

test(
  'kill -9 between an event and its listener: a mounted bot hears every message all the same, and no guild as new',
  { timeout: 120_000 },
  async () => {
    await using mesh = await TestMesh.start({ rateLimits: { enforced: false } })
    const { control, world } = mesh.sim
    const variables = { ...(await mesh.variables(0)), MOUNTED_MODULES: echoBot }
    const places = [...world.guilds.values()].map((guild) => ({
      userId: guild.ownerId,
      channelId: guild.systemChannelId ?? '',
    }))
    const said = async () => {
      const all = await Promise.all(
        places.map(({ channelId }) => control.messages({ channelId, limit: 1000 })),
      )
      return all.flat().map(({ content }) => content)
    }
    const sent: string[] = []
    await using first = new GatewayProcess(variables)
    await mesh.connected()
    await eventually(() => first.output.includes('mounted modules are running'))
    for (let n = 0; n < 5; n++) {
      for (const place of places) {
        const content = `${n}-${place.channelId}`
        await control.sendMessage({ ...place, content })
        sent.push(`heard ${content}`)
      }
    }
    await eventually(said, (contents) => contents.some((content) => content.startsWith('heard ')))
    await first.end('SIGKILL')
    await using last = new GatewayProcess(variables)
    await mesh.connected()
    const heard = await eventually(said, (contents) => sent.every((wanted) => contents.includes(wanted)))
    expect(heard).not.toContain('heard a new guild')
    expect(last.output).not.toContain('"level":"fatal"')
    await eventually(
      () => mesh.rows<{ n: number }>(0, 'SELECT count(*) AS n FROM mounted_inbox'),
      ([row]) => row?.n === 0,
    )
  },
)
