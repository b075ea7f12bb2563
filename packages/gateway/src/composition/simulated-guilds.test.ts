import { REST } from '@discordjs/rest'
import { Routes } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../test/eventually.ts'
import { TestMesh } from '../../test/mesh.ts'

/** What Discord answers for a new channel or role. */
const Made = z.looseObject({ id: z.string() })

type Row = Record<string, string | number | null>

/** The guild document of every guild as the gateway has it, and as the simulated Discord shows it to the bot. */
function bothSides(mesh: TestMesh) {
  const found = {
    guilds: mesh.rows<Row>(0, 'SELECT guild_id, name, owner_id, member_count FROM document_guild'),
    channels: mesh.rows<Row>(
      0,
      'SELECT guild_id, channel_id, name, type, parent_id, last_message_id FROM document_channels',
    ),
    roles: mesh.rows<Row>(0, 'SELECT guild_id, role_id, name, permissions FROM document_roles'),
    members: mesh.rows<Row>(0, 'SELECT guild_id, user_id, roles FROM document_members'),
  }
  const kept = new Set(found.members.map((row) => `${row['guild_id']}/${row['user_id']}`))
  const guilds = [...mesh.sim.world.guilds.values()]
  const there = {
    guilds: guilds.map((guild) => ({
      guild_id: guild.id,
      name: guild.name,
      owner_id: guild.ownerId,
      member_count: guild.members.size,
    })),
    channels: guilds.flatMap((guild) =>
      [...guild.channels.values()].map((channel) => {
        const isHidden = guild.botSight.get(channel.id) === false
        return {
          guild_id: guild.id,
          channel_id: channel.id,
          name: isHidden ? '___hidden___' : channel.name,
          type: channel.type,
          parent_id: channel.parentId,
          last_message_id: isHidden ? null : channel.lastMessageId,
        }
      }),
    ),
    roles: guilds.flatMap((guild) =>
      [...guild.roles.values()].map((role) => ({
        guild_id: guild.id,
        role_id: role.id,
        name: role.name,
        permissions: role.permissions,
      })),
    ),
    members: guilds.flatMap((guild) =>
      [...guild.members.values()]
        .filter((member) => kept.has(`${guild.id}/${member.userId}`))
        .map((member) => ({
          guild_id: guild.id,
          user_id: member.userId,
          roles: JSON.stringify(member.roles),
        })),
    ),
  }
  return [found, there].map((side) =>
    Object.fromEntries(
      Object.entries(side).map(([table, rows]) => [table, rows.map((row) => JSON.stringify(row)).toSorted()]),
    ),
  )
}

/** Waits until the gateway's rows are Discord's. */
async function agree(mesh: TestMesh): Promise<void> {
  await eventually(
    () => JSON.stringify(bothSides(mesh)[0]) === JSON.stringify(bothSides(mesh)[1]),
    Boolean,
    10_000,
  ).catch(() => undefined)
  const [found, there] = bothSides(mesh)
  expect(found).toEqual(there)
  expect(mesh.rows(0, 'SELECT feature, type, error FROM event_dead_letters')).toEqual([])
}

test('the guild document stays what Discord has, whatever changes', async () => {
  await using mesh = await TestMesh.start({ guilds: 3 })
  await mesh.startGateway(0)
  await mesh.connected()
  await agree(mesh)

  const { control, world } = mesh.sim
  const app = await control.app()
  const rest = new REST({ api: app.urls.api, version: '10' }).setToken(app.token)
  for (const guild of world.guilds.values()) {
    const created = Made.parse(
      await rest.post(Routes.guildChannels(guild.id), { body: { name: 'new', type: 0 } }),
    )
    const doomed = Made.parse(
      await rest.post(Routes.guildChannels(guild.id), {
        body: { name: 'doomed', type: 0 },
      }),
    )
    await rest.patch(Routes.channel(created.id), { body: { name: 'renamed', topic: 'said' } })
    await rest.post(Routes.threads(doomed.id), { body: { name: 'thread', type: 11 } })
    await rest.post(Routes.threads(created.id), { body: { name: 'kept-thread', type: 11 } })
    await rest.delete(Routes.channel(doomed.id))
    const role = Made.parse(await rest.post(Routes.guildRoles(guild.id), { body: { name: 'staff' } }))
    const gone = Made.parse(await rest.post(Routes.guildRoles(guild.id), { body: { name: 'gone' } }))
    await rest.patch(Routes.guildRole(guild.id, role.id), { body: { permissions: '1024' } })
    await rest.delete(Routes.guildRole(guild.id, gone.id))
    const people = [...guild.members.keys()].filter((id) => id !== guild.ownerId && id !== app.id)
    const [writer = '', leaver = ''] = people
    for (const userId of [writer, leaver]) {
      await control.sendMessage({ channelId: created.id, userId, content: 'hello' })
    }
    await control.updateMember({ guildId: guild.id, userId: writer, roles: [role.id] })
    await control.removeMember({ guildId: guild.id, userId: leaver })
  }
  await control.burst({ count: 300, mix: { reactions: 0.2, edits: 0.2, deletes: 0.1 } })
  await agree(mesh)
  const hidden = mesh.rows(0, "SELECT 1 FROM document_channels WHERE name = '___hidden___'")
  expect(hidden.length).toBeGreaterThan(0)

  const named = mesh.rows<{ name: string }>(
    0,
    "SELECT name FROM document_channels WHERE name IN ('kept-thread', 'thread')",
  )
  expect(named.map(({ name }) => name)).toEqual(['kept-thread', 'kept-thread', 'kept-thread'])
})
