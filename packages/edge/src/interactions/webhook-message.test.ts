import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nestsDeeperThan } from './json-depth.ts'
import { readWebhookMessage } from './webhook-message.ts'

const guildId = '900000000000000001'
const read = (value: unknown) => readWebhookMessage(Buffer.from(JSON.stringify(value)))
const command = {
  id: '1100000000000000001',
  type: 2,
  token: 'secret',
  guild_id: guildId,
  authorizing_integration_owners: { '0': guildId },
  data: { name: 'setup', options: [{ name: 'x', value: 1 }] },
}

test('PINGs and events of both kinds are told apart from interactions', () => {
  expect(read({ type: 1, id: '1100000000000000001', application_id: '1', version: 1 })).toEqual({
    kind: 'ping',
  })
  expect(read({ type: 1 })).toEqual({ kind: 'ping' })
  expect(read({ version: 1, type: 0 })).toEqual({ kind: 'event-ping' })
  expect(read({ version: 1, type: 1, event: { type: 'APPLICATION_AUTHORIZED' } })).toEqual({ kind: 'event' })
})

test('an interaction keeps its whole payload', () => {
  const message = read(command)
  expect(message).toMatchObject({
    kind: 'interaction',
    interaction: {
      interactionId: command.id,
      guildId,
      subject: { type: 2, command: 'setup', customId: null },
    },
  })
  expect(message.kind === 'interaction' && message.interaction.payload).toEqual(command)
})

describe('a guild needs its owner only if the guild itself installed the app', () => {
  test.each([
    ['installed by the guild', { '0': guildId }, guildId, guildId],
    ['installed by the guild and the person', { '0': guildId, '1': '700000000000000001' }, guildId, guildId],
    ['brought along by a person', { '1': '700000000000000001' }, guildId, null],
    ["in the bot's direct messages", { '0': '0' }, undefined, null],
    ['installed by another guild than this', { '0': '900000000000000002' }, guildId, null],
    ['nothing stated', undefined, guildId, null],
  ])('%s', (_name, owners, inGuild, owner) => {
    const message = read({ ...command, guild_id: inGuild, authorizing_integration_owners: owners })
    expect(message).toMatchObject({ kind: 'interaction', interaction: { guildId: owner } })
  })
})

describe('what is no interaction gets its reason', () => {
  test.each([
    ['not JSON', Buffer.from('{"type":')],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['nothing', Buffer.alloc(0)],
    ['a list', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['no type', Buffer.from('{}')],
    ['a type that is no number', Buffer.from('{"type":"2"}')],
    ['no id', Buffer.from('{"type":2}')],
  ])('%s', (_name, body) => {
    expect(readWebhookMessage(body)).toMatchObject({ kind: 'unreadable', failure: { kind: 'InvalidInput' } })
  })

  test.each([
    '1',
    '01100000000000000001',
    '1@169.254.169.254',
    '1100000000000000001\r\n',
    "1' OR 1=1",
    '١٢٣',
    '',
  ])('the snowflake %j', (id) => {
    for (const payload of [
      { ...command, id },
      { ...command, guild_id: id },
    ]) {
      expect(read(payload)).toMatchObject({ kind: 'unreadable', failure: { kind: 'InvalidInput' } })
    }
  })

  test('JSON nested hundreds of thousands deep, without overflowing the stack', () => {
    for (const text of ['['.repeat(500_000), '{"a":'.repeat(100_000), `{"type":2,"d":${'['.repeat(65)}`]) {
      expect(readWebhookMessage(Buffer.from(text))).toMatchObject({ kind: 'unreadable' })
    }
  })
})

test('the depth of a JSON text is that of its parsed value, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(8), (value, limit) => {
      expect(nestsDeeperThan(Buffer.from(JSON.stringify(value)), limit)).toBe(depthOf(value) > limit)
    }),
  )
  expect(nestsDeeperThan(Buffer.from(JSON.stringify(['[[[["\\[{{'])), 1)).toBe(false)
})

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
