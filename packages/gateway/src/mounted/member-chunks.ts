import { setImmediate as nextTurn } from 'node:timers/promises'
import { GatewayOpcodes, type GatewaySendPayload, Routes } from 'discord-api-types/v10'
import type { REST } from '@discordjs/rest'
import type { LogPort } from '@guildmesh/runtime'

/** Op 8, whichever of its forms. https://discord.com/developers/docs/events/gateway-events#request-guild-members */
interface MemberRequest {
  readonly guild_id: string
  readonly nonce?: string | undefined
  readonly limit?: number | undefined
  readonly query?: string | undefined
  readonly user_ids?: string | readonly string[] | undefined
}

/** Members of one page of Discord's REST API. */
const pageSize = 1000

export interface MemberChunksOptions {
  readonly rest: Pick<REST, 'get'>
  readonly dispatch: (type: string, data: unknown) => void
  readonly log: LogPort
}

/**
 * Answers what a mounted client wants to tell Discord's gateway. Member lists come from REST instead, since Discord
 * allows one such request a guild and bot in 30 s; presence and voice belong to the socket, which is another's.
 */
export function answerGatewaySends(options: MemberChunksOptions): (payload: GatewaySendPayload) => void {
  const { log } = options
  return (payload) => {
    if (payload.op !== GatewayOpcodes.RequestGuildMembers) {
      log.warn(
        { event: 'mounted-send-refused', op: payload.op },
        'a mounted module tried to use the shard socket for something that it cannot have',
      )
      return
    }
    const data: MemberRequest = payload.d
    sendMembers(options, data).catch((error: unknown) => {
      log.warn(
        { event: 'mounted-members-failed', err: error, guildId: data.guild_id },
        'members for a mounted module could not be fetched',
      )
    })
  }
}

async function sendMembers({ rest, dispatch }: MemberChunksOptions, request: MemberRequest): Promise<void> {
  const { guild_id: guildId, nonce } = request
  // Never before the caller, which is still inside its request, listens for the answer.
  await nextTurn()
  const { pages, notFound } = await fetchMembers(rest, request)
  for (const [index, members] of pages.entries()) {
    dispatch('GUILD_MEMBERS_CHUNK', {
      guild_id: guildId,
      members,
      chunk_index: index,
      chunk_count: pages.length,
      not_found: notFound,
      ...(nonce === undefined ? {} : { nonce }),
    })
  }
}

async function fetchMembers(
  rest: Pick<REST, 'get'>,
  request: MemberRequest,
): Promise<{ pages: unknown[][]; notFound: string[] }> {
  const guildId = request.guild_id
  if (request.user_ids !== undefined) {
    const wanted = [request.user_ids].flat()
    const found = await Promise.all(
      wanted.map((userId) => rest.get(Routes.guildMember(guildId, userId)).catch(() => null)),
    )
    return {
      pages: [found.filter((member) => member !== null)],
      notFound: wanted.filter((_userId, index) => found[index] === null),
    }
  }
  const { query: prefix, limit } = request
  if (prefix) {
    const query = new URLSearchParams({ query: prefix, limit: String(limit || pageSize) })
    return { pages: [list(await rest.get(Routes.guildMembersSearch(guildId), { query }))], notFound: [] }
  }
  const pages: unknown[][] = []
  let after: string | null = null
  for (let left = limit || Infinity; left > 0;) {
    const size = Math.min(pageSize, left)
    const query = new URLSearchParams({ limit: String(size), ...(after === null ? {} : { after }) })
    const page = list(await rest.get(Routes.guildMembers(guildId), { query }))
    pages.push(page)
    left -= page.length
    after = lastUserId(page) ?? after
    if (page.length < size) break
  }
  return { pages, notFound: [] }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function lastUserId(page: readonly unknown[]): string | null {
  const last = page.at(-1)
  if (typeof last !== 'object' || last === null || !('user' in last)) return null
  const { user } = last
  return typeof user === 'object' && user !== null && 'id' in user ? String(user.id) : null
}
