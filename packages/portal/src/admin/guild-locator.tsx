import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type FormEvent, useId, useState } from 'react'
import { trpc } from '../api/client.ts'
import { failureOf } from '../api/failure-of.ts'
import type { PortalOutputs } from '../api/portal-types.ts'
import { buttonLook } from '../ui/button-look.ts'
import { FailureNotice } from '../ui/failure-notice.tsx'
import { isGuildId } from './admin-guilds-search.ts'

type Location = PortalOutputs['admin']['locate']

const route = getRouteApi('/admin/guilds')

/** Finds the owner of one guild by its id. */
export function GuildLocator(props: {
  readonly located: string | undefined
  readonly reassign: (location: Location) => void
}) {
  const id = useId()
  const navigate = route.useNavigate()
  const [text, setText] = useState(props.located ?? '')
  const [wrong, setWrong] = useState(false)
  function locate(event: FormEvent) {
    event.preventDefault()
    const guild = text.trim()
    setWrong(!isGuildId(guild))
    if (isGuildId(guild)) void navigate({ search: (before) => ({ ...before, guild }) })
  }
  return (
    <search className="mb-6 block rounded-xl border border-line bg-surface p-4">
      <form onSubmit={locate} noValidate className="flex flex-wrap items-end gap-3">
        <div className="w-full sm:w-72">
          <label htmlFor={id} className="block text-sm font-semibold">
            Locate a guild by its id
          </label>
          <input
            id={id}
            inputMode="numeric"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
            aria-invalid={wrong}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            className="tabular mt-1 min-h-9 w-full rounded-md border border-edge bg-paper px-3"
          />
        </div>
        <button type="submit" className={buttonLook('plain')}>
          Locate
        </button>
        {wrong ? (
          <p id={`${id}-wrong`} role="alert" className="w-full text-sm text-bad">
            Not a Discord id: those have 17 to 20 digits.
          </p>
        ) : null}
      </form>
      {props.located ? <Located guildId={props.located} reassign={props.reassign} /> : null}
    </search>
  )
}

function Located(props: { readonly guildId: string; readonly reassign: (location: Location) => void }) {
  const location = useQuery(trpc.admin.locate.queryOptions({ guildId: props.guildId }))
  if (location.error) {
    const { kind } = failureOf(location.error)
    return (
      <div className="mt-4">
        {kind === 'NotAssigned' || kind === 'NotFound' ? (
          <p role="status">
            Guild <code className="font-mono">{props.guildId}</code> is on no gateway: the bot is not in it.
          </p>
        ) : (
          <FailureNotice error={location.error} what="The guild" retry={() => void location.refetch()} />
        )}
      </div>
    )
  }
  if (!location.data) return null
  const { data } = location
  return (
    <div role="status" className="mt-4 flex flex-wrap items-center gap-x-6 gap-y-2 border-t border-line pt-4">
      <p>
        Guild <code className="font-mono">{data.guildId}</code> is on <strong>{data.gatewayId}</strong> (
        {data.status}) at epoch {data.epoch}
        {data.address ? (
          <>
            , <code className="font-mono text-sm">{data.address}</code>
          </>
        ) : null}
        .
      </p>
      <button type="button" className={buttonLook('plain', 'small')} onClick={() => props.reassign(data)}>
        Reassign it…
      </button>
    </div>
  )
}
