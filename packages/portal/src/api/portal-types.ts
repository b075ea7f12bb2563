import type { PortalRouter } from '@guildmesh/contracts'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'

/** What the portal sends to each procedure of the edge. */
export type PortalInputs = inferRouterInputs<PortalRouter>
/** What it receives. */
export type PortalOutputs = inferRouterOutputs<PortalRouter>
