import type { GuildSettings, PortalOverview } from '@guildmesh/contracts'
import type { ReactNode } from 'react'
import { StateMark } from '../ui/state-mark.tsx'

type TargetKey = Exclude<keyof GuildSettings, 'quorum'>

const targets: readonly { readonly key: TargetKey; readonly name: string; readonly sign: '@' | '#' }[] = [
  { key: 'moderatorRoleId', name: 'Moderator role', sign: '@' },
  { key: 'modLogChannelId', name: 'Mod log', sign: '#' },
  { key: 'deletionLogChannelId', name: 'Deletion log', sign: '#' },
  { key: 'honeypotChannelId', name: 'Honeypot', sign: '#' },
  { key: 'ticketChannelId', name: 'Tickets', sign: '#' },
  { key: 'restrictedRoleId', name: 'Restricted role', sign: '@' },
]

/** What `/setup` chose, or the hint to run it. */
export function SettingsSummary({ overview }: { readonly overview: PortalOverview }) {
  const { settings, names, hidden } = overview
  return (
    <section aria-labelledby="settings" className="md:max-lg:col-span-2">
      <h2 id="settings" className="border-b border-line pb-2 text-lg font-bold tracking-tight">
        Settings
      </h2>
      {settings ? (
        <dl>
          {targets.map(({ key, name, sign }) => (
            <Row key={key} name={name}>
              <Target id={settings[key]} names={names} hidden={hidden} sign={sign} />
            </Row>
          ))}
          <Row name="Votes to confirm">{settings.quorum}</Row>
        </dl>
      ) : (
        <div className="mt-3 border-l-4 border-warn bg-warn-soft px-4 py-3">
          <p className="flex items-baseline gap-2 font-semibold">
            <StateMark tone="warn" />
            The bot is not set up here
          </p>
          <p className="mt-1">
            It already counts messages. For everything else, an admin runs{' '}
            <code className="rounded bg-surface px-1 font-mono">/setup</code> in any channel of the server and
            chooses the moderator role and the log channels.
          </p>
        </div>
      )}
    </section>
  )
}

function Row(props: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-4 border-b border-line/70 py-2 last:border-b-0">
      <dt className="text-dim">{props.name}</dt>
      <dd className="tabular min-w-0 truncate text-right font-semibold">{props.children}</dd>
    </div>
  )
}

function Target(props: {
  readonly id: string | null
  readonly names: PortalOverview['names']
  readonly hidden: readonly string[]
  readonly sign: '@' | '#'
}) {
  if (props.id === null) return <span className="font-normal text-dim">Off</span>
  const name = props.names[props.id]
  if (name === null || name === undefined) {
    return (
      <span className="inline-flex items-baseline gap-2 text-warn" title={props.id}>
        <StateMark tone="warn" />
        {props.sign === '@'
          ? 'Role is gone'
          : props.hidden.includes(props.id)
            ? 'Hidden from the bot'
            : 'Channel is gone'}
      </span>
    )
  }
  return (
    <>
      <span className="font-normal text-dim">{props.sign}</span>
      {name}
    </>
  )
}
