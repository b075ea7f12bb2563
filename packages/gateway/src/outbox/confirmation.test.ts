import { GuildId } from '@guildmesh/contracts'
import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import type { GuildRow } from '@guildmesh/guild-store'
import { FeatureRegistry } from '@guildmesh/bot'
import { expect, test } from 'vitest'
import { RestConfirmation } from './confirmation.ts'
import type { DiscordRest } from './discord-rest.ts'

/** Discord's REST API as it is, without limits. */
function plainRest(sim: DiscordSim, token: string): DiscordRest {
  return {
    async call({ method, route, query, body }) {
      const address = new URL(`${sim.urls.api}/v10${route}`)
      address.search = new URLSearchParams(query).toString()
      const answer = await fetch(address, {
        method,
        headers: { authorization: `Bot ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { kind: 'made', body: await answer.json() }
    },
  }
}

async function setUp() {
  const sim = await startDiscordSim({ guilds: 1, probeEveryMs: 0, rateLimits: { enforced: false } })
  const { token, id } = await sim.control.app()
  const [guild] = [...sim.world.guilds.values()]
  const channel = [...(guild?.channels.values() ?? [])].find(({ name }) => name === 'general')
  if (!guild || !channel) throw new Error('the simulator has no guild')
  const guildId = GuildId.parse(guild.id)
  const rest = plainRest(sim, token)
  const confirmation = new RestConfirmation(rest, new FeatureRegistry([]), id)
  const route = `/channels/${channel.id}/messages` as const
  /** What a look shows of a message that was sent, if at all, since a minute ago. */
  const look = async (body: Record<string, unknown>) => {
    const call: GuildRow<'outbox'> = {
      callSeq: 1,
      sourceKey: 'event',
      ordinal: 0,
      feature: 'test',
      method: 'POST',
      route,
      body,
      reason: null,
      repeat: 'nonce',
      readBack: null,
      onResult: null,
      context: null,
      state: 'in_flight',
      attempts: 1,
      dueAt: 0,
      sentAt: Date.now(),
      error: null,
      knownResult: null,
      createdAt: 0,
      essential: false,
    }
    return confirmation.look(guildId, call, new AbortController().signal)
  }
  const send = async (body: Record<string, unknown>) =>
    rest.call({ method: 'POST', route, body }, new AbortController().signal)
  return { sim, channel, look, send, [Symbol.asyncDispose]: () => sim.stop() }
}

const said: [string, Record<string, unknown>][] = [
  ['a text', { content: 'hello' }],
  ['a text that Discord trims and cleans', { content: '  line 1\r\nline 2\u202E \n' }],
  ['embeds alone', { embeds: [{ title: ' Log ', description: 'x', fields: [{ name: 'n', value: 'v' }] }] }],
  [
    'a text with a button',
    {
      content: 'x',
      components: [{ type: 1, components: [{ type: 2, style: 1, label: 'Go', custom_id: 'go' }] }],
    },
  ],
  ['a layout', { flags: 32_768, components: [{ type: 17, components: [{ type: 10, content: 'x\n' }] }] }],
]

// Reads show no nonce: https://docs.discord.com/developers/resources/message#create-message
test.each(said)('%s that was sent is found by what Discord kept of it', async (_, body) => {
  await using mesh = await setUp()
  expect(await mesh.look(body)).toEqual({ kind: 'not-done' })
  const sent = await mesh.send({ ...body, nonce: 'n', enforce_nonce: true })
  expect(await mesh.look(body)).toMatchObject({
    kind: 'done',
    body: { id: sent.kind === 'made' && Reflect.get(Object(sent.body), 'id') },
  })
})

test('other messages of the bot are not taken for it: other embeds, the notice of a pin', async () => {
  await using mesh = await setUp()
  await mesh.send({ embeds: [{ title: 'first' }] })
  const latest = mesh.channel.lastMessageId
  await fetch(`${mesh.sim.urls.api}/v10/channels/${mesh.channel.id}/messages/pins/${latest}`, {
    method: 'PUT',
    headers: { authorization: `Bot ${(await mesh.sim.control.app()).token}` },
  })
  expect(await mesh.look({ embeds: [{ title: 'second' }] })).toEqual({ kind: 'not-done' })
})
