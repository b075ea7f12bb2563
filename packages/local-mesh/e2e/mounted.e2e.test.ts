import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimClient } from '@guildmesh/discord-sim/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch } from './launched.ts'
import { talkativeGuilds } from './simulated-people.ts'
import { botConnected } from './test-mesh.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'guildmesh-e2e-mounted-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('npm start -- --mount runs the example bot in the bundled gateways: it answers messages and commands', async () => {
  const launcher = await launch(home, '--mount', 'examples/mounted-bot/bot.js', '--gateways', '2')
  try {
    await launcher.says(/guildmesh is ready/)
    const simulatorUrl = /simulated at (http:\S+):/.exec(launcher.lines.join('\n'))?.[1] ?? ''
    await botConnected(simulatorUrl)
    const sim = createSimClient(simulatorUrl)
    for (const { channelId, memberId, ownerId, name } of await talkativeGuilds(sim, 3)) {
      await sim.sendMessage({ channelId, userId: memberId, content: 'hello bot' })
      const greeting = await sim.waitForMessage({ channelId, contains: 'welcome to', timeoutMs: 20_000 })
      expect(greeting.content).toMatch(/^Hello \S/)
      expect(greeting.content).toContain(`welcome to ${name}!`)

      const person = { userId: ownerId, channelId }
      const rolled = await sim.runCommand({ ...person, command: 'roll', options: { sides: 2 } })
      expect(rolled).toMatchObject({ status: 'message', error: null })
      expect(rolled.message?.content).toMatch(/^🎲 [12] of 2$/)
      const messageId = rolled.message?.id ?? ''
      const again = await sim.useComponent({ ...person, messageId, customId: 'roll:2' })
      expect(again).toMatchObject({ status: 'updated', message: { id: messageId } })
    }
  } finally {
    launcher.child.kill('SIGINT')
    expect(await launcher.ended).toBe(0)
  }
})
