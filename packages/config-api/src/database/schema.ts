import type {
  DataLossReason,
  Failure,
  GatewayId,
  GatewayStatus,
  GuildId,
  MoveState,
  ServiceName,
  UserId,
} from '@guildmesh/contracts'
import {
  bigint,
  boolean,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'

/**
 * The tables that `migrations/` makes, as queries name them. Every column is named here, so no casing rule has to
 * agree with another. Constraints, triggers and indexes are in the migrations only.
 */

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const count = (name: string) => bigint(name, { mode: 'number' })

export const mesh = pgTable('mesh', {
  singleton: boolean('singleton').primaryKey(),
  timeline: integer('timeline').notNull(),
  trimmedThrough: count('trimmed_through').notNull(),
  shardCount: integer('shard_count'),
})

export const gateways = pgTable('gateways', {
  gatewayId: text('gateway_id').$type<GatewayId>().primaryKey(),
  registration: count('registration').notNull(),
  restart: integer('restart').notNull().default(0),
  address: text('address').notNull(),
  region: text('region').notNull(),
  version: text('version').notNull(),
  capacity: integer('capacity').notNull(),
  status: text('status').$type<GatewayStatus>().notNull(),
  statusBeforeOffline: text('status_before_offline').$type<Exclude<GatewayStatus, 'offline'>>(),
  guildCount: integer('guild_count').notNull().default(0),
  leftShardsAs: count('left_shards_as'),
  holdsShardsAs: count('holds_shards_as'),
  renewSeq: count('renew_seq').notNull().default(0),
  lastHeartbeatAt: instant('last_heartbeat_at').notNull().defaultNow(),
  load: jsonb('load'),
  restProcess: text('rest_process'),
  restBeat: count('rest_beat').notNull().default(0),
  requestsDemand: integer('requests_demand').notNull().default(0),
  requestsQuota: integer('requests_quota').notNull().default(0),
  requestsGuaranteed: integer('requests_guaranteed').notNull().default(0),
  invalidDemand: integer('invalid_demand').notNull().default(0),
  invalidQuota: integer('invalid_quota').notNull().default(0),
  invalidGuaranteed: integer('invalid_guaranteed').notNull().default(0),
})

export const formerRestQuotas = pgTable('former_rest_quotas', {
  restProcess: text('rest_process').primaryKey(),
  gatewayId: text('gateway_id').$type<GatewayId>().notNull(),
  heardAt: instant('heard_at').notNull(),
  requestsQuota: integer('requests_quota').notNull(),
  requestsGuaranteed: integer('requests_guaranteed').notNull(),
  invalidQuota: integer('invalid_quota').notNull(),
  invalidGuaranteed: integer('invalid_guaranteed').notNull(),
})

export const assignments = pgTable('assignments', {
  guildId: text('guild_id').$type<GuildId>().primaryKey(),
  gatewayId: text('gateway_id').$type<GatewayId>().notNull(),
  epoch: count('epoch').notNull(),
  assignedAt: instant('assigned_at').notNull().defaultNow(),
  cause: text('cause').notNull(),
})

export const assignmentHistory = pgTable('assignment_history', {
  guildId: text('guild_id').$type<GuildId>().notNull(),
  epoch: count('epoch').notNull(),
  gatewayId: text('gateway_id').$type<GatewayId>().notNull(),
  assignedAt: instant('assigned_at').notNull(),
  cause: text('cause').notNull(),
})

export const changes = pgTable('changes', {
  revision: count('revision').primaryKey(),
  body: jsonb('body').notNull(),
  changedAt: instant('changed_at').notNull().defaultNow(),
})

export const shardLeases = pgTable('shard_leases', {
  shardId: integer('shard_id').primaryKey(),
  holder: text('holder').$type<GatewayId>(),
  registration: count('registration'),
  restart: integer('restart'),
  epoch: count('epoch').notNull().default(0),
  renewSeq: count('renew_seq').notNull().default(0),
  renewedAt: instant('renewed_at'),
  lastHolder: text('last_holder').$type<GatewayId>(),
  generation: count('generation'),
  sessionId: text('session_id'),
  resumeUrl: text('resume_url'),
  seq: count('seq'),
  endedGeneration: count('ended_generation').notNull().default(0),
})

export const parkedLanes = pgTable(
  'parked_lanes',
  {
    shardId: integer('shard_id').notNull(),
    guildId: text('guild_id').$type<GuildId>().notNull(),
    keeper: text('keeper').$type<GatewayId>().notNull(),
    generation: count('generation').notNull(),
    seq: count('seq').notNull(),
    events: integer('events').notNull(),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.shardId, table.guildId, table.keeper] })],
)

export const gapLedger = pgTable('gap_ledger', {
  lossId: count('loss_id').primaryKey().generatedAlwaysAsIdentity(),
  shardId: integer('shard_id').notNull(),
  guildId: text('guild_id').$type<GuildId | ''>().notNull().default(''),
  generationBefore: count('generation_before').notNull(),
  afterSeq: count('after_seq').notNull().default(0),
  lastSeq: count('last_seq').notNull(),
  generationAfter: count('generation_after'),
  gatewayId: text('gateway_id').$type<GatewayId>(),
  detectedAt: instant('detected_at').notNull().defaultNow(),
  reason: text('reason').$type<DataLossReason>().notNull(),
  guilds: integer('guilds'),
  undelivered: integer('undelivered'),
})

export const identifies = pgTable('identifies', {
  generation: count('generation').primaryKey(),
  shardId: integer('shard_id').notNull(),
  holder: text('holder').$type<GatewayId>().notNull(),
  slotAt: instant('slot_at'),
  reservedEpoch: count('reserved_epoch'),
})

export const moves = pgTable('moves', {
  moveId: uuid('move_id').primaryKey(),
  guildId: text('guild_id').$type<GuildId>().notNull(),
  source: text('source').$type<GatewayId>().notNull(),
  target: text('target').$type<GatewayId>().notNull(),
  fromEpoch: count('from_epoch').notNull(),
  state: text('state').$type<MoveState>().notNull(),
  reason: text('reason').notNull(),
  requestedBy: text('requested_by').notNull(),
  idempotencyKey: text('idempotency_key').notNull(),
  failure: jsonb('failure').$type<Failure>(),
  startedAt: instant('started_at').notNull().defaultNow(),
  endedAt: instant('ended_at'),
  deadlineAt: instant('deadline_at').notNull(),
  nextStepAt: instant('next_step_at').notNull(),
})

export const serviceKeys = pgTable('service_keys', {
  kid: text('kid').primaryKey(),
  name: text('name').$type<ServiceName>().notNull(),
  publicKey: text('public_key').notNull(),
  validUntil: instant('valid_until').notNull(),
})

export const users = pgTable('users', {
  userId: text('user_id').$type<UserId>().primaryKey(),
  name: text('name').notNull(),
  avatar: text('avatar'),
  firstSeenAt: instant('first_seen_at').notNull().defaultNow(),
  lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
})

export const sessions = pgTable('sessions', {
  sessionId: uuid('session_id').primaryKey(),
  tokenHash: text('token_hash').notNull(),
  userId: text('user_id').$type<UserId>().notNull(),
  sealedTokens: text('sealed_tokens').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  expiresAt: instant('expires_at').notNull(),
  revokedAt: instant('revoked_at'),
})

export const operatorTokens = pgTable('operator_tokens', {
  tokenId: uuid('token_id').primaryKey(),
  name: text('name').notNull(),
  tokenHash: text('token_hash').notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  lastUsedAt: instant('last_used_at'),
  revokedAt: instant('revoked_at'),
})

export const audit = pgTable('audit', {
  entryId: count('entry_id').primaryKey(),
  requestId: uuid('request_id').notNull(),
  at: instant('at').notNull(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  reason: text('reason'),
  previousHash: text('previous_hash').notNull(),
  hash: text('hash').notNull(),
})
