import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimClient } from '@guildmesh/discord-sim/client'
import { expect, test } from 'vitest'
import { talkativeGuilds } from './simulated-people.ts'
import { startTestMesh } from './test-mesh.ts'

/** A bot as somebody may have it: it hears messages, and asks its client for what it knows of their guilds. */
const bot = `
export default (client) => {
  client.on('messageCreate', async (message) => {
    if (message.author.bot) return
    await message.channel.send(\`heard \${message.content} in \${client.guilds.cache.get(message.guildId).name}\`)
  })
}
`

test('a bundled gateway runs an existing discord.js bot: what only that needs is loaded from beside the bundle', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'guildmesh-e2e-mounted-'))
  const file = join(folder, 'greeter.mjs')
  writeFileSync(file, bot)
  try {
    await using started = await startTestMesh('mounted', {
      configs: 1,
      gateways: 1,
      edges: 0,
      gatewayEnvironment: { MOUNTED_MODULES: file },
    })
    const sim = createSimClient(started.mesh.simulatorUrl ?? '')
    for (const { channelId, memberId, name } of await talkativeGuilds(sim, 3)) {
      await sim.sendMessage({ channelId, userId: memberId, content: 'a word' })
      const answer = await sim.waitForMessage({ channelId, contains: 'heard', timeoutMs: 20_000 })
      expect(answer.content).toBe(`heard a word in ${name}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
