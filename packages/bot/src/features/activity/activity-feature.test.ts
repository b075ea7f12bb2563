import { expect, test } from 'vitest'
import { channel, channelId, guildCreate, message, messageId, user, userId } from '../../testing/payloads.ts'
import { activityFeature } from './activity-feature.ts'
import { TestGuild, testGuildId } from '../../testing/test-guild.ts'

const statsOf = (guild: TestGuild) =>
  guild.rows((rows) => rows.list('messageStats', {}, { orderBy: 'messageId' }))
const reaction = {
  message_id: messageId(1),
  channel_id: channelId(1),
  emoji: { name: '👍' },
  user_id: userId(2),
}

test('a message leaves one row with its figures and no content', () => {
  using guild = new TestGuild([activityFeature])
  guild.deliver(
    [
      'GUILD_CREATE',
      guildCreate(testGuildId, {
        channels: [channel(9, { type: 4 }), channel(1, { parent_id: channelId(9) })],
      }),
    ],
    [
      'MESSAGE_CREATE',
      message(1, {
        content: 'so it is https://example.org ```js\n1\n```',
        type: 19,
        referenced_message: { author: user(3) },
      }),
    ],
  )
  expect(statsOf(guild)).toEqual([
    {
      messageId: messageId(1),
      authorId: userId(7),
      channelId: channelId(1),
      categoryId: channelId(9),
      recipientId: userId(3),
      characters: 'so it is https://example.org'.length,
      words: 4,
      codeBlocks: [{ language: 'js', characters: 1, lines: 1 }],
      links: ['example.org'],
      reactions: 0,
      sentAt: Date.UTC(2026, 0, 1) + 60_000,
    },
  ])
})

test('a message in a thread belongs to the category of the channel that the thread hangs on', () => {
  using guild = new TestGuild([activityFeature])
  guild.deliver(
    [
      'GUILD_CREATE',
      guildCreate(testGuildId, {
        channels: [channel(9, { type: 4 }), channel(1, { parent_id: channelId(9) })],
        threads: [channel(5, { type: 11, parent_id: channelId(1) })],
      }),
    ],
    ['MESSAGE_CREATE', message(1, { channel_id: channelId(5) })],
  )
  expect(statsOf(guild)[0]).toMatchObject({ channelId: channelId(5), categoryId: channelId(9) })
})

test.each([
  ['a bot', { author: user(7, { bot: true }) }],
  ['a webhook', { webhook_id: '1' }],
  ['Discord itself (a join notice)', { type: 7 }],
])('messages of %s are not counted', async (_who, more) => {
  using guild = new TestGuild([activityFeature])
  guild.deliver(['MESSAGE_CREATE', message(1, more)])
  expect(statsOf(guild)).toEqual([])
})

test('an edit changes the text figures and nothing else', () => {
  using guild = new TestGuild([activityFeature])
  guild.deliver(
    ['MESSAGE_CREATE', message(1)],
    ['MESSAGE_REACTION_ADD', reaction],
    [
      'MESSAGE_UPDATE',
      message(1, { content: 'four words it has', edited_timestamp: '2026-01-01T01:00:00Z' }),
    ],
    // An unfurled link comes as an update without an edit.
    ['MESSAGE_UPDATE', message(1, { content: 'not an edit at all', edited_timestamp: null })],
  )
  expect(statsOf(guild)).toEqual([
    expect.objectContaining({ words: 4, reactions: 1, sentAt: Date.UTC(2026, 0, 1) + 60_000 }),
  ])
})

test('deleted messages are gone, one by one and in bulk', () => {
  using guild = new TestGuild([activityFeature])
  guild.deliver(
    ...[1, 2, 3, 4].map((n) => ['MESSAGE_CREATE', message(n)] as const),
    ['MESSAGE_DELETE', { id: messageId(1), channel_id: channelId(1) }],
    ['MESSAGE_DELETE_BULK', { ids: [messageId(2), messageId(4)], channel_id: channelId(1) }],
  )
  expect(statsOf(guild).map((row) => row.messageId)).toEqual([messageId(3)])
})

test('reactions are counted up and down, never below zero, and all at once', () => {
  using guild = new TestGuild([activityFeature])
  const reactions = () => statsOf(guild)[0]?.reactions
  guild.deliver(['MESSAGE_CREATE', message(1)], ['MESSAGE_REACTION_REMOVE', reaction])
  expect(reactions()).toBe(0)
  guild.deliver(...[1, 2, 3].map(() => ['MESSAGE_REACTION_ADD', reaction] as const))
  guild.deliver(['MESSAGE_REACTION_REMOVE', reaction])
  expect(reactions()).toBe(2)
  guild.deliver(['MESSAGE_REACTION_REMOVE_ALL', { message_id: messageId(1) }])
  expect(reactions()).toBe(0)
})
