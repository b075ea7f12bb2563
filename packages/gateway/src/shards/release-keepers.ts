import type { ParkedChanges } from '@guildmesh/contracts'
import type { LogPort } from '@guildmesh/runtime'
import type { KeepersPort } from '../delivery/keepers-port.ts'
import type { HolderClaim } from './shard-ports.ts'

/**
 * Lets keepers drop what was fetched from them. To be called once the config API knows that it lies here: until then
 * another holder would look for it there. A keeper that does not hear of it drops its events when it next holds the shard.
 */
export function releaseKeepers(
  { gone }: ParkedChanges,
  keepers: KeepersPort,
  { gatewayId, shardId, epoch }: HolderClaim,
  log: LogPort,
): void {
  const others = new Set(gone.map(({ keeper }) => keeper).filter((keeper) => keeper !== gatewayId))
  for (const keeper of others) {
    keepers.forget(keeper, { shardId, shardEpoch: epoch }).catch((error: unknown) => {
      log.debug(
        { event: 'keeper-not-released', shardId, keeper, err: error },
        'could not tell a keeper that its events were fetched',
      )
    })
  }
}
