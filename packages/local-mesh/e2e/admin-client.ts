import type { GatewayId, GuildId, PortalRouter } from '@guildmesh/contracts'
import { createTRPCClient, httpLink } from '@trpc/client'

/** The admin API as an operator with a token uses it. */
export function adminClient({
  url,
  operatorToken,
}: {
  readonly url: string
  readonly operatorToken: string
}) {
  const client = createTRPCClient<PortalRouter>({
    links: [httpLink({ url: `${url}/api/trpc`, headers: { authorization: `Bearer ${operatorToken}` } })],
  })
  return client.admin
}

export type AdminClient = ReturnType<typeof adminClient>

/** The owner of each guild, as the admin API tells it. */
export async function ownersOf(admin: AdminClient): Promise<Map<GuildId, GatewayId>> {
  const owners = new Map<GuildId, GatewayId>()
  let after: GuildId | undefined
  do {
    const page = await admin.guilds.query({ limit: 1000, after })
    for (const { guildId, gatewayId } of page.assignments) owners.set(guildId, gatewayId)
    after = page.next ?? undefined
  } while (after !== undefined)
  return owners
}
