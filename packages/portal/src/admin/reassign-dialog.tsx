import type { Assignment, Move } from '@guildmesh/contracts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { trpc } from '../api/client.ts'
import { newIdempotencyKey } from '../api/idempotency-key.ts'
import { formatCount } from '../format/numbers.ts'
import { FailureNotice } from '../ui/failure-notice.tsx'
import { operatorCommand } from './operator-command.ts'
import { OperatorDialog } from './operator-dialog.tsx'

/** Moves a guild without data to another gateway, by hand. */
export function ReassignDialog(props: {
  readonly assignment: Pick<Assignment, 'guildId' | 'gatewayId' | 'epoch'>
  readonly close: () => void
}) {
  const { guildId, gatewayId, epoch } = props.assignment
  const targetId = useId()
  const [chosen, setChosen] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  // One key for one intention: a repetition after a lost answer has no second effect. Another target, another intention.
  const [key, setKey] = useState(newIdempotencyKey)
  const queries = useQueryClient()
  const gateways = useQuery(trpc.admin.gateways.queryOptions())
  const reassign = useMutation(
    trpc.admin.reassign.mutationOptions({
      onSettled: () => queries.invalidateQueries(trpc.admin.pathFilter()),
    }),
  )
  const targets = (gateways.data?.gateways ?? []).filter(
    (gateway) => gateway.status === 'active' && gateway.gatewayId !== gatewayId,
  )
  const target = chosen ?? targets[0]?.gatewayId ?? null

  return (
    <OperatorDialog
      title="Reassign a guild"
      effect={
        <>
          <p>
            Guild <code className="font-mono text-ink">{guildId}</code> is on{' '}
            <strong className="text-ink">{gatewayId}</strong> at epoch {epoch}. That gateway releases it; the
            new one takes over at epoch {epoch + 1} or higher. Events that arrive meanwhile wait, in order.
          </p>
          <p>Refused if the guild has data: only a guild without data can be reassigned by hand.</p>
        </>
      }
      fields={
        <div>
          <label htmlFor={targetId} className="block font-semibold">
            Target
          </label>
          {gateways.error ? (
            <FailureNotice error={gateways.error} what="The gateways" retry={() => void gateways.refetch()} />
          ) : (
            <select
              id={targetId}
              required
              value={target ?? ''}
              onChange={(event) => {
                setChosen(event.target.value)
                setKey(newIdempotencyKey())
              }}
              className="mt-1 min-h-10 w-full rounded-md border border-edge bg-paper px-3"
            >
              {targets.map((gateway) => (
                <option key={gateway.gatewayId} value={gateway.gatewayId}>
                  {gateway.gatewayId} ({formatCount(gateway.guildCount)} of {formatCount(gateway.capacity)}{' '}
                  guilds)
                </option>
              ))}
              {targets.length === 0 ? <option value="">No other gateway is active</option> : null}
            </select>
          )}
        </div>
      }
      reason={reason}
      setReason={setReason}
      command={operatorCommand({
        kind: 'move',
        guildId,
        target: target ?? 'gateway-…',
        reason: reason.trim() || '…',
      })}
      actionName="Reassign"
      act={() => {
        if (target) reassign.mutate({ guildId, target, reason: reason.trim(), idempotencyKey: key })
      }}
      acting={reassign.isPending}
      error={reassign.error}
      done={reassign.data ? <Outcome move={reassign.data} /> : null}
      close={props.close}
    />
  )
}

function Outcome({ move }: { readonly move: Move }) {
  return (
    <div className="grid gap-2">
      <p>
        {move.state === 'done' || move.state === 'activated' ? (
          <>
            Guild <code className="font-mono">{move.guildId}</code> is now on <strong>{move.target}</strong>.
          </>
        ) : move.state === 'aborted' ? (
          <>
            The move was aborted: the guild stays on <strong>{move.source}</strong>.
          </>
        ) : (
          <>
            The move to <strong>{move.target}</strong> is in progress ({move.state}).
          </>
        )}
      </p>
      <p className="text-sm text-dim">
        Move <code className="font-mono">{move.moveId}</code>. The list of moves shows its progress.
      </p>
    </div>
  )
}
