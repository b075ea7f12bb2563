import { startDiscordSim } from '../src/index.ts'
import type { DiscordSim, DiscordSimOptions } from '../src/index.ts'

/** A simulator whose IDENTIFYs and REST calls are not throttled, for tests about something else. */
export function startFast(options: DiscordSimOptions = {}): Promise<DiscordSim> {
  return startDiscordSim({
    ...options,
    identify: { perKeyMs: 0, maxConcurrency: 16, ...options.identify },
    rateLimits: { enforced: false, ...options.rateLimits },
  })
}

export interface RestAnswer {
  status: number
  headers: Headers
  body: unknown
}

const isForm = (body: unknown): body is FormData | URLSearchParams =>
  body instanceof FormData || body instanceof URLSearchParams

/** Calls the API as the bot. A path below /api/v10, a body that is sent as JSON unless it is a form. */
export function restCaller(sim: DiscordSim) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<RestAnswer> => {
    const { token } = await sim.control.app()
    const response = await fetch(`${sim.urls.api}/v10${path}`, {
      method,
      headers: {
        authorization: `Bot ${token}`,
        ...(body === undefined || isForm(body) ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm(body) ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as unknown) : text,
    }
  }
}

/** The first seeded guild with its general channel, its owner, and one plain member. */
export async function firstGuild(sim: DiscordSim) {
  const [summary] = await sim.control.guilds()
  if (!summary) throw new Error('the simulator has no guild')
  const guild = sim.world.guild(summary.id)
  const channel = [...guild.channels.values()].find((candidate) => candidate.name === 'general')
  const plain = [...guild.members.values()].find(
    (member) =>
      member.roles.length === 0 && member.userId !== guild.ownerId && member.userId !== sim.world.app.botId,
  )
  if (!channel || !plain) throw new Error('the first guild is not as seeded')
  return {
    guildId: guild.id,
    channelId: channel.id,
    ownerId: guild.ownerId,
    memberId: plain.userId,
    guild,
    channel,
  }
}
