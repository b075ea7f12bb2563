import type { Gateway } from '@guildmesh/contracts'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { formatCount } from '../format/numbers.ts'
import { Ago } from '../ui/ago.tsx'
import { buttonLook } from '../ui/button-look.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { CordonDialog } from './cordon-dialog.tsx'
import { GatewayState } from './gateway-state.tsx'

/** All gateways, with the actions of an operator for each. */
export function GatewayTable({ gateways }: { readonly gateways: readonly Gateway[] }) {
  const [chosen, setChosen] = useState<Gateway | null>(null)
  const columns: readonly Column<Gateway>[] = [
    {
      heading: 'Gateway',
      names: true,
      cell: ({ gatewayId }) => (
        <Link
          to="/admin/guilds"
          search={{ gateway: gatewayId }}
          className="underline decoration-edge underline-offset-3 hover:decoration-ink"
        >
          {gatewayId}
        </Link>
      ),
    },
    { heading: 'State', cell: ({ status }) => <GatewayState status={status} /> },
    { heading: 'Guilds / capacity', cell: (gateway) => <Load gateway={gateway} /> },
    {
      heading: 'Last heartbeat',
      cell: ({ lastHeartbeatAt }) => <Ago at={lastHeartbeatAt} />,
    },
    { heading: 'Version', cell: ({ version }) => version },
    { heading: 'Region', cell: ({ region }) => region },
    {
      heading: 'Incarnation',
      cell: ({ incarnation }) => (
        <span className="tabular" title="registration.restart">
          {incarnation.registration}.{incarnation.restart}
        </span>
      ),
    },
    {
      heading: 'Action',
      quietHeading: true,
      numeric: true,
      cell: (gateway) =>
        gateway.status === 'active' || gateway.status === 'cordoned' ? (
          <button
            type="button"
            aria-label={`${actionOf(gateway)} ${gateway.gatewayId}`}
            className={buttonLook('plain', 'small')}
            onClick={() => setChosen(gateway)}
          >
            {actionOf(gateway)}
          </button>
        ) : null,
    },
  ]
  return (
    <>
      <DataTable
        caption="State and load of every gateway"
        columns={columns}
        rows={gateways}
        keyOf={({ gatewayId }) => gatewayId}
        empty="No gateway has registered yet. Start one, and it appears here within seconds."
      />
      {chosen ? <CordonDialog gateway={chosen} close={() => setChosen(null)} /> : null}
    </>
  )
}

function actionOf({ status }: Gateway): string {
  return status === 'active' ? 'Cordon…' : 'Uncordon…'
}

function Load({ gateway }: { readonly gateway: Gateway }) {
  const share = Math.min(1, gateway.guildCount / gateway.capacity)
  return (
    <span className="flex items-center gap-3">
      <span className="tabular whitespace-nowrap">
        {formatCount(gateway.guildCount)} of {formatCount(gateway.capacity)}
      </span>
      <span aria-hidden="true" className="h-2 w-28 border border-edge/60 bg-sunken">
        <span
          className="block h-full bg-accent forced-colors:bg-[CanvasText]"
          style={{ width: `${share * 100}%` }}
        />
      </span>
    </span>
  )
}
