import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { TestMesh } from '../../test/mesh.ts'

const hiddenFlag = 1 << 17
const view = '1024'

interface ChannelRow {
  readonly channel_id: string
  readonly name: string
  readonly flags: number | null
}

const channelsOf = (mesh: TestMesh, guildId: string) =>
  mesh.rows<ChannelRow>(
    0,
    `SELECT channel_id, name, json_extract(payload, '$.flags') AS flags FROM document_channels
     WHERE guild_id = '${guildId}'`,
  )
const deadLetters = (mesh: TestMesh) => mesh.rows(0, 'SELECT type, feature, error FROM event_dead_letters')

/** The seeded guilds have a channel `council` that the bot does not see. */
function councilOf(mesh: TestMesh, guildId: string) {
  const channels = [...mesh.sim.world.guild(guildId).channels.values()]
  const council = channels.find(({ name }) => name === 'council')
  if (!council) throw new Error('the guild is not as seeded')
  return council
}

test('what Discord hides is kept as hidden and never asked for; guilds that are away at connect come later', async () => {
  await using mesh = await TestMesh.start({ guilds: 4, strict: true, rateLimits: { enforced: false } })
  const { control, world } = mesh.sim
  const [home = '', ...others] = [...world.guilds.keys()]
  const [away = '', gone = ''] = others
  const council = councilOf(mesh, home)
  const { ownerId } = world.guild(home)
  await control.setGuildOutage({ guildId: away, unavailable: true, toldBy: 'GUILD_CREATE' })
  await control.setGuildOutage({ guildId: gone, unavailable: true, toldBy: 'GUILD_DELETE' })
  await mesh.startGateway(0)
  await mesh.connected()

  const council0 = await eventually(
    () => channelsOf(mesh, home).find(({ channel_id: id }) => id === council.id),
    (row) => row !== undefined,
  )
  expect(council0).toMatchObject({ name: '___hidden___', flags: hiddenFlag })
  for (const guildId of [away, gone]) await control.setGuildOutage({ guildId, unavailable: false })
  for (const guildId of [away, gone]) {
    await eventually(
      () => channelsOf(mesh, guildId).length,
      (count) => count === world.guild(guildId).channels.size,
    )
  }

  // Shown, written in, hidden again.
  const shownTo = (bot: boolean) =>
    control.updateChannel({
      channelId: council.id,
      actorId: ownerId,
      overwrites: [
        { id: home, type: 0, allow: '0', deny: view },
        ...(bot ? [{ id: world.app.botId, type: 1 as const, allow: view, deny: '0' }] : []),
      ],
    })
  const flagsOf = (flags: number) =>
    eventually(
      () => channelsOf(mesh, home).find(({ channel_id: id }) => id === council.id)?.flags,
      (found) => found === flags,
    )
  await shownTo(true)
  await flagsOf(0)
  const said = await control.sendMessage({ channelId: council.id, userId: ownerId, content: 'seen' })
  await eventually(
    () => mesh.rows<{ message_id: string }>(0, 'SELECT message_id FROM message_stats'),
    (rows) => rows.some(({ message_id: id }) => id === said.id),
  )
  await shownTo(false)
  await flagsOf(hiddenFlag)
  await control.sendMessage({ channelId: council.id, userId: ownerId, content: 'unseen' })

  // A new session reads back what it missed, and must not try it there.
  await control.invalidateSessions({ resumable: false })
  await eventually(
    async () => {
      await mesh.connected()
      return (await control.report({})).gateway.identifies
    },
    (identifies) => identifies === 6,
    60_000,
  )
  const marker = await control.sendMessage({
    channelId: world.guild(home).systemChannelId ?? '',
    userId: ownerId,
    content: 'after',
  })
  await eventually(
    () => mesh.rows<{ message_id: string }>(0, 'SELECT message_id FROM message_stats'),
    (rows) => rows.some(({ message_id: id }) => id === marker.id),
  )
  await eventually(
    () =>
      mesh.rows<{ n: number }>(0, 'SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM outbox) AS n'),
    ([row]) => row?.n === 0,
    60_000,
  )
  const { requests } = await control.journal({ limit: 2000 })
  expect(requests.filter(({ path }) => path.includes(council.id))).toEqual([])
  expect(requests.filter(({ status }) => status === 403)).toEqual([])
  expect(deadLetters(mesh)).toEqual([])
}, 150_000)
