import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** A fenced code block of a message: its language (`null` if unstated) and size. */
export interface CodeBlock {
  readonly language: string | null
  readonly characters: number
  readonly lines: number
}

/** One row per message of a human; figures only, no content. */
export const messageStats = sqliteTable(
  'message_stats',
  {
    guildId: text('guild_id').notNull(),
    messageId: text('message_id').notNull(),
    authorId: text('author_id').notNull(),
    channelId: text('channel_id').notNull(),
    categoryId: text('category_id'),
    /** Author of the message that this one replies to. */
    recipientId: text('recipient_id'),
    /** Graphemes of prose. */
    characters: integer('characters').notNull(),
    words: integer('words').notNull(),
    codeBlocks: text('code_blocks', { mode: 'json' }).$type<readonly CodeBlock[]>().notNull(),
    /** Host of each link, in order. */
    links: text('links', { mode: 'json' }).$type<readonly string[]>().notNull(),
    reactions: integer('reactions').notNull().default(0),
    sentAt: integer('sent_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.messageId] })],
)

/** State of an open /setup wizard. */
export const setupDrafts = sqliteTable(
  'setup_drafts',
  {
    guildId: text('guild_id').notNull(),
    draftId: text('draft_id').notNull(),
    userId: text('user_id').notNull(),
    /** Rises with every choice; a custom id that carries another one is stale. */
    revision: integer('revision').notNull(),
    choices: text('choices', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.draftId] })],
)
