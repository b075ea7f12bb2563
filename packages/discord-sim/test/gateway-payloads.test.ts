import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { eventNames } from '../src/gateway/intents.ts'
import type { DiscordSim } from '../src/index.ts'
import { OpenApiTour } from './openapi-tour.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

/** Where discord-api-types calls a payload otherwise than its event. */
const typeNames: Record<string, string> = {
  RESUMED: '{ _trace: string[] }',
  MESSAGE_POLL_VOTE_ADD: 'types.GatewayMessagePollVoteDispatchData',
  MESSAGE_POLL_VOTE_REMOVE: 'types.GatewayMessagePollVoteDispatchData',
  GUILD_CREATE: 'types.GatewayGuildCreateDispatchData | types.APIUnavailableGuild',
}

function typeOf(event: string): string {
  const camel = event.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return typeNames[event] ?? `types.Gateway${camel}DispatchData`
}

/**
 * A payload as source text. String enums take no plain strings, so the ones that occur are written as
 * members; a set of flags is any number, where the enum of its bits names only single ones.
 */
function literal(payload: unknown): string {
  return JSON.stringify(payload)
    .replaceAll(/"(preferred_locale|guild_locale|locale)":"en-US"/g, '"$1":types.Locale.EnglishUS')
    .replaceAll('"type":"rich"', '"type":types.EmbedType.Rich')
    .replaceAll('"type":"poll_result"', '"type":types.EmbedType.PollResult')
    .replaceAll(
      '"scopes":["bot","applications.commands"]',
      '"scopes":[types.OAuth2Scopes.Bot,types.OAuth2Scopes.ApplicationsCommands]',
    )
    .replaceAll('"type":"link"', '"type":types.EmbedType.Link')
    .replaceAll('"type":"auto_moderation_message"', '"type":types.EmbedType.AutoModerationMessage')
    .replaceAll(
      /"type":"([01])"/g,
      (_, digit: string) => `"type":types.AuditLogOptionsType.${digit === '0' ? 'Role' : 'Member'}`,
    )
    .replaceAll(/"(flags|public_flags|system_channel_flags)":(\d+)/g, '"$1":$2 as number')
}

/** Everything the gateway can say, from a tour through the API and the people around it. */
async function collect(): Promise<Map<string, unknown[]>> {
  await using sim = await startFast({ guilds: 3, probeEveryMs: 0 })
  const { token } = await sim.control.app()
  using gateway = await RawGateway.connect(sim.urls.gateway)
  const { session_id: sessionId } = await gateway.ready(token)
  const { guildId, channelId, memberId } = await firstGuild(sim)
  const spoiler = { keyword_filter: ['spoiler'] }
  await restCaller(sim)('POST', `/guilds/${guildId}/auto-moderation/rules`, {
    name: 'x',
    event_type: 1,
    trigger_type: 1,
    trigger_metadata: spoiler,
    actions: [{ type: 1 }],
    enabled: true,
  })
  await expect(sim.control.sendMessage({ channelId, userId: memberId, content: 'spoiler' })).rejects.toThrow(
    'blocked',
  )
  for (const nonce of ['1', '2']) gateway.send(8, { guild_id: guildId, query: '', limit: 0, nonce })
  await gateway.dispatch('RATE_LIMITED')
  const user = await sim.control.createUser({ username: 'fresh' })
  await sim.control.addMember({ guildId, userId: user.id })
  await showAndHide(sim, gateway)
  await new OpenApiTour(sim).run()
  await gateway.dispatch('GUILD_DELETE')

  const seq = gateway.lastSeq
  gateway.socket.terminate()
  using again = await RawGateway.connect(sim.urls.gateway)
  again.send(6, { token, session_id: sessionId, seq })
  await again.dispatch('RESUMED')
  const payloads = new Map<string, unknown[]>()
  for (const { t, d } of [...gateway.dispatches(), ...again.dispatches('RESUMED')]) {
    payloads.set(t ?? '', [...(payloads.get(t ?? '') ?? []), d])
  }
  return payloads
}

/** What the bot gains and loses sight of, and what it asks the gateway for. */
async function showAndHide(sim: DiscordSim, gateway: RawGateway): Promise<void> {
  const { guildId, ownerId, guild } = await firstGuild(sim)
  const named = (name: string) =>
    [...guild.channels.values()].find((channel) => channel.name === name)?.id ?? ''
  const secret = named('council')
  const thread = await sim.control.createThread({ channelId: secret, userId: ownerId, name: 'budget' })
  await sim.control.updateChannel({ channelId: secret, overwrites: [] })
  await restCaller(sim)('PUT', `/channels/${thread.id}/thread-members/@me`)
  for (const archived of [true, false]) {
    await sim.control.updateThread({ channelId: thread.id, userId: ownerId, archived })
  }
  await sim.control.moveVoice({ guildId, userId: ownerId, channelId: named('Lounge') })
  gateway.send(43, { guild_id: guildId, fields: ['status', 'voice_start_time'] })
  gateway.send(31, { guild_ids: [guildId] })
  await gateway.dispatch('SOUNDBOARD_SOUNDS')
}

test('every event is sent somewhere, and every payload type-checks against discord-api-types', async () => {
  const payloads = await collect()
  expect(eventNames.filter((name) => !payloads.has(name))).toEqual([])

  const folder = await mkdtemp(join(tmpdir(), 'gateway-payloads-'))
  try {
    const types = fileURLToPath(import.meta.resolve('discord-api-types/v10')).replace(/\.m?js$/, '.js')
    const checks = [...payloads].flatMap(([event, list]) =>
      list.map((d) => `check<${typeOf(event)}>()(${literal(d)})`),
    )
    const source = [
      `import * as types from ${JSON.stringify(types)}`,
      'const check = <T,>() => <U extends T>(value: U) => value',
      ...checks,
    ].join('\n')
    await writeFile(join(folder, 'payloads.mts'), source)
    const options = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true }
    const compilerOptions = { ...options, module: 'NodeNext', target: 'ES2024', types: [] }
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['payloads.mts'] }),
    )
    const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))
    const run = promisify(execFile)(tsc, ['-p', folder, '--pretty', 'false'], { maxBuffer: 50_000_000 })
    const output = await run.then(
      () => '',
      (error: unknown) => (error as { stdout: string }).stdout,
    )
    expect(output.split('\n').slice(0, 20).join('\n')).toBe('')
    expect(checks.length).toBeGreaterThan(150)
  } finally {
    await rm(folder, { recursive: true })
  }
})
