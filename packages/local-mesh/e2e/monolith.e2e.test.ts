import { createSimClient } from '@guildmesh/discord-sim/client'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { PortChooser } from '../src/choose-port.ts'
import { launchNode } from '../src/launch-node.ts'
import { probeHttp } from '../src/supervised-process.ts'
import { talkativeGuilds } from './simulated-people.ts'
import { botConnected, startTestMesh } from './test-mesh.ts'

test('SERVICE_MODE=monolith: one process with its own PostgreSQL applies events and serves the portal', async () => {
  const home = mkdtempSync(join(tmpdir(), 'guildmesh-e2e-monolith-'))
  // Only the simulator of this mesh: the bot is the monolith.
  await using discord = await startTestMesh('monolith', { configs: 0, gateways: 0, edges: 0 })
  const { mesh } = discord
  const chooser = new PortChooser(process.pid + 1000)
  const [port, opsPort] = [await chooser.choose(null), await chooser.choose(null)]
  const lines: string[] = []
  const launch = launchNode({
    file: fileURLToPath(new URL('../../monolith/dist/main.js', import.meta.url)),
    args: [],
    env: {
      SERVICE_MODE: 'monolith',
      HOST: '127.0.0.1',
      PORT: String(port),
      OPS_HOST: '127.0.0.1',
      OPS_PORT: String(opsPort),
      GATEWAY_DB_PATH: join(home, 'mod-bot.sqlite3'),
      PUBLIC_URL: `http://localhost:${port}`,
      SESSION_SECRET: 'x'.repeat(32),
      SHUTDOWN_GRACE_MS: '2000',
      DISCORD_TOKEN: mesh.discord.token,
      DISCORD_APP_ID: mesh.discord.appId,
      DISCORD_PUBLIC_KEY: mesh.discord.publicKey,
      DISCORD_CLIENT_SECRET: mesh.discord.clientSecret,
      DISCORD_API_URL: mesh.discord.apiUrl,
    },
  })
  const running = await launch((line) => lines.push(line))
  try {
    await expect
      .poll(async () => (await probeHttp(`http://127.0.0.1:${opsPort}/readyz`)).ok || lines.slice(-5), {
        timeout: 30_000,
      })
      .toBe(true)
    const page = await fetch(`http://127.0.0.1:${port}/`)
    expect(await page.text()).toMatch(/<html/i)

    await botConnected(mesh.simulatorUrl ?? '')
    const sim = createSimClient(mesh.simulatorUrl ?? '')
    const guilds = await talkativeGuilds(sim, 6)
    const sent = await Promise.all(
      guilds.map(({ channelId, memberId }) =>
        sim.sendMessage({ channelId, userId: memberId, content: 'hello' }),
      ),
    )
    const database = () => {
      const opened = new DatabaseSync(join(home, 'mod-bot.sqlite3'), { readOnly: true })
      const rows = opened.prepare('SELECT message_id FROM message_stats').all()
      opened.close()
      return rows
        .map((row) => String(row['message_id']))
        .filter((id) => sent.some((message) => message.id === id))
    }
    await expect.poll(() => database().length, { timeout: 45_000 }).toBe(sent.length)
  } finally {
    running.signal('SIGTERM')
    expect((await running.exited).code).toBe(0)
    rmSync(home, { recursive: true, force: true })
  }
})
