import type { GatewayStatus } from '@guildmesh/contracts'
import { StateMark, type Tone } from '../ui/state-mark.tsx'

const tones: Readonly<Record<GatewayStatus, Tone>> = {
  active: 'good',
  cordoned: 'warn',
  draining: 'warn',
  offline: 'bad',
}

/** A gateway's status as mark and word. */
export function GatewayState({ status }: { readonly status: GatewayStatus }) {
  return (
    <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
      <StateMark tone={tones[status]} />
      {status}
    </span>
  )
}
