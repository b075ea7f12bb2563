import { expect, test } from 'vitest'
import { mayBeMessage, ReadMessage } from './message-likeness.ts'

const read = (message: object) =>
  ReadMessage.parse({
    id: '1',
    type: 0,
    author: { id: '2' },
    content: '',
    embeds: [],
    components: [],
    ...message,
  })
const alike = (message: object, body: Record<string, unknown>) => mayBeMessage(read(message), body)

test.each<[string, object, Record<string, unknown>]>([
  ['trimmed', { content: 'hello' }, { content: '  hello \n' }],
  ['with other line ends', { content: 'a\nb' }, { content: 'a\r\nb' }],
  ['without control characters', { content: 'ab' }, { content: 'a\u0007\u202Eb' }],
  ['composed', { content: 'caf\u00e9' }, { content: 'cafe\u0301' }],
  [
    'with embeds filled in',
    { embeds: [{ type: 'rich', title: 'T', fields: [{ name: 'n', value: 'v', inline: false }] }] },
    { embeds: [{ title: ' T', fields: [{ name: 'n', value: 'v ' }], url: null }] },
  ],
  [
    'with the embed of a link added',
    { content: 'https://example.com', embeds: [{ type: 'link', title: 'Example' }] },
    { content: 'https://example.com' },
  ],
  [
    'without embeds, which the bot may not show',
    { content: 'x', embeds: [] },
    { content: 'x', embeds: [{ title: 'T' }] },
  ],
  [
    'with ids of components',
    {
      components: [
        { type: 1, id: 1, components: [{ type: 2, id: 2, style: 1, label: 'Go', custom_id: 'go' }] },
      ],
    },
    { components: [{ type: 1, components: [{ type: 2, style: 1, label: 'Go', custom_id: 'go' }] }] },
  ],
  [
    'a layout with its section',
    {
      flags: 32768,
      components: [
        { type: 9, components: [{ type: 10, content: 'x' }], accessory: { type: 2, custom_id: 'a' } },
      ],
    },
    {
      flags: 32768,
      components: [
        { type: 9, components: [{ type: 10, content: 'x ' }], accessory: { type: 2, custom_id: 'a' } },
      ],
    },
  ],
  [
    'a reply',
    { type: 19, content: 'x', message_reference: { message_id: '7' } },
    { content: 'x', message_reference: { message_id: '7' } },
  ],
  [
    'a reply whose target is gone',
    { content: 'x' },
    { content: 'x', message_reference: { message_id: '7' } },
  ],
])('a message is known again %s', (_, message, body) => {
  expect(alike(message, body)).toBe(true)
})

const button = (customId: string) => [{ type: 1, components: [{ type: 2, custom_id: customId }] }]
test.each<[string, object, Record<string, unknown>]>([
  ['another text', { content: 'a' }, { content: 'b' }],
  ['another embed below no text', { embeds: [{ type: 'rich', title: 'A' }] }, { embeds: [{ title: 'B' }] }],
  ['no embed at all below no text', {}, { embeds: [{ title: 'B' }] }],
  ['another button', { content: 'x', components: button('a') }, { content: 'x', components: button('b') }],
  ['no button', { content: 'x' }, { content: 'x', components: button('b') }],
  [
    'a reply to another message',
    { type: 19, content: 'x', message_reference: { message_id: '8' } },
    { content: 'x', message_reference: { message_id: '7' } },
  ],
  ['a reply', { type: 19, content: 'x', message_reference: { message_id: '8' } }, { content: 'x' }],
  ['the notice of a pin', { type: 6 }, { embeds: [{ title: 'T' }] }],
  ['an answer to a command', { content: 'x', interaction_metadata: {} }, { content: 'x' }],
  ['a webhook’s message', { content: 'x', webhook_id: '9' }, { content: 'x' }],
])('%s is another message', (_, message, body) => {
  expect(alike(message, body)).toBe(false)
})
