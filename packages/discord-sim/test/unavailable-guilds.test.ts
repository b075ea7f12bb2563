import { expect, test } from 'vitest'
import { dispatchesDuring } from './dispatches-during.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, startFast } from './sim-fixture.ts'

// Source: Discord, Gateway Events, "Guild Create" and "Guild Delete"
// https://docs.discord.com/developers/events/gateway-events#guild-create

test.each(['GUILD_DELETE', 'GUILD_CREATE'] as const)(
  'a session that connects during an outage is told so by %s, and gets the guild when it is back',
  async (toldBy) => {
    await using sim = await startFast({ guilds: 2, shards: 1 })
    const { guildId, channelId, ownerId } = await firstGuild(sim)
    await sim.control.setGuildOutage({ guildId, unavailable: true, toldBy })
    using gateway = await RawGateway.connect(sim.urls.gateway)
    const ready = await gateway.ready((await sim.control.app()).token)
    expect(ready.guilds).toContainEqual({ id: guildId, unavailable: true })
    const first = await gateway.frame(
      (frame) => frame.op === 0 && (frame.d as { id?: string } | null)?.id === guildId,
    )
    expect(first).toMatchObject({ t: toldBy, d: { id: guildId, unavailable: true } })
    expect(Object.keys(first.d as object).toSorted()).toEqual(['id', 'unavailable'])

    const meanwhile = await dispatchesDuring(sim, gateway, () =>
      sim.control.sendMessage({ channelId, userId: ownerId, content: 'nobody hears' }),
    )
    expect(meanwhile).toEqual([])
    const [back] = await dispatchesDuring(sim, gateway, () =>
      sim.control.setGuildOutage({ guildId, unavailable: false }),
    )
    expect(back).toMatchObject({ name: 'GUILD_CREATE', d: { id: guildId, unavailable: false } })
  },
)

test('a guild that the bot joins during an outage comes as unavailable', async () => {
  await using sim = await startFast({ guilds: 1, shards: 1 })
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  await gateway.dispatch('GUILD_CREATE')
  const { id: guildId } = await sim.control.createGuild({ name: 'Later', withBot: false })
  const joined = await dispatchesDuring(sim, gateway, async () => {
    await sim.control.setGuildOutage({ guildId, unavailable: true })
    await sim.control.addBot({ guildId })
  })
  expect(joined).toEqual([{ name: 'GUILD_CREATE', d: { id: guildId, unavailable: true } }])
})

test('a guild that the bot is thrown out of during an outage ends without `unavailable`', async () => {
  await using sim = await startFast({ guilds: 1, shards: 1 })
  const { guildId } = await firstGuild(sim)
  await sim.control.setGuildOutage({ guildId, unavailable: true })
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  await gateway.dispatch('GUILD_DELETE')
  const gone = await dispatchesDuring(sim, gateway, () => sim.control.removeBot({ guildId }))
  expect(gone).toEqual([{ name: 'GUILD_DELETE', d: { id: guildId } }])
})
