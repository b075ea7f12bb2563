import { type DataLoss, describeDataLoss, type ShardList } from '@guildmesh/contracts'
import { formatAge } from './format-age.ts'
import type { Resource } from './resource.ts'

export const shardResource: Resource<ShardList['shards'][number]> = {
  kind: 'Shard',
  name: ({ shardId }) => String(shardId),
  columns: [
    { title: 'SHARD', text: ({ shardId }) => String(shardId) },
    { title: 'HOLDER', text: ({ holder }) => holder ?? 'nobody' },
    { title: 'EPOCH', text: ({ epoch }) => String(epoch) },
    { title: 'SESSION', text: ({ generation }) => String(generation ?? '-') },
    { title: 'RESUMES FROM', text: ({ seq }) => String(seq ?? '-') },
    { title: 'PARKED', text: ({ parked }) => `${parked.events} in ${parked.lanes} guilds` },
    {
      title: 'RENEWED',
      text: ({ renewedAt }, now) => (renewedAt === null ? '-' : `${formatAge(renewedAt, now)} ago`),
    },
  ],
}

export const dataLossResource: Resource<DataLoss> = {
  kind: 'DataLoss',
  name: ({ lossId }) => String(lossId),
  columns: [
    { title: 'LOSS', text: ({ lossId }) => String(lossId) },
    { title: 'SHARD', text: ({ shardId }) => String(shardId) },
    { title: 'GUILDS', text: ({ guildId, guilds }) => guildId ?? String(guilds ?? '?') },
    { title: 'NOTICED', text: ({ detectedAt }, now) => `${formatAge(detectedAt, now)} ago` },
    { title: 'REASON', text: ({ reason }) => describeDataLoss(reason) },
    { title: 'AFTER', wide: true, text: ({ after }) => `${after.generation}:${after.seq}` },
    { title: 'BY', wide: true, text: ({ gatewayId }) => gatewayId ?? '-' },
    { title: 'READ BACK', wide: true, text: ({ recovered }) => recovered.join('; ') },
    { title: 'LOST', wide: true, text: ({ unrecoverable }) => unrecoverable.join('; ') },
  ],
}
