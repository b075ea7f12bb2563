import { createSimClient, type SimClient } from '@guildmesh/discord-sim/client'
import { expect, inject, test } from 'vitest'
import { adminClient, ownersOf } from './admin-client.ts'
import { queryGateways } from './gateway-rows.ts'
import { talkativeGuilds } from './simulated-people.ts'

const mesh = inject('mesh')
const sim = createSimClient(mesh.simulatorUrl)

type View = Awaited<ReturnType<SimClient['runCommand']>>

/** The custom id of the wizard's part; ids end in it. */
function customIdOf(view: View, part: string): string {
  const found = [...JSON.stringify(view.message?.components).matchAll(/"custom_id":"([^"]+)"/g)]
    .map(([, id]) => String(id))
    .find((id) => id.endsWith(`|${part}`))
  if (found === undefined) throw new Error(`the wizard shows no ${part}: ${JSON.stringify(view)}`)
  return found
}

test('a user runs /setup, sees the wizard, chooses role and channels, and saves', async () => {
  const [place] = await talkativeGuilds(sim, 1)
  if (place === undefined) throw new Error('the simulator has no guild')
  const { guildId, channelId, ownerId } = place
  const guild = await sim.guild({ guildId })
  const moderators = guild.roles.find(({ name }) => name === 'Moderators')?.id ?? ''
  const log = guild.channels.find(({ name }) => name === 'staff-room')?.id ?? ''

  const wizard = await sim.runCommand({ userId: ownerId, channelId, command: 'setup' })
  expect(wizard).toMatchObject({ status: 'message', ephemeral: true, error: null })
  expect(JSON.stringify(wizard.message?.components)).toContain('Set up moderation')
  expect(wizard.latencyMs).toBeLessThan(3000)

  const messageId = wizard.message?.id ?? ''
  const use = (customId: string, values?: string[]) =>
    sim.useComponent({ userId: ownerId, channelId, messageId, customId, ...(values ? { values } : {}) })
  const withRole = await use(customIdOf(wizard, 'moderatorRoleId'), [moderators])
  expect(withRole).toMatchObject({ status: 'updated', error: null })
  const withLog = await use(customIdOf(withRole, 'modLogChannelId'), [log])
  const saved = await use(customIdOf(withLog, 'save'))
  expect(JSON.stringify(saved.message?.components)).toContain('Settings saved')

  const rows = queryGateways(mesh.stateDir, 'SELECT settings FROM guilds WHERE guild_id = ?', guildId)
  const owner = [...(await ownersOf(adminClient(mesh)))].find(([id]) => id === guildId)?.[1]
  expect(rows.map(({ gatewayId }) => gatewayId)).toEqual([owner])
  expect(JSON.parse(String(rows[0]?.row['settings']))).toMatchObject({
    moderatorRoleId: moderators,
    modLogChannelId: log,
    quorum: 3,
  })

  const stale = await use(customIdOf(wizard, 'save')).catch(String)
  expect(JSON.stringify(stale)).not.toContain('"status":"failed"')
})

test('someone who is no administrator gets no wizard', async () => {
  const [, place] = await talkativeGuilds(sim, 2)
  if (place === undefined) throw new Error('the simulator has one guild only')
  const guild = await sim.guild({ guildId: place.guildId })
  const admins = guild.roles.find(({ name }) => name === 'Admins')?.id ?? ''
  const plain = guild.members.find(
    ({ user, roles }) => user.bot !== true && user.id !== place.ownerId && !roles.includes(admins),
  )
  const refused = await sim
    .runCommand({ userId: plain?.user.id ?? '', channelId: place.channelId, command: 'setup' })
    .catch(String)
  expect(JSON.stringify(refused)).not.toContain('Set up moderation')
})

test('the interactions endpoint passes Discord’s routine probe with a bad signature', async () => {
  const { passed, url } = await sim.probeEndpoint()
  expect([passed, url]).toEqual([true, `http://127.0.0.1:${mesh.ports.proxy}/webhooks/discord`])
})
