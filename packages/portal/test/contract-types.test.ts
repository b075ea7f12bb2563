import type { PortalRouter } from '@guildmesh/contracts'
import type { inferRouterOutputs } from '@trpc/server'
import { expectTypeOf, it } from 'vitest'

/**
 * What the portal reads of the edge's answers. `npm run typecheck` fails here, with the names of both sides, when an
 * output in contracts changes in a way that the portal would notice; the pages themselves fail with it.
 */
type Outputs = inferRouterOutputs<PortalRouter>

interface Figures {
  messages: number
  members: number
  channels: number
  words: number
  reactions: number
}

interface ReadActivity {
  buckets: { start: number; messages: number; members: number }[]
  totals: Figures
  previous: Figures
  topMembers: { userId: string; name: string | null; messages: number }[]
  topChannels: { channelId: string; name: string | null; hidden: boolean; messages: number }[]
}

interface ReadCard {
  guildId: string
  name: string
  iconUrl: string | null
  role: 'member' | 'moderator' | 'admin' | 'owner'
  state: 'ready' | 'absent' | 'unreachable'
  memberCount: number | null
  setUp: boolean
  inviteUrl: string | null
}

it('the activity that the edge sends is the one that the dashboard reads', () => {
  expectTypeOf<Outputs['guild']['activity']>().toExtend<ReadActivity>()
})

it('the server cards that the edge sends are the ones that the list reads', () => {
  expectTypeOf<Outputs['guilds']['list']['guilds'][number]>().toExtend<ReadCard>()
})

it('a changed output does not pass: a figure that is gone, a number that became a text, a state that is new', () => {
  type Activity = Outputs['guild']['activity']
  expectTypeOf<Omit<Activity, 'previous'>>().not.toExtend<ReadActivity>()
  expectTypeOf<Omit<Activity, 'totals'> & { totals: Omit<Figures, 'words'> }>().not.toExtend<ReadActivity>()
  expectTypeOf<
    Omit<Activity, 'totals'> & { totals: Record<keyof Figures, string> }
  >().not.toExtend<ReadActivity>()
  type Card = Outputs['guilds']['list']['guilds'][number]
  expectTypeOf<Omit<Card, 'state'> & { state: Card['state'] | 'archived' }>().not.toExtend<ReadCard>()
  expectTypeOf<Omit<Card, 'name'> & { name: string | null }>().not.toExtend<ReadCard>()
})
