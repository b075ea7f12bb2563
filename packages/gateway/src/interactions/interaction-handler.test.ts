import { InteractionId } from '@guildmesh/contracts'
import { put } from '@guildmesh/guild-store'
import { ApplicationCommandType, PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { channelId, user } from '@guildmesh/bot/testing'
import { call, failureOf, gatewayId, guildA, guildB, TestOwner } from '../../test/owner-side/test-owner.ts'
import { ephemeral, type Feature } from '@guildmesh/bot'

/** Counts its runs in a channel row, so that a second effect is seen. */
const counting: Feature = {
  name: 'counting',
  commands: ['count', 'fail'].map((name) => ({
    name,
    requires: PermissionFlagsBits.ManageMessages,
    definition: { name, description: name, type: ApplicationCommandType.ChatInput },
    handle(_interaction, { guild }) {
      const position = (guild.get('documentChannels', { channelId: '1' }, ['position'])?.position ?? 0) + 1
      if (name === 'fail') throw new Error('secret detail')
      return {
        rows: [put('documentChannels', { channelId: '1', name: '', type: 0, position, payload: {} })],
        reply: ephemeral(`run ${position}`),
      }
    },
  })),
}

const permitted = PermissionFlagsBits.ManageMessages
const id = (n: number) => InteractionId.parse(String(700000000000000000n + BigInt(n)))

type Input = Parameters<TestOwner['owner']['port']['interactions']['handle']>[0]

function command(n: number, name: string, permissions: bigint = permitted, guildId = guildA) {
  return {
    interactionId: id(n),
    guild: { guildId, epoch: 1 },
    payload: {
      id: id(n),
      type: 2,
      guild_id: guildId,
      channel_id: channelId(1),
      token: 'secret-token',
      app_permissions: '0',
      member: { user: user(1), roles: [], permissions: permissions.toString() },
      data: { id: '1', name, type: 1 },
    },
  }
}

const handle = (gateway: TestOwner, input: Input) => gateway.owner.port.interactions.handle(input, call())
const content = async (answer: ReturnType<typeof handle>) => (await answer).response.data?.['content']
const runs = (gateway: TestOwner) =>
  gateway.rows(guildA, (rows) => rows.get('documentChannels', { channelId: '1' })?.position ?? 0)

test('I4, I5: a repeated interaction has one effect and one answer, also side by side and over a restart', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  const first = await Promise.all(Array.from({ length: 50 }, () => handle(gateway, command(1, 'count'))))
  await gateway.restart()
  const later = await handle(gateway, command(1, 'count'))
  expect(new Set([...first, later].map((answer) => JSON.stringify(answer)))).toHaveLength(1)
  expect(runs(gateway)).toBe(1)
  expect(await content(handle(gateway, command(2, 'count')))).toBe('run 2')
})

test('the stored answer is forgotten when the interaction can no longer be repeated', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  await handle(gateway, command(1, 'count'))
  expect(gateway.store.index.guildsWithExpired(gateway.now + 15 * 60_000 - 1)).toEqual([])
  expect(gateway.store.index.guildsWithExpired(gateway.now + 15 * 60_000)).toEqual([guildA])
})

test('who lacks the permission is told which, and nothing happens', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  const answer = await handle(gateway, command(1, 'count', 0n))
  expect(answer.response).toMatchObject({ type: 4, data: { flags: 64 } })
  expect(answer.response.data?.['content']).toContain('Manage Messages')
  expect(runs(gateway)).toBe(0)
  expect(await content(handle(gateway, command(2, 'count', PermissionFlagsBits.Administrator)))).toBe('run 1')
})

test('a command and a button that nobody knows get a polite answer', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  expect(await content(handle(gateway, command(1, 'gone')))).toContain('“gone” is not known here')
  const base = command(2, 'x')
  const button = {
    ...base,
    payload: {
      ...base.payload,
      type: 3,
      message: { id: '1' },
      data: { custom_id: 'old|1', component_type: 2 },
    },
  }
  expect(await content(handle(gateway, button))).toContain('no longer in use')
})

test('a handler that fails changes nothing, answers without details, and is logged', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  const answer = await content(handle(gateway, command(1, 'fail')))
  expect(answer).toContain('Something went wrong')
  expect(answer).not.toContain('secret')
  expect(gateway.logged).toContainEqual(
    expect.objectContaining({ level: 'error', message: 'an interaction failed' }),
  )
})

test('the token is stored nowhere', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  await handle(gateway, command(1, 'count'))
  const rows = gateway.rows(guildA, (guild) => guild.list('interactions'))
  expect(rows).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toContain('secret-token')
})

test('outside of a server, and if the bot is not a member, the answer needs no owner', async () => {
  await using gateway = new TestOwner({ unassigned: true, features: [counting] })
  const { payload, interactionId } = command(1, 'count')
  const answer = await gateway.owner.port.interactions.handle({ interactionId, guild: null, payload }, call())
  expect(answer.response.data?.['content']).toContain('only in servers')
  const typing = { ...payload, type: 4 }
  const choices = await gateway.owner.port.interactions.handle(
    { interactionId, guild: null, payload: typing },
    call(),
  )
  expect(choices.response).toEqual({ type: 8, data: { choices: [] } })
})

test('I16: a payload of another guild or interaction than the call names is refused', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  const foreign = { ...command(1, 'count'), guild: { guildId: guildB, epoch: 1 } }
  expect(await failureOf(handle(gateway, foreign))).toMatchObject({ kind: 'InvalidInput' })
  const other = { ...command(1, 'count'), interactionId: id(2) }
  expect(await failureOf(handle(gateway, other))).toMatchObject({ kind: 'InvalidInput' })
})

test('a payload that is no interaction is refused, saying where', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  const input = command(1, 'count')
  const failure = await failureOf(
    gateway.owner.port.interactions.handle({ ...input, payload: { ...input.payload, member: 7 } }, call()),
  )
  expect(failure).toMatchObject({ kind: 'InvalidInput', issues: [{ path: 'payload.member' }] })
})

test('an interaction of a guild owned elsewhere is refused', async () => {
  await using gateway = new TestOwner({ features: [counting] })
  gateway.owner.reconcile([{ guildId: guildB, epoch: 1 }])
  expect(await failureOf(handle(gateway, command(1, 'count')))).toEqual({
    kind: 'NotOwner',
    guildId: guildA,
    gatewayId,
    knownEpoch: 1,
  })
})
