import { z } from 'zod'
import { Epoch, GatewayId, GuildId, IdempotencyKey, Incarnation, Position } from '../ids.ts'

const retryAfterMs = z.int().min(0)

/** Why a caller's identity was not accepted. */
export const UnauthenticatedReason = z.enum([
  'missing',
  'malformed',
  'expired',
  'wrong-audience',
  'unknown-key',
  'bad-signature',
  'revoked',
])

/**
 * Every failure that a guildmesh service reports on purpose. `docs/failures.md` explains each to an operator.
 * A failure carries what its receiver needs to recover; whether to retry is in `failurePolicies`.
 */
export const Failure = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('GuildMoved'), guildId: GuildId, gatewayId: GatewayId, epoch: Epoch }),
  z.object({ kind: z.literal('GuildFenced'), guildId: GuildId, retryAfterMs }),
  z.object({ kind: z.literal('NotAssigned'), guildId: GuildId }),
  z.object({
    kind: z.literal('NotOwner'),
    guildId: GuildId,
    gatewayId: GatewayId,
    knownEpoch: z.int().min(0),
  }),
  z.object({ kind: z.literal('NoGatewayAvailable'), retryAfterMs }),
  z.object({ kind: z.literal('StaleEpoch'), offered: Epoch, current: Epoch }),
  z.object({
    kind: z.literal('StaleIncarnation'),
    gatewayId: GatewayId,
    offered: Incarnation,
    current: Incarnation,
  }),
  z.object({ kind: z.literal('MoveConflict'), guildId: GuildId, moveId: z.string(), state: z.string() }),
  z.object({ kind: z.literal('GuildHasData'), guildId: GuildId, tables: z.record(z.string(), z.int()) }),
  z.object({ kind: z.literal('GatewayNotActive'), gatewayId: GatewayId, status: z.string() }),
  z.object({
    kind: z.literal('GatewayFull'),
    gatewayId: GatewayId,
    guildCount: z.int().min(0),
    capacity: z.int().min(1),
  }),
  z.object({ kind: z.literal('IdentifyBudgetSpent'), retryAfterMs }),
  z.object({ kind: z.literal('SequenceGap'), guildId: GuildId, cursor: Position.nullable() }),
  z.object({ kind: z.literal('Forbidden'), reason: z.string() }),
  z.object({ kind: z.literal('Unauthenticated'), reason: UnauthenticatedReason }),
  z.object({
    kind: z.literal('InvalidInput'),
    issues: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
  z.object({ kind: z.literal('NotFound'), what: z.string(), id: z.string() }),
  z.object({ kind: z.literal('PayloadTooLarge'), limitBytes: z.int() }),
  z.object({ kind: z.literal('RateLimited'), retryAfterMs }),
  z.object({ kind: z.literal('DeadlineExceeded'), budgetMs: z.number() }),
  z.object({ kind: z.literal('Unavailable'), service: z.string(), retryAfterMs }),
  z.object({ kind: z.literal('OutcomeUnknown'), idempotencyKey: IdempotencyKey }),
  z.object({
    kind: z.literal('WireVersionUnsupported'),
    offered: z.int(),
    supported: z.array(z.int()),
  }),
  z.object({ kind: z.literal('Internal'), errorId: z.string() }),
])
export type Failure = z.infer<typeof Failure>
export type FailureKind = Failure['kind']
export type FailureOf<K extends FailureKind> = Extract<Failure, { kind: K }>
