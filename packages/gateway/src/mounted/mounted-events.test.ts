import type { DiscordSim } from '@guildmesh/discord-sim'
import { Metrics } from '@guildmesh/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { mountRecording, quietDiscord, RecordingModule } from '../../test/mounted-bot/recording-module.ts'
import { channel, channelId, guildCreate, message } from '@guildmesh/bot/testing'
import { guildA, guildB, TestOwner } from '../../test/owner-side/test-owner.ts'

let sim: DiscordSim
beforeAll(async () => {
  sim = await quietDiscord()
})
afterAll(() => sim[Symbol.asyncDispose]())

const garden = guildCreate(guildA)
const orchard = guildCreate(guildB, { name: 'Orchard', channels: [channel(2)] })
const says = (n: number, content: string, guildId = guildA) =>
  [
    'MESSAGE_CREATE',
    message(n, { content, guild_id: guildId, channel_id: channelId(guildId === guildA ? 1 : 2) }),
  ] as const

const depth = (gateway: TestOwner) => gateway.store.inbox.depth()
const heard = (module: RecordingModule, wanted: (heard: readonly string[]) => boolean) =>
  eventually(() => module.heard, wanted)

async function started(module: RecordingModule, options: Parameters<typeof mountRecording>[2] = {}) {
  const gateway = new TestOwner({ mount: await mountRecording(sim, module, options) })
  gateway.start()
  return gateway
}

test('events are heard after their commit, in order, and leave the inbox when their listeners have finished', async () => {
  const module = new RecordingModule()
  await using gateway = await started(module)
  await gateway.deliver(guildA, ['GUILD_CREATE', garden], says(1, 'one'), says(2, 'two'))
  await gateway.deliver(guildA, says(3, 'three'))
  await heard(module, () => module.messages().length === 3)
  expect(module.messages()).toEqual(['one', 'two', 'three'])
  await eventually(() => depth(gateway) === 0)
})

test('after a crash, what listeners had not finished is heard again; what they had is not', async () => {
  const module = new RecordingModule()
  module.whileHearing = (content) => (content === 'hangs' ? new Promise(() => {}) : undefined)
  await using gateway = await started(module)
  await gateway.deliver(
    guildA,
    ['GUILD_CREATE', garden],
    says(1, 'done'),
    says(2, 'hangs'),
    says(3, 'done too'),
  )
  await heard(module, () => module.messages().length === 3)
  await eventually(() => depth(gateway) === 1)

  const next = new RecordingModule()
  gateway.mount = await mountRecording(sim, next)
  await gateway.restart()
  gateway.start()
  await eventually(() => depth(gateway) === 0)
  expect(next.messages()).toEqual(['hangs'])
  expect(next.heard).toContain('ready 1')
})

test('what was committed while no module could hear it is heard by the next process', async () => {
  const module = new RecordingModule()
  await using gateway = new TestOwner({ mount: await mountRecording(sim, module) })
  // Never started, as in a crash between the commit and the listeners.
  await gateway.deliver(guildA, ['GUILD_CREATE', garden], says(1, 'one'), says(2, 'two'))
  expect(module.heard).toEqual([])
  const next = new RecordingModule()
  gateway.mount = await mountRecording(sim, next)
  await gateway.restart()
  gateway.start()
  await heard(next, () => next.messages().length === 2)
  expect(next.messages()).toEqual(['one', 'two'])
})

test('an event with which process after process ends is set aside, and its successors are heard', async () => {
  await using gateway = new TestOwner({ mount: await mountRecording(sim, new RecordingModule()) })
  await gateway.deliver(guildA, ['GUILD_CREATE', garden], says(1, 'poison'))
  for (let run = 1; run <= 3; run++) {
    const module = new RecordingModule()
    module.whileHearing = () => new Promise(() => {})
    gateway.mount = await mountRecording(sim, module)
    await gateway.restart()
    gateway.start()
    await heard(module, () => module.messages().length === 1)
  }
  const last = new RecordingModule()
  gateway.mount = await mountRecording(sim, last)
  await gateway.restart()
  gateway.start()
  await gateway.deliver(guildA, says(2, 'later'))
  await heard(last, () => last.messages().length > 0)
  expect(last.messages()).toEqual(['later'])
  const dead = gateway.rows(guildA, (rows) => rows.list('eventDeadLetters'))
  expect(dead).toMatchObject([{ feature: 'mounted-modules', type: 'MESSAGE_CREATE', attempts: 3 }])
})

test('a guild whose listeners hang does not delay another, nor its own later events', async () => {
  const module = new RecordingModule()
  const freed = Promise.withResolvers<void>()
  module.whileHearing = (content) => (content === 'stuck' ? freed.promise : undefined)
  await using gateway = await started(module)
  await gateway.deliver(guildA, ['GUILD_CREATE', garden], says(1, 'stuck'), says(2, 'after'))
  await gateway.deliver(guildB, ['GUILD_CREATE', orchard], says(901, 'elsewhere', guildB))
  await heard(module, () => module.messages().length === 3)
  expect(new Set(module.messages())).toEqual(new Set(['stuck', 'after', 'elsewhere']))
  await eventually(() => depth(gateway) === 1)
  freed.resolve()
  await eventually(() => depth(gateway) === 0)
})

test('a guild whose listeners all hang has a bounded number of events under way; the rest wait, in order', async () => {
  const module = new RecordingModule()
  const freed = Promise.withResolvers<void>()
  module.whileHearing = () => freed.promise
  await using gateway = await started(module)
  const many = Array.from({ length: 100 }, (_, index) => says(index + 1, String(index)))
  await gateway.deliver(guildA, ['GUILD_CREATE', garden], ...many)
  await gateway.deliver(guildB, ['GUILD_CREATE', orchard], says(901, 'elsewhere', guildB))
  await heard(module, () => module.messages().includes('elsewhere') && module.messages().length >= 64)
  expect(module.messages().length).toBeLessThan(100)
  freed.resolve()
  await heard(module, () => module.messages().length === 101)
  expect(module.messages().filter((content) => content !== 'elsewhere')).toEqual(
    many.map((_, index) => String(index)),
  )
  await eventually(() => depth(gateway) === 0)
})

test('a listener over the time limit is counted by its module and event, and its event counts as heard', async () => {
  const metrics = new Metrics({ processMetrics: false })
  const module = new RecordingModule()
  module.whileHearing = () => new Promise(() => {})
  await using gateway = await started(module, { listenerLimitMs: 100, metrics })
  await gateway.deliver(guildA, ['GUILD_CREATE', garden], says(1, 'for ever'))
  await heard(module, () => module.messages().length === 1)
  await eventually(() => depth(gateway) === 0)
  const timeouts = await metrics.registry.getSingleMetric('guildmesh_mounted_listener_timeouts_total')?.get()
  expect(timeouts?.values).toMatchObject([
    { value: 1, labels: { module: 'recorder', event: 'messageCreate' } },
  ])
})

test('a listener that throws or rejects ends nothing, and does not take the event from others', async () => {
  const module = new RecordingModule()
  module.whileHearing = (content) => {
    if (content === 'throws') throw new Error('planned')
    return content === 'rejects' ? Promise.reject(new Error('planned')) : undefined
  }
  await using gateway = await started(module)
  await gateway.deliver(
    guildA,
    ['GUILD_CREATE', garden],
    says(1, 'throws'),
    says(2, 'rejects'),
    says(3, 'fine'),
  )
  await heard(module, () => module.messages().length === 3)
  await eventually(() => depth(gateway) === 0)
  expect(module.messages()).toEqual(['throws', 'rejects', 'fine'])
})

test('a guild that comes from another gateway, goes to one, or is down for a while is neither joined nor left', async () => {
  const module = new RecordingModule()
  await using gateway = await started(module)
  await gateway.deliver(guildA, ['GUILD_CREATE', garden])
  await heard(module, (lines) => lines.includes('guildAvailable Garden'))
  // A new session describes it anew; then Discord has an outage of it.
  await gateway.deliver(guildA, ['GUILD_CREATE', guildCreate(guildA, { name: 'Park' })])
  await gateway.deliver(guildA, ['GUILD_DELETE', { id: guildA, unavailable: true }])
  await gateway.deliver(guildA, ['GUILD_CREATE', guildCreate(guildA, { name: 'Park' })])
  await heard(module, (lines) => lines.filter((line) => line === 'guildAvailable Park').length === 2)
  // What has not left the inbox when a guild goes stays with the guild.
  await eventually(() => depth(gateway) === 0)
  gateway.owner.reconcile([{ guildId: guildB, epoch: 1 }])
  await heard(module, (lines) => lines.at(-1) === 'guildUnavailable Park')

  const next = new RecordingModule()
  gateway.mount = await mountRecording(sim, next)
  await gateway.deliver(guildB, ['GUILD_CREATE', orchard])
  await eventually(() => depth(gateway) === 0)
  await gateway.restart()
  gateway.start()
  await heard(next, (lines) => lines.includes('ready 1'))
  for (const { heard: lines } of [module, next]) {
    expect(lines.filter((line) => /guildCreate|guildDelete/.test(line))).toEqual([])
  }
})

test('a guild that the bot joins, and one that it leaves, fire guildCreate and guildDelete', async () => {
  const module = new RecordingModule()
  await using gateway = await started(module)
  await heard(module, (lines) => lines.includes('ready 0'))
  const joined = guildCreate(guildA, { joined_at: new Date(gateway.now - 1000).toISOString() })
  await gateway.deliver(guildA, ['GUILD_CREATE', joined])
  await gateway.deliver(guildA, ['GUILD_DELETE', { id: guildA }])
  await heard(module, (lines) => lines.includes('guildDelete Garden'))
  await gateway.deliver(guildA, ['GUILD_CREATE', garden])
  await heard(module, (lines) => lines.length === 4)
  expect(module.heard).toEqual(['ready 0', 'guildCreate Garden', 'guildDelete Garden', 'guildCreate Garden'])
})

test('a leave that no listener heard before a crash is heard after it, with the guild as it was', async () => {
  await using gateway = await started(new RecordingModule())
  await gateway.deliver(guildA, ['GUILD_CREATE', garden])
  await eventually(() => depth(gateway) === 0)
  gateway.mount = await mountRecording(sim, new RecordingModule())
  await gateway.restart()
  await gateway.deliver(guildA, ['GUILD_DELETE', { id: guildA }])
  const next = new RecordingModule()
  gateway.mount = await mountRecording(sim, next)
  await gateway.restart()
  gateway.start()
  await eventually(() => depth(gateway) === 0)
  expect(next.heard).toEqual(['ready 0', 'guildDelete Garden'])
})
