import { ChannelType } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import type { ChannelView, PersonView } from '../../src/control/live/chat-view.ts'
import { arrangeChannels } from './arrange-channels.ts'
import { groupPeople } from './group-people.ts'

const channel = (id: string, input: Partial<ChannelView> = {}): ChannelView => ({
  id,
  type: ChannelType.GuildText,
  name: id,
  topic: null,
  parentId: null,
  lastMessageId: null,
  canSend: true,
  canManageMessages: false,
  thread: null,
  ...input,
})
const thread = (id: string, parentId: string, archived: boolean) =>
  channel(id, {
    type: ChannelType.PublicThread,
    parentId,
    thread: { archived, locked: false, messageCount: 1 },
  })

test('channels stand under their category, voice last, with the threads that are open', () => {
  const channels = [
    channel('loose'),
    channel('category', { type: ChannelType.GuildCategory }),
    channel('lounge', { type: ChannelType.GuildVoice, parentId: 'category' }),
    channel('general', { parentId: 'category' }),
    thread('running', 'general', false),
    thread('archived', 'general', true),
  ]
  const shown = arrangeChannels(channels, null).map((group) => [
    group.category?.id ?? null,
    group.channels.map((one) => [one.channel.id, one.threads.map((open) => open.id)]),
  ])
  expect(shown).toEqual([
    [null, [['loose', []]]],
    [
      'category',
      [
        ['general', ['running']],
        ['lounge', []],
      ],
    ],
  ])
  const looking = arrangeChannels(channels, 'archived')[1]?.channels[0]?.threads.map((open) => open.id)
  expect(looking).toEqual(['running', 'archived'])
})

test('people stand once, under the highest role that is shown apart', () => {
  const role = (id: string, position: number, hoist: boolean) => ({ id, name: id, color: 0, position, hoist })
  const person = (id: string, roleIds: string[], bot = false): PersonView => ({
    id,
    username: id,
    name: id,
    bot,
    owner: false,
    roleIds,
  })
  const roles = [role('helpers', 1, true), role('admins', 2, true), role('blue', 3, false)]
  const people = [
    person('both', ['helpers', 'admins']),
    person('plain', ['blue']),
    person('bot', ['admins'], true),
  ]
  expect(groupPeople(people, roles).map((group) => [group.name, group.people.map((one) => one.id)])).toEqual([
    ['admins', ['both']],
    ['Members', ['plain']],
    ['Apps', ['bot']],
  ])
})
