import type { PortalOverview } from '@guildmesh/contracts'
import { useSession } from '../session/session-context.ts'
import { Ago } from '../ui/ago.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { judgeHealth } from './judge-health.ts'

/** The parts of a server's health side by side. */
export function HealthStrip({ overview }: { readonly overview: PortalOverview }) {
  const { operator } = useSession()
  return (
    <section aria-label="Health" className="mt-6">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line md:grid-cols-5">
        {judgeHealth(overview, operator).map((item) => (
          <div
            key={item.name}
            className={`px-4 py-3 last:max-md:col-span-2 ${item.tone === 'bad' ? 'bg-bad-soft' : item.tone === 'warn' ? 'bg-warn-soft' : 'bg-surface'}`}
          >
            <dt className="text-sm text-dim">{item.name}</dt>
            <dd>
              <span className="mt-0.5 flex items-baseline gap-2 font-semibold">
                <StateMark tone={item.tone} />
                <span className="tabular">{item.at === undefined ? item.value : <Ago at={item.at} />}</span>
              </span>
              <span className="mt-0.5 block text-sm text-dim">{item.hint}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
