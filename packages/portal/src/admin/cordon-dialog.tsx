import type { Gateway } from '@guildmesh/contracts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { trpc } from '../api/client.ts'
import { countOf } from '../format/numbers.ts'
import { operatorCommand } from './operator-command.ts'
import { OperatorDialog } from './operator-dialog.tsx'

/** Cordons an active gateway, or uncordons a cordoned one. */
export function CordonDialog(props: { readonly gateway: Gateway; readonly close: () => void }) {
  const { gatewayId, guildCount } = props.gateway
  // The list behind the dialog changes as soon as it has worked: the dialog keeps the action that it was opened for.
  const [kind] = useState(props.gateway.status === 'active' ? ('cordon' as const) : ('uncordon' as const))
  const [reason, setReason] = useState('')
  const queries = useQueryClient()
  const procedure = kind === 'cordon' ? trpc.admin.cordon : trpc.admin.uncordon
  const change = useMutation(
    procedure.mutationOptions({ onSuccess: () => queries.invalidateQueries(trpc.admin.pathFilter()) }),
  )
  return (
    <OperatorDialog
      title={kind === 'cordon' ? `Cordon ${gatewayId}` : `Uncordon ${gatewayId}`}
      effect={
        kind === 'cordon' ? (
          <p>
            {gatewayId} will receive no new or moved guilds; its {countOf(guildCount, 'guild')}{' '}
            {guildCount === 1 ? 'keeps' : 'keep'} running.
          </p>
        ) : (
          <p>{gatewayId} will receive new and moved guilds again.</p>
        )
      }
      reason={reason}
      setReason={setReason}
      command={operatorCommand({ kind, gatewayId, reason: reason.trim() || '…' })}
      actionName={kind === 'cordon' ? 'Cordon' : 'Uncordon'}
      act={() => change.mutate({ gatewayId, reason: reason.trim() })}
      acting={change.isPending}
      error={change.error}
      done={
        change.data ? (
          <p>
            {gatewayId} is now <strong>{change.data.status}</strong>.
          </p>
        ) : null
      }
      close={props.close}
    />
  )
}
