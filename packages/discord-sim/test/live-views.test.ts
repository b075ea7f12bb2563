import { request } from 'node:http'
import { expect, test } from 'vitest'
import { LiveViews } from '../src/control/live/live-views.ts'
import type { LiveUpdates } from '../src/control/live/live-views.ts'
import { Timeline } from '../src/control/live/timeline.ts'
import { LivePage } from './live-page.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

test('a page shows a person the channels that they may view, and no others', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId, ownerId, memberId } = await firstGuild(sim)
  await using owner = await LivePage.open(sim, { userId: ownerId, guildId })
  await using member = await LivePage.open(sim, { userId: memberId, guildId })
  const names = (page: LivePage) => page.pieces.channels?.map((channel) => channel.name)
  await expect.poll(() => names(owner)).toContain('staff-room')
  await expect.poll(() => names(member)).toContain('general')
  expect(names(member)).not.toContain('staff-room')
  expect(names(member)).not.toContain('Staff')

  const staffRoom = owner.pieces.channels?.find((channel) => channel.name === 'staff-room')
  await using curious = await LivePage.open(sim, { userId: memberId, channelId: staffRoom?.id ?? '' })
  await expect.poll(() => curious.pieces.place?.channelId).toBeDefined()
  expect(curious.pieces.place?.channelId).not.toBe(staffRoom?.id)
})

test('a page follows messages, edits, reactions and deletions', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { channelId, ownerId } = await firstGuild(sim)
  await using page = await LivePage.open(sim, { userId: ownerId, channelId })
  const message = await sim.control.sendMessage({ channelId, userId: ownerId, content: 'one' })
  await expect.poll(() => page.contents).toEqual(['one'])
  const target = { channelId, userId: ownerId, messageId: message.id }
  await sim.control.editMessage({ ...target, content: 'two' })
  await sim.control.addReaction({ ...target, emoji: '👍' })
  await expect
    .poll(() => page.messages.get(message.id))
    .toMatchObject({ content: 'two', myReactions: ['👍'] })
  await sim.control.deleteMessage(target)
  await expect.poll(() => page.contents).toEqual([])
})

test('an ephemeral answer is on the page of its person alone', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { channelId, ownerId, memberId } = await firstGuild(sim)
  const { id } = await sim.control.app()
  const rest = restCaller(sim)
  await rest('PUT', `/applications/${id}/commands`, [{ name: 'whisper', description: 'Only to you' }])
  await using asker = await LivePage.open(sim, { userId: memberId, channelId })
  await using other = await LivePage.open(sim, { userId: ownerId, channelId })
  const answered = sim.control.runCommand({ userId: memberId, channelId, command: 'whisper' })
  await expect
    .poll(() => [...asker.timeline.values()])
    .toMatchObject([{}, { kind: 'interaction', name: 'whisper', failure: null, answeredAfterMs: null }])
  const sent = sim.latestInteraction()
  await rest('POST', `/interactions/${sent.id}/${sent.token}/callback`, {
    type: 4,
    data: { content: 'psst', flags: 64 },
  })
  expect(await answered).toMatchObject({ status: 'message', ephemeral: true })
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'for everybody' })
  await expect.poll(() => asker.contents).toEqual(['psst', 'for everybody'])
  await expect.poll(() => other.contents).toEqual(['for everybody'])
})

test('the timeline tells REST calls with their errors, interactions with their delays, and gateway sessions', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { channelId, ownerId } = await firstGuild(sim)
  await using page = await LivePage.open(sim, { userId: ownerId, channelId })
  const rest = restCaller(sim)
  await rest('POST', `/channels/${channelId}/messages`, { content: 'hi' })
  await rest('POST', `/channels/${channelId}/messages`, {})
  await sim.control.setRestFaults({ faults: [{ path: '/messages$', cut: 'after', times: 1 }] })
  await expect(rest('POST', `/channels/${channelId}/messages`, { content: 'cut' })).rejects.toThrow('fetch')
  using socket = await RawGateway.connect(sim.urls.gateway)
  socket.identify((await sim.control.app()).token, { intents: allIntents, shard: [0, 1] })
  await expect.poll(() => page.pieces.sessions).toEqual([{ shardId: 0, shardCount: 1, connected: true }])
  await sim.control.closeSockets({ code: 4009 })
  await expect
    .poll(() => [...page.timeline.values()])
    .toMatchObject([
      { kind: 'rest', method: 'POST', path: `/channels/${channelId}/messages`, status: 200, error: null },
      { status: 400, error: '50006 Cannot send an empty message' },
      { status: null },
      { kind: 'gateway', what: 'identified', shard: '0/1' },
      { kind: 'gateway', what: 'closed', shard: '0/1', code: 4009 },
    ])
})

test('a page that did not read for a while is told everything that it missed', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { channelId, ownerId } = await firstGuild(sim)
  const views = new LiveViews(sim.world, new Timeline(sim.world.clock), () => [])
  let isBehind = false
  const updates: LiveUpdates['messages'][] = []
  views.subscribe({
    wanted: { userId: ownerId, guildId: null, channelId },
    messageLimit: 2,
    isBehind: () => isBehind,
    send: (name, update) => {
      if (name === 'messages') updates.push(update as LiveUpdates['messages'])
    },
  })
  isBehind = true
  for (const content of ['one', 'two', 'three']) {
    await sim.control.sendMessage({ channelId, userId: ownerId, content })
  }
  isBehind = false
  await expect.poll(() => updates.at(-1)?.set.map((message) => message.content)).toEqual(['two', 'three'])
  expect(updates.at(-1)?.more).toBe(true)
  views.dispose()
})

test('pages of other sites reach neither the control API nor the chat page, by whatever name', async () => {
  await using sim = await startFast({ guilds: 1, publicHost: 'sim.example' })
  const { port } = new URL(sim.urls.base.replace('sim.example', '127.0.0.1'))
  const ask = (path: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port, path, headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      asking.on('error', reject)
      asking.end()
    })
  const rebound = { host: `evil.example:${port}` }
  const foreign = { host: `localhost:${port}`, origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const path of ['/_sim', '/_sim/app', '/_sim/live?userId=1', '/chat', '/chat/app.js']) {
    expect([path, await ask(path, rebound)]).toEqual([path, 403])
    expect([path, await ask(path, foreign)]).toEqual([path, 403])
  }
  for (const host of [
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    'sim:80',
    `sim.example:${port}`,
  ]) {
    expect([host, await ask('/_sim/app', { host })]).toEqual([host, 200])
    expect([host, await ask('/_sim/app', { host, origin: `http://${host}` })]).toEqual([host, 200])
  }
})
