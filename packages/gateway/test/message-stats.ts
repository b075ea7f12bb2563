import { eventually } from './eventually.ts'
import type { TestMesh } from './mesh.ts'

interface StatsRow {
  readonly guild_id: string
  readonly message_id: string
  readonly reactions: number
}

/** What every gateway has of the messages, as `gateway → guild → message → reactions`. */
function statsOf(mesh: TestMesh, ordinals: readonly number[]): Map<string, number> {
  const stats = new Map<string, number>()
  for (const ordinal of ordinals) {
    for (const row of mesh.rows<StatsRow>(
      ordinal,
      'SELECT guild_id, message_id, reactions FROM message_stats',
    )) {
      stats.set(`gateway-${ordinal}/${row.guild_id}/${row.message_id}`, row.reactions)
    }
  }
  return stats
}

/** What they should have, by the simulated world and the assignments. */
function expectedStats(mesh: TestMesh, ownerOf: (guildId: string) => string): Map<string, number> {
  const expected = new Map<string, number>()
  for (const channel of mesh.sim.world.channels.values()) {
    for (const message of channel.messages?.values() ?? []) {
      if (message.guildId === null || mesh.sim.world.users.get(message.authorId)?.bot) continue
      const reactions = (message.reactions ?? []).reduce((sum, { users }) => sum + users.size, 0)
      expected.set(`${ownerOf(message.guildId)}/${message.guildId}/${message.id}`, reactions)
    }
  }
  return expected
}

async function owners(mesh: TestMesh): Promise<(guildId: string) => string> {
  const rows = await mesh.database.query<{ guild_id: string; gateway_id: string }>(
    'SELECT guild_id::text, gateway_id FROM assignments',
  )
  const map = new Map(rows.map((row) => [row.guild_id, row.gateway_id]))
  return (guildId) => map.get(guildId) ?? 'nobody'
}

/**
 * What differs from: every message once, with as many reactions as it has, in the database of its guild's owner and in
 * no other. Waits until nothing does.
 */
export async function differences(mesh: TestMesh, ordinals: readonly number[]): Promise<string[]> {
  const look = async () => {
    const expected = expectedStats(mesh, await owners(mesh))
    const found = statsOf(mesh, ordinals)
    const keys = new Set([...expected.keys(), ...found.keys()])
    return [...keys]
      .filter((key) => expected.get(key) !== found.get(key))
      .map((key) => `${key}: ${found.get(key)} instead of ${expected.get(key)}`)
  }
  await eventually(look, (found) => found.length === 0).catch(() => undefined)
  const left = await look()
  return left.length > 0 ? [`${left.length} differ`, ...left.slice(0, 5)] : []
}
