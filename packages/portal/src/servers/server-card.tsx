import type { GuildCard, GuildRole } from '@guildmesh/contracts'
import { Link } from '@tanstack/react-router'
import { countOf } from '../format/numbers.ts'
import { buttonLook } from '../ui/button-look.ts'
import { GuildIcon } from '../ui/guild-icon.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'

const roles: Readonly<Record<GuildRole, string>> = {
  member: 'Member',
  moderator: 'Moderator',
  admin: 'Admin',
  owner: 'Owner',
}

/** One server that has the bot; the whole card leads to its dashboard. */
export function ServerCard({ card }: { readonly card: GuildCard }) {
  const state = stateOf(card)
  return (
    <li className="relative flex flex-col rounded-xl border border-line bg-surface transition-colors duration-100 hover:border-edge has-[a:focus-visible]:outline-2 has-[a:focus-visible]:outline-offset-2 has-[a:focus-visible]:outline-accent">
      <div className="flex items-center gap-3.5 p-4">
        <GuildIcon name={card.name} iconUrl={card.iconUrl} size="medium" />
        <div className="min-w-0">
          <h3 className="truncate text-lg leading-tight font-bold tracking-tight">
            <Link
              to="/guild/$guildId/dashboard"
              params={{ guildId: card.guildId }}
              className="outline-none after:absolute after:inset-0"
            >
              {card.name}
            </Link>
          </h3>
          <p className="mt-0.5 truncate text-sm text-dim">
            {card.memberCount === null ? '' : `${countOf(card.memberCount, 'member')} · `}
            {roles[card.role]}
          </p>
        </div>
      </div>
      <p className="mt-auto flex items-baseline gap-2 border-t border-line px-4 py-2.5 text-sm">
        <StateMark tone={state.tone} />
        <span className={state.tone === 'good' ? 'text-dim' : ''}>{state.text}</span>
      </p>
    </li>
  )
}

function stateOf(card: GuildCard): { tone: Tone; text: string } {
  if (card.state === 'unreachable') return { tone: 'bad', text: 'Temporarily unreachable; nothing is lost' }
  if (!card.setUp) return { tone: 'warn', text: 'Not set up: run /setup in Discord' }
  return { tone: 'good', text: 'Healthy' }
}

/** One server without a dashboard for this person: why, and a link to add the bot if they may. */
export function PlainServer({ card }: { readonly card: GuildCard }) {
  return (
    <li className="flex items-center gap-3 border-b border-line py-2.5">
      <GuildIcon name={card.name} iconUrl={card.iconUrl} size="small" />
      <div className="min-w-0 flex-1">
        <h3 className="truncate font-semibold">{card.name}</h3>
        <p className="text-sm text-dim">{roles[card.role]}</p>
      </div>
      {card.inviteUrl ? (
        <a
          href={card.inviteUrl}
          aria-label={`Add to server: ${card.name}`}
          className={buttonLook('plain', 'small')}
        >
          Add to server
        </a>
      ) : (
        <span className="text-right text-sm text-dim">
          {card.state === 'absent' ? 'Ask an admin to add it' : 'Moderators and admins only'}
        </span>
      )}
    </li>
  )
}
