import type { PortalOverview } from '@guildmesh/contracts'
import { countOf } from '../format/numbers.ts'
import { GuildIcon } from '../ui/guild-icon.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import type { LiveState } from './use-live-guild.ts'

/** Whose dashboard it is, and whether it is live. */
export function GuildMasthead(props: { readonly overview: PortalOverview; readonly live: LiveState }) {
  const { overview } = props
  return (
    <header className="flex items-center gap-4">
      <GuildIcon name={overview.name} iconUrl={overview.iconUrl} size="large" />
      <div className="min-w-0">
        <h1 className="text-2xl leading-tight font-bold tracking-tight break-words sm:text-3xl">
          {overview.name}
        </h1>
        <p className="mt-1 text-dim">
          {countOf(overview.memberCount, 'member')} · {countOf(overview.channelCount, 'channel')} ·{' '}
          {countOf(overview.roleCount, 'role')}
        </p>
      </div>
      <Live state={props.live} />
    </header>
  )
}

function Live({ state }: { readonly state: LiveState }) {
  if (state === 'off') return null
  const live = state === 'live'
  return (
    <p
      role="status"
      className="ml-auto inline-flex items-center gap-2 self-start rounded-full border border-line bg-surface px-3 py-1 text-sm font-semibold whitespace-nowrap"
    >
      <StateMark tone={live ? 'good' : 'quiet'} />
      {live ? 'Live' : 'Reconnecting…'}
    </p>
  )
}
