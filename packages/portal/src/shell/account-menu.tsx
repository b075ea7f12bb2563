import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { trpc } from '../api/client.ts'
import { failureOf } from '../api/failure-of.ts'
import { useSession } from '../session/session-context.ts'
import { buttonLook } from '../ui/button-look.ts'
import { FailureNotice } from '../ui/failure-notice.tsx'
import { GuildIcon } from '../ui/guild-icon.tsx'
import { type Appearance, chooseAppearance, chosenAppearance } from './appearance.ts'

const appearances: readonly { readonly id: Appearance; readonly text: string }[] = [
  { id: 'system', text: 'Match system' },
  { id: 'light', text: 'Light' },
  { id: 'dark', text: 'Dark' },
]

/** Who is signed in; opens the appearance and the way out. The browser's own popover: it closes by Escape. */
export function AccountMenu() {
  const { user } = useSession()
  const id = useId()
  const logout = useMutation(
    trpc.session.logout.mutationOptions({
      onSuccess: leave,
      onError: (error) => {
        if (failureOf(error).kind === 'Unauthenticated') leave()
      },
    }),
  )
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-label={`${user.name}: account and appearance`}
        className="flex min-h-9 items-center gap-2 rounded-md px-1.5 text-sm font-semibold hover:bg-sunken"
      >
        <GuildIcon name={user.name} iconUrl={user.avatarUrl || null} size="small" />
        <span className="max-w-40 truncate max-sm:hidden">{user.name}</span>
        <svg viewBox="0 0 12 12" className="size-3 text-dim" aria-hidden="true">
          <path d="m2.5 4.5 3.5 3.5 3.5-3.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
        </svg>
      </button>
      <div
        id={id}
        popover="auto"
        className="fixed inset-auto top-14 right-[max(1rem,calc((100vw-80rem)/2+2rem))] w-64 rounded-xl border border-line bg-surface p-4 text-ink shadow-xl shadow-black/10"
      >
        <p className="font-semibold break-words">{user.name}</p>
        <p className="tabular text-sm text-dim">{user.userId}</p>
        <AppearanceChoice />
        {logout.error ? (
          <div className="mt-4">
            <FailureNotice error={logout.error} what="Not signed out" />
          </div>
        ) : null}
        <button
          type="button"
          className={`${buttonLook('plain')} mt-4 w-full`}
          disabled={logout.isPending}
          onClick={() => logout.mutate()}
        >
          Sign out
        </button>
      </div>
    </>
  )
}

function AppearanceChoice() {
  const name = useId()
  const [appearance, setAppearance] = useState(chosenAppearance)
  return (
    <fieldset className="mt-4">
      <legend className="mb-1 w-full border-t border-line pt-3 text-sm text-dim">Appearance</legend>
      {appearances.map(({ id, text }) => (
        <label key={id} className="flex min-h-8 cursor-pointer items-center gap-2.5">
          <input
            type="radio"
            name={name}
            checked={appearance === id}
            onChange={() => {
              chooseAppearance(id)
              setAppearance(id)
            }}
            className="size-4 accent-accent"
          />
          {text}
        </label>
      ))}
    </fieldset>
  )
}

/** A full load: nothing that was read while signed in stays in memory. */
function leave(): void {
  location.assign('/sign-in?notice=signed-out')
}
