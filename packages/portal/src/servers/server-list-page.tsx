import type { GuildCard } from '@guildmesh/contracts'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { trpc } from '../api/client.ts'
import { countOf } from '../format/numbers.ts'
import { buttonLook } from '../ui/button-look.ts'
import { FailureNotice } from '../ui/failure-notice.tsx'
import { Loading, Skeleton } from '../ui/skeleton.tsx'
import { arrangeServers } from './arrange-servers.ts'
import { PlainServer, ServerCard } from './server-card.tsx'

/** From this many servers on, looking is slower than typing. */
const searchFrom = 9

/** `/`: the servers that a person shares with the bot, or could add it to. */
export function ServerListPage() {
  const list = useQuery(trpc.guilds.list.queryOptions(undefined, { refetchInterval: 60_000 }))
  return (
    <>
      <title>Your servers · guildmesh</title>
      {list.data ? (
        <ServerList cards={list.data.guilds} />
      ) : (
        <>
          <h1 className="text-3xl font-bold tracking-tight">Your servers</h1>
          <div className="mt-6">
            {list.error ? (
              <FailureNotice
                error={list.error}
                what="Your servers"
                retry={() => void list.refetch()}
                retrying={list.isFetching}
              />
            ) : (
              <CardSkeletons />
            )}
          </div>
        </>
      )}
    </>
  )
}

function ServerList({ cards }: { readonly cards: readonly GuildCard[] }) {
  const [search, setSearch] = useState('')
  const { joined, closed, absent } = arrangeServers(cards, search)
  if (cards.length === 0) return <NoServers />
  const found = joined.length + closed.length + absent.length
  const nothing = found === 0
  return (
    <>
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <div>
          <h1 className="text-3xl font-bold tracking-tight">Your servers</h1>
          <p className="mt-1 text-dim">{summaryOf(cards)}</p>
        </div>
        {cards.length >= searchFrom ? (
          <input
            type="search"
            aria-label="Search your servers"
            placeholder="Search by name"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            className="min-h-10 w-full rounded-md border border-edge bg-surface px-3 placeholder:text-dim sm:ml-auto sm:w-72"
          />
        ) : null}
      </div>
      <p role="status" className={nothing ? 'mt-10 text-dim' : 'sr-only'}>
        {nothing ? `No server matches “${search}”.` : search ? countOf(found, 'server') : ''}
      </p>
      {joined.length > 0 ? (
        <section aria-labelledby="joined" className="mt-6">
          <h2 id="joined" className="sr-only">
            Servers with the bot
          </h2>
          <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
            {joined.map((card) => (
              <ServerCard key={card.guildId} card={card} />
            ))}
          </ul>
        </section>
      ) : null}
      <PlainServers title="Without the bot" cards={absent} />
      <PlainServers title="Where you are a member" cards={closed} />
    </>
  )
}

function PlainServers(props: { readonly title: string; readonly cards: readonly GuildCard[] }) {
  const id = useId()
  if (props.cards.length === 0) return null
  return (
    <section aria-labelledby={id} className="mt-10">
      <h2 id={id} className="text-lg font-bold tracking-tight">
        {props.title}
      </h2>
      <ul className="mt-2 grid gap-x-10 border-t border-line md:grid-cols-2">
        {props.cards.map((card) => (
          <PlainServer key={card.guildId} card={card} />
        ))}
      </ul>
    </section>
  )
}

function summaryOf(cards: readonly GuildCard[]): string {
  const { joined } = arrangeServers(cards, '')
  const attention = joined.filter((card) => card.state === 'unreachable' || !card.setUp).length
  const rest =
    attention === 0 ? 'all healthy' : `${attention} ${attention === 1 ? 'needs' : 'need'} attention`
  if (joined.length === 0) return 'None of them has a dashboard for you yet.'
  return `The bot looks after ${countOf(joined.length, 'server')}: ${rest}.`
}

function NoServers() {
  return (
    <section className="max-w-xl py-10">
      <h1 className="text-3xl font-bold tracking-tight">No servers yet</h1>
      <p className="mt-3 text-dim">
        This Discord account shares no server with the bot, and manages none that the bot could join.
      </p>
      <p className="mt-2 text-dim">
        If you expected one here, ask its owner for the Manage Server permission, or sign in with another
        account.
      </p>
      <button type="button" className={`${buttonLook('plain')} mt-6`} onClick={() => location.reload()}>
        Check again
      </button>
    </section>
  )
}

function CardSkeletons() {
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
      <Loading what="your servers" />
      {['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
        <Skeleton key={key} className="h-30 rounded-xl" />
      ))}
    </div>
  )
}
