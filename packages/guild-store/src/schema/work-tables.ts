import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

const outboxStates = ['pending', 'in_flight', 'dead'] as const

/**
 * How to find out whether a call of unknown outcome took effect, before it is repeated: Discord answers a second message
 * with the same `nonce` with the first one; the call has the same effect twice as once (`idempotent`); a GET shows its
 * effect (`read-back`); or it leaves an audit log entry with our key in its reason (`lane`).
 */
const repeatRules = ['nonce', 'idempotent', 'read-back', 'lane'] as const
export type RepeatRule = (typeof repeatRules)[number]

/** The GET that tells whether a `read-back` call was done, and the step of its feature that judges the answer. */
export interface ReadBack {
  readonly route: string
  readonly step: string
}

/** Discord calls still to make, in order per guild. A call leaves in the transaction that handles its result. */
export const outbox = sqliteTable(
  'outbox',
  {
    guildId: text('guild_id').notNull(),
    callSeq: integer('call_seq').notNull(),
    /** The event position or command that caused the call, and the call's number among those it caused. */
    sourceKey: text('source_key').notNull(),
    ordinal: integer('ordinal').notNull(),
    feature: text('feature').notNull(),
    method: text('method', { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] }).notNull(),
    route: text('route').notNull(),
    body: text('body', { mode: 'json' }).$type<Record<string, unknown>>(),
    reason: text('reason'),
    repeat: text('repeat', { enum: repeatRules }).notNull(),
    readBack: text('read_back', { mode: 'json' }).$type<ReadBack>(),
    /** Made even if few invalid requests are left. */
    essential: integer('essential', { mode: 'boolean' }).notNull().default(false),
    /** Step of the feature that handles the result; `null`: nobody waits for it. */
    onResult: text('on_result'),
    context: text('context', { mode: 'json' }).$type<unknown>(),
    state: text('state', { enum: outboxStates }).notNull(),
    attempts: integer('attempts').notNull(),
    dueAt: integer('due_at').notNull(),
    /** When the first attempt with an unknown outcome began; `null`: the call has certainly not taken effect. */
    sentAt: integer('sent_at'),
    /** The known result of a call that took effect, so that it is not repeated. */
    knownResult: text('known_result', { mode: 'json' }).$type<{ readonly body: unknown }>(),
    createdAt: integer('created_at').notNull(),
    error: text('error'),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.callSeq] })],
)

/** Work that is due later. */
export const jobs = sqliteTable(
  'jobs',
  {
    guildId: text('guild_id').notNull(),
    jobId: text('job_id').notNull(),
    feature: text('feature').notNull(),
    name: text('name').notNull(),
    payload: text('payload', { mode: 'json' }).$type<unknown>(),
    dueAt: integer('due_at').notNull(),
    state: text('state', { enum: ['waiting', 'dead'] }).notNull(),
    attempts: integer('attempts').notNull(),
    createdAt: integer('created_at').notNull(),
    error: text('error'),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.jobId] })],
)

/** Answers of handled interactions, for their repetition. */
export const interactions = sqliteTable(
  'interactions',
  {
    guildId: text('guild_id').notNull(),
    interactionId: text('interaction_id').notNull(),
    answer: text('answer', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.interactionId] })],
)

/** Events that a feature could not handle. The cursor has passed them; they are visible and can be replayed. */
export const eventDeadLetters = sqliteTable(
  'event_dead_letters',
  {
    guildId: text('guild_id').notNull(),
    generation: integer('generation').notNull(),
    seq: integer('seq').notNull(),
    /** Who failed: a feature's name, or `guild-document`. */
    feature: text('feature').notNull(),
    type: text('type').notNull(),
    payload: text('payload', { mode: 'json' }).$type<unknown>(),
    error: text('error').notNull(),
    attempts: integer('attempts').notNull(),
    diedAt: integer('died_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.generation, table.seq, table.feature] })],
)

/** How far a guild is known, for reading back what a data loss has swallowed. */
export const backfillMarks = sqliteTable('backfill_marks', {
  guildId: text('guild_id').primaryKey(),
  /** Latest audit log entry that came as an event or was read back; `null` while none is known. */
  auditEntryId: text('audit_entry_id'),
  /** Gaps so far: what was asked for before the latest one does not count as an answer to it. */
  gaps: integer('gaps').notNull().default(0),
  /** Rises with every event that changes the guild, its channels or its roles. */
  documentChanges: integer('document_changes').notNull().default(0),
})

/** Where the guild's hash chain over its applied events stands; kept while the gateway is probed. */
export const eventChains = sqliteTable('event_chains', {
  guildId: text('guild_id').primaryKey(),
  /** Events in the chain. */
  events: integer('events').notNull(),
  /** SHA-256 in hex. */
  head: text('head').notNull(),
  /** Position of the last event in the chain. */
  generation: integer('generation').notNull(),
  seq: integer('seq').notNull(),
})

/**
 * What an event means for a client that knows only this gateway's guilds: a GUILD_CREATE is a `join` or says that the
 * guild is `available` (again); a `leave` is a GUILD_DELETE that is no outage; all others are `dispatch`.
 */
const inboxKinds = ['dispatch', 'join', 'available', 'leave'] as const
export type InboxKind = (typeof inboxKinds)[number]

/** Events that listeners of mounted modules have not finished with; a row goes when their promises settle. */
export const mountedInbox = sqliteTable(
  'mounted_inbox',
  {
    guildId: text('guild_id').notNull(),
    generation: integer('generation').notNull(),
    seq: integer('seq').notNull(),
    kind: text('kind', { enum: inboxKinds }).notNull(),
    type: text('type').notNull(),
    payload: text('payload', { mode: 'json' }).$type<unknown>().notNull(),
    /** How often a process began with this event, and ended before its listeners had finished. */
    replays: integer('replays').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.generation, table.seq] })],
)
