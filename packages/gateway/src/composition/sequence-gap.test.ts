import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { startDiscordSim } from '@guildmesh/discord-sim'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ChainOwner } from '../../test/chain-owner.ts'
import { eventually } from '../../test/eventually.ts'
import { TestOwner } from '../../test/owner-side/test-owner.ts'
import { SoleLeases, startSoleHolder } from '../../test/sole-holder.ts'

/** One guild of a simulated Discord, a holder of its shard, and an owner that can fall back to an earlier state. */
async function startWorld() {
  await using parts = new AsyncDisposableStack()
  const sim = parts.use(
    await startDiscordSim({
      guilds: 1,
      identify: { maxConcurrency: 16, perKeyMs: 0 },
      rateLimits: { enforced: false },
      probeEveryMs: 0,
    }),
  )
  const app = await sim.control.app()
  const owner = parts.use(
    new TestOwner({
      baseUrl: app.urls.api,
      application: { id: app.id, token: app.token, timeoutMs: 10_000 },
      unassigned: true,
    }),
  )
  const [guild] = [...sim.world.guilds.values()]
  if (!guild) throw new Error('the simulator has no guild')
  const guildId = GuildId.parse(guild.id)
  const takeOver = () => {
    owner.owner.reconcile([{ guildId, epoch: 1 }])
    owner.start()
  }
  takeOver()
  const leases = new SoleLeases(3)
  parts.use(
    await startSoleHolder(sim, leases, new ChainOwner(gatewayIdOf(0)), {
      delivery: { send: (_, input) => owner.owner.deliver(input) },
    }),
  )
  const copy = join(owner.folder, 'earlier.sqlite3')
  const world = {
    sim,
    owner,
    guild,
    guildId,
    leases,
    /** Keeps a copy of the owner's rows. */
    async remember() {
      const database = new BetterSqlite3(join(owner.folder, 'guilds.sqlite3'), { readonly: true })
      try {
        await database.backup(copy)
      } finally {
        database.close()
      }
    },
    /** The owner starts again with the rows that were kept: its cursor is before what the holder has forgotten. */
    async fallBack() {
      await owner.restart(() => {
        const path = join(owner.folder, 'guilds.sqlite3')
        for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
        cpSync(copy, path)
      })
      takeOver()
    },
    stored: () =>
      owner.rows(guildId, (rows) => ({
        messages: new Set(
          rows.list('messageStats', {}, { columns: ['messageId'] }).map((row) => row.messageId),
        ),
        channels: rows.list('documentChannels', {}, { columns: ['channelId', 'name'] }),
        roles: rows.list('documentRoles', {}, { columns: ['roleId', 'name'] }),
        members: rows.list('documentMembers', {}, { columns: ['userId', 'name', 'fresh'] }),
        auditEntryId: rows.get('backfillMarks', {}, ['auditEntryId'])?.auditEntryId ?? null,
        outstanding: rows.count('jobs') + rows.count('outbox'),
        dead: rows.count('eventDeadLetters'),
      })),
  }
  const kept = parts.move()
  return { ...world, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

test('an owner that falls back before what its holder forgot is told of the data loss, and has what Discord still tells', async () => {
  await using world = await startWorld()
  const { sim, owner, guild, guildId, leases, stored } = world
  const named = (name: string) => [...guild.channels.values()].find((channel) => channel.name === name)
  const [general, doomed] = [named('general'), named('off-topic')]
  const plain = [...guild.members.values()].filter(
    ({ userId }) => userId !== guild.ownerId && userId !== sim.world.app.botId,
  )
  const [speaker, leaver] = plain.map(({ userId }) => userId)
  const [role] = [...guild.roles.values()]
    .filter(({ managed, id }) => !managed && id !== guild.id)
    .toReversed()
  if (!general || !doomed || !speaker || !leaver || !role) throw new Error('the guild is not as seeded')
  const say = (userId: string, content: string) =>
    sim.control.sendMessage({ channelId: general.id, userId, content })
  const isStored = async ({ id }: { id: string }) => eventually(() => stored().messages.has(id))

  await eventually(() => owner.rows(guildId, (rows) => rows.count('documentGuild')) === 1)
  await say(leaver, 'known')
  await isStored(await say(speaker, 'known'))
  await world.remember()

  const lost = await Promise.all(Array.from({ length: 120 }, (_, n) => say(speaker, `lost ${n}`)))
  await sim.control.updateRole({ guildId, roleId: role.id, name: 'Renamed' })
  await sim.control.deleteChannel({ channelId: doomed.id })
  const made = await sim.control.createChannel({ guildId, name: 'made' })
  await sim.control.updateMember({ guildId, userId: speaker, nick: 'Renamed too' })
  await sim.control.removeMember({ guildId, userId: leaver })
  const last = await say(speaker, 'the last of the lost')
  await isStored(last)
  const lastEntry = guild.auditLog.at(-1)?.id
  await eventually(() => stored().auditEntryId === lastEntry)
  await world.fallBack()
  expect(lost.filter(({ id }) => stored().messages.has(id))).toEqual([])

  const after = await say(speaker, 'after the loss')
  await isStored(after)
  await eventually(() => stored().outstanding === 0)
  const now = stored()
  expect([...lost, last, after].filter(({ id }) => !now.messages.has(id))).toEqual([])
  expect(now.messages.size).toBe(2 + lost.length + 2)
  expect(now.channels.map(({ channelId }) => channelId)).not.toContain(doomed.id)
  expect(now.channels).toContainEqual({ channelId: made.id, name: 'made' })
  expect(now.roles).toContainEqual({ roleId: role.id, name: 'Renamed' })
  expect(now.members).toContainEqual({ userId: speaker, name: 'Renamed too', fresh: true })
  expect(now.members.map(({ userId }) => userId)).not.toContain(leaver)
  expect(now.members.filter(({ fresh }) => !fresh)).toEqual([])
  expect(now.auditEntryId).toBe(lastEntry)
  expect(now.dead).toBe(0)
  expect(await owner.counted('audit_entries_backfilled_total')).toBeGreaterThanOrEqual(4)
  const recordedLosses = leases.losses.filter((loss) => loss.guildId === guildId)
  expect(recordedLosses).toHaveLength(1)
}, 60_000)
