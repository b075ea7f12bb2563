import { GuildId } from '@guildmesh/contracts'
import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import { put } from '@guildmesh/guild-store'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ChainOwner } from '../../test/chain-owner.ts'
import { eventually } from '../../test/eventually.ts'
import { TestOwner } from '../../test/owner-side/test-owner.ts'
import { holderId, SoleLeases, startSoleHolder } from '../../test/sole-holder.ts'
import { type CallResult, type Feature, on } from '@guildmesh/bot'

const guilds = 3
const casesPerGuild = 2
const timeoutMs = 1000

const Created = z.looseObject({ id: z.string() })
const Case = z.object({ name: z.string(), channelId: z.string().optional() })

function idOf(result: CallResult): string {
  if (!result.ok) throw new Error(`the call failed: ${result.message}`)
  return Created.parse(result.body).id
}

/**
 * Opens a case in durable steps, one of each kind of confirmation: a channel (audit log), a message in it (nonce), its
 * pin (idempotent), a webhook (read back); each step uses what the one before it made.
 */
const cases: Feature = {
  name: 'cases',
  events: [
    on('MESSAGE_CREATE', ({ content, author }, { guild }) =>
      author.bot || !content.startsWith('case-')
        ? {}
        : {
            calls: [
              {
                method: 'POST',
                route: `/guilds/${guild.guildId}/channels`,
                body: { name: content, type: 0 },
                reason: 'a case was opened',
                repeat: 'lane',
                onResult: { step: 'channel', context: { name: content } },
              },
            ],
          },
    ),
  ],
  results: [
    {
      step: 'channel',
      handle(result, call) {
        const channelId = idOf(result)
        const context = { ...Case.parse(call.context), channelId }
        return {
          calls: [
            {
              method: 'POST',
              route: `/channels/${channelId}/messages`,
              body: { content: `about ${context.name}` },
              repeat: 'nonce',
              onResult: { step: 'message', context },
            },
          ],
        }
      },
    },
    {
      step: 'message',
      handle(result, call) {
        const { channelId } = Case.parse(call.context)
        return {
          calls: [
            { method: 'PUT', route: `/channels/${channelId}/pins/${idOf(result)}`, repeat: 'idempotent' },
            {
              method: 'POST',
              route: `/channels/${channelId}/webhooks`,
              body: { name: 'notes' },
              repeat: 'read-back',
              readBack: { route: `/channels/${channelId}/webhooks`, step: 'webhooks' },
              onResult: { step: 'webhook', context: call.context },
            },
          ],
        }
      },
    },
    {
      step: 'webhook',
      handle(result, call) {
        const { name } = Case.parse(call.context)
        const row = { channelId: idOf(result), name, type: 0, position: 0, payload: { done: true } }
        return { rows: [put('documentChannels', row)] }
      },
    },
  ],
  readBacks: [
    {
      step: 'webhooks',
      judge(read) {
        if (!read.ok) return { kind: 'cannot-tell', message: read.message }
        const [own] = z.array(Created).parse(read.body)
        return own ? { kind: 'done', body: own } : { kind: 'not-done' }
      },
    },
  ],
}

const names = Array.from({ length: casesPerGuild }, (_, n) => `case-${n}`)

/** Every guild opens its cases; gives the guilds. */
async function openCases(sim: DiscordSim): Promise<GuildId[]> {
  const guildIds = (await sim.control.guilds()).map(({ id }) => GuildId.parse(id))
  for (const guildId of guildIds) {
    const { channels, ownerId } = sim.world.guild(guildId)
    const general = [...channels.values()].find(({ name }) => name === 'general')
    if (!general) throw new Error('no general channel')
    for (const content of names) {
      await sim.control.sendMessage({ userId: ownerId, channelId: general.id, content })
    }
  }
  return guildIds
}

test('through a storm of failing calls and a restart, every call happens once in effect', async () => {
  await using sim = await startDiscordSim({
    guilds,
    seed: 11,
    strict: true,
    identify: { maxConcurrency: 16, perKeyMs: 10 },
    probeEveryMs: 0,
  })
  const { token, id } = await sim.control.app()
  await using gateway = new TestOwner({
    features: [cases],
    baseUrl: sim.urls.api,
    application: { id, token, timeoutMs },
    unassigned: true,
  })
  const assigned = (await sim.control.guilds()).map((guild) => ({
    guildId: GuildId.parse(guild.id),
    epoch: 1,
  }))
  gateway.owner.reconcile(assigned)
  gateway.start()
  await using holder = await startSoleHolder(sim, new SoleLeases(3), new ChainOwner(holderId), {
    delivery: { send: (_gatewayId, input) => gateway.owner.deliver(input) },
  })
  await eventually(
    () => sim.control.sessions(),
    (sessions) => sessions.filter(({ pendingGuilds }) => pendingGuilds === 0).length === 3,
  )
  await sim.control.setRestFaults({
    faults: [
      { method: 'GET', status: 502, probability: 0.2 },
      { method: 'POST', cut: 'after', probability: 0.2 },
      { method: 'POST', cut: 'before', probability: 0.1 },
      { method: 'POST', status: 502, probability: 0.08 },
      { status: 429, scope: 'user', retryAfterMs: 200, probability: 0.06 },
      { status: 429, scope: 'shared', retryAfterMs: 200, probability: 0.06 },
      { status: 429, scope: 'global', retryAfterMs: 200, probability: 0.03 },
      // The client has given up by the time it runs.
      { method: 'POST', latencyMs: timeoutMs * 1.5, probability: 0.06 },
    ],
  })
  const guildIds = await openCases(sim)
  await eventually(async () => (await gateway.counted('outbox_attempts_total', { outcome: 'retry' })) > 0)
  await gateway.restart()
  gateway.owner.reconcile(assigned)
  gateway.start()

  const opened = (guildId: GuildId) =>
    gateway.rows(guildId, (rows) =>
      rows
        .list('documentChannels')
        .filter(isDone)
        .map(({ name }) => name),
    )
  await eventually(
    () => guildIds.map((guildId) => opened(guildId).length),
    (counts) => counts.every((count) => count === casesPerGuild),
    50_000,
  )
  await holder.crash()
  await sim.control.clearFaults()

  const { rest } = await sim.control.report({})
  expect(rest).toMatchObject({ doubledNonces: [], doubledEffects: [] })
  for (const guildId of guildIds) {
    expect(opened(guildId).toSorted()).toEqual(names)
    expect(gateway.owner.deadLetters.list(guildId)).toEqual([])
    const made = [...sim.world.guild(guildId).channels.values()].filter(({ name }) => names.includes(name))
    expect(made.map(({ name }) => name).toSorted()).toEqual(names)
    for (const channel of made) {
      const ours = [...(channel.messages?.values() ?? [])].filter(({ type }) => type === 0)
      expect(ours.map(({ content }) => content)).toEqual([`about ${channel.name}`])
      const hooks = [...sim.world.webhooks.values()].filter(({ channelId }) => channelId === channel.id)
      expect(hooks).toHaveLength(1)
    }
  }
  expect(await gateway.counted('outbox_confirmations_total')).toBeGreaterThan(0)
})

function isDone(row: { readonly payload: unknown }): boolean {
  return typeof row.payload === 'object' && row.payload !== null && 'done' in row.payload
}
