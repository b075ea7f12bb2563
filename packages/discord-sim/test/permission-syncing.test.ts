import { PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { dispatchesDuring } from './dispatches-during.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

// Source: Discord, Permissions, "Permission Syncing"
// https://docs.discord.com/developers/topics/permissions#permission-syncing

test('channels with the permissions of their category follow it, the others keep theirs', async () => {
  await using sim = await startFast({ guilds: 1, shards: 1 })
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  await gateway.dispatch('GUILD_CREATE')
  const { guildId, guild, memberId } = await firstGuild(sim)
  const named = (name: string) =>
    [...guild.channels.values()].find((channel) => channel.name === name)?.id ?? ''
  const [category, synced, apart] = ['Information', 'announcements', 'rules'].map(named)
  const deny = PermissionFlagsBits.AddReactions.toString()
  const sent = await dispatchesDuring(sim, gateway, () =>
    restCaller(sim)('PUT', `/channels/${category}/permissions/${memberId}`, { type: 1, deny }),
  )
  const overwrite = { id: memberId, type: 1, allow: '0', deny }
  expect(
    sent.filter(({ name }) => name === 'CHANNEL_UPDATE').map(({ d }) => [d.id, d.permission_overwrites]),
  ).toEqual([
    [category, [overwrite]],
    [synced, [overwrite]],
  ])
  expect(guild.channels.get(apart ?? '')?.overwrites).toEqual([
    { id: guildId, type: 0, allow: '0', deny: PermissionFlagsBits.SendMessages.toString() },
  ])
})
