import { gatewayIdOf, GuildId } from '../ids.ts'
import type { Failure } from './failure.ts'

const guildId = GuildId.parse('100000000000000001')
const gatewayId = gatewayIdOf(1)
const offered = { registration: 1, restart: 0 }
const current = { registration: 2, restart: 0 }

/** One failure of every kind, for tests of whatever carries, renders or documents failures. */
export const exampleFailures: readonly Failure[] = [
  { kind: 'GuildMoved', guildId, gatewayId, epoch: 4 },
  { kind: 'GuildFenced', guildId, retryAfterMs: 200 },
  { kind: 'NotAssigned', guildId },
  { kind: 'NotOwner', guildId, gatewayId, knownEpoch: 3 },
  { kind: 'NoGatewayAvailable', retryAfterMs: 1000 },
  { kind: 'StaleEpoch', offered: 3, current: 4 },
  { kind: 'StaleIncarnation', gatewayId, offered, current },
  { kind: 'MoveConflict', guildId, moveId: '0b0e0c9e-0000-4000-8000-000000000000', state: 'freezing' },
  { kind: 'GuildHasData', guildId, tables: { message_stats: 12 } },
  { kind: 'GatewayNotActive', gatewayId, status: 'offline' },
  { kind: 'GatewayFull', gatewayId, guildCount: 1000, capacity: 1000 },
  { kind: 'IdentifyBudgetSpent', retryAfterMs: 60_000 },
  { kind: 'SequenceGap', guildId, cursor: { generation: 1, seq: 40 } },
  { kind: 'Forbidden', reason: 'only operators may do this' },
  { kind: 'Unauthenticated', reason: 'expired' },
  { kind: 'InvalidInput', issues: [{ path: 'guildId', message: 'must be a Discord id' }] },
  { kind: 'NotFound', what: 'move', id: '7' },
  { kind: 'PayloadTooLarge', limitBytes: 524_288 },
  { kind: 'RateLimited', retryAfterMs: 1000 },
  { kind: 'DeadlineExceeded', budgetMs: 2300 },
  { kind: 'Unavailable', service: 'gateway-1', retryAfterMs: 250 },
  { kind: 'OutcomeUnknown', idempotencyKey: 'move:1:2' },
  { kind: 'WireVersionUnsupported', offered: 9, supported: [1, 2] },
  { kind: 'Internal', errorId: '3f0e0c9e-0000-4000-8000-000000000000' },
]
